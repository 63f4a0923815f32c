"""The team: who works here, as what, how much, and what does not fit together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import DAY, Minute, from_utc, midnight_utc, monday_of
from coordinator.domain.errors import Conflict, InvalidInput
from coordinator.domain.spans import union
from coordinator.domain.working_hours import WorkingHours
from coordinator.services import feeds
from coordinator.services.codes import free_code
from coordinator.services.notices import owe_for_visits
from coordinator.services.visit_cards import VisitCard, card, local
from coordinator.services.week_hours import WeekLoad, checked_weekly, minutes, working_hours
from coordinator.store import audit, clinics, notice_people, staff_queries, timeline_queries, users, visit_queries
from coordinator.store.resources import new_resource
from coordinator.store.staff import StaffHoursRecord, StaffRecord, TimeOffRecord
from coordinator.store.staff_queries import WorkedPart
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import VisitRows

ROLES = ("therapist", "physician", "nutritionist", "nurse")
"""Roles of work that every clinic is offered; it may have others."""
WEEKS = 6
MOST_VISITS = 400


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff. `away` says when the next approved time off is, in naive clinic time; limits are minutes.

    `weeks` is this week and the next.
    """

    id: int
    code: str
    name: str
    email: str
    roles: tuple[str, ...]
    max_minutes_per_day: int | None
    max_minutes_per_week: int | None
    supervises: int
    turnover_minutes: int
    has_left: bool
    weeks: tuple[WeekLoad, ...]
    away: tuple[datetime, datetime] | None
    requests: int

    @property
    def this_week(self) -> WeekLoad:
        """The running week."""
        return self.weeks[0]


@dataclass(frozen=True, slots=True)
class MemberPage:
    """A member's page.

    `misfits` are visits outside hours or in time off, none for a clinician who looks at somebody else.
    """

    member: Member
    misfits: tuple[VisitCard, ...]
    upcoming: int


@dataclass(frozen=True, slots=True)
class MemberDetails:
    """What somebody says of a member of staff."""

    name: str
    email: str
    roles: Sequence[str]
    max_minutes_per_day: int | None
    max_minutes_per_week: int | None
    supervises: int
    turnover_minutes: int


def list_team(work: Work, actor: Actor, now: datetime) -> list[Member]:
    """Everybody by name, those who left last."""
    zone = ZoneInfo(clinics.get(work, actor.clinic_id).timezone)
    people = staff_queries.listed(work, actor.clinic_id)
    return [member for member, _ in _members(work, actor, now, zone, people)]


def member_page(work: Work, actor: Actor, now: datetime, staff_id: int) -> MemberPage:
    """One member; raises NotFound."""
    zone = ZoneInfo(clinics.get(work, actor.clinic_id).timezone)
    person = staff_queries.one(work, actor.clinic_id, staff_id)
    [(member, hours)] = _members(work, actor, now, zone, [person])
    rows = visit_queries.next_of_person(work, actor.clinic_id, staff_id, now, MOST_VISITS)
    cards = [card(each, actor, now, zone) for each in rows]
    is_shown = actor.access is not Access.CLINICIAN or actor.staff_id == staff_id
    fits = {each.visit.id: _fits(each, staff_id, hours, zone) for each in rows}
    misfits = tuple(each for each in cards if is_shown and not fits[each.id])
    if misfits:
        audit.append(work, actor, now, "visit.read", "staff", staff_id, {"visits": [each.id for each in misfits]})
    return MemberPage(member, misfits, len(cards))


def known_roles(work: Work, actor: Actor) -> list[str]:
    """The roles that somebody may be given: the usual ones and the clinic's own."""
    own = {role for each in staff_queries.listed(work, actor.clinic_id) for role in each.roles}
    return [*ROLES, *sorted(own - set(ROLES))]


def add_member(work: Work, actor: Actor, now: datetime, details: MemberDetails, weekly: Any, valid_from: date) -> int:
    """Adds a member with their first weekly hours; gives the id. Raises InvalidInput beside a field."""
    clinics.lock(work, actor.clinic_id)
    record = StaffRecord(
        clinic_id=actor.clinic_id,
        code=free_code(details.name, staff_queries.codes(work, actor.clinic_id), otherwise="staff"),
        resource_id=new_resource(work, "person"),
    )
    _write(work, record, details)
    hours = checked_weekly(weekly, "weekly", may_be_empty=True)
    work.session.add(record)
    work.session.flush()
    if hours:
        work.session.add(
            StaffHoursRecord(clinic_id=actor.clinic_id, staff_id=record.id, valid_from=valid_from, weekly=hours)
        )
    audit.append(work, actor, now, "staff.add", "staff", record.id, {"code": record.code})
    return record.id


def edit_member(work: Work, actor: Actor, now: datetime, staff_id: int, details: MemberDetails) -> None:
    """Changes a member; raises NotFound, and InvalidInput beside a field."""
    clinics.lock(work, actor.clinic_id)
    record = staff_queries.one(work, actor.clinic_id, staff_id)
    had_address = bool(record.email)
    _write(work, record, details)
    if record.email and not had_address:  # who has none is owed nothing, so visits published until now would stay so
        work.session.flush()
        owe_for_visits(work, actor.clinic_id, now, notice_people.visits_ahead(work, actor.clinic_id, now, staff_id))
    audit.append(work, actor, now, "staff.edit", "staff", record.id, {"code": record.code})


