"""Handoff: notes beside a program or a visit, everybody's inbox, and the printable handoff of a day."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.services import app_notices
from coordinator.services import handoff as handoffs
from coordinator.services import notes as service
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("notes", __name__)


@blueprint.get("/enrollments/<int:enrollment_id>/notes")
def of_enrollment(enrollment_id: int) -> str:
    """The notes of a program, as a part of its page."""
    with reading() as work:
        found = service.of_enrollment(work, current_actor(), now(), enrollment_id)
    return _panel(found, Form(start={}))


@blueprint.get("/visits/<int:visit_id>/notes")
def of_visit(visit_id: int) -> str:
    """The notes about a visit, as a part of its page."""
    with reading() as work:
        found = service.of_visit(work, current_actor(), now(), visit_id)
    return _panel(found, Form(start={}))


@blueprint.post("/enrollments/<int:enrollment_id>/notes")
def add(enrollment_id: int) -> str | tuple[str, int]:
    """Writes a note; answers with the panel."""
    form = Form(request.form)
    visit_id = form.row_or_none("visit", "The visit")
    mentions = form.rows("mentions", "Who")
    if form.ok:
        with form.refusals(), writing() as work:
            service.add(work, current_actor(), now(), enrollment_id, form.value("text"), mentions, visit_id)
    with reading() as work:
        actor = current_actor()
        if visit_id is not None:
            found = service.of_visit(work, actor, now(), visit_id)
        else:
            found = service.of_enrollment(work, actor, now(), enrollment_id)
    return _panel(found, Form(start={})) if form.ok else (_panel(found, form), form.status)


@blueprint.post("/notes/<int:note_id>/remove")
def remove(note_id: int) -> Response:
    """Takes one's own note away."""
    with writing() as work:
        enrollment_id = service.remove(work, current_actor(), now(), note_id)
    flash("The note is removed.", "success")
    return redirect(url_for("enrollments.page", enrollment_id=enrollment_id))


@blueprint.get("/inbox")
def inbox() -> str:
    """What others wrote for the one who is signed in."""
    with reading() as work:
        found = service.inbox(work, current_actor(), now())
        told = app_notices.told(work, current_actor(), now())
    return render_template("notes/inbox.html", notes=found, told=told)


@blueprint.post("/inbox")
def read() -> Response:
    """Notes what was read."""
    form = Form(request.form)
    ids, told = form.rows("note", "The note"), form.rows("told", "The message")
    with writing() as work:
        service.mark_read(work, current_actor(), now(), ids)
        app_notices.mark_read(work, current_actor(), now(), told)
    return redirect(url_for("notes.inbox"))


@blueprint.get("/handoff")
def handoff() -> str:
    """A day to be printed: tomorrow, or the one asked for."""
    day = Form(request.args).day_or_none("day", "The day")
    with reading() as work:
        view = handoffs.handoff(work, current_actor(), now(), day)
    step = timedelta(days=1)
    return render_template("notes/handoff.html", view=view, before=view.day - step, after=view.day + step)


def _panel(found: service.TeamNotes, form: Form) -> str:
    return render_template("notes/panel.html", found=found, form=form, longest=service.LONGEST)
