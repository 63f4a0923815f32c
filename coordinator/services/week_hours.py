"""Weekly hours from a form, and a person's working hours from the tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from coordinator.domain.clinic_time import DAY, WEEKDAYS, Minute, date_of, from_utc, midnight_utc, to_utc
from coordinator.domain.errors import InvalidFile, InvalidInput
from coordinator.domain.hours import Interval, WeeklyHours
from coordinator.domain.spans import union
from coordinator.domain.working_hours import HoursPattern, WorkingHours
from coordinator.exchange.weekly import read_weekly, write_weekly
from coordinator.store.staff import ExtraHoursRecord, StaffHoursRecord, TimeOffRecord


@dataclass(frozen=True, slots=True)
class WeekLoad:
    """A week of a person or a room: minutes at work or open, and minutes of them that visits take.

    Without `has_capacity` there is no telling how much there is: the room is always open.
    """

    monday: date
    available: int
    booked: int
    has_capacity: bool = True


DAY_NAMES = dict(
    zip(WEEKDAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True)
)


def checked_weekly(value: Any, field: str, *, may_be_empty: bool = False) -> dict[str, list[list[str]]]:
    """The hours as tables keep them; raises InvalidInput for hours that overlap, end before they begin, or are none."""
    try:
        hours = read_weekly(value)
    except InvalidFile as error:
        fault = error.faults[0]
        day = DAY_NAMES.get(fault.pointer.split("/")[1] if fault.pointer else "", "These hours")
        why = "This is not a pair of times." if "HH:MM" in fault.message else fault.message
        raise InvalidInput(f"{day}: {why} Write them like 8 AM–12 PM, 1–5 PM.", field) from None
    if not may_be_empty and not any(hours.days):
        raise InvalidInput("There are no hours yet. Paint or type at least one.", field)
    return write_weekly(hours)


def weekly_minutes(weekly: dict[str, Any]) -> int:
    """How many minutes a week the hours are."""
    return minutes(span for day in read_weekly(weekly).days for span in day)


def minutes(spans: Iterable[tuple[int, int]]) -> int:
    """How long spans are together."""
    return sum(end - start for start, end in spans)


def working_hours(
    patterns: Iterable[StaffHoursRecord],
    extra: Iterable[ExtraHoursRecord],
    time_off: Iterable[TimeOffRecord],
    zone: ZoneInfo,
) -> WorkingHours:
    """One person's hours; only approved time off counts."""
    return WorkingHours(
        patterns=tuple(
            HoursPattern(_joined(read_weekly(each.weekly)), each.valid_from, each.valid_to, each.every)
            for each in patterns
        ),
        extra=tuple(_interval(each, zone) for each in extra),
        time_off=tuple(_interval(each, zone) for each in time_off if each.status == "approved"),
    )


def stored_time(minute: Minute, zone: ZoneInfo, field: str) -> datetime:
    """The UTC time to store; raises InvalidInput beside the field for a time that the spring change skips.

    Midnight stands for a date; where the change skips it, the date's first moment is meant.
    """
    try:
        return midnight_utc(date_of(minute), zone) if minute % DAY == 0 else to_utc(minute, zone)
    except InvalidInput as error:
        raise InvalidInput(str(error), field) from None


def _interval(record: ExtraHoursRecord | TimeOffRecord, zone: ZoneInfo) -> Interval:
    return Interval(from_utc(record.starts_at, zone), from_utc(record.ends_at, zone))


def _joined(hours: WeeklyHours) -> WeeklyHours:
    return WeeklyHours(tuple(union(day) for day in hours.days))
