"""The first page: today, for the one who is signed in."""

from __future__ import annotations

from flask import Blueprint, render_template

from coordinator.services import today as service
from coordinator.web import words
from coordinator.web.context import current_actor, now, reading

blueprint = Blueprint("today", __name__)
words.install_on(blueprint)


@blueprint.get("/")
def page() -> str:
    """Who is where today, and what waits."""
    with reading() as work:
        view = service.today(work, current_actor(), now())
    return render_template("today/page.html", view=view, now=now())
