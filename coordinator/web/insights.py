"""Insights: how the clinic's programs go, as charts, each with its table and its file for a spreadsheet."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, render_template, request

from coordinator.services import insights as service
from coordinator.services import rooms, team
from coordinator.web.column_drawing import NARROW, WIDE, ColumnChart, column_chart
from coordinator.web.context import current_actor, now, reading
from coordinator.web.words import count

blueprint = Blueprint("insights", __name__)


@blueprint.get("/insights")
def page() -> str:
    """Everything about a period."""
    with reading() as work:
        found = service.read(work, current_actor(), now(), _weeks())
        people = [each for each in team.list_team(work, current_actor(), now()) if not each.has_left]
        places = [each for each in rooms.list_rooms(work, current_actor(), now()) if not each.is_retired]
    return render_template(
        "insights/page.html",
        found=found,
        choices=service.WEEKS,
        stages=tuple(zip(service.STAGES, found.stages, strict=True)),
        charts={
            "spacing": _spacing(found),
            "integrations": _weekly(found.integrations),
            "attendance": _weekly(found.attendance, WIDE),
            "waits": _waits(found),
        },
        people=people,
        places=places,
    )


@blueprint.get("/insights/<name>.csv")
def export(name: str) -> Response:
    """One table as a file."""
    with reading() as work:
        text = "".join(service.export(work, current_actor(), now(), name, _weeks()))
    kept = f"{name}-{now():%Y-%m-%d}.csv"
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{kept}"'})


def _weeks() -> int:
    return request.args.get("weeks", 0, type=int)


def _weekly(weekly: service.Weekly, width: int = NARROW) -> ColumnChart:
    return column_chart(
        weekly.what, [(f"Week of {_short(week)}", _short(week), counts) for week, counts in weekly.weeks], width
    )


def _spacing(found: service.Insights) -> ColumnChart:
    most = service.SPACING[-1]
    names = {-most: f"{most} days early or more", 0: "On the ideal day", most: f"{most} days late or more"}
    short = {-most: f"−{most} or more", 0: "ideal", most: f"+{most} or more"}
    lines = []
    for off, visits in zip(service.SPACING, found.spacing, strict=True):
        name = names.get(off, f"{count(abs(off), 'day')} {'early' if off < 0 else 'late'}")
        lines.append(
            (name, short.get(off, f"{'−' if off < 0 else '+'}{abs(off)}"), (0, visits) if off else (visits, 0))
        )
    return column_chart(("ideal", "off"), lines)


def _waits(found: service.Insights) -> ColumnChart:
    last = len(found.waits) - 1
    lines = []
    for weeks, programs in enumerate(found.waits):
        name = f"{last} weeks or more" if weeks == last else f"{weeks} to {count(weeks + 1, 'week')}"
        lines.append((name, f"{last}+ wk" if weeks == last else f"{weeks}–{weeks + 1} wk", (programs,)))
    return column_chart(("programs",), lines)


def _short(day: date) -> str:
    return f"{day:%b} {day.day}"
