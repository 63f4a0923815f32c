"""What a proposal says of each of its programs: the visits in clinic time with their people, beside what stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import monday_of, zone_named
from coordinator.domain.events import ProtocolChange
from coordinator.domain.protocol import Protocol
from coordinator.services.proposal_before import Held, Names, held_before
from coordinator.services.proposal_changes import ChangedVisit, Place
from coordinator.services.proposals import ProgramName, program_names
from coordinator.services.protocol_choices import read_body
from coordinator.services.relaxations import Way, ways
from coordinator.services.repair_effects import event_of
from coordinator.services.visit_cards import visit_title
from coordinator.store import clinics, enrollment_queries, protocol_queries, timeline_queries
from coordinator.store.enrollment_queries import EnrollmentRows
from coordinator.store.proposals import ProposalRecord
from coordinator.store.unit_of_work import Work

_ID = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True, slots=True)
class Cost:
    """One reason why the plan costs something; `message` is a sentence."""

    name: str
    cost: int
    message: str


@dataclass(frozen=True, slots=True)
class ProposedVisit:
    """A visit of the proposal; naive clinic time; `room` None is by video. `people` are (need, name).

    `full_title` names the course, too. `change` is what publishing does to it: new, moved, changed (another room or
    other people), or stands.
    """

    code: str
    title: str
    full_title: str
    kind: str
    start: datetime
    end: datetime
    room: str | None
    people: tuple[tuple[str, str], ...]
    costs: tuple[Cost, ...]
    change: str
    before: Place | None

    @property
    def place(self) -> Place:
        """Where it is to be."""
        return Place(self.start, self.end, self.room, self.people)


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
    """What the proposal says of one enrollment. Without a plan there is a `reason` and what would help, in words.

    `ways` are the relaxations that can be pressed (of old proposals there are only words). `dropped` are visits that
    are canceled, since the program's new protocol has not got them.
    """

    name: ProgramName
    protocol: str
    courses: tuple[Course, ...]
    costs: tuple[Cost, ...]
    reason: str
    relaxations: tuple[str, ...]
    ways: tuple[Way, ...]
    dropped: tuple[ChangedVisit, ...]

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


def programs_of(work: Work, actor: Actor, record: ProposalRecord) -> tuple[ProgramProposal, ...]:
    """The proposal's programs, the oldest first."""
    ids: list[int] = record.enrollments
    titles = program_names(work, actor, set(ids))
    names = Names(
        {code: each.name for code, each in timeline_queries.rooms_by_code(work, actor.clinic_id).items()},
        {code: each.name for code, each in timeline_queries.staff_by_code(work, actor.clinic_id).items()},
    )
    rows = enrollment_queries.several(work, actor.clinic_id, ids)
    others = _named_in_reasons(work, actor, record)
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    return tuple(
        _program(
            record,
            titles[each.enrollment.id],
            _protocol(work, actor, record, each),
            names,
            held_before(work, actor, record, each.enrollment, zone),
            others,
        )
        for each in rows
    )


def _named_in_reasons(work: Work, actor: Actor, record: ProposalRecord) -> dict[str, str]:
    """Who the programs are that reasons name by their codes: those that compete for the same times."""
    text = " ".join(each.get("reason", "") for each in record.plan["unplanned"])
    if not text:
        return {}
    found = [each for each in enrollment_queries.listed(work, actor.clinic_id) if each.enrollment.code in text]
    names = program_names(work, actor, {each.enrollment.id for each in found})
    return {each.code: each.who for each in names.values()}


def _protocol(work: Work, actor: Actor, record: ProposalRecord, rows: EnrollmentRows) -> Protocol:
    """The protocol that the proposal plans by: another than the program's where it is about to follow that."""
    event = event_of(record)
    if isinstance(event, ProtocolChange) and event.enrollment_id == rows.enrollment.id:
        return protocol_queries.domain_protocol(work, actor.clinic_id, event.version_id)
    return read_body(rows.version)


def _program(
    record: ProposalRecord,
    name: ProgramName,
    protocol: Protocol,
    names: Names,
    held: Mapping[str, Held],
    others: Mapping[str, str],
) -> ProgramProposal:
    reasons = [each for each in record.reasons if each["enrollment"] == name.code and each["cost"]]
    placed = [each for each in record.plan["visits"] if each["enrollment"] == name.code]
    missing: Mapping[str, Any] = next(
        (each for each in record.plan["unplanned"] if each["enrollment"] == name.code), {}
    )
    titles = {each.id: visit_title(each.kind, each.id, each.course) for each in protocol.visits}
    reasons = [{**each, "message": _in_words(each["message"], titles)} for each in reasons]
    visits = [_visit(each, protocol, names, reasons, held.get(each["visit"])) for each in placed]
    gone = {} if missing else {code: each for code, each in held.items() if code not in titles}
    texts = [_in_words(each["text"], titles) for each in missing.get("relaxations", ())]
    return ProgramProposal(
        name=name,
        protocol=protocol.name,
        courses=() if missing else tuple(_courses(visits, {each.id: each.course for each in protocol.visits})),
        costs=tuple(_cost(each) for each in reasons if each["visit"] is None and each["name"] != "unplanned"),
        reason=_in_words(missing.get("reason", ""), {**titles, **others}),
        relaxations=tuple(texts),
        ways=ways(record, name.code, texts) if record.status == "open" else (),
        dropped=tuple(
            ChangedVisit(name.who, visit_title(each.kind, code, each.course), each.kind, each.place(names), None)
            for code, each in gone.items()
        ),
    )


def _visit(
    placed: Mapping[str, Any], protocol: Protocol, names: Names, reasons: list[Any], held: Held | None
) -> ProposedVisit:
    visit = protocol.visit(placed["visit"])
    start = datetime.fromisoformat(placed["start"])
    return ProposedVisit(
        code=visit.id,
        title=visit_title(visit.kind, visit.id, None),
        full_title=visit_title(visit.kind, visit.id, visit.course),
        kind=visit.kind,
        start=start,
        end=start + timedelta(minutes=visit.minutes),
        room=None if placed["room"] is None else names.rooms.get(placed["room"], placed["room"]),
        people=tuple((need, names.staff.get(code, code)) for need, code in placed["staff"].items()),
        costs=tuple(_cost(each) for each in reasons if each["visit"] == visit.id),
        change=_change(held, start, placed),
        before=held.place(names) if held else None,
    )


def _change(held: Held | None, start: datetime, placed: Mapping[str, Any]) -> str:
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
