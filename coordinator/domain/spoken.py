"""Times and dates in the words of a reader in the United States; all are clinic time already."""

from __future__ import annotations

from datetime import date, datetime


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


def day(day: date) -> str:
    """Monday, January 4."""
    return f"{day:%A, %B} {day.day}"


def long_day(day: date) -> str:
    """Monday, January 4, 2027."""
    return f"{day:%A, %B} {day.day}, {day.year}"


def duration(minutes: int) -> str:
    """“7 h 30 min”, “45 min”, “32 h”."""
    hours, rest = divmod(minutes, 60)
    return " ".join(([f"{hours} h"] if hours else []) + ([f"{rest} min"] if rest or not hours else []))


def counted(number: int, one: str) -> str:
    """1 day, 2 days."""
    return f"{number} {one}{'s' * (number != 1)}"


def listed(names: list[str]) -> str:
    """Ana, Ben and Cleo."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def called(need: str) -> str:
    """A need's name as people read it: co-lead, nutritionist, supervisor."""
    return {"co": "co-lead", "diet": "nutritionist"}.get(need) or need.replace("_", " ").replace("-", " ")
