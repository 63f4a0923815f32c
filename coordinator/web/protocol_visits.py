"""Protocols that were brought in visit by visit, edited so; or put into compact form, where that says just the same."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.gates import GATE_KINDS
from coordinator.services import protocol_visits as service
from coordinator.services import protocols, rooms
from coordinator.services.gate_rules import VISIT_KINDS
from coordinator.services.protocol_visits import VisitsEditing
from coordinator.web import protocol_visit_form
from coordinator.web.context import current_actor, is_htmx, now, reading, writing
from coordinator.web.forms import Form
from coordinator.web.protocol_form import VIDEO
from coordinator.web.protocol_visit_rows import LOOK, Acted, acted, keys
from coordinator.web.roadmaps import drawn

blueprint = Blueprint("protocol_visits", __name__)
PATIENTS = 3


@blueprint.get("/protocols/<int:protocol_id>/visits/edit")
def edit(protocol_id: int) -> str:
    """The newest version's visits and gaps, to be changed."""
    with reading() as work:
        found = service.editing(work, current_actor(), protocol_id)
    start = protocol_visit_form.start(found) | {"based_on": found.number, "patients": PATIENTS}
    return _edit_page(found, Acted(Form(start=start)))


@blueprint.post("/protocols/<int:protocol_id>/visits/edit")
def publish(protocol_id: int) -> tuple[str, int] | Response:
    """Publishes what was typed as a new version; a button of the rows, as `act`, changes the form instead."""
    form = Form(request.form)
    found = _edited(protocol_id, form)
    if form.value("act"):
        return _after_act(found)
    typed = protocol_visit_form.read(form, found)
    number = 0
    if typed is not None:
        with form.refusals(), writing() as work:
            number = service.publish(work, current_actor(), now(), protocol_id, *typed, _based_on(form))
    if not form.ok:
        return _edit_page(found, Acted(form)), form.status
    flash(f"Version {number} is published. Programs that run keep the version that they began with.", "success")
    return redirect(url_for("protocols.show", protocol_id=protocol_id))


@blueprint.post("/protocols/<int:protocol_id>/visits/preview")
def preview(protocol_id: int) -> str:
    """What the form as it stands would make: drawn, or what is in its way."""
    form = Form(request.form)
    return render_template("protocol_visits/preview.html", **_previewed(form, _edited(protocol_id, form)))


@blueprint.post("/protocols/<int:protocol_id>/visits/compact")
def convert(protocol_id: int) -> Response:
    """Publishes the same program in compact form, and goes on to edit that."""
    form = Form(request.form)
    _edited(protocol_id, form)
    number = 0
    with form.refusals(), writing() as work:
        number = service.convert(work, current_actor(), now(), protocol_id, _based_on(form))
    if not form.ok:
        flash(" ".join(form.errors.values()), "warning")
        return redirect(url_for("protocols.show", protocol_id=protocol_id))
    flash(f"Version {number} is the same program in compact form. From now on it is edited so.", "success")
    return redirect(url_for("protocols.edit", protocol_id=protocol_id))


def _edited(protocol_id: int, form: Form) -> VisitsEditing:
    with reading() as work:
        return service.edited(work, current_actor(), protocol_id, _based_on(form))


def _based_on(form: Form) -> int:
    """The version that the form began with; 0, which no version is, where it does not say."""
    typed = form.value("based_on")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


def _after_act(found: VisitsEditing) -> tuple[str, int] | Response:
    """The form after a button of its rows: whole, or for htmx the rows alone, after which the roadmap is asked for."""
    after = acted(request.form, request.form["act"])
    if request.form["act"] == LOOK:
        protocol_visit_form.read(after.form, found)
        wrong = len(after.form.errors)
        said = f"{wrong} {'field is' if wrong == 1 else 'fields are'} to be changed." if wrong else "Nothing is wrong."
        after = replace(after, said=said, focus=next(iter(after.form.errors), ""))
    if not is_htmx():
        return _edit_page(found, after), 200
    answer = make_response(render_template("protocol_visits/rows.html", is_part=True, **_rows(found, after)))
    answer.headers["HX-Trigger-After-Swap"] = "rows-changed"
    return answer


def _edit_page(found: VisitsEditing, after: Acted) -> str:
    return render_template("protocol_visits/edit.html", **_previewed(after.form, found), **_rows(found, after))


def _rows(found: VisitsEditing, after: Acted) -> dict[str, object]:
    """What the template of the rows needs."""
    with reading() as work:
        kinds = rooms.known_kinds(work, current_actor())
    visits = found.protocol.visits
    used = [each.room for each in visits if each.room]
    return {
        "found": found,
        "form": after.form,
        "said": after.said,
        "focus": after.focus,
        "keys": {each: keys(after.form, each) for each in ("visit", "gap", "stay")},
        "rooms": [(VIDEO, "By video"), *((each, each) for each in dict.fromkeys([*used, *kinds]))],
        "kinds": list(dict.fromkeys([*VISIT_KINDS, *(each.kind for each in visits)])),
        "gate_kinds": GATE_KINDS,
        "people": sorted({name for each in visits for name in each.need_names()}),
    }


def _previewed(form: Form, found: VisitsEditing) -> dict[str, object]:
    """The drawing of what is typed, what is wrong with it, and which visits no gap ties to the others."""
    fresh = form.again()
    typed = protocol_visit_form.read(fresh, found)
    roadmap = protocols.roadmap(typed[0]) if typed is not None else None
    return {
        "roadmap": roadmap,
        "picture": drawn(roadmap) if roadmap else None,
        "wrong": protocol_visit_form.refusals(fresh),
        "loose": protocol_visit_form.loose(typed[0]) if typed is not None else (),
    }
