"""Other bookings: what is to come, a new one, changing or canceling a date or the rest."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.clinic_time import DAY
from coordinator.domain.repeating import MOST_WEEKS, Rhythm
from coordinator.domain.spoken import listed, long_day, short_day
from coordinator.services import booking_changes, booking_views
from coordinator.services import bookings as service
from coordinator.web.context import clinic_zone, current_actor, now, reading, writing
from coordinator.web.forms import Form
from coordinator.web.numbers import day_of
from coordinator.web.words import count

blueprint = Blueprint("bookings", __name__)


@blueprint.get("/bookings")
def index() -> str:
    """What is to come."""
    with reading() as work:
        found = booking_views.to_come(work, current_actor(), now())
    return render_template("bookings/index.html", series=found)


@blueprint.get("/bookings/<int:series_id>")
def show(series_id: int) -> str:
    """One series with its dates."""
    with reading() as work:
        view = booking_views.one(work, current_actor(), now(), series_id)
    return render_template("bookings/show.html", series=view)


@blueprint.route("/bookings/new", methods=["GET", "POST"])
def new() -> str | tuple[str, int] | Response:
    """The form of a new booking."""
    if request.method == "GET":
        today = now().astimezone(clinic_zone()).date()
        return _form(Form(start={"purpose": "meeting", "day": today.isoformat(), "every": 0}))
    form = Form(request.form)
    details = _details(form)
    if form.ok:
        with form.refusals(), writing() as work:
            booked = service.book(work, current_actor(), now(), details, bool(form.value("leave_out")))
    if form.ok:
        flash(_done(booked), "success")
        return redirect(url_for("bookings.show", series_id=booked.series_id))
    return _form(form), form.status


@blueprint.route("/bookings/<int:series_id>/edit/<day>", methods=["GET", "POST"])
def edit(series_id: int, day: str) -> str | tuple[str, int] | Response:
    """Changes one date of a booking, or that date and all that follow."""
    changed = _day(day)
    with reading() as work:
        now_is = booking_changes.details_on(work, current_actor(), now(), series_id, changed)
    if request.method == "GET":
        return _form(Form(start=_shown(now_is)), series_id, now_is)
    form = Form(request.form)
    details = _details(form)
    following = form.value("scope") == "following" or not now_is.rhythm.every
    if form.ok:
        with form.refusals(), writing() as work:
            booked = booking_changes.change(
                work, current_actor(), now(), series_id, changed, details,
                and_following=following, leave_out_taken=bool(form.value("leave_out")),
            )  # fmt: skip
    if form.ok:
        flash(_done(booked, "Changed"), "success")
        return redirect(url_for("bookings.show", series_id=booked.series_id))
    return _form(form, series_id, now_is), form.status


@blueprint.post("/bookings/<int:series_id>/cancel")
def cancel(series_id: int) -> Response:
    """Cancels one date, or all that is to come."""
    typed = request.form.get("day", "")
    with writing() as work:
        if typed == "rest":
            number = service.cancel_rest(work, current_actor(), now(), series_id)
            said = f"Canceled: {count(number, 'date')}."
        else:
            day = _day(typed)
            service.cancel_day(work, current_actor(), now(), series_id, day)
            said = f"{long_day(day)} is canceled; its people and its room are free then."
    flash(said, "success")
    return redirect(url_for("bookings.show", series_id=series_id))


def _day(typed: str) -> date:
    try:
        return day_of(typed)
    except ValueError:
        abort(400)


def _details(form: Form) -> service.BookingDetails:
    purpose = form.choice("purpose", "What it is", service.PURPOSES)
    every = form.whole("every", "The rhythm", least=0, most=MOST_WEEKS)
    return service.BookingDetails(
        purpose=purpose,
        title=form.text("title", "The title", most=80),
        staff_ids=form.rows("staff", "Who"),
        room_id=form.row_or_none("room", "The room"),
        patient_id=form.row_or_none("patient", "The patient"),
        day=form.day("day", "The date"),
        starts=form.clock("starts", "The start"),
        ends=form.clock("ends", "The end") or DAY,
        rhythm=Rhythm(every, form.day_or_none("until", "The last date") if every else None),
    )


def _shown(details: service.BookingDetails) -> dict[str, object]:
    """What the form of a booking begins with."""
    return {
        "scope": "one",
        "purpose": details.purpose,
        "title": details.title,
        "staff": details.staff_ids,
        "room": details.room_id,
        "patient": details.patient_id,
        "day": details.day.isoformat(),
        "starts": _clock(details.starts),
        "ends": _clock(details.ends % DAY),
        "every": details.rhythm.every,
        "until": details.rhythm.until,
    }


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _done(booked: service.Booked, done: str = "Booked") -> str:
    said = f"{done}: {count(len(booked.days), 'date')}."
    if booked.left_out:
        days = list(dict.fromkeys(short_day(line.day) for line in booked.left_out))
        said += f" Left out: {listed(days)}."
    return said


def _form(form: Form, series_id: int | None = None, changes: service.BookingDetails | None = None) -> str:
    with reading() as work:
        choices = booking_views.choices(work, current_actor(), now())
    return render_template(
        "bookings/new.html", form=form, choices=choices, most_weeks=MOST_WEEKS, series_id=series_id, changes=changes
    )
