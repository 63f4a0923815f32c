"""Times and dates as a reader in the United States expects them; all are clinic time already."""

from __future__ import annotations

from datetime import date, datetime

from flask import Blueprint

from coordinator.domain.clinic_time import Minute, wall_clock
from coordinator.domain.spoken import called, clock, day, long_day, short_day, span

__all__ = [
    "clock", "count", "date_only", "dated", "day", "hour", "install_on", "long_day", "moment", "need", "short_day",
    "span", "stamp", "waiting", "words",
]  # fmt: skip


def date_only(day: date) -> str:
    """Jan 4."""
    return f"{day:%b} {day.day}"


def dated(day: date) -> str:
    """Mon, Jan 4, 2027."""
    return f"{short_day(day)}, {day.year}"


def moment(at: datetime) -> str:
    """Jan 4, 2027, 9:00 AM."""
    return f"{at:%b} {at.day}, {at.year}, {clock(at)}"


def hour(number: int) -> str:
    """9 AM."""
    return f"{number % 12 or 12} {'AM' if number % 24 < 12 else 'PM'}"


def words(name: str) -> str:
    """A word of ours as people read it: no_show is No show."""
    return name.replace("_", " ").replace("-", " ").capitalize()


def need(name: str) -> str:
    """A need's name as people read it."""
    return called(name).capitalize()


def count(number: int, one: str, many: str | None = None) -> str:
    """1 visit, 2 visits."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def age(since: datetime, now: datetime) -> str:
    """How long something has stood there: just now, 12 min, 3 h, 2 days."""
    minutes = int((now - since).total_seconds()) // 60
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 24 * 60 else count(minutes // (24 * 60), "day")


def waiting(since: datetime, now: datetime) -> str:
    """How long something has waited: just now, for 3 h."""
    said = age(since, now)
    return said if said == "just now" else f"for {said}"


def stamp(minute: Minute) -> str:
    """A minute of the clinic's wall clock as forms send it: 2027-01-04T09:00."""
    return wall_clock(minute).isoformat(timespec="minutes")


def install_on(blueprint: Blueprint) -> None:
    """Gives all templates these filters, each by its name."""
    for each in (
        clock,
        span,
        date_only,
        short_day,
        dated,
        need,
        day,
        long_day,
        moment,
        hour,
        words,
        count,
        age,
        waiting,
        stamp,
    ):
        blueprint.add_app_template_filter(each)
