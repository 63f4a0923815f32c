"""The desk: what all that writes visits in one transaction shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import Minute, from_utc, zone_named
from coordinator.domain.snapshot import Snapshot
from coordinator.store import clinics
from coordinator.store import snapshot as snapshots
from coordinator.store.snapshot import Near
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_writing import Touched

LOOKS_BACK = timedelta(days=8)
"""Visits of programs that are over still count in the limits of the week that they lie in."""


@dataclass(slots=True)
class Desk:
    """What the changes of one transaction share."""

    work: Work
    actor: Actor
    now: datetime
    snapshot: Snapshot
    zone: ZoneInfo
    touched: Touched = field(default_factory=Touched)

    @property
    def minute(self) -> Minute:
        """Now, by the clinic's wall clock."""
        return from_utc(self.now, self.zone)


def read_desk(work: Work, actor: Actor, now: datetime, near: Near | None = None) -> Desk:
    """The clinic as it is, not locked: to look, and for what changes no visit. Raises NotFound.

    With `near`, only the visits that can matter to one program on some days.
    """
    snapshot = snapshots.load(work, actor.clinic_id, since=now - LOOKS_BACK, near=near)
    return Desk(work, actor, now, snapshot, zone_named(snapshot.clinic.timezone))


def open_desk(work: Work, actor: Actor, now: datetime) -> Desk:
    """Locks the clinic and loads it afresh; raises NotFound."""
    clinic = clinics.lock(work, actor.clinic_id)
    snapshot = snapshots.load(work, clinic.id, since=now - LOOKS_BACK)
    return Desk(work, actor, now, snapshot, zone_named(clinic.timezone))
