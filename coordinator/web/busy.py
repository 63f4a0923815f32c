"""A person's private calendars, of which only the busy times are read."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.services import busy as service
from coordinator.services.busy_reading import ask
from coordinator.web.context import clinic_zone, current_actor, now, reading, wiring, writing
from coordinator.web.forms import Form
from coordinator.web.uploads import CALENDARS, content_of
from coordinator.web.words import count

blueprint = Blueprint("busy", __name__)


@blueprint.get("/team/<int:staff_id>/busy")
def page(staff_id: int) -> str:
    """The calendars, and the forms for another."""
    return _page(staff_id, Form())


@blueprint.get("/team/<int:staff_id>/busy/list")
def listed(staff_id: int) -> str:
    """The calendars alone, for htmx while one is read for the first time."""
    with reading() as work:
        person = service.person(work, current_actor(), now(), staff_id)
    return render_template("busy/list.html", person=person, zone=clinic_zone())


@blueprint.post("/team/<int:staff_id>/busy")
def add(staff_id: int) -> Response | tuple[str, int]:
    """Adds a calendar by its address, or from a file."""
    form = Form(request.form)
    name = form.text("name", "The name", required=False, most=60)
    sent = request.files.get("file")
    said = "It is read now, and then every hour."
    with form.refusals():
        if sent is not None and sent.filename:
            said = _add_file(staff_id, name, content_of(sent, CALENDARS, "file"))
        else:
            address = form.text("address", "The address", most=2000)
            if form.ok:
                hosts = wiring().calendar_hosts
                with writing() as work:
                    service.add_address(work, current_actor(), now(), staff_id, name, address, hosts)
    if form.ok:
        flash(f"The calendar is added. {said}", "success")
        return redirect(url_for("busy.page", staff_id=staff_id))
    return _page(staff_id, form), form.status


@blueprint.post("/busy/<int:calendar_id>/remove")
def remove(calendar_id: int) -> Response:
    """Forgets a calendar."""
    with writing() as work:
        staff_id = service.remove(work, current_actor(), now(), calendar_id)
    flash("The calendar is removed, and its times are forgotten.", "success")
    return redirect(url_for("busy.page", staff_id=staff_id))


def _add_file(staff_id: int, name: str, content: bytes) -> str:
    with reading() as work:
        question = service.question_for(work, current_actor(), now(), staff_id, content)
    found = ask(question)
    with writing() as work:
        service.add_file(work, current_actor(), now(), staff_id, name, found)
    return f"It holds {count(len(found.spans or ()), 'busy time')}; nothing else of it is kept."


def _page(staff_id: int, form: Form) -> str:
    with reading() as work:
        person = service.person(work, current_actor(), now(), staff_id)
    return render_template(
        "busy/page.html", person=person, form=form, zone=clinic_zone(), hosts=wiring().calendar_hosts
    )
