"""The schedule: a timeline of staff or rooms, by day or week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from coordinator.domain.clinic_time import from_utc, wall_clock
from coordinator.domain.errors import InvalidInput
from coordinator.services import agenda, notice_bells, schedule_news, schedule_views
from coordinator.services import timeline as service
from coordinator.services.draft_blocks import DraftBlock, draft_blocks
from coordinator.services.notice_bells import Bell
from coordinator.services.timeline_shades import Shade
from coordinator.web import words
from coordinator.web.access import may
from coordinator.web.context import clinic_zone, current_actor, now, reading, writing
from coordinator.web.numbers import day_of

blueprint = Blueprint("schedule", __name__)
ROWS = ("staff", "rooms")
KINDS = (
    "evaluation", "preparation", "dosing", "integration", "nutrition", "review", "lab", "group", "peer", "family",
    "psychotherapy",
)  # fmt: skip


@blueprint.get("/schedule")
def page() -> str:
    """The page; the schedule itself is fetched by its script. What the reader chose last is chosen again."""
    with reading() as work:
        chosen = schedule_views.chosen(work, current_actor())
        revision = schedule_news.newest(work, current_actor())
    return render_template(
        "schedule/page.html",
        today=_today(),
        now=wall_clock(from_utc(now(), clinic_zone())),
        chosen=chosen,
        revision=revision,
        may_change=may("drafts.drop"),
        kinds=KINDS,
    )


@blueprint.post("/schedule/view")
def choose() -> AnyResponse:
    """Keeps how the reader looks at the schedule."""
    wanted = schedule_views.ScheduleView(
        view=request.form.get("view", ""),
        rows=request.form.get("rows", ""),
        show=request.form.get("show", ""),
        hidden=tuple(request.form.getlist("hidden")),
        missed=request.form.get("missed") == "yes",
    )
    with writing() as work:
        schedule_views.choose(work, current_actor(), wanted)
    return make_response("", 204)


@blueprint.get("/schedule/revision")
def revision() -> Response:
    """Which publication is the newest, and whose it is: asked every few seconds by every open schedule."""
    with reading() as work:
        news = schedule_news.newest(work, current_actor())
    return jsonify(revision=news.revision, said=news.said, mine=news.is_mine)


@blueprint.get("/schedule/days")
def days() -> str:
    """A month or a list of days, drawn here; the filter is the one that the reader chose."""
    first, last = _date("first"), _date("last")
    view = request.args.get("view", "list")
    with reading() as work:
        chosen = schedule_views.chosen(work, current_actor())
        found = agenda.agenda(work, current_actor(), now(), first, last, chosen)
    template = "schedule/month.html" if view == "month" else "schedule/list.html"
    month = first + (last - first) / 2
    return render_template(template, days=found, month=month.month, today=_today())


def _today() -> date:
    return wall_clock(from_utc(now(), clinic_zone())).date()


@blueprint.get("/schedule/data")
def data() -> Response:
    """Rows, visits and shades of some days, as JSON for the schedule's script."""
    by = request.args.get("rows", "staff")
    if by not in ROWS:
        raise InvalidInput("Rows are staff or rooms.")
    first, last = _date("first"), _date("last")
    with reading() as work:
        found = service.timeline(work, current_actor(), now(), first, last, cast(service.By, by))
        drafted = draft_blocks(work, current_actor(), now(), first, last, cast(service.By, by))
        ahead = {each.card.id for each in found.blocks if each.card and each.card.stage in ("upcoming", "now")}
        bells = notice_bells.of_visits(work, current_actor(), ahead)
    return jsonify(
        rows=[{"id": each.id, "name": each.name, "groups": each.groups} for each in found.rows],
        visits=[_visit(each, bells) for each in found.blocks] + [_drafted(each) for each in drafted if each.is_shown],
        leaving=[each.leaves for each in drafted if each.leaves is not None],
        shades=[_shade(each) for each in found.shades],
        opens=found.opens,
        closes=found.closes,
        now=found.now.isoformat(),
        offset=found.offset,
    )


def _date(name: str) -> date:
    try:
        return day_of(request.args.get(name, ""))
    except ValueError:
        raise InvalidInput(f"“{name}” is a date written YYYY-MM-DD.") from None


def _visit(block: service.Block, bells: Mapping[int, Bell]) -> dict[str, Any]:
    found: dict[str, Any] = {"rows": block.rows, "start": block.start.isoformat(), "end": block.end.isoformat()}
    shown = block.card
    if shown is None:
        return found | {"busy": True}
    bell = bells.get(shown.id)
    if bell is not None and bell.amiss:
        found["bell"] = f"{words.count(bell.total, 'message')}: {bell.words}"
    return found | {
        "id": shown.id,
        "url": url_for("visits.page", visit_id=shown.id),
        "who": shown.who,
        "title": shown.title,
        "kind": shown.kind,
        "stage": shown.stage,
        "status": shown.status,
        "enrollment": shown.enrollment_id,
        "code": shown.code,
        "begins": words.clock(shown.start),
        "time": words.span(shown.start, shown.end),
        "room": shown.room or "By video",
        "people": [f"{each.name}, {each.need}" for each in shown.people],
    }


def _drafted(block: DraftBlock) -> dict[str, Any]:
    line, slot = block.line, block.line.after
    assert slot is not None
    return {
        "rows": block.rows,
        "start": slot.start.isoformat(),
        "end": slot.end.isoformat(),
        "id": f"draft-{line.edit.id}",
        "url": url_for("drafts.page"),
        "who": line.who,
        "title": line.title,
        "kind": line.kind,
        "stage": "draft",
        "status": "draft",
        "enrollment": line.edit.entry.id,
        "code": line.edit.code,
        "begins": words.clock(slot.start),
        "time": words.span(slot.start, slot.end),
        "room": slot.room or "By video",
        "people": list(slot.people),
        "trouble": " ".join(each.words for each in line.edit.troubles),
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
