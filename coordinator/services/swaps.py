"""Swaps: a part in a visit offered to every colleague who may take it; the first yes wins.

An offer changes nothing. A yes is a publication like any other: the clinic is locked, and the rules judge it afresh.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import from_utc, zone_named
from coordinator.domain.errors import Conflict, NotAllowed, NotFound
from coordinator.domain.snapshot import Snapshot, VisitEntry
from coordinator.domain.spoken import day, span
from coordinator.domain.swapping import Candidate, candidates
from coordinator.services.desk import LOOKS_BACK
from coordinator.services.notices import Message, Recipient, owe, withdraw
from coordinator.services.rule_words import plainly
from coordinator.services.time_off import DECIDERS
from coordinator.services.visit_cards import local, visit_title
from coordinator.services.visit_changes import RulesBroken, VisitChange, apply_changes
from coordinator.store import audit, clinics, staff_queries, swaps, visit_queries
from coordinator.store import snapshot as snapshots
from coordinator.store.swaps import SwapRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import VisitRows


@dataclass(frozen=True, slots=True)
class SwapView:
    """An offer in clinic time, without the patient: who may take it need not know whose visit it is until they do.

    `state` is open, taken, withdrawn, or void where the visit is no longer as it was offered.
    """

    id: int
    visit_id: int
    title: str
    program: str
    need: str
    start: datetime
    end: datetime
    room: str | None
    giver: str
    asked: tuple[str, ...]
    declined: tuple[str, ...]
    state: str
    taker: str | None
    may_take: bool
    may_withdraw: bool
    created_at: datetime
    asked_ids: frozenset[int]


def offer(work: Work, actor: Actor, now: datetime, visit_id: int, need: str) -> int:
    """Offers somebody's part to everybody who may take it, tells each of them once, and gives the offer's id.

    An offer that is open already is kept. Raises NotFound, NotAllowed for somebody else's part, and Conflict for a
    visit that has begun, or that nobody may take, with the reasons.
    """
    clinics.lock(work, actor.clinic_id)
    rows = _rows(work, actor, visit_id)
    giver = _giver(rows, need)
    if actor.access not in DECIDERS and actor.staff_id != giver:
        raise NotAllowed("You can offer your own part of a visit only. Ask a coordinator about others'.")
    if rows.visit.starts_at <= now:
        raise Conflict("This visit has begun, so nobody can take it over. Tell a coordinator what happens.")
    for each in swaps.open_ones(work, actor.clinic_id, now):
        if (each.visit_id, each.need, each.staff_id, each.starts_at) == (visit_id, need, giver, rows.visit.starts_at):
            return each.id
    fit = _fit(work, actor, now, rows, need)
    record = SwapRecord(
        clinic_id=actor.clinic_id,
        visit_id=visit_id,
        need=need,
        staff_id=giver,
        starts_at=rows.visit.starts_at,
        asked=[each.staff_id for each in fit],
        created_at=now,
    )
    work.session.add(record)
    work.session.flush()
    _tell(work, actor, now, record, rows)
    audit.append(work, actor, now, "swap.offer", "visit", visit_id, {"swap": record.id, "asked": record.asked})
    return record.id


def accept(work: Work, actor: Actor, now: datetime, swap_id: int) -> None:
    """Takes the part over, at once. Of two who say yes at the same moment the second is told who was first.

    Raises NotFound, also for who was not asked, and Conflict where it is taken, withdrawn, changed since, or where a
    rule stands against the taker by now.
    """
    clinics.lock(work, actor.clinic_id)
    record = swaps.one(work, actor.clinic_id, swap_id)
    if actor.staff_id not in record.asked:
        raise NotFound("There is no such offer.")
    _refuse_closed(work, actor, record)
    rows = _rows(work, actor, record.visit_id)
    snapshot = snapshots.load(work, actor.clinic_id, since=now - LOOKS_BACK)
    held = _held(snapshot, rows)
    if held is None or not _is_as_offered(record, rows, now):
        raise Conflict("This visit was changed since it was offered, so there is nothing to take over any more.")
    taker = next(each for each in snapshot.staff if each.id == actor.staff_id)
    placed = replace(held.placed, staff={**held.placed.staff, record.need: taker.person.id})
    try:
        apply_changes(work, actor, now, [VisitChange(rows.enrollment.id, rows.visit.code, placed)])
    except RulesBroken as refusal:
        raise Conflict(f"You cannot take this over any more: {refusal.first}") from refusal
    record.status, record.taken_by, record.closed_at = "taken", taker.id, now
    withdraw(work, actor.clinic_id, now, _topic(record), "A colleague took it over.")
    audit.append(work, actor, now, "swap.accept", "visit", record.visit_id, {"swap": record.id, "staff": taker.id})


def decline(work: Work, actor: Actor, now: datetime, swap_id: int) -> None:
    """Notes that the actor cannot; raises NotFound, also for who was not asked."""
    clinics.lock(work, actor.clinic_id)
    record = swaps.one(work, actor.clinic_id, swap_id)
    if actor.staff_id not in record.asked:
        raise NotFound("There is no such offer.")
    if record.status == "open" and actor.staff_id not in record.declined:
        record.declined = [*record.declined, actor.staff_id]
        audit.append(work, actor, now, "swap.decline", "visit", record.visit_id, {"swap": record.id})


def take_back(work: Work, actor: Actor, now: datetime, swap_id: int) -> None:
    """Withdraws an offer; raises NotFound, NotAllowed for somebody else's, and Conflict where it is taken."""
    clinics.lock(work, actor.clinic_id)
    record = swaps.one(work, actor.clinic_id, swap_id)
    if actor.access not in DECIDERS and actor.staff_id != record.staff_id:
        raise NotAllowed("You can withdraw your own offers only.")
    _refuse_closed(work, actor, record)
    record.status, record.closed_at = "withdrawn", now
    withdraw(work, actor.clinic_id, now, _topic(record), "The offer was withdrawn.")
    audit.append(work, actor, now, "swap.withdraw", "visit", record.visit_id, {"swap": record.id})


