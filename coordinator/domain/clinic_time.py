"""Clinic time: the only place that converts between UTC and a clinic's wall clock.

Inside the domain a time is a `Minute`: whole minutes since 0001-01-01T00:00 of the clinic's wall clock, shifted so that
`minute // DAY` is the ordinal of its date (`date.toordinal()`). Rules about days and hours are then plain arithmetic.
Outside (tables, feeds, mail) a time is an aware UTC `datetime`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from coordinator.domain.errors import InvalidInput

Minute = int
"""Wall-clock minutes; see the module's docstring."""

Day = int
"""The ordinal of a date, as `date.toordinal()` gives it."""

DAY = 1440
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@lru_cache(maxsize=1)
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of that name; raises InvalidInput for a name that the database does not hold."""
    if name not in _known_zones():
        raise InvalidInput(f"The time zone “{name}” is not known. Use an IANA name such as America/Los_Angeles.")
    return ZoneInfo(name)


def day_of(minute: Minute) -> Day:
    """The ordinal of the date that a minute lies on."""
    return minute // DAY


def date_of(minute: Minute) -> date:
    """The date that a minute lies on."""
    return date.fromordinal(minute // DAY)


def weekday_of(day: Day) -> int:
    """0 for Monday to 6 for Sunday."""
    return (day - 1) % 7


def minute_at(day: date, at: time = time(0)) -> Minute:
    """The minute of a wall-clock time on a date; seconds are dropped."""
    return day.toordinal() * DAY + at.hour * 60 + at.minute


def wall_clock(minute: Minute) -> datetime:
    """The naive wall-clock datetime of a minute, to be shown, never to be stored."""
    return datetime.combine(date.fromordinal(minute // DAY), time(minute % DAY // 60, minute % 60))


def skipped(minute: Minute, zone: ZoneInfo) -> bool:
    """Whether the zone's spring change skips this wall-clock minute."""
    if not DAY * 2 <= minute < DAY * date.max.toordinal():
        return False  # at the ends of the calendar a time has no UTC to go to
    naive = wall_clock(minute)
    there_and_back = naive.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    return there_and_back != naive


def to_utc(minute: Minute, zone: ZoneInfo) -> datetime:
    """The aware UTC time of a wall-clock minute; of the two in the autumn fold, the first.

    Raises InvalidInput for a minute in the spring gap.
    """
    naive = wall_clock(minute)
    if skipped(minute, zone):
        raise InvalidInput(
            f"{naive:%B} {naive.day}, {naive:%Y} has no {naive:%H:%M}: clocks in {zone.key} go forward then."
            " Choose an earlier or a later time."
        )
    return naive.replace(tzinfo=zone, fold=0).astimezone(UTC)


def to_utc_at_once(minute: Minute, zone: ZoneInfo) -> datetime:
    """As `to_utc`, but a minute in the spring gap is the moment at which the clocks go forward.

    For the bounds of intervals; a visit never begins or ends there.
    """
    while skipped(minute, zone):
        minute += 1
    return to_utc(minute, zone)


def from_utc(moment: datetime, zone: ZoneInfo) -> Minute:
    """The wall-clock minute of an aware time; seconds are dropped."""
    if moment.tzinfo is None:
        raise ValueError("from_utc takes an aware datetime")
    local = moment.astimezone(zone)
    return minute_at(local.date(), local.time())


def zone_words(moment: datetime, zone: ZoneInfo) -> str:
    """The zone in words, with what tells the two times of an autumn fold apart: “Los Angeles time, PST”."""
    place = zone.key.rpartition("/")[2].replace("_", " ")
    short = moment.astimezone(zone).tzname() or ""
    return f"{place} time, {short if short.isalpha() else 'UTC' + short}" if short != place else place


def midnight_utc(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a date in the zone, as UTC (where the change skips midnight, the first minute after it)."""
    minute = minute_at(day)
    while skipped(minute, zone):
        minute += 15
    return to_utc(minute, zone)


def week_of(day: Day) -> tuple[int, int]:
    """The ISO year and week of a day."""
    year, week, _ = date.fromordinal(day).isocalendar()
    return year, week


def monday_of(day: date) -> date:
    """The Monday of the date's week."""
    return day - timedelta(days=day.weekday())
