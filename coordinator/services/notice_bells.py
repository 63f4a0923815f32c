"""The bell on a visit: how many messages about it there are, and how they fare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coordinator.domain.actor import Actor
from coordinator.store import notice_log
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Bell:
    """Messages about a visit; `amiss` failed, expired or are uncertain. Those that were withdrawn do not count."""

    sent: int
    waiting: int
    amiss: int

    @property
    def total(self) -> int:
        """How many there are."""
        return self.sent + self.waiting + self.amiss

    @property
    def words(self) -> str:
        """How they fare: “1 to look at, 2 sent”."""
        parts = ((self.amiss, "to look at"), (self.sent, "sent"), (self.waiting, "to come"))
        return ", ".join(f"{number} {words}" for number, words in parts if number)


def of_visits(work: Work, actor: Actor, visit_ids: Iterable[int]) -> dict[int, Bell]:
    """The bell of each visit that has messages; visits of another clinic have none."""
    found = notice_log.counts_by_visit(work, actor.clinic_id, list(visit_ids))
    return {visit_id: bell(counts) for visit_id, counts in found.items()}


def bell(counts: Mapping[str, int]) -> Bell:
    """The bell of so many messages in each status."""
    return Bell(
        sent=counts.get("sent", 0),
        waiting=counts.get("queued", 0) + counts.get("leased", 0),
        amiss=counts.get("failed", 0) + counts.get("uncertain", 0) + counts.get("expired", 0),
    )
