"""Enrolling, and the page of a program."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import from_utc, wall_clock
from coordinator.domain.errors import Conflict, InvalidForm, InvalidInput
from coordinator.services import (
    enrollment_adjust,
    gates,
    integration,
    notice_bells,
    program_actions,
    programs,
    proposals,
)
from coordinator.services import enrollments as service
from coordinator.services import itinerary as itineraries
from coordinator.services.enrollment_form import TypedAbsence, TypedEnrollment, TypedPatient
from coordinator.services.enrollment_held import HeldLine
from coordinator.services.visit_changes import Applied
from coordinator.services.work import Work
from coordinator.web import weeks, words
from coordinator.web.access import may
from coordinator.web.context import clinic_zone, current_actor, now, reading, writing
from coordinator.web.forms import Form
from coordinator.web.numbers import day_of
from coordinator.web.program_drawing import program_drawing
from coordinator.web.publications import remember

blueprint = Blueprint("enrollments", __name__)
LINES = 20
"""The most lines of a list that are read from a form."""


@blueprint.get("/enrollments/new")
def new() -> str:
    """The form, empty."""
    with reading() as work:
        choices = service.enroll_choices(work, current_actor(), now())
    patient = request.args.get("patient", "")
    typed = TypedEnrollment(
        patients=(TypedPatient(id=patient),), protocol=request.args.get("protocol", ""), earliest=str(choices.today)
    )
    return _form(choices, typed, {})


@blueprint.post("/enrollments/new")
def add() -> tuple[str, int] | Response:
    """Enrolls, and asks for a plan where that was wished; a form with faults comes back as it was typed."""
    typed = typed_enrollment(request.form)
    actor = current_actor()
    try:
        with writing() as work:
            enrollment_id = service.enroll(work, actor, now(), typed)
            job_id = (
                proposals.request(work, actor, now(), [enrollment_id]) if request.form.get("then") != "wait" else None
            )
    except InvalidForm as refusal:
        with reading() as work:
            choices = service.enroll_choices(work, actor, now())
        return _form(choices, typed, refusal.fields), 422
    if job_id is not None:
        return redirect(url_for("proposals.progress_page", job_id=job_id))
    flash("Enrolled. The program waits for a plan.", "success")
    return redirect(url_for("enrollments.page", enrollment_id=enrollment_id))


@blueprint.get("/enrollments/new/patient")
def patient_line() -> str:
    """One more line of the patients' list, for htmx."""
    with reading() as work:
        choices = service.enroll_choices(work, current_actor(), now())
    number = request.args.get("number", 1, type=int)
    return render_template(
        "enrollments/patient_line.html", choices=choices, number=number, patient=TypedPatient(), wrong={}
    )


@blueprint.get("/enrollments/new/absence")
def absence_line() -> str:
    """One more line of times away, for htmx."""
    number = request.args.get("number", 1, type=int)
    return render_template("enrollments/absence_line.html", number=number, absence=TypedAbsence(), wrong={})


@blueprint.get("/enrollments/new/team")
def team() -> str:
    """Who may be wished for in the chosen protocol, for htmx."""
    with reading() as work:
        choices = service.enroll_choices(work, current_actor(), now())
        typed = TypedEnrollment(protocol=request.args.get("protocol", ""))
        visits = service.held_choices(work, current_actor(), typed.protocol)
    protocol = choices.protocol(typed.protocol)
    shown: dict[str, Any] = {"protocol": protocol, "typed": typed, "wrong": {}, "held_visits": visits, "held_lines": []}
    return render_template("enrollments/team.html", out_of_band=True, **shown)


@blueprint.get("/enrollments/new/held")
def held() -> str:
    """A line for each visit already held, for htmx."""
    wanted = [request.args.get(name, "") for name in ("protocol", "held_last", "held_on")]
    with reading() as work:
        lines = service.held_lines(work, current_actor(), *wanted)
    return render_template("enrollments/held_lines.html", held_lines=lines, wrong={})


