"""Whether this installation can serve."""

from __future__ import annotations

from coordinator.store import clinics
from coordinator.store.unit_of_work import Work


def clinic_count(work: Work) -> int:
    """How many clinics the database holds; raises what the database raises where it cannot answer."""
    return len(clinics.all_clinics(work))
