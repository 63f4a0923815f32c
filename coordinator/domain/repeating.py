"""The dates of something that repeats: every so many weeks on one weekday, until a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from coordinator.domain.errors import InvalidInput

MOST_WEEKS = 12
"""The longest rhythm."""
LONGEST = timedelta(days=2 * 366)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`every` weeks until a last date, both included; `every` 0 is once."""

    every: int = 0
    until: date | None = None


ONCE = Rhythm()


def dates(first: date, rhythm: Rhythm) -> list[date]:
    """The dates from the first on; raises InvalidInput for a rhythm that never ends, or ends before it begins."""
    if rhythm.every == 0:
        return [first]
    if rhythm.until is None:
        raise InvalidInput("The last date is missing. Choose when the repetition ends.", "until")
    if rhythm.until < first:
        raise InvalidInput("The last date is before the first. Choose a later one.", "until")
    if rhythm.until - first > LONGEST:
        raise InvalidInput("The last date is more than two years after the first. Choose an earlier one.", "until")
    step = timedelta(weeks=rhythm.every)
    return [first + step * each for each in range((rhythm.until - first) // step + 1)]
