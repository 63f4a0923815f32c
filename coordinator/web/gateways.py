"""A clinic's own gateways for text messages and chat: saved, tried out, forgotten. An address is never shown again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.services import gateways as service
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("gateways", __name__)


@blueprint.get("/notices/gateways")
def page() -> str:
    """Which gateways the clinic has of its own."""
    return _page({})


@blueprint.post("/notices/gateways/<channel>")
def save(channel: str) -> Response | tuple[str, int]:
    """Keeps an address; one that is refused has to be pasted again."""
    form = Form(request.form)
    with form.refusals():
        typed = service.read(form.value("address"))
        with writing() as work:
            service.keep(work, current_actor(), now(), channel, typed)
        flash("Saved. Messages of the clinic leave through it from now on.", "success")
        return redirect(url_for("gateways.page"))
    return _page({channel: form}), form.status


@blueprint.post("/notices/gateways/<channel>/remove")
def drop(channel: str) -> Response:
    """Forgets an address."""
    with writing() as work:
        service.drop(work, current_actor(), now(), channel)
    flash("Removed. What the installation has set is used again.", "success")
    return redirect(url_for("gateways.page"))


@blueprint.post("/notices/gateways/<channel>/trial")
def test(channel: str) -> Response | tuple[str, int]:
    """Sends a test message, and says what the gateway answered."""
    form = Form(request.form)
    with form.refusals():
        with reading() as work:
            carrier, recipient = service.trial(work, current_actor(), channel, form.value("to"))
        outcome = carrier.carry(recipient, service.TRIAL)
        with writing() as work:
            service.note_trial(work, current_actor(), now(), channel, outcome)
        flash(*service.told(outcome))
        return redirect(url_for("gateways.page"))
    return _page({channel: form}), form.status


def _page(forms: dict[str, Form]) -> str:
    with reading() as work:
        lines = service.lines(work, current_actor())
    blank = Form(start={})
    return render_template("gateways/page.html", lines=[(each, forms.get(each.channel, blank)) for each in lines])
