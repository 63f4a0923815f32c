"""A bound that knows of crowding: what all programs cost at least when each pays for the time it takes.

Every unit of a person or a room gets a price. Each program is placed by itself where it is cheapest at these prices;
the sum of what they cost, prices included, less what all time is worth, is a lower bound on the cost of any plan,
whatever the prices are. Where programs crowd, prices rise; where time lies idle, they fall.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from coordinator.planner.market import Market
from coordinator.planner.traffic import Traffic

_BOLD, _TIRED, _PATIENCE = 1.0, 0.7, 3
"""How far a step goes at first, and by what it shrinks after some steps that brought nothing."""

Floats = npt.NDArray[np.float64]


class Dual:
    """Prices, and the best bound that they have given."""

    def __init__(self, market: Market, programs: Sequence[int]) -> None:
        self.market, self.programs = market, programs
        self.bound = 0
        self._bold, self._vain = _BOLD, 0
        traffic = Traffic(market.grid)
        self._people: Floats = np.zeros(traffic.extra.shape)
        self._rooms: Floats = np.zeros(traffic.room_extra.shape)

    def step(self, cost: int) -> int:
        """Weighs all programs at the prices of the moment, changes these, and returns the best bound so far.

        `cost` is that of the best plan known of these programs.
        """
        traffic = Traffic(self.market.grid)
        traffic.extra[:], traffic.room_extra[:] = self._people, self._rooms
        value = -int(traffic.extra.sum()) - int(traffic.room_extra.sum())
        unplanned = self.market.roster.problem.weights.unplanned
        claims = []
        for i in self.programs:
            least, bid = self.market.weigh(i, traffic)
            if least is None:
                return self.bound
            value += min(least, unplanned)
            if bid is not None:
                claims.append(bid.claims)
        for each in claims:
            traffic.take(each)
        self._change(traffic, max(1, cost - value))
        self._vain = 0 if value > self.bound else self._vain + 1
        if self._vain >= _PATIENCE:
            self._bold, self._vain = self._bold * _TIRED, 0
        self.bound = max(self.bound, value)
        return self.bound

    def _change(self, traffic: Traffic, missing: int) -> None:
        """A step along what is too much or too little, as long as the missing part of the bound is large."""
        people, rooms = traffic.excess()
        people[(self._people <= 0) & (people < 0)] = 0
        rooms[(self._rooms <= 0) & (rooms < 0)] = 0
        norm = float((people**2).sum() + (rooms**2).sum())
        if norm:
            length = self._bold * missing / norm
            self._people = np.maximum(0, self._people + length * people)
            self._rooms = np.maximum(0, self._rooms + length * rooms)
