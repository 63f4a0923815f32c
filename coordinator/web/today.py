"""The first page: today, for the one who is signed in."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from coordinator.domain.actor import Access
from coordinator.services import today as service
from coordinator.web import words
from coordinator.web.context import current_actor, now, reading, signed_in

blueprint = Blueprint("today", __name__)
words.install_on(blueprint)


@blueprint.get("/")
def page() -> str | Response:
    """Who is where today, and what waits; a clinician's is their own day."""
    if signed_in().access is Access.CLINICIAN:
        return redirect(url_for("me.page"))
    with reading() as work:
        view = service.today(work, current_actor(), now())
    return render_template("today/page.html", view=view, now=now())
