"""What all programs take together while they are negotiated: overlaps are allowed, and make what is crowded dearer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coordinator.planner.assemble import Prices
from coordinator.planner.grid import FIXED, Grid
from coordinator.planner.native import Ints, Packed, library, pointer

_DAY_PART = 4
"""A day on which somebody works too long becomes dearer by the step over this, in each of its units."""


class Traffic:
    """How often each unit of each person and room is taken, and what it has come to cost."""

    def __init__(self, grid: Grid) -> None:
        people, rooms, units = len(grid.staff), len(grid.rooms), grid.days * grid.per_day
        taken = (grid.work, grid.work_tail, grid.shared, grid.room_use, grid.room_tail)
        counts = [each[FIXED].astype(np.int64) for each in taken]
        self._work, self._tail, self._shared, self._room_use, self._room_tail = counts
        self._places = np.maximum(grid.supervises, 1)[:, None]
        self.extra = np.zeros((people, units), np.int64)
        self.room_extra = np.zeros((rooms, units), np.int64)
        self._struct = Packed((
            people, rooms, units, grid.days, grid.per_day, grid.week_minutes.shape[2],
            *counts, self.extra, self.room_extra,
            grid.day_minutes[FIXED].copy(), grid.week_minutes[FIXED].copy(),
            grid.supervises, grid.day_cap, grid.week_cap, grid.week_of_day,
        ))  # fmt: skip

    def take(self, claims: Ints) -> None:
        """Takes what the claims say."""
        library().occupy(self._struct, pointer(claims), len(claims), 1)

    def free(self, claims: Ints) -> None:
        """Frees what the claims say."""
        library().occupy(self._struct, pointer(claims), len(claims), -1)

    def crowded(self, claims: Ints) -> int:
        """In how many units these (taken) claims meet others, or are too much for somebody's day or week."""
        return int(library().crowded(self._struct, pointer(claims), len(claims)))

    def dearer(self, step: int) -> None:
        """Makes what is crowded now cost more from now on."""
        library().dearer(self._struct, step, step // _DAY_PART)

    def excess(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """By how much each unit of people and of rooms is taken more often than it can be (below 0: less)."""
        return self._work + self._tail + self._shared / self._places - 1, self._room_use + self._room_tail - 1.0

    def forget(self) -> None:
        """Takes back all that anything has come to cost."""
        self.extra[:] = 0
        self.room_extra[:] = 0

    def price(self, prices: Prices, staff: Ints, least: Ints, rooms: Ints, rate: int) -> None:
        """Fills in the prices of some people and rooms; `rate` is that of a unit which others hold."""
        compiled, people, days = library(), (pointer(staff), pointer(least), len(staff)), pointer(prices.days)
        compiled.price_people(self._struct, *people, days, rate, pointer(prices.cover), pointer(prices.begins))
        places = pointer(prices.room_cover), pointer(prices.room_begins)
        compiled.price_rooms(self._struct, pointer(rooms), len(rooms), days, rate, *places)
