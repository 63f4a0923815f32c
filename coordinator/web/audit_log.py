"""The audit log: its screen with filters, its export, and the check of its chain, part by part."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, render_template, request

from coordinator.services import audit_log as service
from coordinator.web.context import current_actor, now, reading
from coordinator.web.numbers import day_of
from coordinator.web.security import LARGEST_ID

blueprint = Blueprint("audit_log", __name__)


@blueprint.get("/audit-log")
def page() -> str:
    """The log, filtered as asked; what cannot be read as a filter is left out."""
    wanted = _filter()
    before = request.args.get("before", type=int)
    with reading() as work:
        found = service.log(work, current_actor(), now(), wanted, before=min(before, LARGEST_ID) if before else None)
    return render_template("audit_log/page.html", log=found, wanted=wanted)


@blueprint.get("/audit-log.csv")
def export() -> Response:
    """The filtered log as a file for a spreadsheet."""
    with reading() as work:
        text = "".join(service.export(work, current_actor(), now(), _filter()))
    name = f"audit-log-{now():%Y-%m-%d}.csv"
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@blueprint.get("/audit-log/verify")
def verify() -> str:
    """Follows the next part of the chain, as a part of the page that goes on by itself."""
    after = min(request.args.get("after", 0, type=int), LARGEST_ID)
    with reading() as work:
        found = service.verified(work, current_actor(), max(0, after))
    return render_template("audit_log/verified.html", verified=found)


def _filter() -> service.Filter:
    what = request.args.get("what", "")
    user_id = request.args.get("user", type=int)
    return service.Filter(
        user_id=min(user_id, LARGEST_ID) if user_id else None,
        kind=request.args.get("kind", "")[:40],
        subject=request.args.get("subject", "")[:40],
        what=what if what in service.WHAT else "",
        since=_day("since"),
        until=_day("until"),
    )


def _day(name: str) -> date | None:
    try:
        return day_of(request.args.get(name, ""))
    except ValueError:
        return None
