"""Patients' answers: the page of a message's link, without a sign-in, and seeing to what they answered."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.services import patient_answers as service
from coordinator.web.context import client_address, current_actor, now, reading, writing

blueprint = Blueprint("patient_answers", __name__)


@blueprint.get("/answer/<token>")
def page(token: str) -> tuple[str, int]:
    """What may be answered; opening it changes nothing."""
    return _page(token)


@blueprint.post("/answer/<token>")
def give(token: str) -> tuple[str, int] | Response:
    """Keeps an answer, and shows it."""
    visit_id, key = request.form.get("visit", 0, type=int), request.form.get("time", "")
    try:
        with writing() as work:
            service.answer(work, now(), token, visit_id, key, request.form.get("answer", ""), client_address())
    except NotFound:
        return _dead()
    except (Conflict, InvalidInput) as refusal:
        return _page(token, str(refusal))
    return redirect(url_for("patient_answers.page", token=token))


@blueprint.post("/patient-answers/<int:answer_id>/settle")
def settle(answer_id: int) -> Response:
    """Notes that somebody has seen to an answer."""
    with writing() as work:
        visit_id = service.settle(work, current_actor(), now(), answer_id)
    flash("Noted.", "success")
    goes_on_today = request.form.get("next") != "visit"
    return redirect(url_for("today.page") if goes_on_today else url_for("visits.page", visit_id=visit_id))


def _page(token: str, refusal: str = "") -> tuple[str, int]:
    try:
        with reading() as work:
            asked = service.look(work, now(), token)
    except NotFound:
        return _dead()
    return render_template(
        "patient_answers/page.html", asked=asked, token=token, refusal=refusal
    ), 409 if refusal else 200


def _dead() -> tuple[str, int]:
    return render_template("patient_answers/dead.html", text=service.DEAD), 404
