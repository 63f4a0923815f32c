"""Time off: asked for, seen with what it touches, then approved or declined. Approving takes the clinic's lock."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import DAY, Minute
from coordinator.domain.errors import Conflict, InvalidInput, NotAllowed
from coordinator.services.visit_cards import VisitCard, card, local
from coordinator.services.week_hours import stored_time
from coordinator.store import audit, clinics, proposal_queries, staff_queries, visit_queries
from coordinator.store.staff import TimeOffRecord
from coordinator.store.unit_of_work import Work

LONGEST = timedelta(days=400)
NEXT = {
    "approved": {"requested"},
    "declined": {"requested"},
    "withdrawn": {"requested", "approved"},
}
"""From which statuses each may be reached."""
DECIDERS = {Access.ADMINISTRATOR, Access.COORDINATOR, Access.SYSTEM}


@dataclass(frozen=True, slots=True)
class Absence:
    """Time off in naive clinic time. `last` is the last day that it touches.

    `note` can hold a reason of health: it is empty for everybody but the person and those who decide.
    """

    id: int
    staff_id: int
    name: str
    start: datetime
    end: datetime
    last: date
    is_whole_days: bool
    status: str
    note: str
    is_sick: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """Time off and what it touches: the person's scheduled visits in it, by start."""

    absence: Absence
    touched: tuple[VisitCard, ...]
    may_decide: bool


@dataclass(frozen=True, slots=True)
class AbsenceDetails:
    """From the first day to the last; times, in minutes after midnight, where those are not whole days."""

    first: date
    last: date
    starts: Minute = 0
    ends: Minute = DAY
    note: str = ""


def absences_of(work: Work, actor: Actor, now: datetime, staff_id: int) -> list[Absence]:
    """A person's time off that is not over, by start; withdrawn and declined ones too. Raises NotFound."""
    person = staff_queries.one(work, actor.clinic_id, staff_id)
    zone = ZoneInfo(clinics.get(work, actor.clinic_id).timezone)
    records = staff_queries.time_off(work, actor.clinic_id, now, staff_id)
    found = [_absence(each, person.name, zone) for each in records]
    is_told = actor.access in DECIDERS or actor.staff_id == staff_id
    return found if is_told else [replace(each, note="") for each in found]


def request(work: Work, actor: Actor, now: datetime, staff_id: int, details: AbsenceDetails) -> int:
    """Asks for time off and gives its id; nothing changes until it is approved.

    Raises NotFound, NotAllowed for a clinician who asks for somebody else, and InvalidInput beside a field: times the
    wrong way round, or in the spring gap.
    """
    staff_queries.one(work, actor.clinic_id, staff_id)
    if actor.access not in DECIDERS and actor.staff_id != staff_id:
        raise NotAllowed("You can ask for time off for yourself only. Ask a coordinator to enter it for others.")
    zone = ZoneInfo(clinics.get(work, actor.clinic_id).timezone)
    record = TimeOffRecord(
        clinic_id=actor.clinic_id,
        staff_id=staff_id,
        starts_at=stored_time(details.first.toordinal() * DAY + details.starts, zone, "starts"),
        ends_at=stored_time(details.last.toordinal() * DAY + details.ends, zone, "ends"),
        status="requested",
        note=details.note,
        created_at=now,
    )
    _refuse_impossible(record)
    work.session.add(record)
    work.session.flush()
    audit.append(work, actor, now, "time_off.request", "staff", staff_id, {"time_off": record.id})
    return record.id


def review(work: Work, actor: Actor, now: datetime, time_off_id: int) -> Review:
    """The time off with the visits that it touches; raises NotFound."""
    record = staff_queries.one_time_off(work, actor.clinic_id, time_off_id)
    refuse_strangers(actor, record)
    zone = ZoneInfo(clinics.get(work, actor.clinic_id).timezone)
    person = staff_queries.one(work, actor.clinic_id, record.staff_id)
    found = touched(work, actor, now, record, zone)
    audit.append(work, actor, now, "time_off.read", "staff", record.staff_id, {"visits": [each.id for each in found]})
    return Review(_absence(record, person.name, zone), found, actor.access in DECIDERS)


