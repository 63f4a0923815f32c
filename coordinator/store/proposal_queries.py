"""Planning jobs and proposals, as pages ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, update

from coordinator.store.proposals import PlanningJobRecord, ProposalRecord
from coordinator.store.unit_of_work import Work

OPEN_JOBS = ("queued", "running")


def add_job(
    work: Work, clinic_id: int, now: datetime, enrollment_ids: Sequence[int], user_id: int | None, **more: Any
) -> PlanningJobRecord:
    """Queues a planning job; `more` is what the request says besides the enrollments."""
    request = {"enrollments": list(enrollment_ids), **more}
    job = PlanningJobRecord(clinic_id=clinic_id, request=request, created_by=user_id, created_at=now)
    work.session.add(job)
    work.session.flush()
    return job


def job(work: Work, clinic_id: int, job_id: int) -> PlanningJobRecord | None:
    """The job of that id, if it is the clinic's."""
    query = select(PlanningJobRecord).where(PlanningJobRecord.id == job_id, PlanningJobRecord.clinic_id == clinic_id)
    return work.session.scalar(query)


def open_jobs(work: Work, clinic_id: int) -> list[PlanningJobRecord]:
    """Jobs that are queued or running and lead to a proposal, the oldest first."""
    query = select(PlanningJobRecord).where(
        PlanningJobRecord.clinic_id == clinic_id, PlanningJobRecord.status.in_(OPEN_JOBS)
    )
    return [each for each in work.session.scalars(query.order_by(PlanningJobRecord.id)) if "kind" not in each.request]


def ask_to_cancel(work: Work, clinic_id: int, job_id: int, now: datetime) -> None:
    """Cancels at once a job that waits, or whose worker let its lease pass; asks a running one's worker to stop."""
    abandoned = and_(PlanningJobRecord.status == "running", PlanningJobRecord.leased_until <= now)
    mine = (PlanningJobRecord.id == job_id, PlanningJobRecord.clinic_id == clinic_id)
    work.session.execute(
        update(PlanningJobRecord)
        .where(*mine, or_(PlanningJobRecord.status == "queued", abandoned))
        .values(status="canceled", cancel_requested=True, finished_at=now)
    )
    work.session.execute(
        update(PlanningJobRecord).where(*mine, PlanningJobRecord.status == "running").values(cancel_requested=True)
    )


def proposal(work: Work, clinic_id: int, proposal_id: int) -> ProposalRecord | None:
    """The proposal of that id, if it is the clinic's."""
    query = select(ProposalRecord).where(ProposalRecord.id == proposal_id, ProposalRecord.clinic_id == clinic_id)
    return work.session.scalar(query)


def of_job(work: Work, clinic_id: int, job_id: int) -> ProposalRecord | None:
    """The first proposal that a job made."""
    query = select(ProposalRecord).where(ProposalRecord.job_id == job_id, ProposalRecord.clinic_id == clinic_id)
    return work.session.scalars(query.order_by(ProposalRecord.id).limit(1)).first()


def of_one_job(work: Work, clinic_id: int, job_id: int | None) -> list[ProposalRecord]:
    """The open proposals that one job made, the first plan first; none for no job."""
    query = select(ProposalRecord).where(
        ProposalRecord.clinic_id == clinic_id, ProposalRecord.job_id == job_id, ProposalRecord.status == "open"
    )
    return [] if job_id is None else list(work.session.scalars(query.order_by(ProposalRecord.id)))


def open_proposals(work: Work, clinic_id: int) -> list[ProposalRecord]:
    """Proposals that were neither published nor discarded, the newest first."""
    query = select(ProposalRecord).where(ProposalRecord.clinic_id == clinic_id, ProposalRecord.status == "open")
    return list(work.session.scalars(query.order_by(ProposalRecord.id.desc())))


def discard(work: Work, clinic_id: int, proposal_id: int) -> bool:
    """Discards an open proposal; False where it is none (any more)."""
    found = work.session.execute(
        update(ProposalRecord)
        .where(ProposalRecord.id == proposal_id, ProposalRecord.clinic_id == clinic_id, ProposalRecord.status == "open")
        .values(status="discarded")
        .returning(ProposalRecord.id)
    )
    return found.first() is not None
