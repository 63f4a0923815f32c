"""A visit that runs late: which visits of the day it pushes, who should know, and telling them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import midnight_utc, zone_named
from coordinator.domain.errors import Conflict, NotFound
from coordinator.domain.running_late import Push
from coordinator.domain.running_late import pushed as find_pushed
from coordinator.domain.snapshot import Snapshot
from coordinator.services import contacts, visit_day
from coordinator.services.desk import LOOKS_BACK
from coordinator.services.notices import Message, Recipient, owe
from coordinator.services.sight import seen_programs
from coordinator.services.visit_cards import local, visit_title, who
from coordinator.services.worklist import Action, Item, Urgency
from coordinator.store import audit, clinics, visit_queries, visit_steps
from coordinator.store import snapshot as snapshots
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import VisitRows

WORTH_TELLING = 10
"""A visit that runs late by less pushes nothing that somebody has to see to."""


@dataclass(frozen=True, slots=True)
class PushedVisit:
    """A visit that waits: naive clinic times. `by` is for whom or what it waits, `who` the patient, if seen."""

    visit_id: int
    is_open: bool
    who: str
    title: str
    room: str
    start: datetime
    expected: datetime
    minutes: int
    by: tuple[str, ...]
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToTell:
    """Somebody who should know, why, and how to reach them; `is_mailed` where a message can be sent."""

    name: str
    why: str
    reach: str
    is_mailed: bool


@dataclass(frozen=True, slots=True)
class Lateness:
    """What a late visit comes to."""

    visit_id: int
    minutes: int
    expected_end: datetime
    pushes: tuple[PushedVisit, ...]
    to_tell: tuple[ToTell, ...]


def lateness(work: Work, actor: Actor, now: datetime, visit_id: int) -> Lateness | None:
    """What a visit that the actor is shown pushes; None for one that does not run late."""
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    if rows is None or rows.visit.status != "scheduled":
        return None
    day = visit_day.of_visits(work, actor, now, [rows])[visit_id]
    if day.late < WORTH_TELLING:
        return None
    found = _pushes(work, actor, now, visit_id, day.late)
    others = {each.visit.id: each for each in _rows_of_day(work, actor, rows)}
    seen = seen_programs(work, actor, {each.visit.enrollment_id for each in found})
    pushes = tuple(
        _shown(work, actor, each, others[each.visit.id], is_open=each.visit.enrollment_id in seen) for each in found
    )
    return Lateness(visit_id, day.late, day.expected_end, pushes, tuple(_to_tell(work, actor, rows, pushes, others)))


def tell(work: Work, actor: Actor, now: datetime, visit_id: int) -> int:
    """Owes a message to everybody whose visit waits and who can be mailed; how many.

    Raises NotFound for a visit that is not the actor's, and Conflict where nothing waits.
    """
    clinics.lock(work, actor.clinic_id)
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    if rows is None or not visit_day.may_see(actor, rows):
        raise NotFound("There is no such visit.")
    found = lateness(work, actor, now, visit_id)
    if found is None or not found.pushes:
        raise Conflict("No other visit waits for this one any more.")
    others = {each.visit.id: each for each in _rows_of_day(work, actor, rows)}
    number = 0
    for push in found.pushes:
        other = others[push.visit_id]
        at = f"{push.start.hour % 12 or 12}:{push.start:%M %p}"
        text = f"Your visit at {at} today may start about {push.minutes} minutes late. You need not do anything."
        for recipient in _reached(other, push.by):
            topic = f"late:{visit_id}:{found.minutes}:{push.visit_id}"
            about = other.visit
            subject = "Running late today"
            owed = Message(
                topic, recipient, subject, text, about.ends_at, visit_id=about.id, visit_revision=about.revision
            )
            owe(work, actor.clinic_id, now, owed)
            number += 1
    detail = {"visit": f"{rows.enrollment.code}/{rows.visit.code}", "told": number}
    audit.append(work, actor, now, "visit.late_told", "visit", visit_id, detail)
    return number


def late_visits(work: Work, actor: Actor, now: datetime, snapshot: Snapshot | None) -> Iterable[Item]:
    """Visits that run late and push others, until their outcome is recorded or the lateness is taken back."""
    around = timedelta(hours=12)
    for visit_id in visit_steps.late_visits(work, actor.clinic_id, now - around, now + around):
        rows = visit_queries.one(work, actor.clinic_id, visit_id)
        if rows is None or (actor.access is Access.CLINICIAN and not visit_day.may_see(actor, rows)):
            continue
        day = visit_day.of_visits(work, actor, now, [rows])[visit_id]
        if day.late < WORTH_TELLING:
            continue
        pushes = _pushes(work, actor, now, visit_id, day.late, snapshot)
        if pushes:
            count = f"{len(pushes)} visit{'' if len(pushes) == 1 else 's'}"
            title = visit_title(rows.visit.kind, rows.visit.code, rows.visit.course)
            yield Item(
                kind="visit.late",
                key=str(visit_id),
                title=f"{who(rows.enrollment, rows.patients, actor)}: {day.late} minutes late",
                detail=f"{title} pushes {count} of today.",
                owner="Coordinator",
                since=visit_steps.of_visits(work, [visit_id])[visit_id][-1].at,
                action=Action("See what it pushes", "visits.page", {"visit_id": visit_id}, anchor="late"),
                urgency=Urgency.NOW,
                staff=frozenset(person.id for part, person in rows.people if part.canceled_at is None),
            )


def _pushes(
    work: Work, actor: Actor, now: datetime, visit_id: int, minutes: int, snapshot: Snapshot | None = None
) -> list[Push]:
    loaded = snapshot or snapshots.load(work, actor.clinic_id, since=now - LOOKS_BACK)
    return find_pushed(loaded, visit_id, minutes)


def _rows_of_day(work: Work, actor: Actor, rows: VisitRows) -> list[VisitRows]:
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    day = local(rows.visit.starts_at, zone).date()
    starts, ends = midnight_utc(day, zone), midnight_utc(day + timedelta(days=1), zone)
    return visit_queries.between(work, actor.clinic_id, starts, ends, statuses=["scheduled"])


def _shown(work: Work, actor: Actor, push: Push, rows: VisitRows, *, is_open: bool) -> PushedVisit:
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    start = local(rows.visit.starts_at, zone)
    return PushedVisit(
        visit_id=rows.visit.id,
        is_open=is_open,
        who=who(rows.enrollment, rows.patients, actor) if is_open else "Another patient",
        title=visit_title(rows.visit.kind, rows.visit.code, rows.visit.course),
        room=rows.room.name if rows.room else "By video",
        start=start,
        expected=start + timedelta(minutes=push.minutes),
        minutes=push.minutes,
        by=push.by,
        people=tuple(dict.fromkeys(person.name for part, person in rows.people if part.canceled_at is None)),
    )


def _to_tell(
    work: Work, actor: Actor, rows: VisitRows, pushes: Iterable[PushedVisit], others: dict[int, VisitRows]
) -> Iterable[ToTell]:
    """The ride home of the late patient first, then who waits."""
    for found in contacts.of_patients(work, actor, [each.id for each in rows.patients]).values():
        for contact in found:
            if "ride" in contact.told:
                yield ToTell(contact.name, "picks the patient up", contact.phone or contact.email, is_mailed=False)
    for push in pushes:
        at = f"{push.start.hour % 12 or 12}:{push.start:%M %p}"
        other = others[push.visit_id]
        for person in _waiting(other, push.by):
            yield ToTell(person.name, f"waits at {at}", "", bool(person.email))
        for patient in other.patients if push.is_open else ():
            name = patient.code if actor.access is Access.AUDITOR else f"{patient.code} {patient.name}"
            reach = "" if actor.access is Access.AUDITOR else patient.phone
            yield ToTell(name, f"comes at {at}", reach, bool(patient.email))


def _waiting(rows: VisitRows, by: Iterable[str]) -> Iterable[StaffRecord]:
    """The people of a visit that waits, but for those it waits for: they know."""
    present = {person.id: person for part, person in rows.people if part.canceled_at is None}
    return [each for each in present.values() if each.name not in by]


def _reached(rows: VisitRows, by: Iterable[str]) -> Iterable[Recipient]:
    for person in _waiting(rows, by):
        if person.email:
            yield Recipient("staff", person.id)
    for patient in rows.patients:
        if patient.email:
            yield Recipient("patient", patient.id)
