"""The team: the list, one member, adding, changing, leaving."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.clinic_time import monday_of
from coordinator.services import hours, team, time_off
from coordinator.web import weeks
from coordinator.web.context import clinic_zone, current_actor, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("team", __name__)


@blueprint.get("/team")
def index() -> str:
    """Everybody, with roles, this week's load and time off."""
    with reading() as work:
        members = team.list_team(work, current_actor(), now())
    return render_template("team/index.html", members=members)


@blueprint.get("/team/<int:staff_id>")
def show(staff_id: int) -> str:
    """One member: hours, time off, load, and what does not fit."""
    with reading() as work:
        page = team.member_page(work, current_actor(), now(), staff_id)
        held = hours.hours_of(work, current_actor(), now(), staff_id)
        absences = time_off.absences_of(work, current_actor(), now(), staff_id)
    return render_template(
        "team/show.html", page=page, member=page.member, hours=held, absences=absences, is_me=_is_me(staff_id)
    )


@blueprint.route("/team/new", methods=["GET", "POST"])
def new() -> str | tuple[str, int] | Response:
    """The form of a new member."""
    monday = monday_of(now().astimezone(clinic_zone()).date())
    if request.method == "GET":
        return _form(Form(start={"supervises": 1, "turnover": 0, "valid_from": monday.isoformat()}), None)
    form = Form(request.form)
    details = _details(form)
    valid_from = form.day("valid_from", "The first day")
    if form.ok:
        with form.refusals(), writing() as work:
            weekly = weeks.sent(request.form, "weekly")
            staff_id = team.add_member(work, current_actor(), now(), details, weekly, valid_from)
    if form.ok:
        flash(f"{details.name} is in the team.", "success")
        return redirect(url_for("team.show", staff_id=staff_id))
    return _form(form, None), form.status


@blueprint.route("/team/<int:staff_id>/edit", methods=["GET", "POST"])
def edit(staff_id: int) -> str | tuple[str, int] | Response:
    """The form of a member who is there."""
    with reading() as work:
        member = team.member_page(work, current_actor(), now(), staff_id).member
    if request.method == "GET":
        return _form(_start(member), member)
    form = Form(request.form)
    details = _details(form)
    if form.ok:
        with form.refusals(), writing() as work:
            team.edit_member(work, current_actor(), now(), staff_id, details)
    if form.ok:
        flash(f"{details.name} is changed.", "success")
        return redirect(url_for("team.show", staff_id=staff_id))
    return _form(form, member), form.status


@blueprint.post("/team/<int:staff_id>/leave")
def leave(staff_id: int) -> Response:
    """Notes that a member left."""
    with writing() as work:
        team.leave(work, current_actor(), now(), staff_id)
    flash("Noted. Nothing new is planned with this person.", "success")
    return redirect(url_for("team.show", staff_id=staff_id))


@blueprint.post("/team/<int:staff_id>/return")
def come_back(staff_id: int) -> Response:
    """Notes that a member is back."""
    with writing() as work:
        team.come_back(work, current_actor(), now(), staff_id)
    flash("Welcome back: this person can be planned with again.", "success")
    return redirect(url_for("team.show", staff_id=staff_id))


def _is_me(staff_id: int) -> bool:
    return current_actor().staff_id == staff_id


def _details(form: Form) -> team.MemberDetails:
    other = form.text("other_role", "The other role", required=False, most=40).lower()
    roles = form.several("roles", "What this person works as", required=not other)
    return team.MemberDetails(
        name=form.text("name", "The name", most=120),
        email=form.text("email", "The e-mail address", required=False, most=254),
        roles=[*roles, other] if other and other not in roles else roles,
        max_minutes_per_day=form.hours_or_none("max_hours_per_day", "The limit of a day", most=24),
        max_minutes_per_week=form.hours_or_none("max_hours_per_week", "The limit of a week", most=168),
        supervises=form.whole("supervises", "The number of visits at once", least=0, most=60),
        turnover_minutes=form.whole("turnover", "The pause", least=0, most=480),
    )


def _start(member: team.Member) -> Form:
    return Form(
        start={
            "name": member.name,
            "email": member.email,
            "roles": member.roles,
            "max_hours_per_day": _hours(member.max_minutes_per_day),
            "max_hours_per_week": _hours(member.max_minutes_per_week),
            "supervises": member.supervises,
            "turnover": member.turnover_minutes,
        }
    )


def _hours(minutes: int | None) -> str:
    return "" if minutes is None else f"{minutes / 60:.2f}".rstrip("0").rstrip(".")


def _form(form: Form, member: team.Member | None) -> str:
    with reading() as work:
        roles = team.known_roles(work, current_actor())
    return render_template("team/edit.html", form=form, member=member, roles=roles)
