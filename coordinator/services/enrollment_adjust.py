"""Adjusting an enrollment's wishes: who, when, between which dates; then it is planned again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.errors import Conflict, NotFound
from coordinator.services.enrollment_form import TypedAbsence, TypedEnrollment, Wrongs, read
from coordinator.services.enrollments import EnrollChoices, avoided, enroll_choices, pinned
from coordinator.services.proposals import PLANNABLE, ProgramName, program_names
from coordinator.services.protocol_choices import NeedChoice, need_choices, read_body
from coordinator.services.visit_cards import local
from coordinator.store import audit, clinics, enrollment_queries, enrollments, outlooks, timeline_queries
from coordinator.store.enrollment_queries import EnrollmentRows
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Adjusting:
    """The form's page: what is offered, what the enrollment says now, and the needs of its own protocol version."""

    name: ProgramName
    choices: EnrollChoices
    typed: TypedEnrollment
    needs: tuple[NeedChoice, ...]


def adjusting(work: Work, actor: Actor, now: datetime, enrollment_id: int) -> Adjusting:
    """What stands in the form; raises NotFound."""
    rows = _rows(work, actor, enrollment_id)
    staff = timeline_queries.staff(work, actor.clinic_id)
    ids = {each.code: str(each.id) for each in staff}
    record = rows.enrollment
    typed = TypedEnrollment(
        patients=(),
        earliest=str(record.earliest),
        latest="" if record.latest is None else str(record.latest),
        weekly=record.weekly,
        preferred=record.preferred,
        absences=tuple(_absence(*each) for each in record.unavailable),
        team={need: str(person.id) for need, person in enrollment_queries.team_of(work, enrollment_id)},
        avoid=tuple(ids[each] for each in record.avoid if each in ids),
    )
    name = program_names(work, actor, {enrollment_id})[enrollment_id]
    needs = tuple(need_choices(read_body(rows.version), staff))
    return Adjusting(name, enroll_choices(work, actor, now), typed, needs)


def adjust(work: Work, actor: Actor, now: datetime, enrollment_id: int, typed: TypedEnrollment) -> None:
    """Changes the enrollment's wishes; published visits stay until a new plan is published.

    Raises NotFound, InvalidForm, and Conflict for a program that is over or paused.
    """
    clinic = clinics.lock(work, actor.clinic_id)
    rows = _rows(work, actor, enrollment_id)
    record = rows.enrollment
    if record.status not in PLANNABLE:
        raise Conflict(f"{record.code} is {record.status}, so there is nothing to plan.")
    zone = zone_named(clinic.timezone)
    wrongs = Wrongs()
    meant = read(typed, zone, _today_or_before(record.earliest, local(now, zone).date()), wrongs)
    needs = tuple(need_choices(read_body(rows.version), timeline_queries.staff(work, actor.clinic_id)))
    team = pinned(typed, needs, wrongs)
    avoid = avoided(work, actor, typed, team, wrongs)
    if meant.earliest < local(now, zone).date() and meant.earliest != record.earliest:
        wrongs.add("earliest", "The earliest start is in the past. Choose today or a later date.")
    wrongs.refuse_if_any()
    record.earliest, record.latest, record.weekly = meant.earliest, meant.latest, meant.weekly
    record.preferred, record.unavailable, record.avoid = meant.preferred, meant.unavailable, avoid
    _pin(work, actor, enrollment_id, needs, team)
    outlooks.forget(work, actor.clinic_id, enrollment_id)
    audit.append(work, actor, now, "enrollment.adjust", "enrollment", enrollment_id)


def _today_or_before(earliest: date, today: date) -> date:
    """What the form counts as today: a program that has begun keeps its earliest date."""
    return min(earliest, today)


def _pin(work: Work, actor: Actor, enrollment_id: int, needs: Iterable[NeedChoice], team: dict[str, int]) -> None:
    for need in needs:
        if need.name in team:
            enrollments.pin(work, actor.clinic_id, enrollment_id, need.name, team[need.name])
        else:
            enrollments.unpin(work, actor.clinic_id, enrollment_id, need.name)


def _rows(work: Work, actor: Actor, enrollment_id: int) -> EnrollmentRows:
    rows = enrollment_queries.one(work, actor.clinic_id, enrollment_id)
    if rows is None:
        raise NotFound("There is no such program.")
    return rows


def _absence(first: str, last: str) -> TypedAbsence:
    """A stretch as the form writes it: whole days without times."""
    start, end = datetime.fromisoformat(first), _end(last)
    ends = "" if (end.hour, end.minute) == (0, 0) else f"{end:%H:%M}"
    last_day = end if ends else end - timedelta(days=1)
    starts = "" if (start.hour, start.minute) == (0, 0) else f"{start:%H:%M}"
    return TypedAbsence(str(start.date()), str(last_day.date()), starts, ends)


def _end(stamp: str) -> datetime:
    """24:00 is the midnight after."""
    if stamp.endswith("T24:00"):
        return datetime.fromisoformat(stamp[:10]) + timedelta(days=1)
    return datetime.fromisoformat(stamp)
