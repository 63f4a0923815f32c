"""People outside the clinic who belong to a patient's care: adding one, changing what they may be told, ending it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.services import contacts as service
from coordinator.services import patients
from coordinator.services.contacts import ContactDetails
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("contacts", __name__)


@blueprint.route("/patients/<int:patient_id>/contacts/new", methods=["GET", "POST"])
def new(patient_id: int) -> str | tuple[str, int] | Response:
    """Adds a contact."""
    form = Form(request.form if request.method == "POST" else None, {"kind": request.args.get("kind", "")})
    if request.method == "POST":
        details = _read(form)
        if form.ok:
            with form.refusals(), writing() as work:
                service.add(work, current_actor(), now(), patient_id, details)
        if form.ok:
            flash("Added.", "success")
            return redirect(_back(patient_id))
    return _form(patient_id, None, form), form.status


@blueprint.route("/patients/<int:patient_id>/contacts/<int:contact_id>", methods=["GET", "POST"])
def edit(patient_id: int, contact_id: int) -> str | tuple[str, int] | Response:
    """Changes a contact."""
    if request.method == "POST":
        form = Form(request.form)
        details = _read(form)
        if form.ok:
            with form.refusals(), writing() as work:
                service.change(work, current_actor(), now(), patient_id, contact_id, details)
        if form.ok:
            flash("Saved.", "success")
            return redirect(_back(patient_id))
        return _form(patient_id, contact_id, form), form.status
    with reading() as work:
        found = service.contact(work, current_actor(), now(), patient_id, contact_id)
    start = {"kind": found.kind, "name": found.name, "phone": found.phone, "email": found.email}
    return _form(patient_id, contact_id, Form(start=start | {"told": found.told, "agreed_on": found.agreed_on}))


@blueprint.post("/patients/<int:patient_id>/contacts/<int:contact_id>/end")
def end(patient_id: int, contact_id: int) -> Response:
    """Ends a contact."""
    with writing() as work:
        service.end(work, current_actor(), now(), patient_id, contact_id)
    flash("Ended. This contact is told nothing any more.", "success")
    return redirect(_back(patient_id))


def _read(form: Form) -> ContactDetails:
    told = tuple(each for each in form.several("told", "What", required=False) if each in service.TOPICS)
    return ContactDetails(
        kind=form.choice("kind", "Who it is", service.KINDS),
        name=form.text("name", "Name"),
        phone=form.text("phone", "Phone", required=False, most=50),
        email=form.text("email", "E-mail", required=False),
        told=told,
        agreed_on=form.day_or_none("agreed_on", "The day"),
    )


def _back(patient_id: int) -> str:
    """To the program that the form was opened from, or to the patient."""
    program = request.args.get("program", type=int)
    if program is not None:
        return url_for("care_team.page", enrollment_id=program, _anchor="contacts")
    return url_for("patients.show", patient_id=patient_id)


def _form(patient_id: int, contact_id: int | None, form: Form) -> str:
    with reading() as work:
        patient = patients.patient(work, current_actor(), now(), patient_id)
    return render_template(
        "contacts/edit.html",
        patient=patient,
        contact_id=contact_id,
        form=form,
        kinds=list(service.KINDS.items()),
        topics=list(service.TOPICS.items()),
        back=_back(patient_id),
        program=request.args.get("program", type=int),
    )
