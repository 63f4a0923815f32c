"""Records opened in an emergency: asking for one, reading it while it is open, and the list to review."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.services import emergencies as service
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("emergencies", __name__)


@blueprint.route("/emergencies/new", methods=["GET", "POST"])
def new() -> str | tuple[str, int] | Response:
    """Asks whose record and why, and opens it."""
    if request.method == "GET":
        return render_template("emergencies/new.html", form=Form(start={}), most=service.MOST_REASON)
    form = Form(request.form)
    sought = form.text("sought", "The name or code", most=120)
    reason = form.text("reason", "The reason", most=service.MOST_REASON)
    opened = None
    if form.ok:
        with form.refusals(), writing() as work:
            opened = service.open_record(work, current_actor(), now(), sought, reason)
    if form.ok and opened is None:
        form.refuse("sought", service.MISSED)
    if not form.ok:
        return render_template("emergencies/new.html", form=form, most=service.MOST_REASON), form.status
    return redirect(url_for("emergencies.record", emergency_id=opened))


@blueprint.get("/emergencies/<int:emergency_id>")
def record(emergency_id: int) -> str:
    """The record, while it is open."""
    with reading() as work:
        opened = service.opened(work, current_actor(), now(), emergency_id)
    return render_template("emergencies/record.html", opened=opened)


@blueprint.post("/emergencies/<int:emergency_id>/close")
def close(emergency_id: int) -> Response:
    """Closes the record before its time."""
    with writing() as work:
        service.close(work, current_actor(), now(), emergency_id)
    flash("The record is closed.", "success")
    return redirect(url_for("patients.index"))


@blueprint.get("/emergencies")
def index() -> str:
    """Every record that was opened so, the newest first."""
    with reading() as work:
        found = service.listed(work, current_actor(), now())
    return render_template("emergencies/index.html", found=found)


@blueprint.post("/emergencies/<int:emergency_id>/review")
def review(emergency_id: int) -> Response:
    """Keeps that an administrator has looked at it."""
    with writing() as work:
        service.review(work, current_actor(), now(), emergency_id)
    flash("Reviewed.", "success")
    return redirect(url_for("emergencies.index"))
