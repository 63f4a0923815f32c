"""Publishing a proposal, moving a visit, canceling one: all through `visit_changes.apply_changes`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import Minute
from coordinator.domain.errors import Conflict, NotFound
from coordinator.domain.schedule import PlacedVisit
from coordinator.exchange.plan import read_plan
from coordinator.services import repair_effects
from coordinator.services.visit_changes import Applied, Basis, Override, VisitChange, apply_changes
from coordinator.store import audit, clinics, enrollment_queries, holds, proposal_queries, publications, visit_queries
from coordinator.store.enrollment_queries import EnrollmentRows
from coordinator.store.proposals import ProposalRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visit_queries import VisitRows

__all__ = ["Applied", "Override", "Published", "VisitChange", "apply_changes", "cancel_visit", "move_visit", "publish"]


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing a proposal wrote: its enrollments and the visits that are new or changed, by id."""

    proposal_id: int
    enrollments: tuple[int, ...]
    visits: tuple[int, ...]
    publication_id: int | None


def publish(
    work: Work,
    actor: Actor,
    now: datetime,
    proposal_id: int,
    overrides: Sequence[Override] = (),
    only: Collection[int] | None = None,
    seen: int | None = None,
) -> Published:
    """Makes a proposal real, all or nothing. Visits that stand already as proposed stay as they are.

    `only` names the programs to publish, where not all of them are wanted; the others wait on. `seen` is the clinic's
    last publication when the proposal was looked at: what somebody moved since would be moved back unseen.
    Raises NotFound, RulesBroken (a Conflict) where the clinic has changed so that the proposal no longer fits, and
    Conflict for a proposal that is published, discarded or expired, or plans nothing, or whose programs were changed
    since it was looked at.
    """
    clinics.lock(work, actor.clinic_id)
    proposal = _open_proposal(work, actor, proposal_id)
    plan = read_plan(proposal.plan)
    rows = enrollment_queries.several(work, actor.clinic_id, proposal.enrollments)
    ids = {each.enrollment.code: each.enrollment.id for each in rows}
    ids = {code: each for code, each in ids.items() if only is None or each in only}
    changes = [VisitChange(ids[each.enrollment], each.visit, each) for each in plan.visits if each.enrollment in ids]
    if not changes:
        raise Conflict("This proposal plans nothing, so there is nothing to publish. Ask for another plan.")
    if seen is not None:
        _refuse_unseen(work, actor, rows, {each.enrollment_id for each in changes}, seen)
    holds.release(work, [proposal.id])
    repair_effects.before_visits(work, actor, now, proposal)
    applied = apply_changes(work, actor, now, changes, overrides, Basis(proposal_id=proposal.id))
    repair_effects.after_visits(work, actor, now, proposal)
    proposal.status, proposal.published_at = "published", now
    enrollments = tuple(sorted({each.enrollment_id for each in changes}))
    _close_rivals(work, actor, now, proposal, enrollments)
    detail = {"enrollments": list(enrollments), "visits": len(applied.visits)}
    audit.append(work, actor, now, "proposal.publish", "proposal", proposal.id, detail)
    return Published(proposal.id, enrollments, applied.visits, applied.publication_id)


def move_visit(
    work: Work,
    actor: Actor,
    now: datetime,
    visit_id: int,
    start: Minute,
    room_code: str | None,
    staff: Mapping[str, str] | None = None,
    revision_seen: int | None = None,
    overrides: Sequence[Override] = (),
) -> Applied:
    """Puts a visit at another time, in another room (by code; None by video) or with other people (need to code).

    `staff` None keeps the people. Raises NotFound, RulesBroken, and Conflict where the visit changed since it was seen.
    """
    rows = _visit(work, actor, visit_id)
    people = {part.need: person.code for part, person in rows.people if part.canceled_at is None}
    placed = PlacedVisit(rows.enrollment.code, rows.visit.code, start, room_code, dict(staff or people))
    change = VisitChange(rows.enrollment.id, rows.visit.code, placed, revision_seen=revision_seen)
    return apply_changes(work, actor, now, [change], overrides)


def cancel_visit(work: Work, actor: Actor, now: datetime, visit_id: int, revision_seen: int | None = None) -> Applied:
    """Takes a visit that has not begun off the schedule; its program then lacks it until it is planned again.

    Raises NotFound, and Conflict where it changed since it was seen or has begun.
    """
    rows = _visit(work, actor, visit_id)
    change = VisitChange(rows.enrollment.id, rows.visit.code, status="canceled", revision_seen=revision_seen)
    return apply_changes(work, actor, now, [change])


def _refuse_unseen(
    work: Work, actor: Actor, rows: Iterable[EnrollmentRows], enrollments: Collection[int], seen: int
) -> None:
    found = publications.newest_of_programs(work, actor.clinic_id, enrollments, seen)
    if found is not None:
        publication, changed = found
        code = next(each.enrollment.code for each in rows if each.enrollment.id == changed)
        raise Conflict(
            f"{code} was changed by {publication.maker} since you looked, so nothing is published yet."
            " Look at what would change now, then publish."
        )


def _open_proposal(work: Work, actor: Actor, proposal_id: int) -> ProposalRecord:
    proposal = proposal_queries.proposal(work, actor.clinic_id, proposal_id)
    if proposal is None:
        raise NotFound("There is no such proposal.")
    work.session.refresh(proposal)
    if proposal.status != "open":
        raise Conflict(f"This proposal is {proposal.status} already. Ask for another plan.")
    return proposal


def _close_rivals(
    work: Work, actor: Actor, now: datetime, published: ProposalRecord, enrollments: Collection[int]
) -> None:
    """Discards other plans of these programs: published later, they would take back what is moved from now on."""
    for each in proposal_queries.open_proposals(work, actor.clinic_id):
        shares = not set(enrollments).isdisjoint(each.enrollments)
        if each.id != published.id and shares and proposal_queries.discard(work, actor.clinic_id, each.id):
            holds.release(work, [each.id])
            audit.append(work, actor, now, "proposal.discard", "proposal", each.id, {"published": published.id})


def _visit(work: Work, actor: Actor, visit_id: int) -> VisitRows:
    """A visit that holds its time, read under the clinic's lock."""
    clinics.lock(work, actor.clinic_id)
    rows = visit_queries.one(work, actor.clinic_id, visit_id)
    if rows is None:
        raise NotFound("There is no such visit.")
    if rows.visit.status not in visit_queries.HOLDING:
        raise Conflict(f"{_label(rows)} is {rows.visit.status.replace('_', ' ')} already. Plan it anew instead.")
    return rows


def _label(rows: VisitRows) -> str:
    return f"{rows.enrollment.code}/{rows.visit.code}"
