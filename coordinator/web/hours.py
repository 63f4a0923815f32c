"""Working hours of a member of staff: weekly patterns and extra hours."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.clinic_time import DAY
from coordinator.domain.errors import NotFound
from coordinator.services import hours, team
from coordinator.web import weeks
from coordinator.web.context import clinic_zone, current_actor, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("hours", __name__)


@blueprint.route("/team/<int:staff_id>/hours/new", methods=["GET", "POST"])
def new(staff_id: int) -> str | tuple[str, int] | Response:
    """New weekly hours from a date on; they start as what holds now."""
    held = _held(staff_id)
    if request.method == "GET":
        last = held.patterns[-1] if held.patterns else None
        start = weeks.start(last.weekly if last else None, "weekly")
        return _form(staff_id, Form(start=start | {"every": 1, "valid_from": _today().isoformat()}), None)
    form = Form(request.form)
    details = _details(form)
    if form.ok:
        with form.refusals(), writing() as work:
            hours.add_pattern(work, current_actor(), now(), staff_id, details)
    if form.ok:
        flash("The new hours are noted.", "success")
        return redirect(url_for("team.show", staff_id=staff_id))
    return _form(staff_id, form, None), form.status


@blueprint.route("/team/<int:staff_id>/hours/<int:pattern_id>", methods=["GET", "POST"])
def edit(staff_id: int, pattern_id: int) -> str | tuple[str, int] | Response:
    """Weekly hours that are there."""
    held = _held(staff_id)
    pattern = next((each for each in (*held.patterns, *held.over) if each.id == pattern_id), None)
    if pattern is None:
        raise NotFound("There are no such hours.")
    if request.method == "GET":
        start = {"every": pattern.every, "valid_from": pattern.valid_from, "valid_to": pattern.valid_to}
        return _form(staff_id, Form(start=start | weeks.start(pattern.weekly, "weekly")), pattern)
    form = Form(request.form)
    details = _details(form)
    if form.ok:
        with form.refusals(), writing() as work:
            hours.edit_pattern(work, current_actor(), now(), staff_id, pattern_id, details)
    if form.ok:
        flash("The hours are changed.", "success")
        return redirect(url_for("team.show", staff_id=staff_id))
    return _form(staff_id, form, pattern), form.status


@blueprint.post("/team/<int:staff_id>/hours/<int:pattern_id>/remove")
def remove(staff_id: int, pattern_id: int) -> Response:
    """Removes weekly hours."""
    with writing() as work:
        hours.remove_pattern(work, current_actor(), now(), staff_id, pattern_id)
    flash("The hours are removed.", "success")
    return redirect(url_for("team.show", staff_id=staff_id))


@blueprint.route("/team/<int:staff_id>/extra-hours/new", methods=["GET", "POST"])
def new_extra(staff_id: int) -> str | tuple[str, int] | Response:
    """Hours on one date."""
    if request.method == "GET":
        return _extra_form(staff_id, Form(start={"day": _today().isoformat()}))
    form = Form(request.form)
    day = form.day("day", "The date")
    starts, ends = form.clock("starts", "The start"), form.clock("ends", "The end")
    if form.ok:
        with form.refusals(), writing() as work:
            # Midnight at the end of a day is written 00:00 in a browser's field.
            hours.add_extra(work, current_actor(), now(), staff_id, day, starts, ends or DAY)
    if form.ok:
        flash("The extra hours are noted.", "success")
        return redirect(url_for("team.show", staff_id=staff_id))
    return _extra_form(staff_id, form), form.status


@blueprint.post("/team/<int:staff_id>/extra-hours/<int:extra_id>/remove")
def remove_extra(staff_id: int, extra_id: int) -> Response:
    """Removes extra hours."""
    with writing() as work:
        hours.remove_extra(work, current_actor(), now(), staff_id, extra_id)
    flash("The extra hours are removed.", "success")
    return redirect(url_for("team.show", staff_id=staff_id))


def _held(staff_id: int) -> hours.Hours:
    with reading() as work:
        return hours.hours_of(work, current_actor(), now(), staff_id)


def _details(form: Form) -> hours.PatternDetails:
    return hours.PatternDetails(
        valid_from=form.day("valid_from", "The first day"),
        valid_to=form.day_or_none("valid_to", "The last day"),
        every=int(form.choice("every", "The rhythm", [str(each) for each in hours.RHYTHMS]) or 1),
        weekly=weeks.sent(request.form, "weekly"),
    )


def _today() -> date:
    return now().astimezone(clinic_zone()).date()


def _member(staff_id: int) -> team.Member:
    with reading() as work:
        return team.member_page(work, current_actor(), now(), staff_id).member


def _form(staff_id: int, form: Form, pattern: hours.Pattern | None) -> str:
    return render_template("team/hours.html", member=_member(staff_id), form=form, pattern=pattern)


def _extra_form(staff_id: int, form: Form) -> str:
    return render_template("team/extra_hours.html", member=_member(staff_id), form=form)
