"""After a dosing visit: by when its integration has to be, and the alert where it has no time by then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import date_of, day_of, from_utc, midnight_utc, to_utc, wall_clock, zone_named
from coordinator.domain.integration import FollowUp, Held, follow_ups
from coordinator.domain.snapshot import EnrollmentEntry, Snapshot
from coordinator.services.proposals import program_names
from coordinator.services.protocol_choices import read_body
from coordinator.services.visit_cards import local, visit_title
from coordinator.services.worklist import Action, Item, Urgency
from coordinator.store import clinics, enrollment_queries, today_queries, visit_queries
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import HOLDING


@dataclass(frozen=True, slots=True)
class Countdown:
    """An integration that is still to come: clinic dates. `planned` is its time, None where it has none.

    `days_left` counts to the last allowed day: 0 is today, less is past.
    """

    dosing_id: int
    dosing: str
    title: str
    visit_id: int | None
    planned: datetime | None
    last: date
    days_left: int
    is_amiss: bool


def of_program(work: Work, actor: Actor, now: datetime, enrollment_id: int) -> list[Countdown]:
    """The integrations that dosing visits of a program wait for, which the caller has found that the actor may see."""
    rows = enrollment_queries.one(work, actor.clinic_id, enrollment_id)
    if rows is None or rows.enrollment.status != "active":
        return []
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    visits = {
        each.visit.code: each.visit
        for each in visit_queries.of_enrollment(work, actor.clinic_id, enrollment_id)
        if each.visit.status in HOLDING
    }
    held = {
        code: Held(
            each.id,
            local(each.starts_at, zone).date().toordinal(),
            each.status,
            any(note["rule"] == "gap" for note in each.overrides),
        )
        for code, each in visits.items()
    }
    protocol = read_body(rows.version)
    today = local(now, zone).date()
    found = []
    for each in follow_ups(protocol, held):
        if not each.is_done:
            wanted, last = protocol.visit(each.integration), date.fromordinal(each.last)
            dosing = protocol.visit(each.dosing)
            found.append(
                Countdown(
                    dosing_id=each.dosing_id,
                    dosing=visit_title(dosing.kind, dosing.id, dosing.course),
                    title=visit_title(wanted.kind, wanted.id, wanted.course),
                    visit_id=each.held.id if each.held else None,
                    planned=local(visits[each.integration].starts_at, zone) if each.held else None,
                    last=last,
                    days_left=(last - today).days,
                    is_amiss=each.is_amiss,
                )
            )
    return sorted(found, key=lambda each: each.last)


def after(work: Work, actor: Actor, now: datetime, dosing_id: int) -> Countdown | None:
    """The integration that a dosing visit waits for, which the caller has found that the actor may see."""
    rows = visit_queries.one(work, actor.clinic_id, dosing_id)
    if rows is None or rows.visit.kind != "dosing":
        return None
    waiting = of_program(work, actor, now, rows.enrollment.id)
    return next((each for each in waiting if each.dosing_id == dosing_id), None)


def alerts(work: Work, actor: Actor, now: datetime, snapshot: Snapshot | None) -> Iterable[Item]:
    """Integrations that were missed, or have no time inside their window; a repair is one click away."""
    if snapshot is None:
        return
    found = list(_amiss(snapshot))
    names = program_names(work, actor, {entry.id for entry, _ in found}) if found else {}
    lost = today_queries.newest_loss(work, actor.clinic_id, {entry.id for entry, _ in found})
    zone = zone_named(snapshot.clinic.timezone)
    today = day_of(from_utc(now, zone))
    for entry, each in found:
        wanted, last = snapshot.visit_of(entry, each.integration), date.fromordinal(each.last)
        title = visit_title(wanted.kind, wanted.id, wanted.course)
        dosing = snapshot.held[entry.id][each.dosing]
        since = max(lost.get(entry.id, to_utc(dosing.end, zone)), to_utc(dosing.end, zone))
        yield Item(
            kind="integration.missing",
            key=f"{entry.id}:{each.integration}",
            title=f"{names[entry.id].who}: integration not in its window",
            detail=f"{title} {_where(snapshot, entry, each)}; {_until(last, each.last - today)}",
            owner="Coordinator",
            since=since,
            action=Action("Repair", "repairs.ask", {}, {"kind": "amiss", "enrollment": str(entry.id)}),
            urgency=Urgency.NOW,
            due=midnight_utc(last + timedelta(days=1), zone),
            subject=Action("Open", "enrollments.page", {"enrollment_id": entry.id}),
        )


def lacking(snapshot: Snapshot) -> Counter[int]:
    """How many visits without a time the alerts speak of already, for each enrollment."""
    return Counter(entry.id for entry, each in _amiss(snapshot) if each.held is None)


def misplaced(snapshot: Snapshot) -> set[int]:
    """The visits of which the alerts say already that they are in the wrong place."""
    return {each.held.id for _, each in _amiss(snapshot) if each.held is not None}


def _amiss(snapshot: Snapshot) -> Iterable[tuple[EnrollmentEntry, FollowUp]]:
    protocols = {protocol.id: protocol for protocol in snapshot.protocols}
    for entry in snapshot.enrollments:
        if entry.status == "active":
            held = {
                code: Held(visit.id, day_of(visit.start), visit.status, "gap" in visit.overrides)
                for code, visit in snapshot.held[entry.id].items()
            }
            found = follow_ups(protocols[entry.enrollment.protocol], held)
            yield from ((entry, each) for each in found if each.is_amiss)


def without_time(snapshot: Snapshot) -> Iterable[tuple[EnrollmentEntry, FollowUp]]:
    """The integrations of running programs that have no time, though their dosing visit took place."""
    return ((entry, each) for entry, each in _amiss(snapshot) if each.held is None)


def _where(snapshot: Snapshot, entry: EnrollmentEntry, each: FollowUp) -> str:
    if each.held is None:
        return "has no time"
    at = wall_clock(snapshot.held[entry.id][each.integration].start)
    return f"is on {at:%a, %b} {date_of(snapshot.held[entry.id][each.integration].start).day}"


def _until(last: date, left: int) -> str:
    day = f"{last:%a, %b} {last.day}"
    if left < 0:
        return f"the last allowed day was {day}"
    return (
        "today is the last allowed day"
        if left == 0
        else f"allowed until {day}, {left} {'day' if left == 1 else 'days'} left"
    )
