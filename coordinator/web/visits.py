"""One visit: its page, moving it, canceling it, recording what became of it."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.errors import Conflict, InvalidForm, InvalidInput
from coordinator.services import freed_time as freed
from coordinator.services import (
    gates,
    integration,
    invitations,
    patient_answers,
    running_late,
    schedule,
    visit_day,
    visit_moves,
)
from coordinator.services import visits as service
from coordinator.services.notice_bells import bell
from coordinator.services.notice_log import log_for_visit
from coordinator.web import words
from coordinator.web.access import may
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.numbers import day_of
from coordinator.web.publications import remember

blueprint = Blueprint("visits", __name__)


@blueprint.get("/visits/<int:visit_id>")
def page(visit_id: int) -> str:
    """Everything about a visit."""
    return _page(visit_id, None, {})


@blueprint.get("/visits/<int:visit_id>/starts")
def starts(visit_id: int) -> str:
    """The times of a day that keep every rule, and why not the others, for htmx."""
    try:
        day = day_of(request.args.get("day", ""))
    except ValueError:
        raise InvalidInput("Choose a date first.") from None
    with reading() as work:
        found = visit_moves.starts(work, current_actor(), now(), visit_id, day)
    return render_template("visits/starts.html", starts=found)


@blueprint.get("/visits/<int:visit_id>/freed-time")
def freed_time(visit_id: int) -> str:
    """Who fits the time of a visit that is gone, for htmx."""
    with reading() as work:
        found = freed.who_fits(work, current_actor(), now(), visit_id)
    return render_template("visits/freed_time.html", found=found)


@blueprint.post("/visits/<int:visit_id>/move")
def move(visit_id: int) -> tuple[str, int] | Response:
    """Moves it; where that is refused, the form comes back with the reason."""
    typed = service.TypedMove(
        day=request.form.get("day", ""),
        at=request.form.get("at", ""),
        room=request.form.get("room", ""),
        staff={name.removeprefix("staff-"): each for name, each in request.form.items() if name.startswith("staff-")},
        revision=request.form.get("revision", 0, type=int),
    )
    try:
        with writing() as work:
            applied = service.move(work, current_actor(), now(), visit_id, typed)
    except InvalidForm as refusal:
        return _page(visit_id, typed, refusal.fields), 422
    except (InvalidInput, Conflict) as refusal:
        return _page(visit_id, typed, {"move": str(refusal)}), 409
    if applied.publication_id is None:
        flash("It stands there already, so nothing was changed.", "info")
    remember(applied.publication_id, "Moved. The calendars of everybody it touches show the new time.")
    return redirect(url_for("visits.page", visit_id=visit_id))


@blueprint.post("/visits/<int:visit_id>/cancel")
def cancel(visit_id: int) -> tuple[str, int] | Response:
    """Cancels it."""
    try:
        with writing() as work:
            applied = schedule.cancel_visit(
                work, current_actor(), now(), visit_id, request.form.get("revision", 0, type=int)
            )
    except (InvalidInput, Conflict) as refusal:
        return _page(visit_id, None, {"cancel": str(refusal)}), 409
    remember(applied.publication_id, "Canceled. Its room and people are free again.")
    return redirect(url_for("visits.page", visit_id=visit_id))


@blueprint.post("/visits/<int:visit_id>/outcome")
def outcome(visit_id: int) -> tuple[str, int] | Response:
    """Records what became of it."""
    try:
        with writing() as work:
            service.record_outcome(work, current_actor(), now(), visit_id, request.form.get("outcome", ""))
            follows = integration.after(work, current_actor(), now(), visit_id)
    except (InvalidInput, Conflict) as refusal:
        return _page(visit_id, None, {"outcome": str(refusal)}), 409
    due = f" {follows.title} is to follow by the end of {words.short_day(follows.last)}." if follows else ""
    flash(f"Recorded.{due}", "success")
    goes_on_today = request.form.get("next") == "today"
    return redirect(url_for("today.page") if goes_on_today else url_for("visits.page", visit_id=visit_id))


@blueprint.post("/visits/<int:visit_id>/outcome/undo")
def undo_outcome(visit_id: int) -> tuple[str, int] | Response:
    """Takes back that it was missed."""
    try:
        with writing() as work:
            service.take_outcome_back(work, current_actor(), now(), visit_id)
    except Conflict as refusal:
        return _page(visit_id, None, {"outcome": str(refusal)}), 409
    flash("Taken back. The visit stands again with its people and its room.", "success")
    return redirect(url_for("visits.page", visit_id=visit_id))


def _page(visit_id: int, typed: service.TypedMove | None, wrong: dict[str, str]) -> str:
    with reading() as work:
        view = service.visit(work, current_actor(), now(), visit_id)
        gated = gates.of_visit(work, current_actor(), now(), visit_id)
        day = visit_day.of_visit(work, current_actor(), now(), visit_id)
        lateness = running_late.lateness(work, current_actor(), now(), visit_id)
        waits = integration.of_program(work, current_actor(), now(), view.card.enrollment_id)
        notices = log_for_visit(work, current_actor(), visit_id)
        answers = invitations.answers(work, current_actor(), visit_id)
        from_patients = patient_answers.of_visit(work, current_actor(), visit_id)
    return render_template(
        "visits/page.html",
        view=view,
        typed=typed,
        wrong=wrong,
        notices=notices,
        bell=bell(Counter(each.status for each in notices)),
        gated=gated,
        answers=answers,
        patient_answers=from_patients,
        day=day,
        lateness=lateness,
        follows=[each for each in waits if visit_id in (each.dosing_id, each.visit_id)],
        outcomes=service.OUTCOMES,
        may_move=view.may_change and may("visits.move"),
        may_record=view.may_record and may("visits.outcome"),
    )
