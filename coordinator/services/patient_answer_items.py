"""What patients' answers put on the worklist: who cannot come, and who asks to be called."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.snapshot import Snapshot
from coordinator.domain.spoken import clock, long_day
from coordinator.services.visit_cards import local, who
from coordinator.services.worklist import COORDINATORS, Action, Item, Urgency
from coordinator.store import clinics, enrollment_queries, patient_answers
from coordinator.store.patient_answers import DECLINED, AnswerRows
from coordinator.store.unit_of_work import Work


def unanswered(work: Work, actor: Actor, now: datetime, _snapshot: Snapshot | None) -> Iterable[Item]:
    """One item for each patient and visit. A group's visit is not repaired for one of it: its page is opened."""
    if actor.access not in COORDINATORS:
        return
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    for each in patient_answers.waiting(work, actor.clinic_id, now):
        rows = enrollment_queries.one(work, actor.clinic_id, each.visit.enrollment_id)
        assert rows is not None
        name, at = who(rows.enrollment, [each.patient], actor), local(each.visit.starts_at, zone)
        when = f"{long_day(at)}, at {clock(at)}"
        yield Item(
            kind=f"patient_answer.{each.record.answer}",
            key=str(each.record.id),
            title=f"{name} cannot come" if each.record.answer == DECLINED else f"{name} asks to be called",
            detail=f"About {when}; answered by the link of a message",
            owner="Coordinator",
            since=each.record.answered_at,
            action=_action(each, zone),
            urgency=Urgency.NOW,
            due=each.visit.starts_at,
            subject=Action("Open", "visits.page", {"visit_id": each.visit.id}, anchor="patient-answers"),
        )


def _action(each: AnswerRows, zone: ZoneInfo) -> Action:
    """The repair that keeps the patient's day free; a call is made by hand."""
    if each.record.answer != DECLINED:
        return Action("Called", "patient_answers.settle", {"answer_id": each.record.id}, {})
    if each.patients > 1:
        return Action("Open", "visits.page", {"visit_id": each.visit.id}, anchor="patient-answers")
    day = f"{local(each.visit.starts_at, zone):%Y-%m-%d}"
    event = {"kind": "patient-away", "enrollment": str(each.visit.enrollment_id), "start": day, "end": day}
    return Action("Repair", "repairs.ask", {}, event)
