"""The schedule: a timeline of staff or rooms, by day or week."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from coordinator.domain.clinic_time import from_utc, wall_clock
from coordinator.domain.errors import InvalidInput
from coordinator.services import timeline as service
from coordinator.services.timeline_shades import Shade
from coordinator.web import words
from coordinator.web.context import clinic_zone, current_actor, now, reading

blueprint = Blueprint("schedule", __name__)
ROWS = ("staff", "rooms")


@blueprint.get("/schedule")
def page() -> str:
    """The page; the schedule itself is fetched by its script."""
    today = wall_clock(from_utc(now(), clinic_zone())).date()
    return render_template("schedule/page.html", today=today)


@blueprint.get("/schedule/data")
def data() -> Response:
    """Rows, visits and shades of some days, as JSON for the schedule's script."""
    by = request.args.get("rows", "staff")
    if by not in ROWS:
        raise InvalidInput("Rows are staff or rooms.")
    first, last = _date("first"), _date("last")
    with reading() as work:
        found = service.timeline(work, current_actor(), now(), first, last, cast(service.By, by))
    return jsonify(
        rows=[{"id": each.id, "name": each.name, "groups": each.groups} for each in found.rows],
        visits=[_visit(each) for each in found.blocks],
        shades=[_shade(each) for each in found.shades],
        opens=found.opens,
        closes=found.closes,
        now=found.now.isoformat(),
        offset=found.offset,
    )


def _date(name: str) -> date:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        raise InvalidInput(f"“{name}” is a date written YYYY-MM-DD.") from None


def _visit(block: service.Block) -> dict[str, Any]:
    found: dict[str, Any] = {"rows": block.rows, "start": block.start.isoformat(), "end": block.end.isoformat()}
    shown = block.card
    if shown is None:
        return found | {"busy": True}
    return found | {
        "id": shown.id,
        "url": url_for("visits.page", visit_id=shown.id),
        "who": shown.who,
        "title": shown.title,
        "kind": shown.kind,
        "stage": shown.stage,
        "begins": words.clock(shown.start),
        "time": words.span(shown.start, shown.end),
        "room": shown.room or "By video",
        "people": [f"{each.name}, {each.need}" for each in shown.people],
    }


def _shade(shade: Shade) -> dict[str, Any]:
    return {
        "row": shade.row,
        "start": shade.start.isoformat(),
        "end": shade.end.isoformat(),
        "why": shade.why,
        "words": shade.words,
        "whole": shade.is_whole_day,
    }
