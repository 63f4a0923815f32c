"""Seating supervision: each gets one of a person's numbers, so that no two at the same moment have the same one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Seat:
    """A supervision `[starts_at, ends_at)` and the number that it has, if any."""

    starts_at: datetime
    ends_at: datetime
    number: int | None


def seated(seats: Sequence[Seat], places: int) -> list[int] | None:
    """A number below `places` for each; None where more than that many stand at one moment.

    Taken in order of their starts, each gets the number it had, where that is free, or else the lowest free one: that
    always works, whatever the numbers were before. Where there were already more at once than places, so many are used.
    """
    most = max(places, _most_at_once([seat for seat in seats if seat.number is not None]))
    found: dict[int, int] = {}
    sitting: list[tuple[datetime, int]] = []
    for index in sorted(range(len(seats)), key=lambda each: seats[each].starts_at):
        seat = seats[index]
        sitting = [(ends_at, number) for ends_at, number in sitting if ends_at > seat.starts_at]
        free = [number for number in range(most) if number not in {number for _, number in sitting}]
        if not free:
            return None
        found[index] = seat.number if seat.number in free else free[0]
        sitting.append((seat.ends_at, found[index]))
    return [found[index] for index in range(len(seats))]


def _most_at_once(seats: Sequence[Seat]) -> int:
    return max((sum(each.starts_at <= seat.starts_at < each.ends_at for each in seats) for seat in seats), default=0)
