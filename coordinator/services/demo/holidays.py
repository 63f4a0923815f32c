"""The days on which the demo clinic is closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from coordinator.domain.clinic_time import monday_of

MONDAY, THURSDAY = 0, 3


def holidays(first: date, last: date) -> list[tuple[date, str]]:
    """The closed days from `first` to `last`, both included, with their names."""
    found = [pair for year in range(first.year, last.year + 1) for pair in _of_year(year)]
    return sorted(pair for pair in found if first <= pair[0] <= last)


def _of_year(year: int) -> Iterator[tuple[date, str]]:
    yield date(year, 1, 1), "New Year's Day"
    yield monday_of(date(year, 5, 31)), "Memorial Day"
    yield date(year, 7, 4), "Independence Day"
    yield _first(MONDAY, year, 9), "Labor Day"
    yield _first(THURSDAY, year, 11) + timedelta(weeks=3), "Thanksgiving"
    yield date(year, 12, 25), "Christmas Day"


def _first(weekday: int, year: int, month: int) -> date:
    seventh = date(year, month, 7)
    return seventh - timedelta(days=(seventh.weekday() - weekday) % 7)
