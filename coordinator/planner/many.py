"""Many enrollments together: placed one by one, then negotiated until none is in another's way, then bettered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from coordinator.planner.before import still_standing
from coordinator.planner.dual import Dual
from coordinator.planner.market import Market
from coordinator.planner.native import FAR
from coordinator.planner.negotiate import Negotiation
from coordinator.planner.roster import Roster, Standing
from coordinator.planner.run import Effort

_QUICK = Effort(beam=30, labels=0)
_RATES, _ROUNDS = (10, 20), (12, 25)
_RATES_OF_MISSING = (20, 50, 100)
_TRY_MISSING, _AT_LENGTH = 0.7, 0.3
_BETWEEN_BOUNDS = 3
"""Searches for better places between two steps of the bound, for each program."""


class Improver:
    """A search over plans. `best` is the cheapest standing found, `bound` what any plan costs at least.

    `open` are the enrollments with visits to place; the others stand as they are. `tell` is called with the best
    standing and whether it is new: at once where it is, and else again and again.
    """

    def __init__(
        self,
        roster: Roster,
        seed: int,
        work: int | None,
        stop: Callable[[], bool],
        tell: Callable[[Standing, bool], None],
    ) -> None:
        self.roster, self.stop, self.tell = roster, stop, tell
        self.random = Random(seed)
        self.open = [i for i in range(len(roster.enrollments)) if roster.to_place(i)]
        self.work = work if work is not None else 400 + 80 * len(self.open)
        self.best: Standing = {}
        self.best_cost = FAR
        self.bound: int = 0
        self.least = [0] * len(roster.enrollments)

    def run(self) -> None:
        """What stands already; then the best place of a single program, or the search among several."""
        for i in range(len(self.roster.enrollments)):
            if i not in self.open and self._fits(i):
                self.bound += self.roster.standing[i][1]
        if len(self.open) <= 1:
            self._settle()
            return
        self._start()
        self._negotiate()

    def _over(self) -> bool:
        if self.best:
            self.tell(self.best, False)
        return self.stop() or self.roster.solves >= self.work or self.best_cost <= self.bound

    def _settle(self) -> None:
        """Where at most one enrollment has visits to place, its best place beside all the others is the best plan."""
        roster, unplanned = self.roster, self.roster.problem.weights.unplanned
        for i in self.open:
            answer = roster.solve(i)
            self.bound += min(answer.bound, unplanned)
            if answer.visits is not None and answer.cost < unplanned:
                roster.put(i, answer.visits, answer.cost)
        self._note(roster.standing)

    def _start(self) -> None:
        """Who stood before and still can, stands again; the others follow, long programs first."""
        roster = self.roster
        for i, visits in still_standing(roster.problem).items():
            if i in self.open:
                roster.put(i, visits, roster.cost_of(i, visits))
        for i in sorted(self._missing(roster.standing), key=lambda i: (-roster.to_place(i), i)):
            if not self._over():
                self._fits(i)
        self._note(roster.standing)

    def _fits(self, i: int) -> bool:
        """Lets an enrollment stand if there is a place for it beside the others."""
        answer = self.roster.solve(i, effort=_QUICK)
        if answer.visits is None:
            return False
        self.roster.put(i, answer.visits, answer.cost)
        return True

    def _missing(self, among: Iterable[int]) -> list[int]:
        """The enrollments that have visits to place and are not among those."""
        standing = set(among)
        return [i for i in self.open if i not in standing]

    def _note(self, standing: Standing) -> None:
        """Remembers and reports what stands, if it is the best so far."""
        unplanned = self.roster.problem.weights.unplanned
        kept = {i: each for i, each in standing.items() if i not in self.open or each[1] <= unplanned}
        cost = sum(each for _, each in kept.values()) + unplanned * (len(self.roster.enrollments) - len(kept))
        if cost < self.best_cost:
            self.best, self.best_cost = kept, cost
            self.tell(kept, True)

    def _negotiate(self) -> None:
        """Lets those without a place negotiate one; then looks for better places for some at a time."""
        market = Market(self.roster, self.random)
        market.load({i: each for i, each in self.roster.standing.items() if i in self.open})
        negotiation = Negotiation(market, self._over, lambda: self._note_clear(market))
        negotiation.at_length(self._missing(market.placed))
        self._clear(market)
        self._add_up()
        self._alternate(market, negotiation)

    def _alternate(self, market: Market, negotiation: Negotiation) -> None:
        """Betters the plan and the bound by turns: a step of the bound weighs every program once."""
        dual = Dual(market, self.open)
        settled = sum(cost for i, (_, cost) in self.roster.standing.items() if i not in self.open)
        spent = self.roster.solves
        while not self._over():
            if self.roster.solves - spent >= _BETWEEN_BOUNDS * len(self.open):
                self.bound = max(self.bound, settled + dual.step(self.best_cost - settled))
                spent = self.roster.solves
            self._better_some(market, negotiation)

    def _clear(self, market: Market) -> None:
        """Takes out who is in the way, and notes what then stands."""
        market.thin_out()
        settled = {i: each for i, each in self.roster.standing.items() if i not in self.open}
        self._note({**settled, **market.standing()})

    def _note_clear(self, market: Market) -> None:
        """Notes what would stand if those in the way were taken out."""
        placed = dict(market.placed)
        self._clear(market)
        market.restore(placed)

    def _add_up(self) -> None:
        """Adds up what each program costs at least; after a stop the rest counts for nothing."""
        for i in self.open:
            if self.stop():
                return
            self.least[i] = min(self.roster.solve_alone(i).bound, self.roster.problem.weights.unplanned)
            self.bound += self.least[i]

    def _better_some(self, market: Market, negotiation: Negotiation) -> None:
        """Gives some another place, and the others that come into their way; keeps what costs no more."""
        placed, cost = dict(market.placed), self._cost(market)
        unplanned = self.roster.problem.weights.unplanned
        missing = [i for i in self._missing(placed) if self.least[i] < unplanned]
        draw = self.random
        if missing and draw.random() < _AT_LENGTH:
            market.traffic.forget()
            negotiation.at_length(missing)
        elif missing and draw.random() < _TRY_MISSING:
            negotiation.briefly([draw.choice(missing)], draw.choice(_RATES_OF_MISSING), max(_ROUNDS))
        else:
            negotiation.briefly(self._drawn(market), draw.choice(_RATES), draw.choice(_ROUNDS))
        market.thin_out()
        if self._cost(market) > cost:
            market.restore(placed)
        else:
            self._clear(market)

    def _drawn(self, market: Market) -> list[int]:
        """One or two that stand, those more likely that cost much more than they would alone."""
        standing = sorted(market.placed)
        regret = [1 + max(0, market.cost_of(i) - self.least[i]) for i in standing]
        count = self.random.choice((1, 1, 2))
        return list(dict.fromkeys(self.random.choices(standing, regret, k=count))) if standing else []

    def _cost(self, market: Market) -> int:
        """What the open enrollments cost, with all that have no place."""
        missing = len(self.open) - len(market.placed)
        return sum(map(market.cost_of, market.placed)) + missing * self.roster.problem.weights.unplanned
