"""Sick calls, and what time off does to the visits in it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.services import cover as service
from coordinator.services import cover_impact, team, time_off
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("cover", __name__)


@blueprint.route("/team/<int:staff_id>/sick", methods=["GET", "POST"])
def sick(staff_id: int) -> str | tuple[str, int] | Response:
    """Says that somebody is away from now on."""
    form = Form(request.form) if request.method == "POST" else Form(start={})
    if request.method == "GET":
        return _sick_form(staff_id, form)
    last = form.day_or_none("last", "The last day")
    if form.ok:
        with form.refusals(), writing() as work:
            time_off_id = service.call_in_sick(work, current_actor(), now(), staff_id, last)
    if form.ok:
        flash("Noted. The coordinators see it at once.", "success")
        return redirect(url_for("time_off.review", time_off_id=time_off_id))
    return _sick_form(staff_id, form), form.status


@blueprint.get("/team/time-off/<int:time_off_id>/impact")
def impact(time_off_id: int) -> str:
    """What it touches, as a part of its page, which asks again by itself while that is being worked out."""
    with reading() as work:
        found = cover_impact.one(work, current_actor(), now(), time_off_id)
    return render_template("cover/impact.html", impact=found, time_off_id=time_off_id, said=said(found))


@blueprint.post("/team/time-off/<int:time_off_id>/plan")
def plan(time_off_id: int) -> Response:
    """Has the repair of what it touches planned (again)."""
    with writing() as work:
        service.plan(work, current_actor(), now(), time_off_id)
    return redirect(url_for("time_off.review", time_off_id=time_off_id))


def said(found: cover_impact.Impact) -> str:
    """The impact in a sentence, for the one who looks at it."""
    decides = current_actor().access in time_off.DECIDERS
    return cover_impact.in_words(found, "you" if decides else "a coordinator")


def _sick_form(staff_id: int, form: Form) -> str:
    with reading() as work:
        member = team.member_page(work, current_actor(), now(), staff_id).member
    return render_template("cover/sick.html", member=member, form=form, is_me=current_actor().staff_id == staff_id)
