"""Protocols to read, to adopt from the library, and to edit: each change is a new version."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.compact_protocol import CompactProtocol
from coordinator.domain.errors import InvalidInput
from coordinator.domain.gates import GATE_KINDS
from coordinator.services import protocol_versions, protocol_visits, rooms
from coordinator.services import protocols as service
from coordinator.services.gate_rules import VISIT_KINDS
from coordinator.web import protocol_form
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
        compact = protocol_visits.compact_form(work, current_actor(), protocol_id)
    return render_template(
        "protocols/show.html", sheet=sheet, line=sheet.line, picture=drawn(sheet.roadmap), form=None, compact=compact
    )


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


@blueprint.get("/protocols/<int:protocol_id>/edit")
def edit(protocol_id: int) -> str | Response:
    """The newest version in its compact form, to be changed; one that has none is edited visit by visit."""
    with reading() as work:
        if not protocol_versions.is_compact(work, current_actor(), protocol_id):
            return redirect(url_for("protocol_visits.edit", protocol_id=protocol_id))
        found = protocol_versions.editing(work, current_actor(), protocol_id)
    start = protocol_form.start(found.compact) | {"based_on": found.number, "patients": 3}
    return _edit_page(found, Form(start=start))


@blueprint.post("/protocols/<int:protocol_id>/edit")
def publish(protocol_id: int) -> tuple[str, int] | Response:
    """Publishes what was typed as a new version; `more` asks for blank rows instead."""
    form = Form(request.form)
    with reading() as work:
        found = protocol_versions.editing(work, current_actor(), protocol_id)
    if form.value("more"):
        return _edit_page(found, form), 200
    compact = protocol_form.read(form, found.compact)
    number = 0
    if compact is not None:
        based_on = form.whole("based_on", "The version")
        with form.refusals(), writing() as work:
            number = protocol_versions.publish(work, current_actor(), now(), protocol_id, compact, based_on)
    if not form.ok:
        return _edit_page(found, form), form.status
    flash(f"Version {number} is published. Programs that run keep the version that they began with.", "success")
    return redirect(url_for("protocols.show", protocol_id=protocol_id))


@blueprint.post("/protocols/<int:protocol_id>/preview")
def preview(protocol_id: int) -> str:
    """What the form as it stands would make: drawn, or what is in its way."""
    form = Form(request.form)
    with reading() as work:
        found = protocol_versions.editing(work, current_actor(), protocol_id)
    return render_template("protocols/preview.html", form=form, **_previewed(form, found.compact))


@blueprint.post("/protocols/<int:protocol_id>/copy")
def copy(protocol_id: int) -> Response:
    """Makes a protocol of another name that begins as this one is, and goes on to edit it."""
    form = Form(request.form)
    name = form.text("name", "The name", most=120)
    if form.ok:
        with form.refusals(), writing() as work:
            protocol_id = protocol_versions.copy(work, current_actor(), now(), protocol_id, name)
    if form.ok:
        return redirect(url_for("protocols.edit", protocol_id=protocol_id))
    flash(" ".join(form.errors.values()), "warning")
    return redirect(url_for("protocols.show", protocol_id=protocol_id))


@blueprint.get("/protocols/<int:protocol_id>/compare")
def compare(protocol_id: int) -> str:
    """Two versions beside each other, in words."""
    earlier, later = request.args.get("earlier", 0, type=int), request.args.get("later", 0, type=int)
    with reading() as work:
        found = protocol_versions.compare(work, current_actor(), protocol_id, earlier, later)
    return render_template("protocols/compare.html", found=found, protocol_id=protocol_id)


def _edit_page(found: protocol_versions.Editing, form: Form) -> str:
    with reading() as work:
        kinds = rooms.known_kinds(work, current_actor())
    used = [each.room for each in found.compact.meetings.values() if each.room]
    return render_template(
        "protocols/edit.html",
        form=form,
        found=found,
        rows=protocol_form.row_counts(form),
        rooms=[(protocol_form.VIDEO, "By video"), *((each, each) for each in dict.fromkeys([*used, *kinds]))],
        kinds=VISIT_KINDS,
        gate_kinds=GATE_KINDS,
        **_previewed(Form(request.form) if form.is_sent else form, found.compact),
    )


def _previewed(form: Form, before: CompactProtocol) -> dict[str, object]:
    """The drawing of what is typed, and what is wrong with it; the form's own refusals stay out of it."""
    try:
        compact = protocol_form.read(form, before)
        roadmap = service.roadmap(protocol_versions.expanded(compact)) if compact is not None else None
    except InvalidInput as refusal:
        form.refuse("", str(refusal))
        roadmap = None
    wrong = list(dict.fromkeys(form.errors.values()))
    return {"roadmap": roadmap, "picture": drawn(roadmap) if roadmap else None, "wrong": wrong}


def _template_page(sheet: service.Sheet, form: Form) -> str:
    return render_template("protocols/show.html", sheet=sheet, line=sheet.line, picture=drawn(sheet.roadmap), form=form)
