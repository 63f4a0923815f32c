"""A program's bids: searched again and again at other prices, each as if it were the first."""

from __future__ import annotations

from random import Random

import pytest
from random_clinics import clinic

from coordinator.planner.bidding import Bidder
from coordinator.planner.claims import claims_of
from coordinator.planner.grid import Grid, grid_of
from coordinator.planner.run import never
from coordinator.planner.single import solver_of
from coordinator.planner.traffic import Traffic

RATE = 20


def bidders(grid: Grid) -> list[Bidder]:
    """Those of all programs that have visits to place."""
    solvers = [solver_of(grid, i) for i in range(len(grid.problem.enrollments))]
    return [Bidder(each, grid, never) for each in solvers if each.program.visits]


@pytest.mark.parametrize("seed", range(30))
def test_a_bid_is_the_same_whether_its_graphs_are_new_or_repriced(seed: int) -> None:
    grid = grid_of(clinic(Random(seed), enrollments=3))
    traffic, lasting, draw = Traffic(grid), bidders(grid), Random(seed)
    for _ in range(4):
        traffic.extra[:] = [[draw.choice((0, 0, 7, 30)) for _ in row] for row in traffic.extra]
        for old, new in zip(lasting, bidders(grid), strict=True):
            known, fresh = old.weigh(traffic), new.weigh(traffic)
            assert known[0] == fresh[0]
            assert (known[1] and known[1].visits) == (fresh[1] and fresh[1].visits)
            if fresh[1] is not None:
                traffic.take(fresh[1].claims)


@pytest.mark.parametrize("seed", range(30))
def test_what_a_bid_takes_is_what_its_visits_take(seed: int) -> None:
    grid = grid_of(clinic(Random(seed), enrollments=3))
    for bidder in bidders(grid):
        bid = bidder.bid(Traffic(grid), RATE, Random(seed))
        if bid is not None:
            told = claims_of(grid, bidder.program.protocol, bid.visits)
            assert sorted(bid.claims.tolist()) == sorted(told.tolist())
        assert (bid is None) == (bidder.weigh(Traffic(grid))[1] is None)