@blueprint.get("/enrollments/<int:enrollment_id>")
def page(enrollment_id: int) -> str:
    """The roadmap of a program."""
    return _page(enrollment_id, None)


@blueprint.get("/enrollments/<int:enrollment_id>/itinerary")
def itinerary(enrollment_id: int) -> str:
    """The visits to come, for the patient to take home: on paper, or saved as PDF."""
    with reading() as work:
        view = itineraries.itinerary(work, current_actor(), now(), enrollment_id)
    return render_template("enrollments/itinerary.html", view=view)


@blueprint.post("/enrollments/<int:enrollment_id>/pause")
def pause(enrollment_id: int) -> tuple[str, int] | Response:
    """Pauses it, and frees what it holds."""
    return _stop(enrollment_id, program_actions.pause, "Paused.")


@blueprint.post("/enrollments/<int:enrollment_id>/end")
def end(enrollment_id: int) -> tuple[str, int] | Response:
    """Ends it early, and frees what it holds."""
    return _stop(enrollment_id, program_actions.end, "Ended early.")


@blueprint.post("/enrollments/<int:enrollment_id>/resume")
def resume(enrollment_id: int) -> tuple[str, int] | Response:
    """Lets a paused one run again."""
    try:
        with writing() as work:
            program_actions.resume(work, current_actor(), now(), enrollment_id)
    except Conflict as refusal:
        return _page(enrollment_id, str(refusal)), 409
    flash("Resumed. Plan what it lacks next.", "success")
    return redirect(url_for("enrollments.page", enrollment_id=enrollment_id))


@blueprint.post("/enrollments/<int:enrollment_id>/extend")
def extend(enrollment_id: int) -> tuple[str, int] | Response:
    """Lets it run until a later date."""
    try:
        latest = day_of(request.form.get("latest", ""))
        with writing() as work:
            program_actions.extend(work, current_actor(), now(), enrollment_id, latest)
    except ValueError:
        return _page(enrollment_id, "Choose the date by which the program is to end."), 422
    except (Conflict, InvalidInput) as refusal:
        return _page(enrollment_id, str(refusal)), 409
    flash(f"Visits may be planned until {words.long_day(latest)}.", "success")
    return redirect(url_for("enrollments.page", enrollment_id=enrollment_id))


def _stop(
    enrollment_id: int, act: Callable[[Work, Actor, datetime, int], Applied], said: str
) -> tuple[str, int] | Response:
    try:
        with writing() as work:
            applied = act(work, current_actor(), now(), enrollment_id)
    except (Conflict, InvalidInput) as refusal:
        return _page(enrollment_id, str(refusal)), 409
    if applied.publication_id is None:
        flash(said, "success")
    remember(applied.publication_id, f"{said} {words.count(len(applied.visits), 'visit')} canceled.")
    return redirect(url_for("enrollments.page", enrollment_id=enrollment_id))


def _page(enrollment_id: int, refused: str | None) -> str:
    with reading() as work:
        view = programs.program(work, current_actor(), now(), enrollment_id)
        gated = gates.of_program(work, current_actor(), now(), enrollment_id)
        follows = integration.of_program(work, current_actor(), now(), enrollment_id)
        stops = [each.card.id for lane in view.lanes for each in lane.stops if each.card]
        bells = notice_bells.of_visits(work, current_actor(), stops)
    may_plan = view.may_plan and may("enrollments.plan")
    drawing = program_drawing(view.lanes, wall_clock(from_utc(now(), clinic_zone())).date())
    return render_template(
        "enrollments/page.html",
        view=view,
        drawing=drawing,
        gated=gated,
        follows=follows,
        bells=bells,
        may_plan=may_plan,
        refused=refused,
    )


