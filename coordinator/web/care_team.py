"""The care team of a program: its page, who steps in, and changing somebody after seeing what that touches."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.services import care_team as service
from coordinator.services import contacts
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("care_team", __name__)


@blueprint.get("/enrollments/<int:enrollment_id>/team")
def page(enrollment_id: int) -> str:
    """Who fills each need, who steps in, and whom outside the clinic may be told what."""
    return _page(enrollment_id, Form())


@blueprint.post("/enrollments/<int:enrollment_id>/team/backups")
def set_backups(enrollment_id: int) -> tuple[str, int] | Response:
    """Names who steps in."""
    form = Form(request.form)
    prefix = "backup-"
    wanted = {
        name.removeprefix(prefix): form.whole_or_none(name, "The person", most=10**15)
        for name in request.form
        if name.startswith(prefix)
    }
    if form.ok:
        with form.refusals(), writing() as work:
            service.set_backups(work, current_actor(), now(), enrollment_id, wanted)
    if not form.ok:
        return _page(enrollment_id, form), form.status
    flash("Saved who steps in.", "success")
    return redirect(url_for("care_team.page", enrollment_id=enrollment_id))


@blueprint.get("/enrollments/<int:enrollment_id>/team/change")
def preview(enrollment_id: int) -> tuple[str, int] | str:
    """What it touches to put somebody else in a need."""
    form = Form(request.args)
    staff_id = form.whole("staff", "The person", most=10**15)
    since = form.day("since", "From")
    if form.ok:
        with form.refusals(), reading() as work:
            need = request.args.get("need", "")
            view = service.preview(work, current_actor(), now(), enrollment_id, need, staff_id, since)
    if not form.ok:
        return _page(enrollment_id, form), form.status
    return render_template("care_team/change.html", view=view)


@blueprint.post("/enrollments/<int:enrollment_id>/team/change")
def pin(enrollment_id: int) -> tuple[str, int] | Response:
    """Changes the team where no published visit is touched."""
    form = Form(request.form)
    staff_id, since = form.whole("staff", "The person", most=10**15), form.day("since", "From")
    if form.ok:
        with form.refusals(), writing() as work:
            need = request.form.get("need", "")
            service.pin(work, current_actor(), now(), enrollment_id, need, staff_id, since)
    if not form.ok:
        return _page(enrollment_id, form), form.status
    flash("Changed. The planner keeps to it from now on.", "success")
    return redirect(url_for("care_team.page", enrollment_id=enrollment_id))


def _page(enrollment_id: int, form: Form) -> str:
    with reading() as work:
        view = service.care_team(work, current_actor(), now(), enrollment_id)
    return render_template(
        "care_team/page.html", view=view, form=form, kinds=contacts.KINDS, topics=contacts.TOPICS, chosen=request.args
    )
