"""Asking for a repair: what happened, and off to watch how it is mended."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.services import repairs as service
from coordinator.services.repair_form import TypedEvent, read
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("repairs", __name__)
KINDS = (
    ("staff-away", "Somebody of the team is away", "person-dash"),
    ("room-closed", "A room cannot be used", "door-closed"),
    ("patient-away", "A patient cannot come", "person-x"),
    ("team-change", "Somebody else takes over", "arrow-left-right"),
    ("amiss", "Visits are missing or cannot stay", "tools"),
)


@blueprint.get("/repairs/new")
def form() -> str:
    """What happened; what the link says stands in the fields already."""
    return _form(Form(start=request.args.to_dict()), request.args.get("kind", "staff-away"))


@blueprint.post("/repairs")
def ask() -> tuple[str, int] | Response:
    """Asks for the repair of what an event touches (see services/repair_form for its fields)."""
    sent = Form(request.form)
    with sent.refusals(), writing() as work:
        event = read(work, current_actor(), typed_event())
        job_id = service.request(work, current_actor(), now(), event)
    if not sent.ok:
        return _form(sent, request.form.get("kind", "")), sent.status
    return redirect(url_for("proposals.progress_page", job_id=job_id))


def typed_event() -> TypedEvent:
    """The event as the form states it."""
    fields = {name: each for name, each in request.form.items() if name not in ("kind", "enrollment", "csrf_token")}
    return TypedEvent(request.form.get("kind", ""), fields, tuple(request.form.getlist("enrollment")))


def _form(form: Form, kind: str) -> str:
    with reading() as work:
        choices = service.event_choices(work, current_actor(), now())
    known = kind if kind in {name for name, _, _ in KINDS} else "staff-away"
    return render_template("repairs/form.html", form=form, kind=known, kinds=KINDS, choices=choices)