def leave(work: Work, actor: Actor, now: datetime, staff_id: int) -> None:
    """Notes that a member left: they are signed out of this clinic, and their feeds end.

    Raises Conflict while they have visits to come, and for the last administrator.
    """
    clinics.lock(work, actor.clinic_id)
    record = staff_queries.one(work, actor.clinic_id, staff_id)
    upcoming = staff_queries.upcoming_visits(work, actor.clinic_id, [staff_id], now).get(staff_id, 0)
    if upcoming:
        visits = "visit" if upcoming == 1 else "visits"
        raise Conflict(
            f"{record.name} cannot leave yet: {upcoming} {visits} to come. Give them to somebody else first."
        )
    if {each.staff_id for each in users.administrators(work, actor.clinic_id)} == {staff_id}:
        raise Conflict(
            f"{record.name} cannot leave: nobody else administers this clinic. Make somebody else administrator first."
        )
    record.left_at = record.left_at or now
    for user_id in users.users_of_staff(work, actor.clinic_id, staff_id):
        users.end_sign_ins(work, now, user_id, actor.clinic_id)
    feeds.leave(work, actor, now, staff_id)
    audit.append(work, actor, now, "staff.leave", "staff", record.id, {"code": record.code})


def come_back(work: Work, actor: Actor, now: datetime, staff_id: int) -> None:
    """Notes that a member who left works here again."""
    clinics.lock(work, actor.clinic_id)
    record = staff_queries.one(work, actor.clinic_id, staff_id)
    record.left_at = None
    audit.append(work, actor, now, "staff.return", "staff", record.id, {"code": record.code})


def _write(work: Work, record: StaffRecord, details: MemberDetails) -> None:
    day, week = details.max_minutes_per_day, details.max_minutes_per_week
    if day is not None and week is not None and day > week:
        raise InvalidInput("The limit of a day is more than that of a week. Lower one of them.", "max_hours_per_day")
    others = staff_queries.listed(work, record.clinic_id)
    if any(each.name.casefold() == details.name.casefold() and each.id != record.id for each in others):
        raise InvalidInput(f"“{details.name}” is already in the team. Add something that tells them apart.", "name")
    record.name, record.email, record.roles = details.name, details.email, list(details.roles)
    record.max_minutes_per_day, record.max_minutes_per_week = day, week
    record.supervises, record.turnover_minutes = details.supervises, details.turnover_minutes


def _members(
    work: Work, actor: Actor, now: datetime, zone: ZoneInfo, people: Sequence[StaffRecord]
) -> Iterable[tuple[Member, WorkingHours]]:
    """Everybody with their coming weeks, in five queries."""
    clinic_id, only = actor.clinic_id, people[0].id if len(people) == 1 else None
    monday = monday_of(now.astimezone(zone).date())
    starts, ends = midnight_utc(monday, zone), midnight_utc(monday + timedelta(days=7 * WEEKS), zone)
    patterns = staff_queries.hours(work, clinic_id, only)
    extra = staff_queries.extra_hours(work, clinic_id, starts, only)
    off = staff_queries.time_off(work, clinic_id, starts, only)
    closed = {
        each.day for each in timeline_queries.closures(work, clinic_id, monday, monday + timedelta(days=7 * WEEKS))
    }
    parts = staff_queries.worked_parts(work, clinic_id, starts, ends)
    for person in people:
        mine = [each for each in off if each.staff_id == person.id]
        hours = working_hours(
            (each for each in patterns if each.staff_id == person.id),
            (each for each in extra if each.staff_id == person.id),
            mine,
            zone,
        )
        worked = [each for each in parts if each.staff_id == person.id]
        loads = [_load(monday + timedelta(days=7 * each), hours, closed, worked, zone) for each in range(WEEKS)]
        yield _member(person, loads, mine, now, zone), hours


def _load(
    monday: date, hours: WorkingHours, closed: Iterable[date], parts: Iterable[WorkedPart], zone: ZoneInfo
) -> WeekLoad:
    days = [monday + timedelta(days=each) for each in range(7)]
    available = sum(minutes(hours.on(day.toordinal())) for day in days if day not in closed)
    ordinals = {day.toordinal() for day in days}
    # Visits that are supervised at once take the person's time once.
    spans = union((from_utc(each.starts_at, zone), from_utc(each.ends_at, zone)) for each in parts)
    return WeekLoad(monday, available, minutes(span for span in spans if span[0] // DAY in ordinals))


def _member(
    record: StaffRecord, weeks: Iterable[WeekLoad], off: Sequence[TimeOffRecord], now: datetime, zone: ZoneInfo
) -> Member:
    away = next((each for each in off if each.status == "approved" and each.ends_at > now), None)
    return Member(
        id=record.id,
        code=record.code,
        name=record.name,
        email=record.email,
        roles=tuple(record.roles),
        max_minutes_per_day=record.max_minutes_per_day,
        max_minutes_per_week=record.max_minutes_per_week,
        supervises=record.supervises,
        turnover_minutes=record.turnover_minutes,
        has_left=record.left_at is not None,
        weeks=tuple(weeks),
        away=(local(away.starts_at, zone), local(away.ends_at, zone)) if away else None,
        requests=sum(each.status == "requested" and each.ends_at > now for each in off),
    )


def _fits(rows: VisitRows, staff_id: int, hours: WorkingHours, zone: ZoneInfo) -> bool:
    """Whether the person is at work whenever the visit needs them."""
    needed = [
        (from_utc(start, zone), from_utc(end, zone))
        for part, person in rows.people
        if person.id == staff_id
        for start, end in staff_queries.pieces(part, rows.visit.starts_at)
    ]
    return all(_is_at_work(hours, start, end) for start, end in needed)


def _is_at_work(hours: WorkingHours, start: Minute, end: Minute) -> bool:
    midnight = start // DAY * DAY
    return any(opens <= start - midnight and end - midnight <= closes for opens, closes in hours.on(start // DAY))
