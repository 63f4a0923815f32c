"""Choosing invitations by mail instead of a feed."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.errors import InvalidInput
from coordinator.services import invitations as service
from coordinator.web.context import current_actor, now, writing
from coordinator.web.words import count

blueprint = Blueprint("invitations", __name__)


@blueprint.post("/feeds/staff/<int:staff_id>/invitations")
def choose(staff_id: int) -> Response:
    """Turns invitations on or off for one person."""
    by_mail = request.form.get("by_mail") == "yes"
    try:
        with writing() as work:
            number = service.choose(work, current_actor(), now(), staff_id, by_mail)
    except InvalidInput as refusal:
        flash(str(refusal), "danger")
    else:
        said = "An invitation is on its way for" if by_mail else "Invitations end. A cancellation is on its way for"
        flash(f"{said} {count(number, 'visit')}." if number else "Saved.", "success")
    return redirect(url_for("feeds.of_staff", staff_id=staff_id))
