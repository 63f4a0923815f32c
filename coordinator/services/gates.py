"""Gates before visits: how they stand, and opening and shutting them. Open or shut is all that is kept, never why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from coordinator.domain.gates import Gate
from coordinator.services.gate_lines import NAMES, GateDesk, GatedVisit, GateLine
from coordinator.services.gate_rules import GateBook
from coordinator.services.notices import withdraw
from coordinator.services.sight import roles_of, seen_programs
from coordinator.services.visit_cards import local
from coordinator.store import audit, clinics, visit_queries
from coordinator.store import gates as store
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import VisitRows

NEXT = 3
AHEAD = timedelta(days=14)
"""How far ahead gates are looked at: nobody opens one earlier without going to the visit."""


def of_visits(work: Work, actor: Actor, now: datetime, rows: Sequence[VisitRows]) -> dict[int, GatedVisit]:
    """The gates of these visits, by visit; those that have none are left out."""
    enrollments = {each.enrollment.id for each in rows}
    book = GateBook(work, actor.clinic_id, enrollments)
    gated = [each for each in rows if book.before(each)]
    if not gated:
        return {}
    openings = store.openings_of(work, {each.enrollment.id for each in gated})
    desk = GateDesk(work, actor, now, book)
    return {each.visit.id: desk.visit(each, openings[each.enrollment.id]) for each in gated}


def coming(work: Work, actor: Actor, now: datetime, ahead: timedelta = AHEAD) -> list[GatedVisit]:
    """The gated visits to come in the programs that the actor may see, the nearest first."""
    rows = visit_queries.between(work, actor.clinic_id, now, now + ahead, statuses=["scheduled"])
    seen = seen_programs(work, actor, {each.enrollment.id for each in rows})
    mine = [each for each in rows if each.enrollment.id in seen and each.visit.starts_at > now]
    return list(of_visits(work, actor, now, mine).values())


def of_visit(work: Work, actor: Actor, now: datetime, visit_id: int) -> GatedVisit | None:
    """The gates before a visit that the actor is shown, None where it has none."""
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    return of_visits(work, actor, now, [rows] if rows else []).get(visit_id)


def of_program(work: Work, actor: Actor, now: datetime, enrollment_id: int, most: int = NEXT) -> list[GatedVisit]:
    """The next gated visits of a program that the actor is shown."""
    rows = visit_queries.of_enrollment(work, actor.clinic_id, enrollment_id)
    ahead = [each for each in rows if each.visit.status == "scheduled" and each.visit.ends_at > now]
    return list(of_visits(work, actor, now, ahead).values())[:most]


def gated_visit(work: Work, actor: Actor, now: datetime, visit_id: int) -> GatedVisit:
    """One visit with its gates; raises NotFound, also for a visit that has none or that the actor may not see."""
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    if rows is None or rows.enrollment.id not in seen_programs(work, actor, [rows.enrollment.id]):
        raise NotFound("There is no such visit.")
    found = of_visits(work, actor, now, [rows]).get(visit_id)
    if found is None:
        raise NotFound("There are no gates before this visit.")
    audit.append(work, actor, now, "gate.read", "visit", visit_id)
    return found


def board(work: Work, actor: Actor, now: datetime) -> list[GatedVisit]:
    """As `coming`, for a page that names the patients."""
    audit.append(work, actor, now, "gate.list", "clinic", actor.clinic_id)
    return coming(work, actor, now)


def to_open(work: Work, actor: Actor, now: datetime) -> list[tuple[GatedVisit, tuple[GateLine, ...]]]:
    """The visits with shut gates that the actor sees to and may open, and these gates; what is due first is first."""
    mine = [
        (visit, tuple(each for each in visit.shut if each.is_mine and actor.staff_id in each.staff))
        for visit in coming(work, actor, now)
    ]
    return sorted(((visit, lines) for visit, lines in mine if lines), key=lambda each: min(x.due_at for x in each[1]))


def open_gate(
    work: Work,
    actor: Actor,
    now: datetime,
    visit_id: int,
    kind: str,
    valid_until: date | None = None,
    patient_id: int | None = None,
) -> None:
    """Opens a gate, until the date given or for as long as the protocol lets it last; of a group for one, or for all.

    Raises NotFound, NotAllowed for who has none of the roles that may open it, Conflict where the visit is over, and
    InvalidInput for a date that the opening cannot cover.
    """
    clinics.lock(work, actor.clinic_id)
    rows, gate = _gate(work, actor, visit_id, kind)
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    until = _until(gate, valid_until, local(now, zone).date(), local(rows.visit.starts_at, zone).date())
    patient = _patient(rows, patient_id)
    store.open_gate(work, rows.visit, kind, now, actor.name, until, patient.id if patient else None)
    detail = _detail(rows, kind, patient)
    if until is not None:
        detail["valid_until"] = until.isoformat()
    audit.append(work, actor, now, "gate.open", "visit", visit_id, detail)
    if of_visits(work, actor, now, [rows])[visit_id].verdict == "go":
        withdraw(work, actor.clinic_id, now, no_go_topic(visit_id, rows.visit.revision), "Every gate is open now.")


def no_go_topic(visit_id: int, revision: int) -> str:
    """What messages about the no-go of a visit, at the time that it had, are known by."""
    return f"no-go:{visit_id}:{revision}"


def shut_gate(work: Work, actor: Actor, now: datetime, visit_id: int, kind: str, patient_id: int | None = None) -> None:
    """Shuts a gate again; an opening that covers other visits, too, is shut for all of them. Raises as `open_gate`.

    For one patient of a group it stays open for the others.
    """
    clinics.lock(work, actor.clinic_id)
    rows, gate = _gate(work, actor, visit_id, kind)
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    day = local(rows.visit.starts_at, zone).date()
    openings = store.openings_of(work, [rows.enrollment.id])[rows.enrollment.id]
    patient = _patient(rows, patient_id)
    covering = [each for each in openings if each.covers(gate, visit_id, rows.visit.starts_at, day)]
    covering = [each for each in covering if patient is None or each.is_for(patient.id)]
    if covering:
        store.shut(work, actor.clinic_id, [each.id for each in covering], now)
        if patient is not None:
            others = [each.id for each in rows.patients if each.id != patient.id]
            store.keep_for(work, [each.id for each in covering if each.patient_id is None], others)
        audit.append(work, actor, now, "gate.shut", "visit", visit_id, _detail(rows, kind, patient))


def _patient(rows: VisitRows, patient_id: int | None) -> PatientRecord | None:
    """The one of a group that is meant; None for everybody, and where there is but one."""
    if patient_id is None:
        return None
    found = next((each for each in rows.patients if each.id == patient_id), None)
    if found is None:
        raise NotFound("There is no such patient in this program.")
    return found if len(rows.patients) > 1 else None


def _detail(rows: VisitRows, kind: str, patient: PatientRecord | None) -> dict[str, str]:
    detail = {"gate": kind, "visit": f"{rows.enrollment.code}/{rows.visit.code}"}
    return detail | {"patient": patient.code} if patient else detail


def _gate(work: Work, actor: Actor, visit_id: int, kind: str) -> tuple[VisitRows, Gate]:
    """The gate, which the actor may open and shut."""
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    if rows is None or rows.enrollment.id not in seen_programs(work, actor, [rows.enrollment.id]):
        raise NotFound("There is no such visit.")
    book = GateBook(work, actor.clinic_id, [rows.enrollment.id])
    gate = next((each for each in book.before(rows) if each.kind == kind), None)
    if gate is None:
        raise NotFound("There is no such gate.")
    if actor.access is Access.AUDITOR or not gate.opens_for(roles_of(work, actor)):
        raise NotAllowed(f"“{NAMES[kind]}” is opened by a {' or a '.join(gate.may_open)}. Ask one of them.")
    if rows.visit.status != "scheduled":
        raise Conflict("This visit is over, so its gates stay as they are.")
    return rows, gate


def _until(gate: Gate, wished: date | None, today: date, visit_day: date) -> date | None:
    latest = gate.latest_validity(today)
    if latest is None:
        return None
    name = NAMES[gate.kind]
    if latest < visit_day:
        first = visit_day - timedelta(days=gate.valid_days or 0)
        raise InvalidInput(f"{name} would be too old by the visit. Open it on {first:%B} {first.day} or later.")
    if wished is not None and wished > latest:
        raise InvalidInput(f"{name} holds until {latest:%B} {latest.day} at most. Choose that date or an earlier one.")
    if wished is not None and wished < visit_day:
        raise InvalidInput(f"{name} must hold on the day of the visit. Choose {visit_day:%B} {visit_day.day} or later.")
    return wished or latest
