"""Many enrollments together: insert one by one, push in what does not fit, then take out and put back better."""

from __future__ import annotations

import random
from collections.abc import Callable

from coordinator.planner.before import still_standing
from coordinator.planner.native import FAR
from coordinator.planner.roster import Roster, Standing
from coordinator.planner.run import Effort

_QUICK = Effort(beam=30, labels=0)
_MOST_WORSE, _EJECT, _INSIST = 3, 0.6, 0.25
_PRICE, _PRICE_OF_VISIT = 50, 5


class Improver:
    """A search over rosters. `best` is the cheapest standing found, `bound` what any plan costs at least.

    `open` are the enrollments with visits to place; the others stand as they are.
    """

    def __init__(
        self, roster: Roster, seed: int, work: int | None, stop: Callable[[], bool], better: Callable[[Standing], None]
    ) -> None:
        self.roster, self.stop, self.better = roster, stop, better
        self.random = random.Random(seed)
        self.open = [i for i in range(len(roster.enrollments)) if roster.to_place(i)]
        self.work = work if work is not None else 400 + 80 * len(self.open)
        self.best: Standing = {}
        self.best_cost = FAR
        self.bound: int = 0
        self.alone = [0] * len(roster.enrollments)
        self.ejected = [0] * len(roster.enrollments)

    def run(self) -> None:
        """What stands already; then the best place of a single program, or the search among several."""
        for i in range(len(self.roster.enrollments)):
            if i not in self.open and self._fits(i):
                self.bound += self.roster.standing[i][1]
        if len(self.open) <= 1:
            self._settle()
            return
        self._start()
        self._note()
        for _ in self.open:
            if self._missing() and not self._over():
                self._eject()
        self._bound()
        while not self._over():
            missing = bool(self._missing())
            if missing and self.random.random() < _EJECT:
                self._eject()
            elif not missing and self.random.random() < _INSIST:
                self._insist()
            else:
                self._again()

    def _over(self) -> bool:
        return self.stop() or self.roster.solves >= self.work or self.best_cost <= self.bound

    def _missing(self) -> list[int]:
        """The enrollments that are not planned and have visits to place."""
        return [i for i in self.open if i not in self.roster.standing]

    def _settle(self) -> None:
        """Where at most one enrollment has visits to place, its best place beside all the others is the best plan."""
        roster, unplanned = self.roster, self.roster.problem.weights.unplanned
        for i in self.open:
            answer = roster.solve(i)
            self.bound += min(answer.bound, unplanned)
            if answer.visits is not None and answer.cost < unplanned:
                roster.put(i, answer.visits, answer.cost)
        self._note()

    def _bound(self) -> None:
        """Adds up what each program costs at least; after a stop the rest counts for nothing."""
        for i in self.open:
            if self.stop():
                return
            self.alone[i] = min(self.roster.solve_alone(i).bound, self.roster.problem.weights.unplanned)
            self.bound += self.alone[i]

    def _start(self) -> None:
        """Who stood before and still can, stands again; the others follow, long programs first."""
        roster = self.roster
        for i, visits in still_standing(roster.problem).items():
            if i in self.open:
                roster.put(i, visits, roster.cost_of(i, visits))
        for i in sorted(self._missing(), key=lambda i: (-roster.to_place(i), i)):
            if not self.stop():
                self._fits(i)

    def _note(self) -> None:
        cost = self.roster.cost
        if cost < self.best_cost:
            self.best, self.best_cost = self.roster.snapshot(), cost
            self.better(self.best)

    def _eject(self) -> None:
        """Pushes in one enrollment that does not stand, then tries to put back those that had to go."""
        roster = self.roster
        if len(roster.missing()) > len(roster.enrollments) - len(self.best) + _MOST_WORSE:
            roster.restore(self.best)
        i = self.random.choice(self._missing())
        if self._fits(i):
            self._note()
            return
        self.ejected[i] += 1
        price = {j: self._price(j) for j in range(len(roster.enrollments))}
        gone = roster.push_in(i, price, _QUICK)
        for j in sorted(gone or [], key=lambda j: -roster.to_place(j)):
            self._fits(j)
        self._note()

    def _fits(self, i: int) -> bool:
        """Lets an enrollment stand if there is a place for it beside the others."""
        answer = self.roster.solve(i, effort=_QUICK)
        if answer.visits is None:
            return False
        self.roster.put(i, answer.visits, answer.cost)
        return True

    def _price(self, i: int) -> int:
        """What it costs to take a place from an enrollment: more for long ones, and the more often it was sent away."""
        return (_PRICE + _PRICE_OF_VISIT * self.roster.to_place(i)) * (1 + self.ejected[i])

    def _again(self) -> None:
        """Takes a few out and puts them back otherwise, one that does not stand first; keeps what is no worse."""
        roster = self.roster
        before, cost = roster.snapshot(), roster.cost
        standing = [i for i in self.open if i in roster.standing]
        some = self.random.sample(standing, min(self.random.choice((1, 2, 2, 3)), len(standing)))
        missing = self._missing()
        for i in some:
            roster.take(i)
        for i in ([self.random.choice(missing)] if missing else []) + some:
            self._fits(i)
        if roster.cost > cost:
            roster.restore(before)
        self._note()

    def _insist(self) -> None:
        """Gives one enrollment a place nearer to its best, at others' cost; keeps what is no worse."""
        roster = self.roster
        before, cost = roster.snapshot(), roster.cost
        standing = [i for i in self.open if i in roster.standing]
        regret = [roster.standing[i][1] - self.alone[i] for i in standing]
        if not any(each > 0 for each in regret):
            self._again()
            return
        (i,) = self.random.choices(standing, regret)
        roster.take(i)
        price = dict.fromkeys(range(len(roster.enrollments)), self.random.choice((5, 20, 60)))
        gone = roster.push_in(i, price, _QUICK)
        for j in self.random.sample(gone or [], len(gone or [])):
            self._fits(j)
        if roster.cost > cost:
            roster.restore(before)
        self._note()
