"""A proposal as its page shows it: every visit in clinic time with its people, and what the plan costs, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import monday_of, zone_named
from coordinator.domain.errors import NotFound
from coordinator.domain.protocol import Protocol
from coordinator.services.proposals import ProgramName, program_names
from coordinator.services.protocol_choices import read_body
from coordinator.services.visit_cards import local, visit_title
from coordinator.store import audit, clinics, enrollment_queries, proposal_queries, timeline_queries, visit_queries
from coordinator.store.proposals import ProposalRecord
from coordinator.store.unit_of_work import Work

_ID = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
PENALTIES = {
    "unplanned": "Programs without a plan",
    "continuity": "Changes of people",
    "ideal_gap": "Days off the ideal spacing",
    "finish": "Length of the program",
    "preferred": "Outside preferred hours",
    "waiting": "Waiting between visits of one day",
    "moved": "Visits that move",
    "restaffed": "Visits that get other people",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """One reason why the plan costs something; `message` is a sentence."""

    name: str
    cost: int
    message: str


@dataclass(frozen=True, slots=True)
class ProposedVisit:
    """A visit of the proposal; naive clinic time; `room` None is by video. `people` are (need, name).

    `change` is what publishing does to it: new, moved, changed (another room or other people), or stands.
    """

    code: str
    title: str
    kind: str
    start: datetime
    end: datetime
    room: str | None
    people: tuple[tuple[str, str], ...]
    costs: tuple[Cost, ...]
    change: str


@dataclass(frozen=True, slots=True)
class Week:
    """The visits of one week."""

    monday: date
    visits: tuple[ProposedVisit, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """The visits of one course, or those outside every course (`number` None), week by week."""

    number: int | None
    weeks: tuple[Week, ...]
    visits: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class ProgramProposal:
    """What the proposal says of one enrollment. Without a plan there is a `reason` and what would help, in words."""

    name: ProgramName
    protocol: str
    courses: tuple[Course, ...]
    costs: tuple[Cost, ...]
    reason: str
    relaxations: tuple[str, ...]

    @property
    def is_planned(self) -> bool:
        """Whether it has a plan."""
        return bool(self.courses)

    @property
    def visits(self) -> list[ProposedVisit]:
        """All its visits."""
        return [visit for course in self.courses for week in course.weeks for visit in week.visits]

    @property
    def first(self) -> datetime:
        """When its first visit begins; ask only where there is a plan."""
        return min(course.first for course in self.courses)

    @property
    def last(self) -> datetime:
        """When its last visit begins; ask only where there is a plan."""
        return max(course.last for course in self.courses)


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal. `off_best` is by how many percent, at most, the best plan could cost less; 0 is proven best.

    `summary` sums the cost by reason, the dearest first: (words, cost, how many). `changes` counts the visits that
    publishing writes: those that do not stand already.
    """

    id: int
    status: str
    programs: tuple[ProgramProposal, ...]
    visits: int
    cost: int
    off_best: int
    summary: tuple[tuple[str, int, int], ...]
    changes: int
    seconds: float | None
    created: datetime
    published: datetime | None
    is_behind: bool

    @property
    def may_publish(self) -> bool:
        """Whether there is something to publish."""
        return self.status == "open" and self.changes > 0


@dataclass(frozen=True, slots=True)
class _Names:
    rooms: Mapping[str, str]
    staff: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Held:
    """A published visit: when, the room's code, and need's name to staff code."""

    start: datetime
    room: str | None
    staff: Mapping[str, str]


def proposal(work: Work, actor: Actor, now: datetime, proposal_id: int) -> ProposalView:
    """The proposal as a page shows it; raises NotFound."""
    record = proposal_queries.proposal(work, actor.clinic_id, proposal_id)
    if record is None:
        raise NotFound("There is no such proposal.")
    clinic = clinics.get(work, actor.clinic_id)
    programs = _programs(work, actor, record)
    costs = [each for program in programs for each in _all_costs(program)]
    audit.append(work, actor, now, "proposal.read", "proposal", record.id)
    return ProposalView(
        id=record.id,
        status=record.status,
        programs=programs,
        visits=sum(course.visits for program in programs for course in program.courses),
        cost=sum(each.cost for each in costs),
        off_best=off_best(record.plan["cost"], record.plan["bound"], sum(each.cost for each in costs)),
        summary=_summary(costs),
        changes=sum(visit.change != "stands" for program in programs for visit in program.visits),
        seconds=record.plan.get("seconds"),
        created=local(record.created_at, zone_named(clinic.timezone)),
        published=_maybe_local(record.published_at, zone_named(clinic.timezone)),
        is_behind=record.status == "open" and record.clinic_revision < clinic.revision,
    )


