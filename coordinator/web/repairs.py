"""Asking for a repair: what happened, and off to watch how it is mended."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from coordinator.services import repairs as service
from coordinator.services.repair_form import TypedEvent, read
from coordinator.web.context import current_actor, now, writing

blueprint = Blueprint("repairs", __name__)


@blueprint.post("/repairs")
def ask() -> Response:
    """Asks for the repair of what an event touches (see services/repair_form for its fields)."""
    with writing() as work:
        event = read(work, current_actor(), typed_event())
        job_id = service.request(work, current_actor(), now(), event)
    return redirect(url_for("proposals.progress_page", job_id=job_id))


def typed_event() -> TypedEvent:
    """The event as the request states it."""
    sent = request.form if request.method == "POST" else request.args
    fields = {name: each for name, each in sent.items() if name not in ("kind", "enrollment", "csrf_token")}
    return TypedEvent(sent.get("kind", ""), fields, tuple(sent.getlist("enrollment")))
