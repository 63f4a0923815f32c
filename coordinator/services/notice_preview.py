"""What a rule's message would look like, with a made-up visit: the day after tomorrow at ten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import DAY, from_utc, to_utc_at_once, wall_clock, zone_named
from coordinator.domain.notice_times import due_before
from coordinator.domain.reminding import GATE_DUE, SCHEDULE_TOMORROW, VISIT_AHEAD, WINDOW_CLOSING, Rule
from coordinator.domain.telling import CANCELED, CHANGED, CHANGES, Appointment, Difference
from coordinator.services.notice_defaults import group_of
from coordinator.services.notice_texts import (
    Fields,
    Letter,
    Occasion,
    changes_fields,
    day_lines,
    letter,
    moment_fields,
    shown_code,
    visit_fields,
)
from coordinator.services.notices import calendar_of
from coordinator.store import clinics
from coordinator.store.unit_of_work import Work

CODE = "E-0007"
ROOM = "Room 3"


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as it would leave, and when it would, in naive clinic time; None where something else says when."""

    letter: Letter
    is_short: bool
    visit_at: datetime
    leaves_at: datetime | None


def preview(work: Work, actor: Actor, now: datetime, rule: Rule) -> Preview:
    """The message of a rule that has no fault."""
    clinic = clinics.get(work, actor.clinic_id)
    zone = zone_named(clinic.timezone)
    tomorrow = (from_utc(now, zone) // DAY + 1) * DAY
    start = to_utc_at_once(tomorrow + DAY + 10 * 60, zone)
    fields = _fields(rule, clinic.name, zone, start)
    written = letter(rule.what, rule.audience, fields, rule, short=rule.channel == "sms")
    is_timed = rule.what in (VISIT_AHEAD, GATE_DUE, WINDOW_CLOSING, SCHEDULE_TOMORROW)
    leaves = due_before(rule, start, calendar_of(work, actor.clinic_id)) if is_timed else None
    return Preview(
        letter=written,
        is_short=rule.channel == "sms",
        visit_at=wall_clock(from_utc(start, zone)),
        leaves_at=None if leaves is None else wall_clock(from_utc(leaves, zone)),
    )


def _fields(rule: Rule, clinic: str, zone: ZoneInfo, start: datetime) -> Fields:
    end, is_outside = start + timedelta(hours=1), group_of(rule.audience) != "staff"
    here = Appointment(start, end, "" if is_outside else ROOM)
    later = Appointment(start + timedelta(days=1), end + timedelta(days=1), here.where)
    answer = "https://…" if group_of(rule.audience) == "patient" else ""
    if rule.what == VISIT_AHEAD:
        return visit_fields(Occasion(clinic, zone, start, end, CODE, ROOM, answer), rule.audience)
    if rule.what in CHANGES:
        told = {CHANGED: Difference(here, later, CODE), CANCELED: Difference(here, None, CODE)}
        seen = told.get(rule.what, Difference(None, here, CODE))
        return changes_fields(clinic, zone, rule.audience, [seen], answer)
    return moment_fields(clinic, zone, start) | {
        "code": "" if is_outside else shown_code(CODE),
        "task": "the ride home",
        "visits": day_lines([(here, CODE)], zone),
    }
