"""Undoing a publication, offered for three minutes on every page of the one who made it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, request, session
from werkzeug.wrappers import Response

from coordinator.domain.errors import Conflict
from coordinator.services import publications as service
from coordinator.web import words
from coordinator.web.context import current_actor, now, signed_in, writing
from coordinator.web.sign_in import safe_next

blueprint = Blueprint("publications", __name__)
KEPT = "publication"
"""Where the browser's cookie keeps the last publication: its id, until when, and words without anybody's name."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A publication that this reader may still undo; `again` where it was an undoing itself."""

    id: int
    words: str
    seconds: int
    again: bool


def remember(publication_id: int | None, said: str, *, again: bool = False) -> None:
    """Offers to undo a publication on this reader's pages from now on; `said` names nobody."""
    if publication_id is None:
        return
    until = int((now() + service.UNDO_WITHIN).timestamp())
    session[KEPT] = [publication_id, signed_in().clinic_id, until, said, again]


def offer() -> Offer | None:
    """What this reader may undo now; asks no database."""
    kept = session.get(KEPT)
    if not kept:
        return None
    publication_id, clinic_id, until, said, again = kept
    left = until - int(now().timestamp())
    return Offer(publication_id, said, left, again) if left > 0 and clinic_id == signed_in().clinic_id else None


@blueprint.post("/publications/<int:publication_id>/undo")
def undo(publication_id: int) -> Response:
    """Puts everything back, or says why not; goes back to the page where it was asked."""
    back = redirect(safe_next(request.form.get("next")))
    session.pop(KEPT, None)
    try:
        with writing() as work:
            applied = service.undo(work, current_actor(), now(), publication_id)
    except Conflict as refusal:
        flash(str(refusal), "danger")
        return back
    said = f"Undone: {words.count(len(applied.visits), 'visit')} put back."
    remember(applied.publication_id, said, again=True)
    return back