def show(work: Work, actor: Actor, now: datetime, swap_id: int) -> SwapView:
    """An offer, for those whom it concerns; raises NotFound for others."""
    record = swaps.one(work, actor.clinic_id, swap_id)
    if actor.access not in DECIDERS and actor.staff_id not in (record.staff_id, *record.asked):
        raise NotFound("There is no such offer.")
    audit.append(work, actor, now, "swap.read", "visit", record.visit_id, {"swap": record.id})
    return views(work, actor, now, [record])[0]


def views(work: Work, actor: Actor, now: datetime, records: Sequence[SwapRecord]) -> list[SwapView]:
    """Offers as pages show them, in the order given."""
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    rows = {each.visit.id: each for each in visit_queries.several(work, actor.clinic_id, {r.visit_id for r in records})}
    names = {each.id: each.name for each in staff_queries.listed(work, actor.clinic_id)} if records else {}
    return [_view(each, rows[each.visit_id], names, actor, now, zone) for each in records]


def _view(
    record: SwapRecord, rows: VisitRows, names: dict[int, str], actor: Actor, now: datetime, zone: ZoneInfo
) -> SwapView:
    state = record.status if record.status != "open" or _is_as_offered(record, rows, now) else "void"
    spans = [part for part, person in rows.people if person.id == record.staff_id and part.need == record.need]
    starts_at = spans[0].starts_at if spans else record.starts_at
    ends_at = spans[0].ends_at if spans else rows.visit.ends_at
    return SwapView(
        id=record.id,
        visit_id=record.visit_id,
        title=visit_title(rows.visit.kind, rows.visit.code, rows.visit.course),
        program=rows.enrollment.code,
        need=record.need,
        start=local(starts_at, zone),
        end=local(ends_at, zone),
        room=rows.room.name if rows.room else None,
        giver=names[record.staff_id],
        asked=tuple(names[each] for each in record.asked),
        declined=tuple(names[each] for each in record.declined),
        state=state,
        taker=names.get(record.taken_by or 0),
        may_take=state == "open" and actor.staff_id in record.asked and actor.staff_id not in record.declined,
        may_withdraw=state == "open" and (actor.access in DECIDERS or actor.staff_id == record.staff_id),
        created_at=record.created_at,
        asked_ids=frozenset(record.asked) - frozenset(record.declined),
    )