def off_best(cost: float, bound: float, own: float) -> int:
    """How many percent of its own cost a plan may be above the best, rounded up; the whole problem's cost and bound."""
    over = cost - bound
    if over < 1 or own <= 0:
        return 0
    return min(100, -int(-over * 100 // own))


def _programs(work: Work, actor: Actor, record: ProposalRecord) -> tuple[ProgramProposal, ...]:
    ids: list[int] = record.enrollments
    titles = program_names(work, actor, set(ids))
    names = _Names(
        {code: each.name for code, each in timeline_queries.rooms_by_code(work, actor.clinic_id).items()},
        {code: each.name for code, each in timeline_queries.staff_by_code(work, actor.clinic_id).items()},
    )
    rows = enrollment_queries.several(work, actor.clinic_id, ids)
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    return tuple(
        _program(
            record,
            titles[each.enrollment.id],
            read_body(each.version),
            names,
            _held(work, actor, each.enrollment.id, zone),
        )
        for each in rows
    )


def _held(work: Work, actor: Actor, enrollment_id: int, zone: ZoneInfo) -> dict[str, _Held]:
    """The published visits of a program by code, in the words of a plan."""
    return {
        each.visit.code: _Held(
            local(each.visit.starts_at, zone),
            each.room.code if each.room else None,
            {part.need: person.code for part, person in each.people if part.canceled_at is None},
        )
        for each in visit_queries.of_enrollment(work, actor.clinic_id, enrollment_id)
        if each.visit.status in visit_queries.HOLDING
    }


def _program(
    record: ProposalRecord, name: ProgramName, protocol: Protocol, names: _Names, held: Mapping[str, _Held]
) -> ProgramProposal:
    reasons = [each for each in record.reasons if each["enrollment"] == name.code and each["cost"]]
    placed = [each for each in record.plan["visits"] if each["enrollment"] == name.code]
    missing: Mapping[str, Any] = next(
        (each for each in record.plan["unplanned"] if each["enrollment"] == name.code), {}
    )
    titles = {each.id: visit_title(each.kind, each.id, each.course) for each in protocol.visits}
    reasons = [{**each, "message": _in_words(each["message"], titles)} for each in reasons]
    visits = [_visit(each, protocol, names, reasons, held.get(each["visit"])) for each in placed]
    return ProgramProposal(
        name=name,
        protocol=protocol.name,
        courses=() if missing else tuple(_courses(visits, {each.id: each.course for each in protocol.visits})),
        costs=tuple(_cost(each) for each in reasons if each["visit"] is None and each["name"] != "unplanned"),
        reason=_in_words(missing.get("reason", ""), titles),
        relaxations=tuple(_in_words(each["text"], titles) for each in missing.get("relaxations", ())),
    )


def _visit(
    placed: Mapping[str, Any], protocol: Protocol, names: _Names, reasons: list[Any], held: _Held | None
) -> ProposedVisit:
    visit = protocol.visit(placed["visit"])
    start = datetime.fromisoformat(placed["start"])
    return ProposedVisit(
        code=visit.id,
        title=visit_title(visit.kind, visit.id, None),
        kind=visit.kind,
        start=start,
        end=start + timedelta(minutes=visit.minutes),
        room=None if placed["room"] is None else names.rooms.get(placed["room"], placed["room"]),
        people=tuple((need, names.staff.get(code, code)) for need, code in placed["staff"].items()),
        costs=tuple(_cost(each) for each in reasons if each["visit"] == visit.id),
        change=_change(held, start, placed),
    )


def _change(held: _Held | None, start: datetime, placed: Mapping[str, Any]) -> str:
    if held is None:
        return "new"
    if held.start != start:
        return "moved"
    return "stands" if (held.room, dict(held.staff)) == (placed["room"], placed["staff"]) else "changed"


def _in_words(message: str, titles: Mapping[str, str]) -> str:
    """A message of the domain with the visits' titles in place of their ids."""
    return _ID.sub(lambda found: titles.get(found[0], found[0]), message)


def _cost(reason: Mapping[str, Any]) -> Cost:
    return Cost(reason["name"], reason["cost"], reason["message"])


def _courses(visits: Iterable[ProposedVisit], course_of: Mapping[str, int | None]) -> Iterable[Course]:
    """Course by course, in the order in which they begin; what is outside all courses comes first."""
    ordered = sorted(visits, key=lambda each: each.start)
    numbers = sorted({course_of[each.code] for each in ordered}, key=lambda each: (each is not None, each or 0))
    for number in numbers:
        mine = [each for each in ordered if course_of[each.code] == number]
        weeks = [Week(day, tuple(group)) for day, group in groupby(mine, key=lambda each: monday_of(each.start.date()))]
        yield Course(number, tuple(weeks), len(mine), mine[0].start, mine[-1].start)


def _all_costs(program: ProgramProposal) -> list[Cost]:
    return [*program.costs, *(cost for visit in program.visits for cost in visit.costs)]


def _summary(costs: Iterable[Cost]) -> tuple[tuple[str, int, int], ...]:
    sums: dict[str, tuple[int, int]] = {}
    for each in costs:
        cost, count = sums.get(each.name, (0, 0))
        sums[each.name] = cost + each.cost, count + 1
    lines = [(PENALTIES.get(name, name), cost, count) for name, (cost, count) in sums.items()]
    return tuple(sorted(lines, key=lambda line: -line[1]))


def _maybe_local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if moment is None else local(moment, zone)
