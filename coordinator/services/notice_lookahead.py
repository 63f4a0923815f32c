"""Looking for what has to be told though nobody published anything: shut gates, visits whose time runs out, programs
that are finished, and tomorrow's schedule. `notice_lookahead_check` looks again right before each message leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from coordinator.domain.actor import Actor, system
from coordinator.domain.clinic_time import DAY, Day, from_utc, midnight_utc, to_utc_at_once
from coordinator.domain.notice_times import Calendar, due_before
from coordinator.domain.reminding import (
    GATE_DUE,
    LOOKED_FOR,
    PROGRAM_FINISHED,
    SCHEDULE_TOMORROW,
    WINDOW_CLOSING,
    Rule,
    priority,
)
from coordinator.services import gates
from coordinator.services.gate_lines import GatedVisit
from coordinator.services.integration import without_time
from coordinator.services.notices import calendar_of
from coordinator.store import clinics, notice_lookups, notice_people, notices, snapshot, today_queries, visit_queries
from coordinator.store.notice_people import Recipient
from coordinator.store.unit_of_work import Database, Work
from coordinator.store.visit_queries import VisitRows

LOOKS_BACK = timedelta(days=8)
DAYS_AHEAD = 10
"""Up to how many days before a schedule is told: a working day before a long weekend is some."""
SETTLES = timedelta(hours=1)
"""How long a visit has had no time before anybody is told: it may be being planned anew."""
TOLD_LATE = timedelta(days=2)
"""Until how long after a program is finished that is told."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a rule tells: `topic` names it once and for all, `content` what the last check has to look at."""

    rule: Rule
    topic: str
    due_at: datetime
    expires_at: datetime
    content: Mapping[str, Any]
    recipients: tuple[Recipient, ...]
    visit_id: int | None = None
    visit_revision: int = 0


def look_ahead(database: Database, now: datetime) -> int:
    """Owes what every clinic's rules ask for and is due; how much was found, told before or not."""
    with database.read() as work:
        asked = {
            clinic_id: rules
            for clinic_id, _ in clinics.all_clinics(work)
            if (rules := [rule for rule, is_on in notices.rules(work, clinic_id) if is_on and rule.what in LOOKED_FOR])
        }
    found = 0
    for clinic_id, rules in asked.items():
        with database.write() as work:
            facts = [fact for rule in rules for fact in facts_of(work, clinic_id, now, rule)]
            _owe(work, clinic_id, now, facts)
        found += len(facts)
    return found


def facts_of(work: Work, clinic_id: int, now: datetime, rule: Rule) -> Iterator[Fact]:
    """What a rule would tell at this moment."""
    return _SORTS[rule.what](_Look(work, clinic_id, now, rule))


@dataclass
class _Look:
    """One look for one rule."""

    work: Work
    clinic_id: int
    now: datetime
    rule: Rule
    actor: Actor = field(init=False)

    def __post_init__(self) -> None:
        self.actor = system(self.clinic_id)

    @cached_property
    def calendar(self) -> Calendar:
        return calendar_of(self.work, self.clinic_id)

    @property
    def reach(self) -> timedelta:
        """How far ahead the rule may look."""
        return timedelta(days=(self.rule.days_before or 0) + DAYS_AHEAD, minutes=self.rule.minutes_before)

    def is_due(self, moment: datetime, since: datetime) -> bool:
        """Whether the rule's time before a moment has come, and had not passed when it first held."""
        return since <= due_before(self.rule, moment, self.calendar) <= self.now < moment


def _gates(look: _Look) -> Iterator[Fact]:
    rows = visit_queries.between(look.work, look.clinic_id, look.now, look.now + look.reach, statuses=["scheduled"])
    due = [each for each in rows if look.is_due(each.visit.starts_at, each.visit.changed_at)]
    gated = gates.of_visits(look.work, look.actor, look.now, due) if due else {}
    shut = [each for each in due if each.visit.id in gated and _shut(gated[each.visit.id])]
    at = notice_people.audiences(look.work, look.clinic_id, [each.visit.id for each in shut])
    for each in shut:
        visit = each.visit
        yield Fact(
            look.rule,
            f"{look.rule.code}:{visit.id}:{visit.revision}",
            due_before(look.rule, visit.starts_at, look.calendar),
            visit.starts_at,
            {},
            tuple(dict.fromkeys(_at_gate(look, each, gated[visit.id], at))),
            visit.id,
            visit.revision,
        )


def _shut(gated: GatedVisit) -> bool:
    return any(not each.is_open for each in gated.lines)