def decide(
    work: Work, actor: Actor, now: datetime, time_off_id: int, status: str, seen: Collection[int] | None = None
) -> int:
    """Approves, declines or withdraws time off, under the clinic's lock; how many scheduled visits it touches.

    The visits stay as they are, and stand on the worklist until somebody moves them or gives them to somebody else.
    `seen` is the visits (ids) that the one who approves was shown. Raises NotFound, NotAllowed, and Conflict where
    somebody decided otherwise meanwhile, or published a visit into the time off that was not seen.
    """
    clinics.lock(work, actor.clinic_id)
    record = staff_queries.one_time_off(work, actor.clinic_id, time_off_id)
    refuse_strangers(actor, record)
    if actor.access not in DECIDERS and status != "withdrawn":
        raise NotAllowed("Only a coordinator decides about time off. You can withdraw your own.")
    if record.status not in NEXT[status]:
        raise Conflict(f"This time off was {record.status} meanwhile. Load the page again to see it as it is.")
    zone = ZoneInfo(clinics.get(work, actor.clinic_id).timezone)
    found = touched(work, actor, now, record, zone)
    new = [each for each in found if seen is not None and each.id not in seen]
    if status == "approved" and new:
        raise Conflict(
            f"{new[0].program}/{new[0].code} was published into this time meanwhile, so nothing is approved yet."
            " Look at what it touches now, then decide."
        )
    record.status = status
    if status != "approved":
        _drop_repair(work, actor, now, record)
    detail = {"time_off": record.id, "visits": [each.id for each in found]}
    audit.append(work, actor, now, f"time_off.{status}", "staff", record.staff_id, detail)
    return len(found)


def touched_by_sick_calls(work: Work, actor: Actor, now: datetime) -> set[int]:
    """The visits (ids) that somebody's sick call leaves without them."""
    zone = ZoneInfo(clinics.get(work, actor.clinic_id).timezone)
    calls = [each for each in staff_queries.time_off(work, actor.clinic_id, now) if is_sick_call(each)]
    return {card.id for each in calls for card in touched(work, actor, now, each, zone)}


def is_sick_call(record: TimeOffRecord) -> bool:
    """Whether it is a sick call that stands."""
    return record.cause == "sick" and record.status == "approved"


def approve_requested(
    work: Work, actor: Actor, now: datetime, staff_id: int, start: datetime, until: datetime
) -> int | None:
    """Approves what the person asked for, if it is just this time; its id, None where there was none.

    For a repair that is published: the time off it repairs comes with it. What had begun when it was planned counts
    from then on.
    """
    for record in staff_queries.time_off(work, actor.clinic_id, now, staff_id):
        is_it = record.starts_at == start or record.starts_at < start <= now
        if record.status == "requested" and record.ends_at == until and is_it:
            record.status = "approved"
            audit.append(work, actor, now, "time_off.approved", "staff", staff_id, {"time_off": record.id})
            return record.id
    return None


def _drop_repair(work: Work, actor: Actor, now: datetime, record: TimeOffRecord) -> None:
    """Lets the repair go that was planned for time off which is not to be: published, it would bring it back."""
    if record.job_id is None:
        return
    proposal_queries.ask_to_cancel(work, actor.clinic_id, record.job_id, now)
    made = proposal_queries.of_job(work, actor.clinic_id, record.job_id)
    if made is not None and proposal_queries.discard(work, actor.clinic_id, made.id):
        audit.append(work, actor, now, "proposal.discard", "proposal", made.id, {"time_off": record.id})


def _refuse_impossible(record: TimeOffRecord) -> None:
    if record.starts_at >= record.ends_at:
        raise InvalidInput("This time off ends before it begins. Choose a later last day or end.", "last")
    if record.ends_at - record.starts_at > LONGEST:
        raise InvalidInput(
            "This is more than a year. Choose an earlier last day, or note that the person left.", "last"
        )


def refuse_strangers(actor: Actor, record: TimeOffRecord) -> None:
    """Raises NotAllowed for a clinician who looks at somebody else's time off."""
    if actor.access not in DECIDERS and actor.staff_id != record.staff_id:
        raise NotAllowed("You can see your own time off only. Ask a coordinator about others'.")


def touched(work: Work, actor: Actor, now: datetime, record: TimeOffRecord, zone: ZoneInfo) -> tuple[VisitCard, ...]:
    """The person's scheduled visits that share a moment with what is left of the time off, by start."""
    rows = visit_queries.between(
        work,
        actor.clinic_id,
        max(record.starts_at, now),
        record.ends_at,
        statuses=("scheduled",),
        staff_id=record.staff_id,
    )
    start, end = local(record.starts_at, zone), local(record.ends_at, zone)
    cards = [card(each, actor, now, zone) for each in rows]
    return tuple(
        each
        for each in cards
        if any(part.staff_id == record.staff_id and part.start < end and start < part.end for part in each.people)
    )


def _absence(record: TimeOffRecord, name: str, zone: ZoneInfo) -> Absence:
    start, end = local(record.starts_at, zone), local(record.ends_at, zone)
    return Absence(
        id=record.id,
        staff_id=record.staff_id,
        name=name,
        start=start,
        end=end,
        last=(end - timedelta(minutes=1)).date(),
        is_whole_days=not (start.hour or start.minute or end.hour or end.minute),
        status=record.status,
        note=record.note,
        is_sick=record.cause == "sick",
    )
