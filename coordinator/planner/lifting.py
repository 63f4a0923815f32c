"""Finds the smallest sets of changes that make an enrollment plannable, each tried before it is offered.

Changes are lifted in groups: where a whole group together does not help, none of it does alone, and it is put aside at
once; where it does, it is halved. So a few dozen trials tell which of several hundred things matter, and a few hundred
which pairs. Where no pair helps, all that helps together is cut down, in several orders, to sets of which nothing can
be spared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations_with_replacement

from coordinator.domain.schedule import PatchOperation, Problem, Relaxation
from coordinator.planner.changes import Change, Effect

Feasible = Callable[[Problem], bool | None]
"""Whether a variant has a plan; None where that is not known."""
Lifted = tuple[Change, int]
"""A change and its steps."""

_GAPS_AT_ONCE, _OTHERS_AT_ONCE = 8, 40
_PAIR_CAPS = (1, 3, 10, 1000)
_ENOUGH_PAIRS = 40
_MOST_CHANGES = 6


class Lifting:
    """The changes that may be lifted for one enrollment, and what was tried; `left` is how many trials remain."""

    def __init__(self, problem: Problem, changes: Sequence[Change], feasible: Feasible, trials: int) -> None:
        self.problem, self.changes = problem, changes
        self._feasible, self.left = feasible, trials
        self._known: dict[frozenset[tuple[str, int]], bool | None] = {}
        self._steps: list[tuple[tuple[str, int], Problem]] = []

    def helps(self, lifted: Sequence[Lifted]) -> bool:
        """Whether the enrollment can certainly be planned with these changes."""
        return bool(self._outcome(lifted))

    def _hopeless(self, lifted: Sequence[Lifted]) -> bool:
        """Whether it certainly cannot."""
        return self._outcome(lifted) is False

    def _outcome(self, lifted: Sequence[Lifted]) -> bool | None:
        """Whether it can; None where that is not known, also when the trials are used up."""
        key = frozenset(map(_name, lifted))
        if key not in self._known:
            if self.left <= 0:
                return None
            self.left -= 1
            self._known[key] = self._feasible(self._applied(lifted))
        return self._known[key]

    def _applied(self, lifted: Sequence[Lifted]) -> Problem:
        """The problem with these changes; what the last question began with in the same way is not applied again."""
        same = 0
        while same < min(len(lifted), len(self._steps)) and self._steps[same][0] == _name(lifted[same]):
            same += 1
        del self._steps[same:]
        problem = self._steps[-1][1] if self._steps else self.problem
        for change, steps in lifted[same:]:
            problem = change.apply(problem, steps).problem
            self._steps.append((_name((change, steps)), problem))
        return problem

    def singles(self, most: int) -> list[tuple[Lifted, ...]]:
        """Single changes that help, with the fewest steps each, smallest first."""
        useful = [change for group in self._groups(None) for change in self._useful(group)]
        found: list[tuple[Lifted, ...]] = []
        for change in sorted(useful, key=lambda each: each.most):
            worst = found[most - 1][0][1] if len(found) >= most else change.most
            cap = min(worst, change.most)
            if cap < change.most and not self.helps([(change, cap)]):
                continue
            found.append(((change, self._fewest((), change, cap)),))
            found.sort(key=size)
        return found[:most]

    def _groups(self, cap: int | None) -> list[list[Change]]:
        """The changes by kind, in groups that may be tried together."""
        wide = 1 if cap is None else 2
        gaps = [each for each in self.changes if each.kind == "gap"]
        others = [each for each in self.changes if each.kind != "gap"]
        return [*_cut(gaps, _GAPS_AT_ONCE * wide), *_cut(others, _OTHERS_AT_ONCE * wide)]

    def _useful(self, group: Sequence[Change]) -> Iterator[Change]:
        lifted = [(each, each.most) for each in group]
        if len(group) == 1:
            yield from (each for each in group if self.helps(lifted))
            return
        if self.left <= 0 or self._hopeless(lifted):
            return
        half = len(group) // 2
        yield from self._useful(group[:half])
        yield from self._useful(group[half:])

    def _fewest(self, others: Sequence[Lifted], change: Change, most: int) -> int:
        """The fewest steps of a change that help beside others; `most` do."""
        low, high = 1, most
        while low < high:
            middle = (low + high) // 2
            if self.helps([*others, (change, middle)]):
                high = middle
            else:
                low = middle + 1
        return low

    def pairs(self, most: int) -> list[tuple[Lifted, ...]]:
        """Pairs of changes that help, smallest first; changes of few steps are tried before those of many."""
        for cap in _PAIR_CAPS:
            found = self._pairs_up_to(cap)
            if found:
                best = sum(steps for _, steps in found[0])
                if best - 1 > cap:  # a change of one step beside one of more than the cap may be smaller still
                    found = self._pairs_up_to(best - 2) or found
                return found[:most]
        return []

    def _pairs_up_to(self, cap: int) -> list[tuple[Lifted, ...]]:
        found: set[tuple[Lifted, ...]] = set()
        groups = self._groups(cap)
        for a, b in combinations_with_replacement(range(len(groups)), 2):
            for pair in self._useful_pairs(groups[a], groups[b], cap):
                found.add(self._least_pair(pair, cap))
            if len(found) >= _ENOUGH_PAIRS:
                break
        return sorted(found, key=size)

    def _useful_pairs(self, a: Sequence[Change], b: Sequence[Change], cap: int) -> Iterator[tuple[Change, Change]]:
        both = [*a] if a == b else [*b, *a]
        lifted = [(each, min(cap, each.most)) for each in both]
        if len(a) == 1 and len(b) == 1:
            if a[0] is not b[0] and self.helps(lifted):
                yield a[0], b[0]
            return
        if self.left <= 0 or self._hopeless(lifted):
            return
        if a == b:
            half = len(a) // 2
            yield from self._useful_pairs(a[:half], a[:half], cap)
            yield from self._useful_pairs(a[:half], a[half:], cap)
            yield from self._useful_pairs(a[half:], a[half:], cap)
            return
        long, short = (a, b) if len(a) >= len(b) else (b, a)
        half = len(long) // 2
        yield from self._useful_pairs(long[:half], short, cap)
        yield from self._useful_pairs(long[half:], short, cap)

    def _least_pair(self, pair: tuple[Change, Change], cap: int) -> tuple[Lifted, ...]:
        """The pair with the fewest steps in all."""
        a, b = pair
        most_b = min(cap, b.most)
        best: tuple[int, int] | None = None
        for steps in range(1, min(cap, a.most) + 1):
            if best is not None and steps + 1 >= sum(best):
                break
            if self.helps([(a, steps), (b, most_b)]):
                found = steps, self._fewest([(a, steps)], b, most_b)
                if best is None or sum(found) < sum(best):
                    best = found
        first, second = best or (min(cap, a.most), most_b)
        return tuple(sorted(((a, first), (b, second)), key=lambda each: each[0].path))

    def sets(self, most: int) -> list[tuple[Lifted, ...]]:
        """Sets of several changes that help and of which nothing can be spared, smallest first.

        There may be smaller ones that were not looked at, but not of two changes where `pairs` found none.
        """
        kinds = [[each for each in self.changes if each.kind == kind] for kind in self._kinds()]
        gaps = _cut([each for each in self.changes if each.kind == "gap"], _GAPS_AT_ONCE)
        found: set[tuple[Lifted, ...]] = set()
        for turn in range(len(kinds)):
            some = self._sufficient([*kinds[turn:], *kinds[:turn], *gaps])
            if some:
                found.add(self._least_set(some))
        fewest = min((len(each) for each in found), default=0)
        return sorted((each for each in found if len(each) <= fewest + 1), key=size)[:most]

    def _kinds(self) -> list[str]:
        """The kinds of changes but gaps: with many gaps lifted, it takes long to tell whether there is a plan."""
        return [kind for kind in dict.fromkeys(each.kind for each in self.changes) if kind != "gap"]

    def _sufficient(self, blocks: list[list[Change]]) -> list[Change]:
        """A few changes that help together, of which none can be left out; those of later blocks are left out first."""
        needed: list[Change] = []
        pool: list[Change] = []
        for block in blocks:
            pool += block
            if self._helps_whole(pool):
                break
        else:
            return []
        while not self._helps_whole(needed):
            low, high = 0, len(pool) - 1  # the shortest head of the pool that helps beside what is needed
            while low < high:
                middle = (low + high) // 2
                if self._helps_whole([*needed, *pool[: middle + 1]]):
                    high = middle
                else:
                    low = middle + 1
            needed.append(pool[low])
            pool = pool[:low]
            if len(needed) > _MOST_CHANGES or self.left <= 0:
                return []
        return needed

    def _helps_whole(self, changes: Sequence[Change]) -> bool:
        return bool(changes) and self.helps([(each, each.most) for each in changes])

    def _least_set(self, changes: Sequence[Change]) -> tuple[Lifted, ...]:
        """The changes with so few steps that none would do with one less."""
        lifted = [(each, each.most) for each in changes]
        for at, (change, most) in enumerate(lifted):
            lifted[at] = change, self._fewest([*lifted[:at], *lifted[at + 1 :]], change, most)
        return tuple(sorted(lifted, key=lambda each: each[0].path))

    def relaxation(self, lifted: Sequence[Lifted]) -> Relaxation:
        """Changes as a relaxation: words and a patch."""
        effects: list[Effect] = []
        problem = self.problem
        for change, steps in sorted(lifted, key=lambda each: each[0].path, reverse=True):
            effects.append(change.apply(problem, steps))
            problem = effects[-1].problem
        return Relaxation(" ".join(effect.text for effect in reversed(effects)), _patch(effects))


def _name(lifted: Lifted) -> tuple[str, int]:
    return lifted[0].path, lifted[1]


def _patch(effects: Sequence[Effect]) -> tuple[PatchOperation, ...]:
    """The operations, later places of a list first, so that the paths of all stay right."""
    return tuple(effect.operation for effect in effects)


def size(lifted: Sequence[Lifted]) -> tuple[int, int, list[str]]:
    """What makes one set of changes smaller than another: operations, steps, then paths."""
    return len(lifted), sum(steps for _, steps in lifted), [change.path for change, _ in lifted]


def _cut(changes: Sequence[Change], most: int) -> list[list[Change]]:
    return [list(changes[i : i + most]) for i in range(0, len(changes), most)]
