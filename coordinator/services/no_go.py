"""No-go: at the set time before a visit with a shut gate, its time is released where the clinic so chooses.

The worker looks every few seconds; the worklist shows a no-go whether anybody looked or not.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coordinator.domain.actor import system
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.errors import Conflict
from coordinator.services import gates, notices
from coordinator.services.gate_policy import earliest
from coordinator.services.gate_rules import GateBook
from coordinator.services.notices import Message, Recipient
from coordinator.services.schedule import cancel_visit
from coordinator.services.visit_cards import local
from coordinator.store import audit, clinics, users, visit_queries
from coordinator.store import gates as store
from coordinator.store.unit_of_work import Database, Work
from coordinator.store.visit_queries import VisitRows


def note_no_gos(database: Database, now: datetime) -> int:
    """Notes every visit that has become a no-go since the last look, and releases it where that is chosen; how many."""
    with database.read() as work:
        found = [
            (clinic_id, visit_id)
            for clinic_id, _ in clinics.all_clinics(work)
            for visit_id in _unnoted(work, clinic_id, now)
        ]
    return sum(_note(database, now, clinic_id, visit_id) for clinic_id, visit_id in found)


def _unnoted(work: Work, clinic_id: int, now: datetime) -> list[int]:
    """The visits that are a no-go and were not noted as one at the time that they have."""
    until = now + timedelta(minutes=earliest(clinics.get(work, clinic_id).settings))
    near = [key for key, noted in store.scheduled_before(work, clinic_id, now, until) if not noted]
    return [key for key in near if _is_no_go(work, clinic_id, now, key)]


def _is_no_go(work: Work, clinic_id: int, now: datetime, visit_id: int) -> bool:
    rows = visit_queries.one(work, clinic_id, visit_id)
    found = gates.of_visits(work, system(clinic_id), now, [rows] if rows else []).get(visit_id)
    return found is not None and found.status == "scheduled" and found.verdict == "no_go"


def _note(database: Database, now: datetime, clinic_id: int, visit_id: int) -> bool:
    """Notes one no-go in a transaction of its own: one that cannot be released does not hold up the others."""
    try:
        with database.write() as work:
            return _noted(work, now, clinic_id, visit_id, releases=True)
    except Conflict:  # it stays on the schedule, and on the worklist as a no-go
        with database.write() as work:
            return _noted(work, now, clinic_id, visit_id, releases=False)


def _noted(work: Work, now: datetime, clinic_id: int, visit_id: int, *, releases: bool) -> bool:
    clinic = clinics.lock(work, clinic_id)  # somebody may open the gate at this moment
    rows = visit_queries.one(work, clinic_id, visit_id)
    if rows is None or not _is_no_go(work, clinic_id, now, visit_id):
        return False
    actor = system(clinic_id)
    topic = gates.no_go_topic(visit_id, rows.visit.revision)
    store.note_no_go(work, rows.visit, now)
    detail = {"visit": f"{rows.enrollment.code}/{rows.visit.code}"}
    audit.append(work, actor, now, "gate.no_go", "visit", visit_id, detail)
    is_released = releases and GateBook(work, clinic_id, [rows.enrollment.id]).policy(rows).releases
    if is_released:
        cancel_visit(work, actor, now, visit_id)
    _tell(work, now, topic, rows, zone_named(clinic.timezone), is_released=is_released)
    return True


def _tell(work: Work, now: datetime, topic: str, rows: VisitRows, zone: ZoneInfo, *, is_released: bool) -> None:
    """Owes each coordinator a message, which is taken back where the gates are opened before it leaves."""
    start = local(rows.visit.starts_at, zone)
    at = f"{start:%A, %B} {start.day} at {start.hour % 12 or 12}:{start:%M %p}"
    then = "Its time was released." if is_released else "Have the gates opened, move the visit or cancel it."
    text = f"The visit {rows.enrollment.code}/{rows.visit.code} on {at} is a no-go: not every gate is open. {then}"
    for user in users.coordinators(work, rows.visit.clinic_id):
        owed = Message(topic, Recipient("user", user), "A visit is a no-go", text, rows.visit.starts_at)
        notices.owe(work, rows.visit.clinic_id, now, owed)
