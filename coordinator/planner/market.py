"""Where programs stand while they negotiate: overlaps are allowed, at prices that rise where it is crowded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from coordinator.domain.schedule import PlacedVisit
from coordinator.planner.bidding import Bid, Bidder
from coordinator.planner.claims import claims_of
from coordinator.planner.native import Ints
from coordinator.planner.roster import Roster, Standing
from coordinator.planner.traffic import Traffic


class Market:
    """Places of enrollments, which may overlap, and what each unit costs for it."""

    def __init__(self, roster: Roster, draw: Random) -> None:
        self.roster, self.grid, self.draw = roster, roster.grid, draw
        self.traffic = Traffic(roster.grid)
        self.placed: dict[int, Bid] = {}
        self._bidders: dict[int, Bidder] = {}
        self._costs: dict[int, tuple[Bid, int]] = {}
        self._ties = _ties(roster)

    def load(self, standing: Standing) -> None:
        """Comes to exactly what stands."""
        for i in list(self.placed):
            if i not in standing or self.placed[i].visits != standing[i][0]:
                self.lift(i)
        for i, (visits, cost) in standing.items():
            if i not in self.placed:
                self.put(i, _standing_bid(claims_of(self.grid, self.roster.protocols[i], visits), visits))
                self._costs[i] = self.placed[i], cost

    def put(self, i: int, bid: Bid) -> None:
        """Lets an enrollment stand there, whoever else does."""
        self.placed[i] = bid
        self.traffic.take(bid.claims)

    def lift(self, i: int) -> Bid | None:
        """Takes an enrollment out, if it is in."""
        bid = self.placed.pop(i, None)
        if bid is not None:
            self.traffic.free(bid.claims)
        return bid

    def restore(self, placed: dict[int, Bid]) -> None:
        """Comes back to places as they were."""
        for i in list(self.placed):
            if self.placed[i] is not placed.get(i):
                self.lift(i)
        for i, bid in placed.items():
            if i not in self.placed:
                self.put(i, bid)

    def _bidder(self, i: int) -> Bidder:
        """An enrollment's searches; each asking counts as work."""
        self.roster.solves += 1
        if i not in self._bidders:
            self._bidders[i] = Bidder(self.roster.solver(i), self.grid, self.roster.stop)
        return self._bidders[i]

    def weigh(self, i: int, traffic: Traffic) -> tuple[int | None, Bid | None]:
        """What an enrollment costs at least at the prices of some traffic, and a cheap place (`Bidder.weigh`)."""
        return self._bidder(i).weigh(traffic)

    def move(self, i: int, rate: int) -> None:
        """Gives an enrollment the place that is best for it at the prices of the moment."""
        old, bidder = self.lift(i), self._bidder(i)
        if old is not None:
            bidder.begin_from(old.visits)
        new = bidder.bid(self.traffic, rate, self.draw, list(self._busy(i))) or old
        if new is not None:
            self.put(i, new)

    def _busy(self, i: int) -> Iterator[tuple[int, int]]:
        """When patients of an enrollment are at visits of another one of theirs."""
        for j in self._ties.get(i, ()):
            for each in self.placed[j].visits if j in self.placed else ():
                start = self.grid.at(each.start)
                yield start, start + self.roster.protocols[j].visit(each.visit).minutes // self.grid.unit

    def crowded(self) -> dict[int, int]:
        """The enrollments that stand in each other's way, each with the number of units."""
        counts = {i: self.traffic.crowded(bid.claims) for i, bid in sorted(self.placed.items())}
        return {i: count for i, count in counts.items() if count}

    def cost_of(self, i: int) -> int:
        """What an enrollment's place costs, prices aside."""
        bid = self.placed[i]
        known = self._costs.get(i)
        if known is None or known[0] is not bid:
            known = self._costs[i] = bid, self.roster.cost_of(i, bid.visits)
        return known[1]

    def thin_out(self) -> None:
        """Takes out those most in the way until none is."""
        while crowded := self.crowded():
            self.lift(max(crowded, key=lambda i: (crowded[i], i)))

    def standing(self) -> Standing:
        """Who stands here, and how."""
        return {i: (bid.visits, self.cost_of(i)) for i, bid in sorted(self.placed.items())}


def _standing_bid(claims: Ints, visits: tuple[PlacedVisit, ...]) -> Bid:
    return Bid(claims, lambda: visits)


def _ties(roster: Roster) -> dict[int, list[int]]:
    """For each enrollment that shares a patient with others: these."""
    mine: dict[str, list[int]] = {}
    for i, enrollment in enumerate(roster.enrollments):
        for patient in enrollment.patients:
            mine.setdefault(patient, []).append(i)
    ties: dict[int, list[int]] = {}
    for some in _several(mine.values()):
        for i in some:
            ties[i] = sorted({*ties.get(i, []), *some} - {i})
    return ties


def _several(lists: Iterable[list[int]]) -> Iterator[list[int]]:
    return (some for some in lists if len(some) > 1)
