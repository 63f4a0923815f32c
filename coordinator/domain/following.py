"""Which visits of a program have to follow when one of them moves, by the days between visits alone.

People and rooms may ask for more: where the visits go, the planner says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from coordinator.domain.clinic_time import Day
from coordinator.domain.protocol import Gap


def following(
    gaps: Iterable[Gap], days: Mapping[str, Day], visit: str, to: Day, fixed: Collection[str] = ()
) -> dict[str, Day]:
    """The visits that cannot stay when `visit` goes to the day `to`, each with the nearest day that the gaps leave it.

    `days` are those of all visits that hold a time, `fixed` the visits that stay whatever comes. A visit that goes
    later pushes others later, one that moves earlier pulls them along; so these are the fewest that the gaps allow.
    """
    gaps = [gap for gap in gaps if gap.before in days and gap.after in days]
    moved = {visit: to}
    for _ in days:
        known = dict(moved)
        for gap in gaps:
            if not moved.keys().isdisjoint((gap.before, gap.after)):
                pushed = _pushed(gap, {**days, **moved}, is_later=to >= days[visit])
                moved.update({name: day for name, day in pushed.items() if name != visit and name not in fixed})
        if moved == known:
            break
    del moved[visit]
    return moved


def _pushed(gap: Gap, days: Mapping[str, Day], *, is_later: bool) -> dict[str, Day]:
    """The one of the two visits that a broken gap pushes, and where to; nothing where the gap is kept."""
    first, second = days[gap.before], days[gap.after]
    if second - first < gap.min_days:
        return {gap.after: first + gap.min_days} if is_later else {gap.before: second - gap.min_days}
    if gap.max_days is not None and second - first > gap.max_days:
        return {gap.before: second - gap.max_days} if is_later else {gap.after: first + gap.max_days}
    return {}
