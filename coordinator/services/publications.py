"""Publications, and undoing one within three minutes: by a counter-publication through the same door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import from_utc, zone_named
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.domain.publication import OVERRIDABLE
from coordinator.domain.schedule import PlacedVisit
from coordinator.services import repair_effects, repair_undone
from coordinator.services.visit_changes import MISSED, Applied, Basis, Override, VisitChange, apply_changes
from coordinator.store import (
    audit,
    clinics,
    enrollment_queries,
    enrollments,
    proposal_queries,
    publications,
    timeline_queries,
    visit_queries,
)
from coordinator.store.proposals import ProposalRecord
from coordinator.store.publications import Line, PublicationRecord, State
from coordinator.store.unit_of_work import Work

STOPS = {"pause": "paused", "end": "ended"}
"""Kinds of publications that stop a program, which runs again when they are undone, and what it is meanwhile."""
UNDO_WITHIN = timedelta(minutes=3)
"""How long a publication may be undone. Messages about it fall due no sooner."""


@dataclass(frozen=True, slots=True)
class Undoable:
    """A publication that may still be undone. `visits` is how many it changed."""

    id: int
    kind: str
    visits: int
    maker: str
    made_at: datetime
    seconds_left: int


def undoable(work: Work, actor: Actor, now: datetime, enrollment_id: int | None = None) -> tuple[Undoable, ...]:
    """What may still be undone, the newest first: in the clinic, or of one enrollment."""
    found = publications.since(work, actor.clinic_id, now - UNDO_WITHIN, enrollment_id)
    return tuple(_undoable(each, len(publications.lines(work, each.id)), now) for each in found)


def offered(work: Work, actor: Actor, now: datetime, publication_id: int) -> Undoable | None:
    """The publication, if it may still be undone."""
    return next((each for each in undoable(work, actor, now) if each.id == publication_id), None)


def undo(work: Work, actor: Actor, now: datetime, publication_id: int) -> Applied:
    """Puts every visit of a publication back to where it was, all or none; undoing that does it again.

    Raises NotFound, and Conflict where it is too late, was done already, a visit was changed or has begun meanwhile,
    or the old places do not keep the rules any more.
    """
    clinics.lock(work, actor.clinic_id)
    record = publications.one(work, actor.clinic_id, publication_id)
    if record is None:
        raise NotFound("There is no such publication.")
    _refuse_late(work, record, now)
    proposal = _proposal(work, actor, record)
    first, is_again = _first(work, actor, record)
    also = repair_undone.publications_of(proposal) if proposal is not None and not is_again else []
    lines = publications.lines(work, record.id, *also)
    codes = _Codes.of(work, actor, lines)
    _refuse_overtaken(work, lines, codes)
    if first.kind in STOPS and not is_again:
        _let_run(work, actor, now, codes, first.kind)
    basis = Basis("undo", record.proposal_id, record.id)
    try:
        if proposal is not None and is_again:
            repair_undone.put_down_again(work, actor, now, proposal)
        elif proposal is not None:
            lines = _take_back(work, actor, now, proposal, lines, codes, basis)
        applied = apply_changes(work, actor, now, [codes.change(line) for line in lines], _overrides(lines), basis)
        if proposal is not None and is_again:
            repair_effects.after_visits(work, actor, now, proposal)
    except (Conflict, InvalidInput) as refusal:
        raise Conflict(f"This cannot be undone any more. {refusal}") from refusal
    if first.kind in STOPS and is_again:
        for enrollment_id in codes.enrollments:
            enrollments.set_status(work, actor.clinic_id, enrollment_id, STOPS[first.kind], now)
    _put_back(work, actor, now, record, is_again=is_again)
    detail = {"publication": record.id, "visits": len(lines)}
    audit.append(work, actor, now, "publication.undo", "publication", applied.publication_id or record.id, detail)
    return applied


def _undoable(record: PublicationRecord, visits: int, now: datetime) -> Undoable:
    left = record.made_at + UNDO_WITHIN - now
    return Undoable(record.id, record.kind, visits, record.maker, record.made_at, max(0, int(left.total_seconds())))


def _first(work: Work, actor: Actor, record: PublicationRecord) -> tuple[PublicationRecord, bool]:
    """What was done at first, of a publication that undoes another; and whether undoing this one does it again."""
    first, is_again = record, False
    while first.undoes_id is not None and (undone := publications.one(work, actor.clinic_id, first.undoes_id)):
        first, is_again = undone, not is_again
    return first, is_again


def _let_run(work: Work, actor: Actor, now: datetime, codes: _Codes, kind: str) -> None:
    """Lets stopped programs run again; raises Conflict for one that was paused, and has been ended since."""
    for rows in enrollment_queries.several(work, actor.clinic_id, codes.enrollments):
        if kind == "pause" and rows.enrollment.status in enrollments.OVER:
            raise Conflict(
                f"{rows.enrollment.code} was {rows.enrollment.status} meanwhile, so this cannot be undone. Enroll anew."
            )
        enrollments.set_status(work, actor.clinic_id, rows.enrollment.id, "active", now)


def _refuse_late(work: Work, record: PublicationRecord, now: datetime) -> None:
    counter = publications.counter(work, record.id)
    if counter is not None:
        raise Conflict(f"{counter.maker} has undone this already.")
    if now >= record.made_at + UNDO_WITHIN:
        raise Conflict(
            "The three minutes in which this could be undone are over. Move or cancel its visits one by one instead."
        )


def _refuse_overtaken(work: Work, lines: Iterable[Line], codes: _Codes) -> None:
    now = publications.states(work, [line.visit_id for line in lines])
    for line in lines:
        if now[line.visit_id].revision != line.after.revision:
            newest = publications.newest_of_visit(work, line.enrollment_id, line.code)
            by = f" by {newest.maker}" if newest is not None else ""
            label = f"{codes.enrollments[line.enrollment_id]}/{line.code}"
            raise Conflict(
                f"{label} was changed meanwhile{by}, so this cannot be undone. Move or cancel its visits one by one."
            )


@dataclass(frozen=True, slots=True)
class _Codes:
    """The names that changes are written in, by row id, and the zone that they are read in."""

    enrollments: Mapping[int, str]
    rooms: Mapping[int, str]
    staff: Mapping[int, str]
    timezone: str

    @classmethod
    def of(cls, work: Work, actor: Actor, lines: Iterable[Line]) -> _Codes:
        wanted = {line.enrollment_id for line in lines}
        rows = enrollment_queries.several(work, actor.clinic_id, wanted)
        return cls(
            enrollments={each.enrollment.id: each.enrollment.code for each in rows},
            rooms={each.id: code for code, each in timeline_queries.rooms_by_code(work, actor.clinic_id).items()},
            staff={each.id: code for code, each in timeline_queries.staff_by_code(work, actor.clinic_id).items()},
            timezone=clinics.get(work, actor.clinic_id).timezone,
        )

    def change(self, line: Line) -> VisitChange:
        """What takes a visit back to where it was."""
        if line.before is None or line.before.status in MISSED:
            status = line.before.status if line.before else "canceled"
            return VisitChange(line.enrollment_id, line.code, status=status, revision_seen=line.after.revision)
        placed = self._placed(line, line.before)
        if line.after.status == "canceled":
            return VisitChange(line.enrollment_id, line.code, placed, restores=line.visit_id)
        return VisitChange(line.enrollment_id, line.code, placed, revision_seen=line.after.revision)

    def _placed(self, line: Line, state: State) -> PlacedVisit:
        start = from_utc(state.starts_at, zone_named(self.timezone))
        room = None if state.room_id is None else self.rooms[state.room_id]
        staff = {need: self.staff[person] for need, person in state.staff.items()}
        return PlacedVisit(self.enrollments[line.enrollment_id], line.code, start, room, staff)


def _overrides(lines: Iterable[Line]) -> list[Override]:
    """The leave that the old places had."""
    notes = [note for line in lines if line.before for note in line.before.overrides]
    reasons = {note["rule"]: note["reason"] for note in notes if note["rule"] in OVERRIDABLE}
    return [Override(rule, reason) for rule, reason in reasons.items()]


def _put_back(work: Work, actor: Actor, now: datetime, record: PublicationRecord, *, is_again: bool) -> None:
    """Programs that waited for a plan wait again, and a proposal may be published again (or is, once more)."""
    for enrollment_id in record.started:
        visits = visit_queries.of_enrollment(work, actor.clinic_id, enrollment_id)
        if not any(each.visit.status in visit_queries.HOLDING for each in visits):
            enrollments.set_status(work, actor.clinic_id, enrollment_id, "waiting", now)
    proposal = _proposal(work, actor, record)
    if proposal is not None:
        proposal.status, proposal.published_at = ("published", now) if is_again else ("open", None)


def _take_back(
    work: Work,
    actor: Actor,
    now: datetime,
    proposal: ProposalRecord,
    lines: list[Line],
    codes: _Codes,
    basis: Basis,
) -> list[Line]:
    """Takes back what a repair put down, before the visits go back: nobody goes back into time off that came with it.

    Visits that only the new protocol has are canceled while it is still followed; gives the lines that are left.
    """
    new = [each for each in lines if each.before is None] if repair_undone.changes_protocol(proposal) else []
    left = [each for each in lines if each not in new]
    if new:
        apply_changes(work, actor, now, [codes.change(each) for each in new], (), Basis() if left else basis)
    repair_undone.take_back(work, actor, now, proposal)
    return left


def _proposal(work: Work, actor: Actor, record: PublicationRecord) -> ProposalRecord | None:
    if record.proposal_id is None:
        return None
    return proposal_queries.proposal(work, actor.clinic_id, record.proposal_id)
