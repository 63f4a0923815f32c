"""Who and what a visit can need: staff and rooms, as the planner and the rules see them."""

from __future__ import annotations

from dataclasses import dataclass

from coordinator.domain.hours import Interval, WeeklyHours


@dataclass(frozen=True, slots=True)
class Staff:
    """A person (or scarce equipment). Limits are minutes of ordinary needs; None is no limit.

    `supervises` is how many shared needs the person may fill at the same moment; each interval of `supervising` takes
    one of these places. `turnover_minutes` follow ordinary work.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    weekly: WeeklyHours
    time_off: tuple[Interval, ...] = ()
    booked: tuple[Interval, ...] = ()
    supervising: tuple[Interval, ...] = ()
    max_minutes_per_day: int | None = None
    max_minutes_per_week: int | None = None
    supervises: int = 1
    turnover_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """A room. `weekly` None is always open. After each visit it is empty for `turnover_minutes`."""

    id: str
    name: str
    kinds: tuple[str, ...]
    seats: int = 1
    turnover_minutes: int = 0
    weekly: WeeklyHours | None = None
    booked: tuple[Interval, ...] = ()
