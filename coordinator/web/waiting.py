"""The waiting list: who waits, when each could begin, and planning some of them together."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from coordinator.services import waiting as service
from coordinator.web.context import current_actor, now, reading, writing

blueprint = Blueprint("waiting", __name__)


@blueprint.get("/waiting")
def page() -> str:
    """Who waits, who waits longest first."""
    with reading() as work:
        view = service.waiting_list(work, current_actor(), now())
    return render_template("waiting/page.html", view=view)


@blueprint.post("/waiting/refresh")
def refresh() -> Response:
    """Has the earliest starts worked out anew."""
    with writing() as work:
        service.refresh(work, current_actor(), now())
    flash("The earliest starts are being worked out. Look again in a moment.", "success")
    return redirect(url_for("waiting.page"))
