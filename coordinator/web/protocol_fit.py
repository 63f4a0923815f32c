"""Whether a protocol fits the clinic: asked from its page or the editor, shown as it is worked out."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.errors import InvalidInput
from coordinator.domain.protocol import Protocol
from coordinator.services import protocol_fit as service
from coordinator.services import protocol_versions, protocol_visits
from coordinator.web import protocol_form, protocol_visit_form
from coordinator.web.context import current_actor, is_htmx, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("protocol_fit", __name__)


@blueprint.post("/protocols/<int:protocol_id>/fit")
def ask(protocol_id: int) -> str | tuple[str, int] | Response:
    """Asks it of what the editor's form makes, as it stands, or of the newest version."""
    form = Form(request.form)
    protocol = _typed(form, protocol_id) if form.has("based_on") else _newest(protocol_id)
    patients = form.whole("patients", "The number of patients", least=1, most=service.MOST_PATIENTS)
    if protocol is None or not form.ok:
        wrong = list(dict.fromkeys(form.errors.values()))
        template = "protocol_fit/refused.html" if is_htmx() else "protocol_fit/refused_page.html"
        return render_template(template, wrong=wrong, protocol_id=protocol_id), 422
    with writing() as work:
        job_id = service.request(work, current_actor(), now(), protocol, patients)
    return outcome(job_id) if is_htmx() else redirect(url_for("protocol_fit.page", job_id=job_id))


@blueprint.get("/protocols/fit/<int:job_id>")
def page(job_id: int) -> str:
    """The answer."""
    return _shown(job_id, "protocol_fit/page.html")


@blueprint.get("/protocols/fit/<int:job_id>/outcome")
def outcome(job_id: int) -> str:
    """The part of the page that asks again by itself while more is to come."""
    return _shown(job_id, "protocol_fit/outcome.html")


@blueprint.post("/protocols/fit/<int:job_id>/stop")
def stop(job_id: int) -> str | Response:
    """Ends it with what is known so far."""
    with writing() as work:
        service.stop(work, current_actor(), now(), job_id)
    return outcome(job_id) if is_htmx() else redirect(url_for("protocol_fit.page", job_id=job_id))


def _shown(job_id: int, template: str) -> str:
    with reading() as work:
        view = service.answer(work, current_actor(), job_id)
    return render_template(template, view=view)


def _typed(form: Form, protocol_id: int) -> Protocol | None:
    if form.has("visit"):
        with reading() as work:
            by_visit = protocol_visits.edited(work, current_actor(), protocol_id, form.whole("based_on", "The version"))
        typed = protocol_visit_form.read(form, by_visit)
        return typed[0] if typed is not None else None
    with reading() as work:
        found = protocol_versions.editing(work, current_actor(), protocol_id)
    try:
        compact = protocol_form.read(form, found.compact)
        return protocol_versions.expanded(compact) if compact is not None else None
    except InvalidInput as refusal:
        form.refuse("", str(refusal))
        return None


def _newest(protocol_id: int) -> Protocol:
    with reading() as work:
        return protocol_versions.newest(work, current_actor(), protocol_id)
