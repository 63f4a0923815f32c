"""What a clinic's feeds may show, which its administrator decides."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.services import feed_policy as service
from coordinator.web.context import current_actor, now, reading, writing
from coordinator.web.forms import Form

blueprint = Blueprint("feed_policy", __name__)


@blueprint.get("/feeds/policy")
def page() -> str:
    """How much the clinic's feeds may show."""
    with reading() as work:
        decided = service.policy(work, current_actor())
    start = {"ceiling": decided.ceiling, "hosts": decided.hosts, "agreed": ["yes"] if decided.ceiling != "busy" else []}
    return _page(Form(start=start))


@blueprint.post("/feeds/policy")
def decide() -> Response | tuple[str, int]:
    """Sets how much the clinic's feeds may show."""
    form = Form(request.form)
    hosts, agreed = form.several("hosts", "The hosts", required=False), form.value("agreed") == "yes"
    with form.refusals(), writing() as work:
        service.decide(work, current_actor(), now(), hosts, agreed, form.value("ceiling"))
    if not form.ok:
        return _page(form), form.status
    flash("Saved. It counts from now on, for all feeds of the clinic.", "success")
    return redirect(url_for("feeds.overview"))


def _page(form: Form) -> str:
    with reading() as work:
        decided = service.policy(work, current_actor())
    hosts, levels = list(service.HOSTS.items()), service.levels()
    return render_template("feed_policy/page.html", form=form, hosts=hosts, levels=levels, telling=decided.telling)
