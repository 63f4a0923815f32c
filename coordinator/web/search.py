"""Searching from anywhere. It is a POST: no name stands in an address, where logs and histories would keep it."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from coordinator.services import search as service
from coordinator.web.context import current_actor, now, reading

blueprint = Blueprint("search", __name__)


@blueprint.post("/search")
def find() -> str:
    """What was found, for htmx."""
    sought = request.form.get("sought", "")[:100]
    with reading() as work:
        found = service.search(work, current_actor(), now(), sought)
    return render_template("search/found.html", found=found, sought=sought.strip())
