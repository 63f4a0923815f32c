"""Working hours of the staff: weekly patterns valid from a date, alternate weeks, and extra hours on a date.

Of two patterns for the same weeks the later one holds; patterns of another rhythm (every week against every second)
would add up, so a new pattern ends those of the other rhythm the day before it begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import DAY, Minute, monday_of
from coordinator.domain.errors import InvalidInput, NotFound
from coordinator.services.visit_cards import local
from coordinator.services.week_hours import checked_weekly, stored_time, weekly_minutes
from coordinator.store import audit, clinics, staff_queries
from coordinator.store.staff import ExtraHoursRecord, StaffHoursRecord
from coordinator.store.unit_of_work import Work

RHYTHMS = (1, 2)
"""Every week, every second week."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Weekly hours from a date on. `weeks` says which weeks in words, `is_now` whether they hold in this week."""

    id: int
    valid_from: date
    valid_to: date | None
    every: int
    weekly: dict[str, Any]
    minutes: int
    is_now: bool
    is_over: bool


@dataclass(frozen=True, slots=True)
class Extra:
    """Extra hours; naive clinic time."""

    id: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Hours:
    """All hours of a person: what holds now or later, what is over, and extra hours to come."""

    patterns: tuple[Pattern, ...]
    over: tuple[Pattern, ...]
    extra: tuple[Extra, ...]


@dataclass(frozen=True, slots=True)
class PatternDetails:
    """What somebody says of weekly hours; `weekly` is as a form sent it."""

    valid_from: date
    valid_to: date | None
    every: int
    weekly: Any


def hours_of(work: Work, actor: Actor, now: datetime, staff_id: int) -> Hours:
    """A person's hours; raises NotFound."""
    staff_queries.one(work, actor.clinic_id, staff_id)
    zone = ZoneInfo(clinics.get(work, actor.clinic_id).timezone)
    today = now.astimezone(zone).date()
    records = staff_queries.hours(work, actor.clinic_id, staff_id)
    patterns = [_pattern(each, records, today) for each in records]
    extra = staff_queries.extra_hours(work, actor.clinic_id, now, staff_id)
    return Hours(
        patterns=tuple(each for each in patterns if not each.is_over),
        over=tuple(each for each in reversed(patterns) if each.is_over),
        extra=tuple(Extra(each.id, local(each.starts_at, zone), local(each.ends_at, zone)) for each in extra),
    )


def add_pattern(work: Work, actor: Actor, now: datetime, staff_id: int, details: PatternDetails) -> int:
    """Adds weekly hours and ends those of another rhythm; raises NotFound, and InvalidInput beside a field."""
    clinics.lock(work, actor.clinic_id)
    staff_queries.one(work, actor.clinic_id, staff_id)
    record = StaffHoursRecord(clinic_id=actor.clinic_id, staff_id=staff_id)
    _write(work, record, details)
    work.session.add(record)
    work.session.flush()
    audit.append(work, actor, now, "hours.add", "staff", staff_id, {"from": str(details.valid_from)})
    return record.id


def edit_pattern(
    work: Work, actor: Actor, now: datetime, staff_id: int, pattern_id: int, details: PatternDetails
) -> None:
    """Changes weekly hours; raises NotFound, and InvalidInput beside a field."""
    clinics.lock(work, actor.clinic_id)
    record = _one(work, actor, staff_id, pattern_id)
    _write(work, record, details)
    audit.append(work, actor, now, "hours.edit", "staff", staff_id, {"from": str(details.valid_from)})


def remove_pattern(work: Work, actor: Actor, now: datetime, staff_id: int, pattern_id: int) -> None:
    """Removes weekly hours; raises NotFound."""
    clinics.lock(work, actor.clinic_id)
    record = _one(work, actor, staff_id, pattern_id)
    audit.append(work, actor, now, "hours.remove", "staff", staff_id, {"from": str(record.valid_from)})
    work.session.delete(record)


