"""Planning jobs as the worker sees them: leased, kept alive by progress, taken over when a worker died."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.engine import CursorResult

from coordinator.store.proposals import PlanningJobRecord, ProposalRecord
from coordinator.store.unit_of_work import Work

WHAT_IF = "what-if"
"""What a request calls a study of the clinic with a little more; it leads to no proposal."""
FIT = "fit"
"""What a request calls the question whether a protocol fits the clinic; it leads to no proposal either."""


@dataclass(frozen=True, slots=True)
class LeasedJob:
    """A job that this worker holds. `tries` counts this one; `request` is what was asked for."""

    id: int
    clinic_id: int
    enrollments: tuple[int, ...]
    tries: int
    request: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewProposal:
    """What a job came to, to be stored: a kap-plan/1, its penalties, and what kind of proposal it is beyond that."""

    plan: dict[str, Any]
    reasons: list[dict[str, Any]]
    clinic_revision: int
    detail: dict[str, Any]


def waiting(work: Work, now: datetime) -> bool:
    """Whether there is a job to lease; reading alone, so that asking often disturbs nobody."""
    return work.session.scalar(select(PlanningJobRecord.id).where(_free(now)).limit(1)) is not None


def lease(work: Work, now: datetime, worker: str, lease_seconds: float) -> LeasedJob | None:
    """Leases the oldest job that is queued or whose worker let its lease pass."""
    query = select(PlanningJobRecord).where(_free(now)).order_by(PlanningJobRecord.id).limit(1)
    job = work.session.scalars(query.with_for_update(skip_locked=True)).first()
    if job is None:
        return None
    job.status, job.leased_by = "running", worker
    job.leased_until = now + timedelta(seconds=lease_seconds)
    job.tries += 1
    return LeasedJob(job.id, job.clinic_id, tuple(job.request["enrollments"]), job.tries, job.request)


def report(
    work: Work, job_id: int, worker: str, now: datetime, lease_seconds: float, progress: dict[str, Any] | None
) -> bool:
    """Renews the lease, writes progress where given; whether to go on: not once canceled, or once the lease is lost."""
    values: dict[str, Any] = {"leased_until": now + timedelta(seconds=lease_seconds)}
    if progress is not None:
        values["progress"] = progress
    found = work.session.execute(
        update(PlanningJobRecord)
        .where(*_mine(job_id, worker))
        .values(values)
        .returning(PlanningJobRecord.cancel_requested)
    ).first()
    return found is not None and not found[0]


def finish(work: Work, job_id: int, worker: str, now: datetime, status: str, failure: str = "") -> bool:
    """Ends a job: done, canceled or failed. False, and nothing written, where the lease is lost."""
    return _changed(work, job_id, worker, status=status, failure=failure, finished_at=now, leased_until=None)


def give_back(work: Work, job_id: int, worker: str) -> None:
    """Queues a job again that this worker cannot end; the try does not count."""
    _changed(
        work, job_id, worker, status="queued", leased_by=None, leased_until=None, tries=PlanningJobRecord.tries - 1
    )


def add_proposal(work: Work, job: LeasedJob, now: datetime, new: NewProposal) -> int:
    """Stores what the job came to; gives the proposal's id."""
    proposal = ProposalRecord(
        clinic_id=job.clinic_id,
        job_id=job.id,
        enrollments=list(job.enrollments),
        plan=new.plan,
        reasons=new.reasons,
        detail=new.detail,
        clinic_revision=new.clinic_revision,
        created_at=now,
    )
    work.session.add(proposal)
    work.session.flush()
    return proposal.id


def expire_proposals(work: Work, before: datetime) -> int:
    """Closes open proposals made before that moment; how many."""
    found = work.session.execute(
        update(ProposalRecord)
        .where(ProposalRecord.status == "open", ProposalRecord.created_at < before)
        .values(status="expired")
    )
    assert isinstance(found, CursorResult)
    return found.rowcount


def _free(now: datetime) -> Any:
    abandoned = and_(PlanningJobRecord.status == "running", PlanningJobRecord.leased_until <= now)
    return or_(PlanningJobRecord.status == "queued", abandoned)


def _mine(job_id: int, worker: str) -> tuple[Any, ...]:
    table = PlanningJobRecord
    return (table.id == job_id, table.status == "running", table.leased_by == worker)


def _changed(work: Work, job_id: int, worker: str, **values: Any) -> bool:
    statement = update(PlanningJobRecord).where(*_mine(job_id, worker)).values(values)
    return work.session.execute(statement.returning(PlanningJobRecord.id)).first() is not None
