"""The roadmap of a protocol: on which day each visit falls when everything goes as it ideally should."""

from __future__ import annotations

from collections.abc import Mapping

from coordinator.domain.protocol import Protocol


def ideal_days(protocol: Protocol) -> Mapping[str, int]:
    """Days from the program's first visit, by visit id: as early as the ideal (else least) gaps allow.

    Gaps that go round in a circle are followed once.
    """
    days = dict.fromkeys((visit.id for visit in protocol.visits), 0)
    for _ in protocol.visits:
        before = dict(days)
        for gap in protocol.gaps:
            step = gap.ideal_days if gap.ideal_days is not None else gap.min_days
            days[gap.after] = max(days[gap.after], days[gap.before] + step)
        if days == before:
            break
    first = min(days.values(), default=0)
    return {visit: day - first for visit, day in days.items()}
