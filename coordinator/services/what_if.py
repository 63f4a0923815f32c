"""What if the clinic had a little more: asked for here, worked out by services/planning_what_if, shown as it comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import WEEKDAYS
from coordinator.domain.errors import InvalidForm, NotFound
from coordinator.services.enrollment_form import DAYS
from coordinator.services.protocol_choices import read_body
from coordinator.store import (
    audit,
    clinics,
    enrollment_queries,
    outlooks,
    proposal_queries,
    protocol_queries,
    timeline_queries,
)
from coordinator.store.planning_jobs import WHAT_IF
from coordinator.store.proposals import PlanningJobRecord
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.unit_of_work import Work

MOST_MORE = 40
MOST_ROOMS = 6


@dataclass(frozen=True, slots=True)
class StudyChoices:
    """What the form offers. `roles` and `rooms` are kinds that programs need; `supervisors` (code, name) supervise."""

    waiting: int
    protocols: tuple[tuple[int, str], ...]
    roles: tuple[str, ...]
    rooms: tuple[str, ...]
    supervisors: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TypedStudy:
    """The form: how many patients more, in which protocol and done within how many weeks, and what the clinic has more,
    each empty for no."""

    more: int
    weeks: int
    version: str
    role: str
    weekdays: tuple[str, ...]
    room: str
    supervisor: str
    rooms: int


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """One clinic of the study: `text` is what it has more. `more` and `sooner` (days) compare with it as it is."""

    text: str
    asked: int
    planned: int
    more: int
    sooner: float
    done_sooner: float


@dataclass(frozen=True, slots=True)
class StudyView:
    """A study: what is known of it so far. `loads` are the fullest roles and rooms in words, with their share."""

    id: int
    status: str
    failure: str
    of: int
    outcomes: tuple[OutcomeView, ...]
    loads: tuple[tuple[str, float], ...]

    @property
    def is_open(self) -> bool:
        """Whether more is to come."""
        return self.status in proposal_queries.OPEN_JOBS


def choices(work: Work, actor: Actor) -> StudyChoices:
    """What a study may ask."""
    staff = timeline_queries.staff(work, actor.clinic_id)
    published = _most_run_first(work, actor)
    visits = [visit for _, version in published for visit in read_body(version).visits]
    needed = {need.role for visit in visits for need in visit.needs}
    shared = {need.role for visit in visits for need in visit.needs if need.shared}
    return StudyChoices(
        waiting=len(outlooks.waiting(work, actor.clinic_id)),
        protocols=tuple((version.id, protocol.name) for protocol, version in published),
        roles=tuple(sorted(needed)),
        rooms=tuple(sorted({visit.room for visit in visits if visit.room})),
        supervisors=tuple((each.code, each.name) for each in staff if shared & set(each.roles)),
    )


def _most_run_first(work: Work, actor: Actor) -> list[tuple[ProtocolRecord, ProtocolVersionRecord]]:
    runs = protocol_queries.programs_by_protocol(work, actor.clinic_id)
    published = enrollment_queries.published_protocols(work, actor.clinic_id)
    return sorted(published, key=lambda pair: -sum(runs.get(pair[0].id, {}).values()))


def request(work: Work, actor: Actor, now: datetime, typed: TypedStudy) -> int:
    """Queues a study and gives its job's id; raises InvalidForm."""
    clinics.lock(work, actor.clinic_id)
    offered = choices(work, actor)
    scenarios = _scenarios(typed, offered)
    wrong = {}
    version = next((each for each, _ in offered.protocols if str(each) == typed.version), None)
    if version is None:
        wrong["version"] = "Choose a protocol from the list."
    if not 0 <= typed.more <= MOST_MORE:
        wrong["more"] = f"From 0 to {MOST_MORE} patients can be added."
    if not offered.waiting and not typed.more:
        wrong["more"] = "Nobody waits, so add at least one patient."
    if not scenarios:
        wrong[""] = "Choose at least one thing that the clinic would have more of."
    if wrong:
        raise InvalidForm(wrong)
    wanted = outlooks.waiting(work, actor.clinic_id)
    job = proposal_queries.add_job(
        work, actor.clinic_id, now, wanted, actor.user_id,
        kind=WHAT_IF, scenarios=scenarios, more=typed.more, weeks=typed.weeks, version=version,
    )  # fmt: skip
    audit.append(work, actor, now, "what_if.request", "planning_job", job.id, {"more": typed.more})
    return job.id


def study(work: Work, actor: Actor, job_id: int) -> StudyView:
    """What is known of a study so far; it names no patient. Raises NotFound."""
    record = _record(work, actor, job_id)
    progress: dict[str, Any] = record.progress or {}
    return StudyView(
        id=record.id,
        status=record.status,
        failure=record.failure,
        of=int(progress.get("of") or len(record.request["scenarios"]) + 1),
        outcomes=tuple(OutcomeView(**each) for each in progress.get("outcomes", ())),
        loads=tuple((each["words"], float(each["share"])) for each in progress.get("loads", ())),
    )


def stop(work: Work, actor: Actor, now: datetime, job_id: int) -> None:
    """Ends a study with what is known so far; raises NotFound."""
    _record(work, actor, job_id)
    proposal_queries.ask_to_cancel(work, actor.clinic_id, job_id, now)
    audit.append(work, actor, now, "what_if.stop", "planning_job", job_id)


def _record(work: Work, actor: Actor, job_id: int) -> PlanningJobRecord:
    record = proposal_queries.job(work, actor.clinic_id, job_id)
    if record is None or record.request.get("kind") != WHAT_IF:
        raise NotFound("There is no such study.")
    return record


def _scenarios(typed: TypedStudy, offered: StudyChoices) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    weekdays = [number for number, day in enumerate(WEEKDAYS) if day in typed.weekdays and day in DAYS]
    if typed.role in offered.roles and weekdays:
        found.append({"kind": "person", "role": typed.role, "weekdays": weekdays})
    if typed.room in offered.rooms:
        found.append({"kind": "room", "room": typed.room})
    if typed.supervisor in {code for code, _ in offered.supervisors} and 1 < typed.rooms <= MOST_ROOMS:
        found.append({"kind": "covering", "staff": typed.supervisor, "rooms": typed.rooms})
    return found
