"""Asking for a plan, watching it being made, looking at it, and letting it go. Publishing is services/schedule's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coordinator.domain.actor import Actor
from coordinator.domain.errors import Conflict, NotFound
from coordinator.services.visit_cards import who
from coordinator.store import audit, clinics, enrollment_queries, holds, proposal_queries
from coordinator.store.proposals import PlanningJobRecord, ProposalRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import patients_of

PLANNABLE = ("waiting", "active")


@dataclass(frozen=True, slots=True)
class ProgramName:
    """An enrollment as it is named on a page."""

    id: int
    code: str
    who: str


@dataclass(frozen=True, slots=True)
class JobView:
    """A planning job as its page shows it.

    `planned` of `programs` have a plan so far; `cost` and `bound` are None until the planner has said something.
    `seconds` is how long it has run, or ran. `proposal_id` is set once it is done. `better` is how many better plans
    were found one after the other, `steps` some or all of them: (seconds, programs planned, cost).
    """

    id: int
    status: str
    stopping: bool
    programs: tuple[ProgramName, ...]
    planned: int
    total: int
    cost: int | None
    bound: int | None
    share: float | None
    seconds: int
    failure: str
    proposal_id: int | None
    better: int
    steps: tuple[tuple[float, int, int], ...]
    is_repair: bool

    @property
    def gap(self) -> int | None:
        """How many percent of its cost, rounded up, the best plan found so far may be above the best there is."""
        if self.cost is None or not self.bound or self.cost <= 0:
            return None
        return max(0, -(-(self.cost - self.bound) * 100 // self.cost))

    @property
    def is_open(self) -> bool:
        """Whether it still waits or runs."""
        return self.status in proposal_queries.OPEN_JOBS


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """A proposal that waits for a decision, in one line."""

    id: int
    programs: tuple[ProgramName, ...]
    visits: int
    is_whole: bool
    created_at: datetime


def request(work: Work, actor: Actor, now: datetime, enrollment_ids: Sequence[int]) -> int:
    """Queues planning of these enrollments and gives the job's id; a job that is under way for the same ones is kept.

    Raises NotFound, and Conflict for a program that is over or paused.
    """
    wanted = sorted(set(enrollment_ids))
    clinics.lock(work, actor.clinic_id)  # of two clicks at once the second finds the first's job
    found = enrollment_queries.several(work, actor.clinic_id, wanted)
    if not wanted or len(found) < len(wanted):
        raise NotFound("There is no such program.")
    for each in found:
        if each.enrollment.status not in PLANNABLE:
            raise Conflict(f"{each.enrollment.code} is {each.enrollment.status}, so there is nothing to plan.")
    for job in proposal_queries.open_jobs(work, actor.clinic_id):
        if sorted(job.request["enrollments"]) == wanted and not job.cancel_requested:
            return job.id
    job = proposal_queries.add_job(work, actor.clinic_id, now, wanted, actor.user_id)
    audit.append(work, actor, now, "proposal.request", "planning_job", job.id, {"enrollments": wanted})
    return job.id


def job(work: Work, actor: Actor, now: datetime, job_id: int) -> JobView:
    """How far a planning job is; raises NotFound."""
    record = proposal_queries.job(work, actor.clinic_id, job_id)
    if record is None:
        raise NotFound("There is no such planning job.")
    return _job_view(work, actor, now, record)


def watch(work: Work, actor: Actor, now: datetime, job_id: int) -> JobView:
    """As `job`, for the page: it names patients, so the first look leaves an audit entry; polling afterwards none."""
    audit.append(work, actor, now, "proposal.read", "planning_job", job_id)
    return job(work, actor, now, job_id)


def open_jobs(work: Work, actor: Actor, now: datetime) -> list[JobView]:
    """The jobs that wait or run."""
    return [_job_view(work, actor, now, each) for each in proposal_queries.open_jobs(work, actor.clinic_id)]


def cancel_job(work: Work, actor: Actor, now: datetime, job_id: int) -> None:
    """Asks a job to stop; one that has ended already stays as it is. Raises NotFound."""
    record = proposal_queries.job(work, actor.clinic_id, job_id)
    if record is None:
        raise NotFound("There is no such planning job.")
    if record.status in proposal_queries.OPEN_JOBS:
        proposal_queries.ask_to_cancel(work, actor.clinic_id, job_id, now)
        audit.append(work, actor, now, "proposal.cancel", "planning_job", job_id)


def open_proposals(work: Work, actor: Actor) -> list[OpenProposal]:
    """The proposals that wait for a decision, the newest first; of plans to choose from the one that costs least."""
    records = _first_of_each_job(proposal_queries.open_proposals(work, actor.clinic_id))
    names = program_names(work, actor, {each for record in records for each in record.enrollments})
    return [
        OpenProposal(
            id=each.id,
            programs=tuple(names[key] for key in each.enrollments if key in names),
            visits=_visits_of(each.plan, {names[key].code for key in each.enrollments if key in names}),
            is_whole=not each.plan["unplanned"],
            created_at=each.created_at,
        )
        for each in records
    ]


def _first_of_each_job(records: Sequence[ProposalRecord]) -> list[ProposalRecord]:
    first: dict[int, int] = {}
    for each in records:
        if each.job_id is not None:
            first[each.job_id] = min(each.id, first.get(each.job_id, each.id))
    return [each for each in records if each.job_id is None or first[each.job_id] == each.id]


def discard(work: Work, actor: Actor, now: datetime, proposal_id: int) -> None:
    """Lets an open proposal go, and the plans that it was to be chosen from.

    Raises NotFound, and Conflict where it was published meanwhile.
    """
    record = proposal_queries.proposal(work, actor.clinic_id, proposal_id)
    if record is None:
        raise NotFound("There is no such proposal.")
    if record.status == "discarded":
        return
    if not proposal_queries.discard(work, actor.clinic_id, proposal_id):
        raise Conflict(f"This proposal is {record.status} already, so it cannot be discarded.")
    rivals = proposal_queries.of_one_job(work, actor.clinic_id, record.job_id)
    others = [each.id for each in rivals if proposal_queries.discard(work, actor.clinic_id, each.id)]
    holds.release(work, [proposal_id, *others])
    for each in [proposal_id, *others]:
        audit.append(work, actor, now, "proposal.discard", "proposal", each)


def program_names(work: Work, actor: Actor, enrollment_ids: set[int]) -> dict[int, ProgramName]:
    """The names of enrollments, by id."""
    patients = patients_of(work, enrollment_ids)
    return {
        each.enrollment.id: ProgramName(
            each.enrollment.id,
            each.enrollment.code,
            who(each.enrollment, patients.get(each.enrollment.id, []), actor),
        )
        for each in enrollment_queries.several(work, actor.clinic_id, enrollment_ids)
    }


def _job_view(work: Work, actor: Actor, now: datetime, record: PlanningJobRecord) -> JobView:
    wanted: list[int] = record.request["enrollments"]
    names = program_names(work, actor, set(wanted))
    made = proposal_queries.of_job(work, actor.clinic_id, record.id) if record.status == "done" else None
    progress = record.progress or {}
    return JobView(
        id=record.id,
        status=record.status,
        stopping=record.cancel_requested,
        programs=tuple(names[each] for each in wanted if each in names),
        planned=int(progress.get("planned") or 0),
        total=int(progress.get("enrollments") or len(wanted)),
        cost=_whole(progress, "cost"),
        bound=_whole(progress, "bound"),
        share=progress.get("share"),
        seconds=max(0, int(((record.finished_at or now) - record.created_at).total_seconds())),
        failure=record.failure,
        proposal_id=made.id if made else None,
        better=progress.get("better", 0),
        steps=tuple((float(seconds), planned, cost) for seconds, planned, cost in progress.get("steps", ())),
        is_repair="event" in record.request,
    )


def _whole(progress: Mapping[str, Any], name: str) -> int | None:
    value = progress.get(name)
    return None if value is None else round(value)


def _visits_of(plan: Mapping[str, Any], codes: set[str]) -> int:
    return sum(1 for visit in plan["visits"] if visit["enrollment"] in codes)
