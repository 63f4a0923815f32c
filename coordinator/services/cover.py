"""Cover: somebody asks for time off or calls in sick, and what that touches is repaired before anybody decides."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import from_utc, midnight_utc, zone_named
from coordinator.domain.errors import Conflict, InvalidInput, NotAllowed
from coordinator.domain.events import StaffAway
from coordinator.services import repairs, time_off
from coordinator.services.time_off import DECIDERS, AbsenceDetails
from coordinator.store import audit, clinics, staff_queries
from coordinator.store.staff import TimeOffRecord
from coordinator.store.unit_of_work import Work

LONGEST_SICK = timedelta(days=60)


def ask(work: Work, actor: Actor, now: datetime, staff_id: int, details: AbsenceDetails) -> int:
    """Asks for time off and has planned at once what could become of the visits in it; the time off's id.

    Raises as `time_off.request` does.
    """
    time_off_id = time_off.request(work, actor, now, staff_id, details)
    plan(work, actor, now, time_off_id)
    return time_off_id


def call_in_sick(work: Work, actor: Actor, now: datetime, staff_id: int, last: date | None = None) -> int:
    """Notes that somebody is away from now on until the end of the last day (none: today); the time off's id.

    Nobody has to approve it. The visits in it stand on the worklist until they are repaired, and a repair is planned at
    once. Raises NotFound, NotAllowed for a clinician who calls for somebody else, and InvalidInput for a last day that
    cannot be.
    """
    clinics.lock(work, actor.clinic_id)
    staff_queries.one(work, actor.clinic_id, staff_id)
    if actor.access not in DECIDERS and actor.staff_id != staff_id:
        raise NotAllowed("You can call in sick for yourself only. Ask a coordinator to enter it for others.")
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    today = now.astimezone(zone).date()
    until = last or today
    if until < today:
        raise InvalidInput("This day is over. Choose today or a later day.", "last")
    if until - today > LONGEST_SICK:
        raise InvalidInput("This is more than two months. Choose an earlier day, and call again then.", "last")
    starts_at, ends_at = now.replace(second=0, microsecond=0), midnight_utc(until + timedelta(days=1), zone)
    for known in staff_queries.time_off(work, actor.clinic_id, now, staff_id):
        if known.status == "approved" and known.starts_at <= starts_at and ends_at <= known.ends_at:
            raise InvalidInput("This time is noted as off already, so nothing is left to do. Get well soon.", "last")
    record = TimeOffRecord(
        clinic_id=actor.clinic_id,
        staff_id=staff_id,
        starts_at=starts_at,
        ends_at=ends_at,
        status="approved",
        cause="sick",
        created_at=now,
    )
    work.session.add(record)
    work.session.flush()
    audit.append(work, actor, now, "time_off.sick", "staff", staff_id, {"time_off": record.id})
    plan(work, actor, now, record.id)
    return record.id


def plan(work: Work, actor: Actor, now: datetime, time_off_id: int) -> int | None:
    """Has the repair of what the time off touches planned; the job's id, None where it touches nothing to come.

    Raises NotFound, and NotAllowed for somebody else's time off.
    """
    clinic = clinics.lock(work, actor.clinic_id)
    record = staff_queries.one_time_off(work, actor.clinic_id, time_off_id)
    time_off.refuse_strangers(actor, record)
    zone = zone_named(clinic.timezone)
    start, end = from_utc(max(record.starts_at, now), zone), from_utc(record.ends_at, zone)
    if start >= end or record.status not in ("requested", "approved"):
        return None
    try:
        record.job_id = repairs.request(work, actor, now, StaffAway(record.staff_id, start, end))
    except Conflict:
        record.job_id = None
    return record.job_id
