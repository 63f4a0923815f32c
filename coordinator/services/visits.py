"""One visit: everything its page shows, and moving it by the form. The writing itself is services/schedule's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import DAY, Minute, zone_named
from coordinator.domain.errors import InvalidForm, InvalidInput, NotFound
from coordinator.domain.protocol import Protocol, ProtocolVisit
from coordinator.exchange.values import parsed_clock, parsed_day
from coordinator.services.enrollment_form import refuse_skipped
from coordinator.services.history import HistoryLine, lines
from coordinator.services.outcomes import record, take_back
from coordinator.services.programs import COUNTS, GapState, gap_state
from coordinator.services.protocol_choices import read_body
from coordinator.services.schedule import move_visit
from coordinator.services.visit_cards import VisitCard, card
from coordinator.services.visit_changes import MISSED, Applied
from coordinator.store import audit, clinics, enrollment_queries, timeline_queries, visit_queries
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import VisitRows

OUTCOMES = (
    ("attended", "Attended"),
    ("no_show", "No-show"),
    ("late_cancel", "Canceled late"),
    ("stopped_early", "Stopped early"),
)


@dataclass(frozen=True, slots=True)
class NeedLine:
    """Who fills a need, and who else has all its roles: (code, name)."""

    need: str
    roles: tuple[str, ...]
    current: str
    people: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A visit of the same program that a gap ties this one to; `gap.before` names the earlier of the two."""

    card: VisitCard | None
    title: str
    gap: GapState
    is_earlier: bool


@dataclass(frozen=True, slots=True)
class VisitView:
    """A visit's page. `rooms` are (code, name) of its kind; `room_code` None is by video.

    `may_change` is whether it may be moved or canceled; `may_record` whether its outcome may be recorded now;
    `gave_back` whether it gave back time that is still to come.
    """

    card: VisitCard
    protocol: str
    minutes: int
    by_video: bool
    room_code: str | None
    rooms: tuple[tuple[str, str], ...]
    needs: tuple[NeedLine, ...]
    neighbors: tuple[Neighbor, ...]
    attempts: tuple[VisitCard, ...]
    history: tuple[HistoryLine, ...]
    may_change: bool
    may_record: bool
    gave_back: bool


@dataclass(frozen=True, slots=True)
class TypedMove:
    """The move form as typed. `staff` maps each need to a code; `revision` is of the visit that the form showed."""

    day: str
    at: str
    room: str = ""
    staff: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0


def visit(work: Work, actor: Actor, now: datetime, visit_id: int) -> VisitView:
    """A visit as its page shows it; raises NotFound, also for a clinician who is not there."""
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    program = rows and enrollment_queries.one(work, actor.clinic_id, rows.enrollment.id)
    if rows is None or not program or not _may_see(actor, rows):
        raise NotFound("There is no such visit.")
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    protocol = read_body(program.version)
    wanted = protocol.visit(rows.visit.code)
    cards = [
        card(each, actor, now, zone)
        for each in visit_queries.of_enrollment(work, actor.clinic_id, program.enrollment.id)
    ]
    shown = next(each for each in cards if each.id == visit_id)
    is_carer = actor.access is not Access.AUDITOR
    audit.append(work, actor, now, "visit.read", "visit", visit_id)
    return VisitView(
        card=shown,
        protocol=protocol.name,
        minutes=wanted.minutes,
        by_video=wanted.room is None,
        room_code=rows.room.code if rows.room else None,
        rooms=_rooms(work, actor, wanted),
        needs=tuple(_needs(work, actor, wanted, rows)),
        neighbors=tuple(_neighbors(protocol, shown, cards)),
        attempts=tuple(each for each in cards if each.code == shown.code and each.id != visit_id),
        history=lines(work, actor.clinic_id, zone, {"visit": [visit_id]}, {}),
        may_change=shown.stage == "upcoming" and actor.access in (Access.COORDINATOR, Access.ADMINISTRATOR),
        may_record=is_carer and shown.stage != "upcoming" and shown.status not in MISSED,
        gave_back=shown.status in MISSED and rows.visit.starts_at > now,
    )


def move(work: Work, actor: Actor, now: datetime, visit_id: int, typed: TypedMove) -> Applied:
    """Moves a visit to what the form says.

    Raises InvalidForm for what cannot be read, InvalidInput where a rule refuses the place, NotFound, and Conflict
    where the visit was changed since the form was shown, or the place was taken meanwhile.
    """
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    start = typed_start(typed, zone)
    return move_visit(work, actor, now, visit_id, start, typed.room or None, dict(typed.staff), typed.revision)


def record_outcome(work: Work, actor: Actor, now: datetime, visit_id: int, outcome: str) -> None:
    """Records what became of a visit; for a clinician only where they had a part in it.

    Raises as `outcomes.record` does.
    """
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    if rows is None or not _may_see(actor, rows):
        raise NotFound("There is no such visit.")
    record(work, actor, now, visit_id, outcome)


def take_outcome_back(work: Work, actor: Actor, now: datetime, visit_id: int) -> None:
    """Takes back that a visit was missed; for a clinician only where they had a part in it.

    Raises as `outcomes.take_back` does.
    """
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    if rows is None or not _may_see(actor, rows):
        raise NotFound("There is no such visit.")
    take_back(work, actor, now, visit_id)


def typed_start(typed: TypedMove, zone: ZoneInfo) -> Minute:
    """The start that a form says; raises InvalidForm beside the field."""
    wrong: dict[str, str] = {}
    day, at = 0, 0
    try:
        day = parsed_day(typed.day.strip())
    except ValueError:
        wrong["day"] = "Choose a date."
    try:
        at = parsed_clock(typed.at.strip()[:5])
    except ValueError:
        wrong["at"] = "Write the time like 14:30."
    if not wrong:
        try:
            refuse_skipped(day * DAY + at, zone)
        except InvalidInput as error:
            wrong["at"] = str(error)
    if wrong:
        raise InvalidForm(wrong)
    return day * DAY + at


def _may_see(actor: Actor, rows: VisitRows) -> bool:
    return actor.access is not Access.CLINICIAN or any(person.id == actor.staff_id for _, person in rows.people)


def _rooms(work: Work, actor: Actor, wanted: ProtocolVisit) -> tuple[tuple[str, str], ...]:
    if wanted.room is None:
        return ()
    rooms = timeline_queries.rooms(work, actor.clinic_id)
    return tuple((each.code, each.name) for each in rooms if wanted.room in each.kinds)


def _needs(work: Work, actor: Actor, wanted: ProtocolVisit, rows: VisitRows) -> Iterable[NeedLine]:
    staff = timeline_queries.staff(work, actor.clinic_id)
    current = {part.need: person.code for part, person in rows.people}
    for name in wanted.need_names():
        roles = tuple(dict.fromkeys(need.role for need in wanted.needs if need.name == name))
        people = tuple((each.code, each.name) for each in staff if set(roles) <= set(each.roles))
        yield NeedLine(name, roles, current.get(name, ""), people)


def _neighbors(protocol: Protocol, shown: VisitCard, cards: list[VisitCard]) -> Iterable[Neighbor]:
    standing = {each.code: each for each in cards if each.status in COUNTS} | {shown.code: shown}
    for gap in protocol.gaps:
        if shown.code not in (gap.before, gap.after):
            continue
        other = gap.before if gap.after == shown.code else gap.after
        found = standing.get(other)
        yield Neighbor(found, found.title if found else other, gap_state(gap, standing), other == gap.before)
