"""Time off: asking for it, seeing what it touches, deciding."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.clinic_time import DAY
from coordinator.services import cover, cover_impact, team, time_off
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.cover import said
from coordinator.web.forms import Form

blueprint = Blueprint("time_off", __name__)
DONE = {
    "approved": "The time off is approved.",
    "declined": "The time off is declined.",
    "withdrawn": "The time off is withdrawn.",
}


@blueprint.route("/team/<int:staff_id>/time-off/new", methods=["GET", "POST"])
def new(staff_id: int) -> str | tuple[str, int] | Response:
    """The request; what it touches is shown before anybody approves it."""
    if request.method == "GET":
        return _form(staff_id, Form(start={}))
    form = Form(request.form)
    first = form.day("first", "The first day")
    details = time_off.AbsenceDetails(
        first=first,
        last=form.day_or_none("last", "The last day") or first,
        starts=form.clock("starts", "The start", otherwise=0),
        ends=form.clock("ends", "The end", otherwise=DAY),
        note=form.text("note", "The note", required=False, most=300),
    )
    if form.ok:
        with form.refusals(), writing() as work:
            time_off_id = cover.ask(work, current_actor(), now(), staff_id, details)
    if form.ok:
        return redirect(url_for("time_off.review", time_off_id=time_off_id))
    return _form(staff_id, form), form.status


@blueprint.get("/team/time-off/<int:time_off_id>")
def review(time_off_id: int) -> str:
    """The time off with the visits that it touches."""
    with reading() as work:
        view = time_off.review(work, current_actor(), now(), time_off_id)
        impact = cover_impact.one(work, current_actor(), now(), time_off_id)
    return render_template(
        "team/review.html", view=view, absence=view.absence, impact=impact, said=said(impact), time_off_id=time_off_id
    )


@blueprint.post("/team/time-off/<int:time_off_id>")
def decide(time_off_id: int) -> Response:
    """Approves, declines or withdraws."""
    status = request.form.get("status", "")
    if status not in DONE:
        abort(400)
    shown = request.form.get("seen")
    seen = None if shown is None else [int(each) for each in shown.split() if each.isdecimal() and len(each) < 19]
    with writing() as work:
        touched = time_off.decide(work, current_actor(), now(), time_off_id, status, seen)
        absence = time_off.review(work, current_actor(), now(), time_off_id).absence
    if status == "approved" and touched:
        visits = "1 visit needs" if touched == 1 else f"{touched} visits need"
        flash(f"The time off is approved. {visits} somebody else or another time.", "warning")
    else:
        flash(DONE[status], "success")
    if current_actor().staff_id == absence.staff_id:
        return redirect(url_for("me.page"))
    return redirect(url_for("team.show", staff_id=absence.staff_id))


def _form(staff_id: int, form: Form) -> str:
    with reading() as work:
        member = team.member_page(work, current_actor(), now(), staff_id).member
    return render_template("team/time_off.html", member=member, form=form)