@blueprint.post("/enrollments/<int:enrollment_id>/plan")
def plan(enrollment_id: int) -> Response:
    """Asks for a plan, and goes to watch it being made."""
    with writing() as work:
        job_id = proposals.request(work, current_actor(), now(), [enrollment_id])
    return redirect(url_for("proposals.progress_page", job_id=job_id))


@blueprint.get("/enrollments/<int:enrollment_id>/adjust")
def adjusting(enrollment_id: int) -> str:
    """The wishes of an enrollment, to be changed."""
    return _adjusting(enrollment_id, None, {})


@blueprint.post("/enrollments/<int:enrollment_id>/adjust")
def adjust(enrollment_id: int) -> tuple[str, int] | Response:
    """Changes the wishes and plans again; a form with faults comes back as it was typed."""
    typed = typed_enrollment(request.form)
    try:
        with writing() as work:
            enrollment_adjust.adjust(work, current_actor(), now(), enrollment_id, typed)
            job_id = proposals.request(work, current_actor(), now(), [enrollment_id])
    except InvalidForm as refusal:
        return _adjusting(enrollment_id, typed, refusal.fields), 422
    except Conflict as refusal:
        return _adjusting(enrollment_id, typed, {"": str(refusal)}), 409
    return redirect(url_for("proposals.progress_page", job_id=job_id))


def _adjusting(enrollment_id: int, typed: TypedEnrollment | None, wrong: dict[str, str]) -> str:
    with reading() as work:
        view = enrollment_adjust.adjusting(work, current_actor(), now(), enrollment_id)
    if typed is None:
        typed = view.typed
        form = Form(start={**weeks.start(typed.weekly, "weekly"), **weeks.start(typed.preferred, "preferred")})
    else:
        form = Form(request.form)
    form.errors.update(wrong)
    return render_template(
        "enrollments/adjust.html",
        name=view.name,
        choices=view.choices,
        typed=typed,
        wrong=wrong,
        form=form,
        protocol=view,
    )


def typed_enrollment(form: MultiDict[str, str]) -> TypedEnrollment:
    """The form as it was typed, nothing read into it."""
    return TypedEnrollment(
        patients=tuple(
            TypedPatient(*line) for line in _lines(form, "patient_id", "patient_name", "patient_email", "patient_phone")
        ),
        protocol=form.get("protocol", ""),
        earliest=form.get("earliest", ""),
        latest=form.get("latest", ""),
        weekly=weeks.sent(form, "weekly") if form.get("weekly_use") == "painted" else None,
        preferred=weeks.sent(form, "preferred") if form.get("preferred_use") == "painted" else None,
        absences=tuple(
            TypedAbsence(*line) for line in _lines(form, "away_first", "away_last", "away_starts", "away_ends")
        ),
        team={name.removeprefix("team-"): value for name, value in form.items() if name.startswith("team-")},
        avoid=tuple(each for each in form.getlist("avoid") if each),
        held={name.removeprefix("held-"): value for name, value in form.items() if name.startswith("held-") and value},
    )


def _lines(form: MultiDict[str, str], *names: str) -> list[tuple[str, ...]]:
    """Fields that stand several times, line by line."""
    columns = [form.getlist(name)[:LINES] for name in names]
    longest = max(len(column) for column in columns)
    return [tuple(column[number] if number < len(column) else "" for column in columns) for number in range(longest)]


def _form(choices: service.EnrollChoices, typed: TypedEnrollment, wrong: dict[str, str]) -> str:
    form = Form(request.form if request.method == "POST" else None)
    form.errors.update(wrong)
    protocol = choices.protocol(typed.protocol)
    with reading() as work:
        visits = service.held_choices(work, current_actor(), typed.protocol)
    titles = dict(visits)
    lines = [HeldLine(code, titles[code], at) for code, at in typed.held.items() if code in titles]
    shown = {"protocol": protocol, "held_visits": visits, "held_lines": lines}
    return render_template("enrollments/form.html", choices=choices, typed=typed, wrong=wrong, form=form, **shown)
