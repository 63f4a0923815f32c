"""Times and dates as a reader in the United States expects them; all are clinic time already."""

from __future__ import annotations

from datetime import date, datetime

from flask import Blueprint


def clock(at: datetime) -> str:
    """9:00 AM."""
    return f"{at.hour % 12 or 12}:{at.minute:02d} {'AM' if at.hour < 12 else 'PM'}"


def span(start: datetime, end: datetime) -> str:
    """9:00–11:00 AM, or 11:00 AM–1:00 PM."""
    if (start.hour < 12) == (end.hour < 12) and start.date() == end.date():
        return f"{clock(start)[:-3]}–{clock(end)}"
    return f"{clock(start)}–{clock(end)}"


def short_day(day: date) -> str:
    """Mon, Jan 4."""
    return f"{day:%a, %b} {day.day}"


def date_only(day: date) -> str:
    """Jan 4."""
    return f"{day:%b} {day.day}"


def dated(day: date) -> str:
    """Mon, Jan 4, 2027."""
    return f"{short_day(day)}, {day.year}"


def day(day: date) -> str:
    """Monday, January 4."""
    return f"{day:%A, %B} {day.day}"


def long_day(day: date) -> str:
    """Monday, January 4, 2027."""
    return f"{day:%A, %B} {day.day}, {day.year}"


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
    return {"co": "Co-lead"}.get(name) or words(name)


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


def install_on(blueprint: Blueprint) -> None:
    """Gives all templates these filters, each by its name."""
    for each in (clock, span, date_only, short_day, dated, need, day, long_day, moment, hour, words, count, age):
        blueprint.add_app_template_filter(each)
