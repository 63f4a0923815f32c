"""Relaxations at one press: what would make a program possible is changed in the clinic's own data, and planned again.

What concerns one program alone changes its enrollment, or gives it a protocol version of its own. What concerns people,
rooms and closures is services/relaxations_of_clinic's.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from coordinator.domain.actor import Actor
from coordinator.domain.errors import Conflict, NotFound
from coordinator.domain.relaxing import OF_THE_PROGRAM, Act
from coordinator.services import proposals, repairs
from coordinator.services.relaxations_of_clinic import relax_clinic
from coordinator.services.repair_effects import event_of
from coordinator.store import (
    audit,
    clinics,
    enrollment_queries,
    enrollments,
    outlooks,
    proposal_queries,
    protocol_queries,
)
from coordinator.store.enrollment_queries import EnrollmentRows
from coordinator.store.proposals import ProposalRecord
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Way:
    """A relaxation as its page offers it. `is_clinic_wide` asks to be confirmed: it changes more than this program."""

    number: int
    text: str
    is_clinic_wide: bool


def ways(record: ProposalRecord, code: str, texts: list[str]) -> tuple[Way, ...]:
    """The relaxations of a program that can be pressed; `texts` are those of the plan, in order."""
    acts: list[list[Act]] = record.detail.get("acts", {}).get(code, [])
    return tuple(
        Way(number, text, any(each["on"] not in OF_THE_PROGRAM for each in some))
        for number, (text, some) in enumerate(zip(texts, acts, strict=False))
    )


def apply(work: Work, actor: Actor, now: datetime, proposal_id: int, enrollment_id: int, number: int) -> int:
    """Changes what a relaxation says and plans again; gives the job's id. The proposal is discarded.

    Raises NotFound, NotAllowed for a change that the actor may not make, and Conflict where the thing is not as it was.
    """
    clinics.lock(work, actor.clinic_id)
    record = proposal_queries.proposal(work, actor.clinic_id, proposal_id)
    rows = enrollment_queries.one(work, actor.clinic_id, enrollment_id)
    if record is None or rows is None or enrollment_id not in record.enrollments:
        raise NotFound("There is no such proposal.")
    if record.status != "open":
        raise Conflict(f"This proposal is {record.status} already. Plan again to see what would help now.")
    offered: list[list[Act]] = record.detail.get("acts", {}).get(rows.enrollment.code, [])
    if not 0 <= number < len(offered):
        raise NotFound("There is no such change.")
    for each in offered[number]:
        if each["on"] in OF_THE_PROGRAM:
            _OF_PROGRAM[each["on"]](work, rows, now, each)
        else:
            relax_clinic(work, actor, now, each)
    outlooks.forget(work, actor.clinic_id, enrollment_id)
    audit.append(work, actor, now, "enrollment.relax", "enrollment", enrollment_id, {"changes": offered[number]})
    event, wanted = event_of(record), list(record.enrollments)
    proposals.discard(work, actor, now, proposal_id)
    return repairs.request(work, actor, now, event) if event else proposals.request(work, actor, now, wanted)


def _gap(work: Work, rows: EnrollmentRows, now: datetime, act: Act) -> None:
    def relax(body: dict[str, Any]) -> None:
        for gap in body["gaps"]:
            if (gap["from"], gap["to"]) == (act["from"], act["to"]) and act["field"] in gap:
                gap[act["field"]] = act["value"]
                return
        raise Conflict("The protocol has no such gap any more. Plan again to see what would help now.")

    _with_own_version(work, rows, now, relax)


def _visits_per_day(work: Work, rows: EnrollmentRows, now: datetime, act: Act) -> None:
    _with_own_version(work, rows, now, lambda body: body.update(max_visits_per_day=act["value"]))


def _continuity(work: Work, rows: EnrollmentRows, now: datetime, act: Act) -> None:
    def relax(body: dict[str, Any]) -> None:
        for rule in body["continuity"]:
            if (rule["as"], rule["scope"]) == (act["need"], act["scope"]):
                rule["hard"] = False

    _with_own_version(work, rows, now, relax)


def _with_own_version(
    work: Work, rows: EnrollmentRows, now: datetime, change: Callable[[dict[str, Any]], None]
) -> None:
    """Gives the enrollment a version that nobody else runs, changed from the one that it runs now."""
    version = protocol_queries.version(work, rows.enrollment.clinic_id, rows.enrollment.protocol_version_id)
    body = copy.deepcopy(version.body)
    change(body)
    own = protocol_queries.add_version_for(work, now, version, body, rows.enrollment.id)
    enrollments.follow_version(work, rows.enrollment.clinic_id, rows.enrollment.id, own.id)


def _date(_work: Work, rows: EnrollmentRows, _now: datetime, act: Act) -> None:
    setattr(rows.enrollment, act["field"], date.fromisoformat(act["value"]))


def _team(work: Work, rows: EnrollmentRows, _now: datetime, act: Act) -> None:
    enrollments.unpin(work, rows.enrollment.clinic_id, rows.enrollment.id, act["need"])


def _avoid(_work: Work, rows: EnrollmentRows, _now: datetime, act: Act) -> None:
    rows.enrollment.avoid = [each for each in rows.enrollment.avoid if each != act["staff"]]


def _unavailable(_work: Work, rows: EnrollmentRows, _now: datetime, act: Act) -> None:
    left = [each for each in rows.enrollment.unavailable if each != act["span"]]
    if len(left) == len(rows.enrollment.unavailable):
        raise Conflict("The patient is seen elsewhere, or held, at that time. Change that booking or hold first.")
    rows.enrollment.unavailable = left


def _patient_hours(_work: Work, rows: EnrollmentRows, _now: datetime, act: Act) -> None:
    rows.enrollment.weekly = {**(rows.enrollment.weekly or {}), act["day"]: act["hours"]}


_OF_PROGRAM: Mapping[str, Callable[[Work, EnrollmentRows, datetime, Act], None]] = {
    "gap": _gap,
    "visits-per-day": _visits_per_day,
    "continuity": _continuity,
    "date": _date,
    "team": _team,
    "avoid": _avoid,
    "unavailable": _unavailable,
    "patient-hours": _patient_hours,
}
