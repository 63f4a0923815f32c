"""Protocols to read, and to adopt from the library."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.services import protocols as service
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.forms import Form
from coordinator.web.roadmaps import drawn

blueprint = Blueprint("protocols", __name__)


@blueprint.get("/protocols")
def index() -> str:
    """The clinic's protocols and the library's."""
    with reading() as work:
        own, library = service.list_protocols(work, current_actor())
    return render_template("protocols/index.html", own=own, library=library)


@blueprint.get("/protocols/<int:protocol_id>")
def show(protocol_id: int) -> str:
    """One of the clinic's protocols."""
    with reading() as work:
        sheet = service.sheet(work, current_actor(), protocol_id)
    return render_template("protocols/show.html", sheet=sheet, line=sheet.line, picture=drawn(sheet.roadmap), form=None)


@blueprint.get("/protocols/library/<code>")
def template(code: str) -> str:
    """A template of the library, before it is adopted."""
    sheet = service.template_sheet(code)
    start = {"sessions": sheet.sessions[1]} if sheet.sessions else {}
    return _template_page(sheet, Form(start=start))


@blueprint.post("/protocols/library/<code>")
def adopt(code: str) -> tuple[str, int] | Response:
    """Makes it the clinic's own."""
    sheet = service.template_sheet(code)
    form = Form(request.form)
    sessions = form.whole("sessions", "The number of sessions", least=1, most=99) if sheet.sessions else None
    if form.ok:
        with form.refusals(), writing() as work:
            protocol_id = service.adopt(work, current_actor(), now(), code, sessions)
    if form.ok:
        flash(f"{sheet.line.name} is one of your protocols now.", "success")
        return redirect(url_for("protocols.show", protocol_id=protocol_id))
    return _template_page(sheet, form), form.status


def _template_page(sheet: service.Sheet, form: Form) -> str:
    return render_template("protocols/show.html", sheet=sheet, line=sheet.line, picture=drawn(sheet.roadmap), form=form)
