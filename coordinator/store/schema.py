"""All tables, gathered for migrations and tests."""

from __future__ import annotations

from coordinator.store import (
    accounts,
    audit,
    busy,
    care_team,
    claims,
    clinics,
    contact_choices,
    contacts,
    emergencies,
    enrollments,
    feeds,
    gates,
    invitations,
    notes,
    notice_changes,
    notices,
    outlooks,
    passkeys,
    patient_answers,
    patients,
    proposals,
    protocols,
    publications,
    resources,
    rooms,
    staff,
    swaps,
    users,
    visit_steps,
    visits,
)
from coordinator.store.base import Base
from coordinator.store.drafts import DraftEditRecord
from coordinator.store.schedule_views import ScheduleViewRecord

FEATURES = (
    accounts,
    audit,
    busy,
    care_team,
    claims,
    clinics,
    contact_choices,
    contacts,
    emergencies,
    enrollments,
    feeds,
    invitations,
    gates,
    notes,
    notice_changes,
    notices,
    outlooks,
    passkeys,
    patient_answers,
    patients,
    proposals,
    protocols,
    publications,
    resources,
    rooms,
    staff,
    swaps,
    users,
    visit_steps,
    visits,
)
OF_THE_SCHEDULE = DraftEditRecord, ScheduleViewRecord
METADATA = Base.metadata