def _rows(work: Work, actor: Actor, visit_id: int) -> VisitRows:
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    if rows is None:
        raise NotFound("There is no such visit.")
    return rows


def _giver(rows: VisitRows, need: str) -> int:
    """Who fills the need now."""
    for part, person in rows.people:
        if part.need == need and part.canceled_at is None and rows.visit.status == "scheduled":
            return person.id
    raise Conflict("Nobody has this part of the visit any more. Load the page again.")


def _fit(work: Work, actor: Actor, now: datetime, rows: VisitRows, need: str) -> list[Candidate]:
    """Who may take it; raises Conflict with the reasons where nobody may."""
    snapshot = snapshots.load(work, actor.clinic_id, since=now - LOOKS_BACK)
    held = _held(snapshot, rows)
    if held is None:
        raise Conflict("This visit holds no time any more. Load the page again.")
    minute = from_utc(now, zone_named(snapshot.clinic.timezone))
    found = list(candidates(snapshot, minute, held, need))
    fit = [each for each in found if each.refusal is None]
    if not fit:
        raise Conflict(_nobody(found, snapshot))
    return fit


def _nobody(found: Sequence[Candidate], snapshot: Snapshot) -> str:
    if not found:
        return "Nobody else has the role that this part needs. Ask a coordinator to move the visit."
    reasons = " ".join(f"{each.name}: {plainly(each.refusal, snapshot)}" for each in found[:3] if each.refusal)
    return f"No colleague can take this over as the visit stands. {reasons} Ask a coordinator to move the visit."


def _held(snapshot: Snapshot, rows: VisitRows) -> VisitEntry | None:
    if rows.enrollment.id not in snapshot.by_id:
        return None
    held = snapshot.held[rows.enrollment.id].get(rows.visit.code)
    return held if held is not None and held.id == rows.visit.id else None


def _is_as_offered(record: SwapRecord, rows: VisitRows, now: datetime) -> bool:
    still = any(
        person.id == record.staff_id and part.need == record.need and part.canceled_at is None
        for part, person in rows.people
    )
    return still and rows.visit.status == "scheduled" and rows.visit.starts_at == record.starts_at > now


def _refuse_closed(work: Work, actor: Actor, record: SwapRecord) -> None:
    if record.status == "taken":
        taker = staff_queries.one(work, actor.clinic_id, record.taken_by or 0)
        raise Conflict(f"{taker.name} was first and took this over. Nothing changes for you.")
    if record.status != "open":
        raise Conflict("This offer was withdrawn. Nothing changes for you.")


def _topic(record: SwapRecord) -> str:
    return f"swap:{record.id}:offered"


def _tell(work: Work, actor: Actor, now: datetime, record: SwapRecord, rows: VisitRows) -> None:
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    start, end = local(rows.visit.starts_at, zone), local(rows.visit.ends_at, zone)
    giver = staff_queries.one(work, actor.clinic_id, record.staff_id).name
    text = (
        "Hello,\n\n"
        f"{giver} cannot be at a visit and asks whether you can.\n\n"
        f"When:  {day(start)}, {span(start, end)}\n\n"
        "Sign in and open My day to say yes or no. The first yes takes it.\n\n"
        "This message was sent automatically. Please do not reply.\n"
    )
    for staff_id in record.asked:
        message = Message(
            _topic(record), Recipient("staff", staff_id), f"Can you cover {day(start)}?", text, record.starts_at,
            visit_id=rows.visit.id, visit_revision=rows.visit.revision,
        )  # fmt: skip
        owe(work, actor.clinic_id, now, message)
