"""Gaps of a protocol that no calendar can keep together, whoever works when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from coordinator.domain.protocol import Gap, Protocol


@dataclass(frozen=True, slots=True)
class _Edge:
    """`after` comes at least `least` later than `before`, as the gap of that index says."""

    before: str
    after: str
    least: int
    gap: int


def contradiction(protocol: Protocol) -> tuple[int, ...]:
    """The indices of gaps that contradict each other, from one to the next; none where all can be kept.

    Gaps that name visits which are not there are left aside.
    """
    visits = [visit.id for visit in protocol.visits]
    known = set(visits)
    gaps = [(at, gap) for at, gap in enumerate(protocol.gaps) if {gap.before, gap.after} <= known]
    order = [_Edge(gap.before, gap.after, 1, at) for at, gap in gaps if _keeps_order(gap)]
    return _circle(visits, order) or _circle(visits, list(_in_days(gaps)))


def _keeps_order(gap: Gap) -> bool:
    return gap.min_days >= 0 or (gap.min_minutes is not None and gap.min_minutes >= 0)


def _in_days(gaps: Iterable[tuple[int, Gap]]) -> Iterator[_Edge]:
    for at, gap in gaps:
        yield _Edge(gap.before, gap.after, gap.min_days, at)
        if gap.max_days is not None:
            yield _Edge(gap.after, gap.before, -gap.max_days, at)


def _circle(visits: list[str], edges: list[_Edge]) -> tuple[int, ...]:
    """The gaps of a circle that leads back to its visit later than it left: Bellman and Ford, for longest ways."""
    latest = dict.fromkeys(visits, 0)
    by: dict[str, _Edge] = {}
    moved = ""
    for _ in visits:
        moved = ""
        for edge in edges:
            if latest[edge.before] + edge.least > latest[edge.after]:
                latest[edge.after] = latest[edge.before] + edge.least
                by[edge.after] = edge
                moved = edge.after
        if not moved:
            return ()
    for _ in visits:
        moved = by[moved].before  # now it surely stands on the circle
    found, at = [by[moved]], by[moved].before
    while at != moved:
        found.append(by[at])
        at = by[at].before
    return tuple(dict.fromkeys(edge.gap for edge in reversed(found)))