def _at_gate(
    look: _Look, rows: VisitRows, gated: GatedVisit, at: Mapping[tuple[int, Recipient], frozenset[str]]
) -> Iterable[Recipient]:
    if look.rule.audience != "owner":
        present = {Recipient("staff", person.id) for _, person in rows.people}
        for (visit_id, recipient), counts_as in at.items():
            is_there = recipient.kind != "staff" or recipient in present
            if visit_id == rows.visit.id and look.rule.audience in counts_as and is_there:
                yield recipient
        return
    for line in gated.lines:
        if not line.is_open:
            yield from (Recipient("staff", each) for each in sorted(line.staff))
            if not line.staff:
                yield from notice_people.coordinators(look.work, look.clinic_id)


def _windows(look: _Look) -> Iterator[Fact]:
    taken = snapshot.load(look.work, look.clinic_id, since=look.now - LOOKS_BACK)
    waiting = [(entry.id, each) for entry, each in without_time(taken)]
    lost = today_queries.newest_loss(look.work, look.clinic_id, {key for key, _ in waiting})
    for enrollment_id, each in waiting:
        runs_out = end_of(look.calendar, each.last)
        due = due_before(look.rule, runs_out, look.calendar)
        if enrollment_id in lost:
            due = max(due, lost[enrollment_id] + SETTLES)
        if due <= look.now < runs_out:
            yield Fact(
                look.rule,
                f"{look.rule.code}:{enrollment_id}:{each.integration}:{each.last}",
                due,
                runs_out,
                {"enrollment": enrollment_id, "visit": each.integration, "last": each.last},
                tuple(notice_lookups.of_program(look.work, look.clinic_id, enrollment_id, look.rule.audience)),
            )


def end_of(calendar: Calendar, last: Day) -> datetime:
    """The last minute of the last day on which a visit may be."""
    return to_utc_at_once((last + 1) * DAY - 1, calendar.zone)


def _finished(look: _Look) -> Iterator[Fact]:
    for each in notice_lookups.finished(look.work, look.clinic_id, look.now - TOLD_LATE):
        over = each.over_at or look.now
        yield Fact(
            look.rule,
            f"{look.rule.code}:{each.id}",
            look.now,
            over + TOLD_LATE,
            {"enrollment": each.id},
            tuple(notice_lookups.of_program(look.work, look.clinic_id, each.id, look.rule.audience)),
        )


def _schedules(look: _Look) -> Iterator[Fact]:
    today = from_utc(look.now, look.calendar.zone) // DAY
    for day in range(today + 1, today + DAYS_AHEAD + 1):
        since, until = day_bounds(look.calendar, day)
        due = due_before(look.rule, since, look.calendar)
        expected = (
            notice_lookups.staff_visits(look.work, look.clinic_id, since, until) if due <= look.now < since else ()
        )
        for staff_id in expected:
            topic = f"{look.rule.code}:{date.fromordinal(day).isoformat()}"
            yield Fact(look.rule, topic, due, until, {"day": day}, (Recipient("staff", staff_id),))


def day_bounds(calendar: Calendar, day: Day) -> tuple[datetime, datetime]:
    """The first moment of a clinic day, and that of the next."""
    first, after = (midnight_utc(date.fromordinal(each), calendar.zone) for each in (day, day + 1))
    return first, after


_SORTS: Mapping[str, Callable[[_Look], Iterator[Fact]]] = {
    GATE_DUE: _gates,
    WINDOW_CLOSING: _windows,
    PROGRAM_FINISHED: _finished,
    SCHEDULE_TOMORROW: _schedules,
}


def _owe(work: Work, clinic_id: int, now: datetime, facts: Iterable[Fact]) -> None:
    pairs = [(fact, recipient) for fact in facts for recipient in fact.recipients]
    reached = notice_people.reaches(work, clinic_id, {recipient for _, recipient in pairs})
    rows = [
        notices.new_row(clinic_id, recipient, now)
        | {
            "what": fact.rule.what,
            "rule": fact.rule.code,
            "topic": fact.topic,
            "content": dict(fact.content),
            "visit_id": fact.visit_id,
            "visit_revision": fact.visit_revision,
            "channel": fact.rule.channel,
            "via": reached[recipient].way(fact.rule.channel),
            "priority": priority(fact.rule.what, timedelta(0)),
            "due_at": fact.due_at,
            "expires_at": fact.expires_at,
        }
        for fact, recipient in pairs
        if recipient in reached and (reached[recipient].email or recipient.kind != "staff")
    ]
    notices.insert(work, rows)
