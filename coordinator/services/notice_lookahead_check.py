"""The last look before a message that was looked for leaves: is it still so, and what does it say now?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coordinator.domain.actor import system
from coordinator.domain.notice_times import Calendar
from coordinator.domain.reminding import GATE_DUE, PROGRAM_FINISHED, SCHEDULE_TOMORROW, WINDOW_CLOSING
from coordinator.services import gates
from coordinator.services.gate_lines import GateLine
from coordinator.services.integration import without_time
from coordinator.services.notice_check import Settled
from coordinator.services.notice_lookahead import LOOKS_BACK, day_bounds, end_of
from coordinator.services.notice_texts import Fields, day_lines, moment_fields, shown_code
from coordinator.store import enrollment_queries, notice_lookups, snapshot, visit_queries
from coordinator.store.notice_facts import Facts
from coordinator.store.unit_of_work import Work

TASKS = {
    "clearance": "a clearance",
    "labs": "results of the laboratory",
    "consent": "a signature",
    "fasting": "an instruction to the patient",
    "ride": "the ride home",
}
"""Gates in words that may stand in anybody's mail."""


def looked_again(work: Work) -> Callable[[Facts, datetime], Fields | Settled]:
    """What the check asks: the message's fields as things are now, or why it is not to leave any more."""
    return lambda facts, now: _SORTS[facts.notice.what](work, facts, now)


def _gate(work: Work, facts: Facts, now: datetime) -> Fields | Settled:
    visit = facts.visit
    assert visit is not None
    record = visit.record
    if record.status != "scheduled" or record.revision != facts.notice.visit_revision:
        return Settled("withdrawn", "The visit was changed.")
    rows = visit_queries.one(work, facts.clinic.id, record.id)
    gated = gates.of_visits(work, system(facts.clinic.id), now, [rows] if rows else []).get(record.id)
    shut = [each for each in gated.lines if not each.is_open] if gated else []
    rule = next((each for each in facts.rules if each.code == facts.notice.rule), None)
    if rule is not None and rule.audience == "owner" and facts.notice.recipient_kind == "staff":
        shut = [each for each in shut if facts.notice.recipient_id in each.staff]
    if not shut:
        return Settled("withdrawn", "Every gate is open by now.")
    fields = moment_fields(facts.clinic.name, ZoneInfo(facts.clinic.timezone), record.starts_at)
    return fields | {"task": _listed(shut), "code": shown_code(visit.code)}


def _listed(shut: list[GateLine]) -> str:
    *first, last = dict.fromkeys(TASKS[each.kind] for each in shut)
    return f"{', '.join(first)} and {last}" if first else last


def _window(work: Work, facts: Facts, now: datetime) -> Fields | Settled:
    content = facts.notice.content or {}
    taken = snapshot.load(work, facts.clinic.id, since=now - LOOKS_BACK)
    wanted = content["enrollment"], content["visit"], content["last"]
    waits = {(entry.id, each.integration, each.last): entry.code for entry, each in without_time(taken)}
    if wanted not in waits:
        return Settled("withdrawn", "The visit has a time by now, or is not needed any more.")
    zone = ZoneInfo(facts.clinic.timezone)
    return moment_fields(facts.clinic.name, zone, end_of(Calendar(zone), content["last"])) | {
        "code": shown_code(waits[wanted])
    }


def _finished(work: Work, facts: Facts, now: datetime) -> Fields | Settled:
    rows = enrollment_queries.one(work, facts.clinic.id, (facts.notice.content or {})["enrollment"])
    if rows is None or rows.enrollment.status != "finished":
        return Settled("withdrawn", "The program goes on.")
    fields = moment_fields(facts.clinic.name, ZoneInfo(facts.clinic.timezone), now)
    return fields | {"code": shown_code(rows.enrollment.code)}


def _schedule(work: Work, facts: Facts, _now: datetime) -> Fields | Settled:
    zone = ZoneInfo(facts.clinic.timezone)
    since, until = day_bounds(Calendar(zone), (facts.notice.content or {})["day"])
    staff_id = facts.notice.recipient_id
    expected = notice_lookups.staff_visits(work, facts.clinic.id, since, until, staff_id).get(staff_id, [])
    if not expected:
        return Settled("withdrawn", "Nothing is left on that day.")
    fields = moment_fields(facts.clinic.name, zone, since + timedelta(hours=12))
    return fields | {"visits": day_lines(expected, zone), "zone": fields["zone"].split(",")[0]}


_SORTS = {GATE_DUE: _gate, WINDOW_CLOSING: _window, PROGRAM_FINISHED: _finished, SCHEDULE_TOMORROW: _schedule}
