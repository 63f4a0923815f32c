"""Whether a protocol fits the clinic, asked before it is published: services/planning_fit works it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from coordinator.domain.actor import Actor
from coordinator.domain.errors import InvalidInput, NotFound
from coordinator.domain.protocol import Protocol
from coordinator.exchange.protocols import write_protocol
from coordinator.store import audit, clinics, proposal_queries
from coordinator.store.planning_jobs import FIT
from coordinator.store.proposals import PlanningJobRecord
from coordinator.store.unit_of_work import Work

MOST_PATIENTS = 12


@dataclass(frozen=True, slots=True)
class FittingProgram:
    """One patient's program: its first and last day, how many gaps differ from the ideal, and by how many days."""

    first: date
    last: date
    off: int
    days: int


@dataclass(frozen=True, slots=True)
class FitView:
    """What is known so far. `planned` None: nothing yet. `reason` is why one patient has no place, `changes` the
    smallest that would make one; `loads` are the fullest roles and rooms in words, with their share."""

    id: int
    status: str
    failure: str
    name: str
    patients: int
    planned: int | None
    programs: tuple[FittingProgram, ...]
    reason: str
    changes: tuple[str, ...]
    loads: tuple[tuple[str, float], ...]

    @property
    def is_open(self) -> bool:
        """Whether more is to come."""
        return self.status in proposal_queries.OPEN_JOBS


def request(work: Work, actor: Actor, now: datetime, protocol: Protocol, patients: int) -> int:
    """Queues the question and gives its job's id; raises InvalidInput."""
    if not 1 <= patients <= MOST_PATIENTS:
        raise InvalidInput(f"From 1 to {MOST_PATIENTS} patients can be tried at once.", "patients")
    clinics.lock(work, actor.clinic_id)
    body = write_protocol(protocol)
    job = proposal_queries.add_job(
        work, actor.clinic_id, now, [], actor.user_id, kind=FIT, body=body, patients=patients
    )  # fmt: skip
    audit.append(work, actor, now, "protocol.fit", "planning_job", job.id, {"code": protocol.id, "patients": patients})
    return job.id


def answer(work: Work, actor: Actor, job_id: int) -> FitView:
    """What is known so far; it names no patient. Raises NotFound."""
    record = _record(work, actor, job_id)
    progress: dict[str, Any] = record.progress or {}
    return FitView(
        id=record.id,
        status=record.status,
        failure=record.failure,
        name=record.request["body"]["name"],
        patients=record.request["patients"],
        planned=progress.get("planned"),
        programs=tuple(_program(each) for each in progress.get("programs", ())),
        reason=progress.get("reason", ""),
        changes=tuple(progress.get("changes", ())),
        loads=tuple((each["words"], float(each["share"])) for each in progress.get("loads", ())),
    )


def stop(work: Work, actor: Actor, now: datetime, job_id: int) -> None:
    """Ends it with what is known so far; raises NotFound."""
    _record(work, actor, job_id)
    proposal_queries.ask_to_cancel(work, actor.clinic_id, job_id, now)
    audit.append(work, actor, now, "protocol.fit_stop", "planning_job", job_id)


def _record(work: Work, actor: Actor, job_id: int) -> PlanningJobRecord:
    record = proposal_queries.job(work, actor.clinic_id, job_id)
    if record is None or record.request.get("kind") != FIT:
        raise NotFound("There is no such question.")
    return record


def _program(each: dict[str, Any]) -> FittingProgram:
    first, last = (date.fromisoformat(each[name]) for name in ("first", "last"))
    return FittingProgram(first, last, each["off"], each["days"])
