"""One's own page, made for a phone."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template, request

from coordinator.services import me as service
from coordinator.web.context import current_actor, now, reading
from coordinator.web.forms import Form

blueprint = Blueprint("me", __name__)


@blueprint.get("/me")
def page() -> str:
    """My day, what is next, what waits for me, my time off, my feeds."""
    if current_actor().staff_id is None:
        return render_template("me/nobody.html")
    day = Form(request.args).day_or_none("day", "The day")
    with reading() as work:
        view = service.own_page(work, current_actor(), now(), day)
    step = timedelta(days=1)
    return render_template("me/page.html", view=view, before=view.day - step, after=view.day + step, now=now())
