"""The gaps of a program between visits that are still free: order, chains, windows of days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from coordinator.domain.protocol import Gap
from coordinator.planner.native import FAR, Ints

_MINUTES = 1440
MOST_REMEMBERED = 3
"""How many earlier visits a chain may remember at once: the more, the better the bound and the larger the graph."""


@dataclass(frozen=True, slots=True)
class Link:
    """A gap between two free visits (numbers): days from `before` to `after`, minutes from end to start."""

    before: int
    after: int
    low: int
    high: int = FAR
    ideal: int = FAR
    least: int = -FAR
    most: int = FAR
    ordered: bool = True

    @property
    def timed(self) -> bool:
        """Whether minutes can matter between visits of different days."""
        return (self.least > 0 or self.most < FAR) and self.high > 0

    @property
    def bare(self) -> bool:
        """Whether it only asks for an order and a least number of days."""
        return self.high >= FAR and self.ideal >= FAR and not self.timed and self.ordered


def link_of(gap: Gap, before: int, after: int, one_a_day: bool) -> Link:
    """The link that a gap makes; days are tightened by what the minutes imply."""
    ordered = gap.min_days >= 0 or (gap.min_minutes is not None and gap.min_minutes >= 0)
    low, high = gap.min_days, FAR if gap.max_days is None else gap.max_days
    if ordered:
        low = max(low, 1 if one_a_day else 0)
    if gap.min_minutes is not None:
        low = max(low, -((_MINUTES - gap.min_minutes) // _MINUTES))
    if gap.max_minutes is not None:
        high = min(high, (gap.max_minutes + _MINUTES) // _MINUTES)
    least = -FAR if gap.min_minutes is None else gap.min_minutes
    if gap.min_days >= 0:
        least = max(least, 0)
    most = FAR if gap.max_minutes is None else gap.max_minutes
    return Link(before, after, low, high, FAR if gap.ideal_days is None else gap.ideal_days, least, most, ordered)


def follows(links: Sequence[Link], visits: int) -> Ints:
    """follows[a, b]: the least days from a to b where a must come before b, directly or through others; else -FAR."""
    table = np.full((visits, visits), -FAR, np.int64)
    for each in links:
        if each.ordered:
            table[each.before, each.after] = max(table[each.before, each.after], each.low)
    for via in range(visits):
        through = table[:, via, None] + table[None, via, :]
        through[(table[:, via, None] <= -FAR) | (table[None, via, :] <= -FAR)] = -FAR
        np.maximum(table, through, out=table)
    return table


def needed_links(links: Sequence[Link], order: Ints) -> list[Link]:
    """The links without those that others imply."""
    return [each for each in links if not (each.bare and _implied(each, order))]


def _implied(link: Link, order: Ints) -> bool:
    via = (order[link.before] > -FAR) & (order[:, link.after] > -FAR)
    days = order[link.before] + order[:, link.after]
    return bool(np.any(via & (days >= link.low)))


def chains_of(links: Sequence[Link], order: Ints) -> list[list[int]]:
    """Splits the visits into few chains, in each of which every visit must follow the one before."""
    direct = {(each.before, each.after) for each in links}
    chains: list[list[int]] = []
    for visit in _in_order(order):
        fitting = [chain for chain in chains if order[chain[-1], visit] > -FAR]
        if fitting:
            best = max(fitting, key=lambda chain: ((chain[-1], visit) in direct, int(order[chain[-1], visit])))
            best.append(visit)
        else:
            chains.append([visit])
    return chains


def _in_order(order: Ints) -> list[int]:
    """The visits so that each comes after all it must follow; where free, as the protocol lists them."""
    before = [set(np.flatnonzero(order[:, v] > -FAR).tolist()) - {v} for v in range(len(order))]
    left, done = list(range(len(order))), []
    while left:
        ready = next((v for v in left if not before[v] & set(left)), left[0])
        left.remove(ready)
        done.append(ready)
    return done


def tighten(first: Ints, last: Ints, links: Sequence[Link]) -> None:
    """Narrows the windows of days by the links, in place, until nothing changes or a window is empty."""
    low, high = first.tolist(), last.tolist()
    bounds = [(each.before, each.after, each.low, each.high) for each in links]
    for _ in range(len(low) + 1):
        if not _narrowed(low, high, bounds) or any(a > b for a, b in zip(low, high, strict=True)):
            break
    first[:], last[:] = low, high


def _narrowed(first: list[int], last: list[int], bounds: Sequence[tuple[int, int, int, int]]) -> bool:
    """One round; whether anything changed."""
    changed = False
    for a, b, low, high in bounds:
        if first[a] + low > first[b]:
            first[b], changed = first[a] + low, True
        if last[b] - low < last[a]:
            last[a], changed = last[b] - low, True
        if last[a] + high < last[b]:
            last[b], changed = last[a] + high, True
        if first[b] - high > first[a]:
            first[a], changed = first[b] - high, True
    return changed


def split_links(
    links: Sequence[Link], chains: Sequence[Sequence[int]], order: Ints, remembered: int
) -> tuple[list[Link], list[Link]]:
    """(links inside a chain, links across): across also what would make a chain remember too many visits at once."""
    chain_of = {visit: c for c, chain in enumerate(chains) for visit in chain}
    place = {visit: k for chain in chains for k, visit in enumerate(chain)}
    inside = [each for each in links if chain_of[each.before] == chain_of[each.after]]
    across = [each for each in links if chain_of[each.before] != chain_of[each.after]]
    pairs = {(each.before, each.after) for each in inside}
    for chain in chains:
        for a, b in pairwise(chain):
            if (a, b) not in pairs:
                inside.append(Link(a, b, int(order[a, b])))
    for chain in chains:
        while (crowded := _crowded(chain, inside, place, remembered)) is not None:
            inside.remove(crowded)
            across.append(crowded)
    return inside, across


def _crowded(chain: Sequence[int], inside: Sequence[Link], place: dict[int, int], remembered: int) -> Link | None:
    """The longest link at a place of the chain where too many visits must be remembered."""
    members = set(chain)
    mine = [each for each in inside if each.before in members]
    spans = [sorted((place[each.before], place[each.after])) for each in mine]
    last: dict[int, int] = {}
    for start, end in spans:
        last[start] = max(last.get(start, 0), end)
    for k in range(1, len(chain)):
        if sum(1 for start, end in last.items() if start < k <= end) > remembered:
            there = [each for each, (start, end) in zip(mine, spans, strict=True) if start < k <= end]
            return max(there, key=lambda e: (abs(place[e.after] - place[e.before]), e.before, e.after))
    return None


def reversed_link(link: Link) -> Link:
    """The same link seen from its second visit (days only)."""
    high = FAR if link.low <= -FAR else -link.low
    low = -FAR if link.high >= FAR else -link.high
    return replace(
        link, before=link.after, after=link.before, low=low, high=high,
        ideal=FAR if link.ideal >= FAR else -link.ideal, least=-FAR, most=FAR,
    )  # fmt: skip
