"""All tables, gathered for migrations and tests."""

from __future__ import annotations

from coordinator.store import (
    audit,
    claims,
    clinics,
    enrollments,
    feeds,
    gates,
    notice_changes,
    notices,
    patients,
    proposals,
    protocols,
    publications,
    resources,
    rooms,
    staff,
    swaps,
    users,
    visits,
)
from coordinator.store.base import Base

FEATURES = (
    audit, claims, clinics, enrollments, feeds, gates, notice_changes, notices, patients, proposals, protocols,
    publications, resources, rooms, staff, users, visits,
    audit, claims, clinics, enrollments, feeds, notice_changes, notices, patients, proposals, protocols,
    publications, resources, rooms, staff, swaps, users, visits,
)  # fmt: skip
METADATA = Base.metadata