def add_extra(work: Work, actor: Actor, now: datetime, staff_id: int, day: date, starts: Minute, ends: Minute) -> int:
    """Adds hours on one date, in minutes after midnight.

    Raises NotFound, and InvalidInput beside `starts` or `ends` for times the wrong way round or in the spring gap.
    """
    clinics.lock(work, actor.clinic_id)
    staff_queries.one(work, actor.clinic_id, staff_id)
    zone = ZoneInfo(clinics.get(work, actor.clinic_id).timezone)
    if starts >= ends:
        raise InvalidInput("The extra hours end before they begin. Choose a later end.", "ends")
    midnight = day.toordinal() * DAY
    record = ExtraHoursRecord(
        clinic_id=actor.clinic_id,
        staff_id=staff_id,
        starts_at=stored_time(midnight + starts, zone, "starts"),
        ends_at=stored_time(midnight + ends, zone, "ends"),
    )
    work.session.add(record)
    work.session.flush()
    audit.append(work, actor, now, "hours.add_extra", "staff", staff_id, {"day": str(day)})
    return record.id


def remove_extra(work: Work, actor: Actor, now: datetime, staff_id: int, extra_id: int) -> None:
    """Removes extra hours; raises NotFound."""
    clinics.lock(work, actor.clinic_id)
    record = work.session.get(ExtraHoursRecord, extra_id)
    if record is None or record.clinic_id != actor.clinic_id or record.staff_id != staff_id:
        raise NotFound("There are no such extra hours.")
    audit.append(work, actor, now, "hours.remove_extra", "staff", staff_id)
    work.session.delete(record)


def _one(work: Work, actor: Actor, staff_id: int, pattern_id: int) -> StaffHoursRecord:
    for record in staff_queries.hours(work, actor.clinic_id, staff_id):
        if record.id == pattern_id:
            return record
    raise NotFound("There are no such hours.")


def _write(work: Work, record: StaffHoursRecord, details: PatternDetails) -> None:
    if details.valid_to is not None and details.valid_to < details.valid_from:
        raise InvalidInput("These hours end before they begin. Choose a later last day, or none.", "valid_to")
    weekly = checked_weekly(details.weekly, "weekly", may_be_empty=True)
    others = [each for each in staff_queries.hours(work, record.clinic_id, record.staff_id) if each is not record]
    _refuse_same_start(details, others)
    record.valid_from, record.valid_to, record.every = details.valid_from, details.valid_to, details.every
    record.weekly = weekly
    _keep_rhythms_apart(record, others)


def _refuse_same_start(details: PatternDetails, others: Sequence[StaffHoursRecord]) -> None:
    for each in others:
        if each.every == details.every and each.valid_from == details.valid_from:
            day = f"{each.valid_from:%B} {each.valid_from.day}, {each.valid_from.year}"
            raise InvalidInput(
                f"There are hours from {day} already. Change those, or choose another day.", "valid_from"
            )


def _keep_rhythms_apart(record: StaffHoursRecord, others: Sequence[StaffHoursRecord]) -> None:
    """Patterns of different rhythms never hold on the same day: the one that begins later ends the other."""
    for each in others:
        if each.every == record.every:
            continue
        first, then = (each, record) if each.valid_from <= record.valid_from else (record, each)
        day_before = then.valid_from - timedelta(days=1)
        first.valid_to = min(first.valid_to or day_before, day_before)


def _pattern(record: StaffHoursRecord, records: Sequence[StaffHoursRecord], today: date) -> Pattern:
    """`is_over` where its last day is past, or a later pattern for the same weeks has begun."""
    ended = record.valid_to is not None and record.valid_to < today
    overtaken = any(_cycle(each) == _cycle(record) and record.valid_from < each.valid_from <= today for each in records)
    return Pattern(
        id=record.id,
        valid_from=record.valid_from,
        valid_to=record.valid_to,
        every=record.every,
        weekly=record.weekly,
        minutes=weekly_minutes(record.weekly),
        is_now=record.valid_from <= today and _is_its_week(record, today) and not ended and not overtaken,
        is_over=ended or overtaken,
    )


def _cycle(record: StaffHoursRecord) -> tuple[int, int]:
    return record.every, monday_of(record.valid_from).toordinal() // 7 % record.every


def _is_its_week(record: StaffHoursRecord, today: date) -> bool:
    return monday_of(today).toordinal() // 7 % record.every == _cycle(record)[1]
