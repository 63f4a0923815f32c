"""When a notice is to leave: so long before, or at a time of day on a day before, in the clinic's zone."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coordinator.domain.clinic_time import DAY, Day, Minute, day_of, from_utc, to_utc_at_once, weekday_of
from coordinator.domain.reminding import Quiet, Rule

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """What due times depend on besides the rule: the clinic's zone, and the dates on which it is closed."""

    zone: ZoneInfo
    closures: Set[Day] = frozenset()

    def is_working(self, day: Day) -> bool:
        """Whether it is Monday to Friday and the clinic is open."""
        return weekday_of(day) < SATURDAY and day not in self.closures


def due_before(rule: Rule, start: datetime, calendar: Calendar) -> datetime:
    """When a notice about something that starts then is to leave.

    With `days_before` at a time of day of the clinic, which holds whatever clocks do in between; otherwise so much
    elapsed time before. On a day that is not worked it leaves on the last working day before, and in quiet hours as
    they begin: earlier rather than too late.
    """
    if rule.days_before is None:
        minute = from_utc(start - timedelta(minutes=rule.minutes_before), calendar.zone)
        due = start - timedelta(minutes=rule.minutes_before)
    else:
        minute = _day_before(rule, day_of(from_utc(start, calendar.zone)), calendar) * DAY + (rule.at or 0)
        due = to_utc_at_once(minute, calendar.zone)
    if rule.working_days and not calendar.is_working(day_of(minute)):
        minute = _last_working(day_of(minute), calendar) * DAY + minute % DAY
        due = to_utc_at_once(minute, calendar.zone)
    if rule.quiet is not None and _is_quiet(minute, rule.quiet):
        began = minute - (minute - rule.quiet.first) % DAY
        due = to_utc_at_once(began, calendar.zone)
    return due


def is_owed(rule: Rule, start: datetime, now: datetime, calendar: Calendar) -> bool:
    """Whether a visit booked (or moved) at `now` still gets this notice: not once its time has passed."""
    return now <= due_before(rule, start, calendar) < start


def after_quiet(rule: Rule, moment: datetime, calendar: Calendar) -> datetime:
    """The moment, or the end of the quiet hours that it lies in."""
    minute = from_utc(moment, calendar.zone)
    if rule.quiet is None or not _is_quiet(minute, rule.quiet):
        return moment
    return to_utc_at_once(minute + (rule.quiet.last - minute) % DAY, calendar.zone)


def _day_before(rule: Rule, day: Day, calendar: Calendar) -> Day:
    """The date `days_before` the day; in working days where the rule counts them."""
    if not rule.working_days:
        return day - (rule.days_before or 0)
    for _ in range(rule.days_before or 0):
        day = _last_working(day, calendar)
    return day


def _last_working(day: Day, calendar: Calendar) -> Day:
    """The nearest working day before; the same weekday a week earlier where there is none within a year."""
    for earlier in range(day - 1, day - 366, -1):
        if calendar.is_working(earlier):
            return earlier
    return day - 7


def _is_quiet(minute: Minute, quiet: Quiet) -> bool:
    """Whether a minute lies inside the quiet hours; as they begin a message may still leave."""
    since = (minute - quiet.first) % DAY
    return 0 < since < (quiet.last - quiet.first) % DAY
