"""Negotiation: everybody stands somewhere, and what several want grows dearer until one of them goes elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from coordinator.planner.market import Market

_RATE, _STEP = 100, 50
_PATIENCE = 300
"""Rounds without a better state after which all prices are forgotten: whoever stands in a bad corner gets out of it."""
_AGAIN = 3
"""How often."""


class Negotiation:
    """Rounds on a market. `over` says when to stop; `found` is told whenever the market holds fewer conflicts."""

    def __init__(self, market: Market, over: Callable[[], bool], found: Callable[[], None]) -> None:
        self.market, self.over, self.found = market, over, found

    def at_length(self, newcomers: Sequence[int]) -> None:
        """Places newcomers among the others and goes on as long as it helps; ends with the conflicts that are left."""
        self._enter(newcomers, _RATE)
        for _ in range(_AGAIN):
            if self._until_stuck():
                return
            self.market.traffic.forget()

    def _until_stuck(self) -> bool:
        """Goes on while it helps; whether all is clear, or time over."""
        least, waited = 1 << 60, 0
        while waited < _PATIENCE:
            crowded = self.market.crowded()
            if not crowded or self.over():
                return True
            total, waited = sum(crowded.values()), waited + 1
            if total < least:
                least, waited = total, 0
                self.found()
            self.market.traffic.dearer(_STEP)
            self._move(crowded, _RATE)
        return False

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
