"""Proposals, and the planning jobs that make them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow


class PlanningJobRecord(ClinicRow, Base):
    """Work for the planner. `status`: queued, running, done, canceled, failed.

    `request` names the enrollments ({"enrollments": [id, …]}), and the event (see domain.events) where they are to be
    repaired; `kind` stands there only in work that leads to no proposal (outlook, what-if). `progress` is what the page
    shows ({"planned", "enrollments", "cost", "bound", "share", "steps"}, where a step is the seconds, programs planned
    and cost of one better plan); `leased_until` passes when the worker died.
    """

    __tablename__ = "planning_jobs"

    status: Mapped[str] = mapped_column(default="queued", index=True)
    request: Mapped[dict[str, Any]]
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    leased_by: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(default="")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ProposalRecord(ClinicRow, Base):
    """A plan not yet published. `status`: open, published, discarded, expired. `plan` is a kap-plan/1.

    `clinic_revision` is the clinic's when the snapshot was taken. `reasons` explains each penalty in words. Of a repair
    `detail` has the event, and as `previous` the visits as they stood when it was made.
    """

    __tablename__ = "proposals"

    job_id: Mapped[int | None] = mapped_column(ForeignKey("planning_jobs.id"))
    status: Mapped[str] = mapped_column(default="open")
    enrollments: Mapped[list[Any]]
    plan: Mapped[dict[str, Any]]
    reasons: Mapped[list[Any]] = mapped_column(JSON, default=list)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    clinic_revision: Mapped[int]
    held_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
