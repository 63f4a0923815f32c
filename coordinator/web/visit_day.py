"""The day of a visit: its steps, how late it runs, and telling who waits."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.errors import Conflict, InvalidInput
from coordinator.services import running_late
from coordinator.services import visit_day as service
from coordinator.web.context import current_actor, now, writing

blueprint = Blueprint("visit_day", __name__)


@blueprint.post("/visits/<int:visit_id>/day/<name>")
def step(visit_id: int, name: str) -> Response:
    """Takes a step."""
    try:
        with writing() as work:
            service.step(work, current_actor(), now(), visit_id, name)
    except Conflict as refusal:
        flash(str(refusal), "danger")
    return _back(visit_id)


@blueprint.post("/visits/<int:visit_id>/day/<name>/undo")
def undo(visit_id: int, name: str) -> Response:
    """Takes a step back."""
    try:
        with writing() as work:
            service.undo(work, current_actor(), now(), visit_id, name)
    except Conflict as refusal:
        flash(str(refusal), "danger")
    return _back(visit_id)


@blueprint.post("/visits/<int:visit_id>/late")
def late(visit_id: int) -> Response:
    """Says how late it runs."""
    minutes = request.form.get("minutes", 0, type=int)
    try:
        with writing() as work:
            service.late(work, current_actor(), now(), visit_id, minutes)
    except (Conflict, InvalidInput) as refusal:
        flash(str(refusal), "danger")
    return _back(visit_id)


@blueprint.post("/visits/<int:visit_id>/late/tell")
def tell(visit_id: int) -> Response:
    """Tells who waits."""
    try:
        with writing() as work:
            number = running_late.tell(work, current_actor(), now(), visit_id)
    except Conflict as refusal:
        flash(str(refusal), "danger")
    else:
        flash(f"{number} message{' leaves' if number == 1 else 's leave'} now.", "success")
    return _back(visit_id)


def _back(visit_id: int) -> Response:
    return redirect(url_for("visits.page", visit_id=visit_id, _anchor="day"))
