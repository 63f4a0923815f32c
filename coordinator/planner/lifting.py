"""Finds the smallest sets of changes that make an enrollment plannable, each tried before it is offered.

Changes are lifted in groups: where a whole group together does not help, none of it does alone, and it is put aside at
once; where it does, it is halved. So a few dozen trials tell which of several hundred things matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations_with_replacement

from coordinator.domain.schedule import PatchOperation, Problem, Relaxation
from coordinator.planner.changes import Change, Effect

Feasible = Callable[[Problem], bool]
Lifted = tuple[Change, int]
"""A change and its steps."""

_GAPS_AT_ONCE, _OTHERS_AT_ONCE = 8, 40
_PAIR_CAPS = (1, 3, 1000)


class Lifting:
    """The changes that may be lifted for one enrollment, and what was tried."""

    def __init__(self, problem: Problem, changes: Sequence[Change], feasible: Feasible, trials: int) -> None:
        self.problem, self.changes = problem, changes
        self._feasible, self.left = feasible, trials
        self._known: dict[frozenset[tuple[str, int]], bool] = {}

    def helps(self, lifted: Sequence[Lifted]) -> bool:
        """Whether the enrollment can be planned with these changes; False also when the trials are used up."""
        key = frozenset((change.path, steps) for change, steps in lifted)
        if key not in self._known:
            if self.left <= 0:
                return False
            self.left -= 1
            problem = self.problem
            for change, steps in lifted:
                problem = change.apply(problem, steps).problem
            self._known[key] = self._feasible(problem)
        return self._known[key]

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
        if not self.helps([(each, each.most) for each in group]):
            return
        if len(group) == 1:
            yield group[0]
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
            found = []
            groups = self._groups(cap)
            for a, b in combinations_with_replacement(range(len(groups)), 2):
                for pair in self._useful_pairs(groups[a], groups[b], cap):
                    found.append(self._least_pair(pair, cap))
                    if len(found) >= 4 * most:
                        break
            if found:
                return sorted(set(found), key=size)[:most]
        return []

    def _useful_pairs(self, a: Sequence[Change], b: Sequence[Change], cap: int) -> Iterator[tuple[Change, Change]]:
        both = [*a, *(each for each in b if each not in a)]
        if not self.helps([(each, min(cap, each.most)) for each in both]):
            return
        if len(a) == 1 and len(b) == 1:
            if a[0] is not b[0]:
                yield a[0], b[0]
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

    def relaxation(self, lifted: Sequence[Lifted]) -> Relaxation:
        """Changes as a relaxation: words and a patch."""
        effects: list[Effect] = []
        problem = self.problem
        for change, steps in sorted(lifted, key=lambda each: each[0].path, reverse=True):
            effects.append(change.apply(problem, steps))
            problem = effects[-1].problem
        return Relaxation(" ".join(effect.text for effect in reversed(effects)), _patch(effects))


def _patch(effects: Sequence[Effect]) -> tuple[PatchOperation, ...]:
    """The operations, later places of a list first, so that the paths of all stay right."""
    return tuple(effect.operation for effect in effects)


def size(lifted: Sequence[Lifted]) -> tuple[int, int, list[str]]:
    """What makes one set of changes smaller than another: operations, steps, then paths."""
    return len(lifted), sum(steps for _, steps in lifted), [change.path for change, _ in lifted]


def _cut(changes: Sequence[Change], most: int) -> list[list[Change]]:
    return [list(changes[i : i + most]) for i in range(0, len(changes), most)]
