"""Why a row of the schedule cannot be had: outside hours, time off, closed, booked for something else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from coordinator.domain.clinic_time import DAY, from_utc, wall_clock, weekday_of
from coordinator.domain.hours import Interval
from coordinator.domain.spans import Spans, clipped, without
from coordinator.domain.working_hours import HoursPattern, WorkingHours
from coordinator.exchange.weekly import read_weekly
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import BookingRecord, StaffHoursRecord, StaffRecord
from coordinator.store.timeline_queries import Away

Why = Literal["closed", "off", "booked", "closure"]
WHOLE_DAY: Spans = ((0, DAY),)


@dataclass(frozen=True, slots=True)
class Shade:
    """A stretch of one row's day in which it cannot be had; naive clinic time.

    `why`: closed is outside hours, off is time off, booked is other work, closure is the clinic's.
    """

    row: str
    start: datetime
    end: datetime
    why: Why
    words: str

    @property
    def is_whole_day(self) -> bool:
        """Whether it covers its day."""
        return self.end - self.start >= timedelta(days=1)


def staff_shades(
    person: StaffRecord, away: Away, days: Sequence[date], closed: Mapping[date, str], zone: ZoneInfo
) -> Iterator[Shade]:
    """When a person cannot be had on these days."""
    hours = _working_hours(person.id, away, zone)
    off = _intervals((each for each in away.time_off if each.staff_id == person.id), zone)
    booked = [each for each in away.bookings if each.staff_id == person.id]
    for day in days:
        yield from _of_day(f"staff:{person.id}", day, closed, off, hours.on(day.toordinal()))
        yield from _booked(f"staff:{person.id}", day, booked, zone)


def room_shades(
    room: RoomRecord,
    bookings: Iterable[BookingRecord],
    days: Sequence[date],
    closed: Mapping[date, str],
    zone: ZoneInfo,
) -> Iterator[Shade]:
    """When a room cannot be had on these days."""
    weekly = read_weekly(room.weekly) if room.weekly is not None else None
    booked = [each for each in bookings if each.room_id == room.id]
    for day in days:
        open_spans = weekly.days[weekday_of(day.toordinal())] if weekly is not None else WHOLE_DAY
        yield from _of_day(f"room:{room.id}", day, closed, (), open_spans)
        yield from _booked(f"room:{room.id}", day, booked, zone)


def _working_hours(staff_id: int, away: Away, zone: ZoneInfo) -> WorkingHours:
    return WorkingHours(
        patterns=tuple(_pattern(each) for each in away.hours if each.staff_id == staff_id),
        extra=_intervals((each for each in away.extra if each.staff_id == staff_id), zone),
    )


def _pattern(record: StaffHoursRecord) -> HoursPattern:
    return HoursPattern(read_weekly(record.weekly), record.valid_from, record.valid_to, record.every)


def _of_day(
    row: str, day: date, closed: Mapping[date, str], off: tuple[Interval, ...], worked: Spans
) -> Iterator[Shade]:
    if day in closed:
        yield _shade(row, day, 0, DAY, "closure", closed[day] or "The clinic is closed")
        return
    away = _on(day, off)
    for start, end in away:
        yield _shade(row, day, start, end, "off", "Time off")
    for start, end in without(without(WHOLE_DAY, worked), away):
        yield _shade(row, day, start, end, "closed", "Outside hours")


def _booked(row: str, day: date, bookings: Iterable[BookingRecord], zone: ZoneInfo) -> Iterator[Shade]:
    for each in bookings:
        for start, end in _on(day, _intervals([each], zone)):
            yield _shade(row, day, start, end, "booked", each.title or "Booked")


def _shade(row: str, day: date, start: int, end: int, why: Why, words: str) -> Shade:
    midnight = day.toordinal() * DAY
    return Shade(row, wall_clock(midnight + start), wall_clock(midnight + end), why, words)


def _intervals(records: Iterable[Any], zone: ZoneInfo) -> tuple[Interval, ...]:
    return tuple(Interval(from_utc(each.starts_at, zone), from_utc(each.ends_at, zone)) for each in records)


def _on(day: date, intervals: Iterable[Interval]) -> Spans:
    midnight = day.toordinal() * DAY
    return clipped(((each.start - midnight, each.end - midnight) for each in intervals), 0, DAY)
