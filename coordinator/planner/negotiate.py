"""Negotiation: everybody stands somewhere, and what several want grows dearer until one of them goes elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from coordinator.planner.market import Market

_RATE, _STEP = 50, 20
_PATIENCE = 150
"""Rounds without a better state after which a long negotiation gives up."""


class Negotiation:
    """Rounds on a market. `over` says when to stop; `found` is told whenever the market holds fewer conflicts."""

    def __init__(self, market: Market, over: Callable[[], bool], found: Callable[[], None]) -> None:
        self.market, self.over, self.found = market, over, found

    def at_length(self, newcomers: Sequence[int]) -> None:
        """Places newcomers among the others and goes on as long as it helps; ends with the conflicts that are left."""
        self._enter(newcomers, _RATE)
        least, waited = 1 << 60, 0
        while not self.over() and (crowded := self.market.crowded()) and waited < _PATIENCE:
            total = sum(crowded.values())
            waited += 1
            if total < least:
                least, waited = total, 0
                self.found()
            self.market.traffic.dearer(_STEP)
            self._move(crowded, _RATE)

    def briefly(self, some: Sequence[int], rate: int, rounds: int) -> None:
        """Gives a few another place, and lets the others make room at prices that rise fast."""
        self.market.traffic.forget()
        self._enter(some, rate)
        for number in range(1, rounds + 1):
            crowded = self.market.crowded()
            if not crowded or self.over():
                return
            self.market.traffic.dearer(2 * rate)
            self._move(crowded, rate * number)

    def _enter(self, some: Sequence[int], rate: int) -> None:
        for i in some:
            self.market.lift(i)
        for i in some:
            if not self.over():
                self.market.move(i, rate)

    def _move(self, crowded: Collection[int], rate: int) -> None:
        for i in self.market.draw.sample(sorted(crowded), len(crowded)):
            if not self.over():
                self.market.move(i, rate)
