"""Swaps: offering a part of a visit to colleagues, and answering."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.errors import Conflict
from coordinator.domain.spoken import listed
from coordinator.services import refusals
from coordinator.services import swaps as service
from coordinator.web.context import current_actor, now, reading, writing

blueprint = Blueprint("swaps", __name__)
ACTS = {"accept": service.accept, "decline": service.decline, "withdraw": service.take_back}
DONE = {
    "accept": "It is yours now. Your calendar shows it.",
    "decline": "Noted. You are not asked about it again.",
    "withdraw": "The offer is withdrawn.",
}


@blueprint.post("/visits/<int:visit_id>/offer")
def offer(visit_id: int) -> Response:
    """Offers somebody's part to every colleague who may take it; where nobody may, the visit's page says why."""
    try:
        with writing() as work:
            swap_id = service.offer(work, current_actor(), now(), visit_id, request.form.get("need", ""))
    except Conflict as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for("visits.page", visit_id=visit_id))
    with reading() as work:
        view = service.show(work, current_actor(), now(), swap_id)
    flash(f"Offered to {listed(list(view.asked))}. The first yes takes it.", "success")
    return redirect(url_for("swaps.page", swap_id=swap_id))


@blueprint.get("/swaps/<int:swap_id>")
def page(swap_id: int) -> str:
    """One offer."""
    return _page(swap_id, None)


@blueprint.post("/swaps/<int:swap_id>/<any(accept, decline, withdraw):act>")
def answer(swap_id: int, act: str) -> tuple[str, int] | Response:
    """Says yes or no, or takes the offer back; who comes second is told who was first."""
    try:
        with writing() as work:
            ACTS[act](work, current_actor(), now(), swap_id)
    except Conflict as refusal:
        with writing() as work:
            refusals.note(work, current_actor(), now(), f"swaps.{act}", "POST", 409, {"swap_id": swap_id}, str(refusal))
        return _page(swap_id, str(refusal)), 409
    flash(DONE[act], "success")
    if act == "accept":
        with reading() as work:
            view = service.show(work, current_actor(), now(), swap_id)
        return redirect(url_for("visits.page", visit_id=view.visit_id))
    return redirect(url_for("me.page"))


def _page(swap_id: int, refused: str | None) -> str:
    with reading() as work:
        view = service.show(work, current_actor(), now(), swap_id)
    return render_template("swaps/page.html", view=view, refused=refused)
