"""Writes the demo clinic's staff, rooms, hours, time off and closed days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from coordinator.domain.clinic_time import midnight_utc, monday_of
from coordinator.services.demo.holidays import holidays
from coordinator.services.demo.people import ROOMS, STAFF, Person, Place
from coordinator.store.base import ClinicRow
from coordinator.store.clinics import ClosureRecord
from coordinator.store.resources import new_resource
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import StaffHoursRecord, StaffRecord, TimeOffRecord
from coordinator.store.unit_of_work import Work

WEEKS_BACK, WEEKS_AHEAD = 52, 60
"""How far around this week hours and closed days are known."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the demo counts its dates from: the Monday of this week, in the clinic's zone."""

    monday: date
    zone: ZoneInfo

    def day(self, days: int) -> date:
        """The date so many days after Monday."""
        return self.monday + timedelta(days=days)

    def midnight(self, days: int) -> datetime:
        """The first moment of that date, as UTC."""
        return midnight_utc(self.day(days), self.zone)


def calendar_of(today: date, zone: ZoneInfo) -> Calendar:
    """The calendar of the week that `today` is in."""
    return Calendar(monday_of(today), zone)


def furnish(work: Work, clinic_id: int, calendar: Calendar, now: datetime) -> dict[str, int]:
    """Writes everything; the row id of each member of staff by code."""
    work.session.add_all(_closures(clinic_id, calendar))
    for place in ROOMS:
        work.session.add(_room(work, clinic_id, place))
    return {person.code: _add_person(work, clinic_id, person, calendar, now) for person in STAFF}


def _closures(clinic_id: int, calendar: Calendar) -> Iterator[ClosureRecord]:
    first, last = calendar.day(-7 * WEEKS_BACK), calendar.day(7 * WEEKS_AHEAD)
    for day, name in holidays(first, last):
        if monday_of(day) == calendar.monday:
            continue  # whoever looks at the demo on a holiday wants to see a clinic at work
        yield ClosureRecord(clinic_id=clinic_id, day=day, reason=name)


def _room(work: Work, clinic_id: int, place: Place) -> RoomRecord:
    return RoomRecord(
        clinic_id=clinic_id,
        code=place.code,
        name=place.name,
        kinds=list(place.kinds),
        seats=place.seats,
        turnover_minutes=place.turnover,
        resource_id=new_resource(work, "room"),
    )


def _add_person(work: Work, clinic_id: int, person: Person, calendar: Calendar, now: datetime) -> int:
    staff = StaffRecord(
        clinic_id=clinic_id,
        code=person.code,
        name=person.name,
        email=person.email,
        roles=list(person.roles),
        max_minutes_per_day=person.day_hours and person.day_hours * 60,
        max_minutes_per_week=person.week_hours and person.week_hours * 60,
        supervises=person.supervises,
        resource_id=new_resource(work, "person"),
    )
    work.session.add(staff)
    work.session.flush()
    work.session.add_all(
        [*_hours(clinic_id, staff.id, person, calendar), *_away(clinic_id, staff.id, person, calendar, now)]
    )
    return staff.id


def _hours(clinic_id: int, staff_id: int, person: Person, calendar: Calendar) -> Iterator[ClinicRow]:
    """One pattern for every week, or two for alternate weeks, begun a week apart."""
    weeks = [person.weekly] if person.other_weekly is None else [person.weekly, person.other_weekly]
    for number, weekly in enumerate(weeks):
        begins = calendar.day(7 * (number - WEEKS_BACK))
        yield StaffHoursRecord(
            clinic_id=clinic_id, staff_id=staff_id, valid_from=begins, every=len(weeks), weekly=weekly
        )


def _away(clinic_id: int, staff_id: int, person: Person, calendar: Calendar, now: datetime) -> Iterator[ClinicRow]:
    for away in person.away:
        yield TimeOffRecord(
            clinic_id=clinic_id,
            staff_id=staff_id,
            starts_at=calendar.midnight(away.first),
            ends_at=calendar.midnight(away.last + 1),
            note=away.note,
            created_at=now,
        )
