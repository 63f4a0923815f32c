"""The integration that each dosing visit is to be followed by, and until the end of which day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coordinator.domain.clinic_time import Day
from coordinator.domain.protocol import Protocol

TOOK_PLACE = frozenset({"attended", "stopped_early"})


@dataclass(frozen=True, slots=True)
class Held:
    """An attempt that holds its time: `is_excused` where somebody gave leave to break its gap."""

    id: int
    day: Day
    status: str
    is_excused: bool = False


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A dosing visit that took place, and its integration: `held` None has no time. `first` and `last` are its days."""

    dosing: str
    dosing_id: int
    integration: str
    first: Day
    last: Day
    held: Held | None

    @property
    def is_done(self) -> bool:
        """Whether the integration took place."""
        return self.held is not None and self.held.status in TOOK_PLACE

    @property
    def is_amiss(self) -> bool:
        """Whether it has no time inside its window, and nobody gave leave for that."""
        if self.held is None:
            return True
        return not (self.is_done or self.held.is_excused or self.first <= self.held.day <= self.last)


def follow_ups(protocol: Protocol, held: Mapping[str, Held]) -> Iterator[FollowUp]:
    """What follows each dosing visit that took place, where the protocol says until when."""
    kinds = {visit.id: visit.kind for visit in protocol.visits}
    for gap in protocol.gaps:
        dosing = held.get(gap.before)
        if (kinds[gap.before], kinds[gap.after]) != ("dosing", "integration") or gap.max_days is None:
            continue
        if dosing is not None and dosing.status in TOOK_PLACE:
            first, last = dosing.day + gap.min_days, dosing.day + gap.max_days
            yield FollowUp(gap.before, dosing.id, gap.after, first, last, held.get(gap.after))
