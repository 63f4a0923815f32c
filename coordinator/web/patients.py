"""Patients: the list with progress and next visit, one patient, adding and changing.

Searching is a POST: no name stands in an address, where logs and histories would keep it.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.errors import Conflict
from coordinator.services import erasure, gates
from coordinator.services import patients as service
from coordinator.services.gate_lines import GatedVisit
from coordinator.services.work import Work
from coordinator.web.context import current_actor, is_htmx, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("patients", __name__)


@blueprint.get("/patients")
def index() -> str:
    """A page of the list."""
    page = request.args.get("page", 1, type=int)
    with reading() as work:
        found = service.list_patients(work, current_actor(), now(), page=min(page, 100_000))
        gated = _gated(work)
    return render_template("patients/index.html", found=found, gated=gated, sought="")


@blueprint.post("/patients")
def search() -> str:
    """Those that match what is sought: the list alone for htmx, the page otherwise."""
    sought = request.form.get("sought", "")[:100]
    with reading() as work:
        found = service.list_patients(work, current_actor(), now(), sought)
        gated = _gated(work)
    template = "patients/list.html" if is_htmx() else "patients/index.html"
    return render_template(template, found=found, gated=gated, sought=sought)


def _gated(work: Work) -> dict[int, GatedVisit]:
    """For each program the nearest visit that gates stand before, by enrollment."""
    return {each.enrollment_id: each for each in reversed(gates.coming(work, current_actor(), now()))}


@blueprint.get("/patients/<int:patient_id>")
def show(patient_id: int) -> str:
    """One patient with every program."""
    with reading() as work:
        patient = service.patient(work, current_actor(), now(), patient_id)
    return render_template("patients/show.html", patient=patient)


@blueprint.route("/patients/new", methods=["GET", "POST"])
def new() -> str | tuple[str, int] | Response:
    """The form of a new patient."""
    if request.method == "GET":
        return render_template("patients/edit.html", form=Form(start={}), patient=None)
    form = Form(request.form)
    typed = _read(form)
    if form.ok:
        with form.refusals(), writing() as work:
            patient_id = service.add_patient(work, current_actor(), now(), *typed)
    if form.ok:
        flash("The patient is added.", "success")
        return redirect(url_for("patients.show", patient_id=patient_id))
    return render_template("patients/edit.html", form=form, patient=None), form.status


@blueprint.route("/patients/<int:patient_id>/edit", methods=["GET", "POST"])
def edit(patient_id: int) -> str | tuple[str, int] | Response:
    """The form of a patient who is there."""
    with reading() as work:
        patient = service.patient(work, current_actor(), now(), patient_id)
    if request.method == "GET":
        start = {"name": patient.name, "email": patient.email, "phone": patient.phone}
        return render_template("patients/edit.html", form=Form(start=start), patient=patient)
    form = Form(request.form)
    typed = _read(form)
    if form.ok:
        with form.refusals(), writing() as work:
            service.edit_patient(work, current_actor(), now(), patient_id, *typed)
    if form.ok:
        flash("The patient is changed.", "success")
        return redirect(url_for("patients.show", patient_id=patient_id))
    return render_template("patients/edit.html", form=form, patient=patient), form.status


@blueprint.post("/patients/<int:patient_id>/remove")
def remove(patient_id: int) -> Response:
    """Takes away a patient who was entered by mistake."""
    try:
        with writing() as work:
            code = erasure.remove_mistaken(work, current_actor(), now(), patient_id)
    except Conflict as refusal:
        flash(str(refusal), "danger")
        return redirect(url_for("patients.edit", patient_id=patient_id))
    flash(f"{code} is removed: its name and how to reach it are erased.", "success")
    return redirect(url_for("patients.index"))


@blueprint.route("/patients/kept", methods=["GET", "POST"])
def kept() -> str | Response:
    """For how many years patients are kept after their last program."""
    if request.method == "POST":
        with writing() as work:
            erasure.set_rule(work, current_actor(), now(), request.form.get("years", -1, type=int))
        flash("Saved. Nobody is erased before this time tomorrow.", "success")
        return redirect(url_for("patients.kept"))
    with reading() as work:
        rule = erasure.rule(work, current_actor(), now())
    return render_template("patients/kept.html", rule=rule, choices=erasure.CHOICES, most=erasure.AT_ONCE)


def _read(form: Form) -> tuple[str, str, str]:
    return (
        form.text("name", "The name", most=120),
        form.text("email", "The e-mail address", required=False, most=254),
        form.text("phone", "The phone number", required=False, most=60),
    )
