"""Holding a proposal's times while the patient thinks about it: nobody else gets them until then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from coordinator.domain.actor import Actor, system
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.domain.publication import Placing, broken_by
from coordinator.exchange.plan import read_plan
from coordinator.services.desk import open_desk
from coordinator.services.visit_changes import RulesBroken
from coordinator.services.visit_writing import visit_claims
from coordinator.store import audit, claims, clinics, holds, proposal_queries
from coordinator.store.claims import Claim, Collision
from coordinator.store.proposals import ProposalRecord
from coordinator.store.unit_of_work import Work

DAYS = (1, 3, 7)
"""For how long times may be held."""


def hold(work: Work, actor: Actor, now: datetime, proposal_id: int, days: int) -> datetime:
    """Holds an open proposal's times for so many days, in place of a hold of another plan for the same programs.

    Gives the end. Raises NotFound, InvalidInput for another number of days, and Conflict where the proposal is not
    open, is for a program that has visits already, or does not fit any more.
    """
    if days not in DAYS:
        raise InvalidInput("Times are held for 1, 3 or 7 days. Choose one of these.", "days")
    clinics.lock(work, actor.clinic_id)
    proposal = _proposal(work, actor, proposal_id)
    if proposal.status != "open":
        raise Conflict(f"This proposal is {proposal.status} already, so its times cannot be held.")
    _release(work, actor, now, _for_the_same(work, actor, proposal))
    _take(work, actor, now, proposal)
    proposal.held_until = now + timedelta(days=days)
    detail = {"until": proposal.held_until.isoformat(timespec="minutes")}
    audit.append(work, actor, now, "proposal.hold", "proposal", proposal.id, detail)
    return proposal.held_until


def let_go(work: Work, actor: Actor, now: datetime, proposal_id: int) -> None:
    """Gives back what a proposal holds; raises NotFound."""
    clinics.lock(work, actor.clinic_id)
    _release(work, actor, now, [_proposal(work, actor, proposal_id)])


def end_over(work: Work, now: datetime) -> int:
    """Gives back, in every clinic, what was held until now; how many proposals held it."""
    ended = holds.over(work, now)
    for each in ended:
        _release(work, system(each.clinic_id), now, [each])
    return len(ended)


def _take(work: Work, actor: Actor, now: datetime, proposal: ProposalRecord) -> None:
    desk = open_desk(work, actor, now)
    plan = read_plan(proposal.plan)
    known = desk.snapshot.by_code
    mine = [
        v for v in plan.visits if v.enrollment in known and v.visit not in desk.snapshot.held[known[v.enrollment].id]
    ]
    entries = [desk.snapshot.by_code[each.enrollment] for each in mine]
    if not mine:
        raise Conflict("This proposal plans nothing, so there is nothing to hold. Ask for another plan.")
    if any(not each.has_begun(desk.minute) for entry in entries for each in desk.snapshot.held[entry.id].values()):
        raise Conflict("This program has visits already. Publish the proposal; only a first plan can be held.")
    broken = broken_by(desk.snapshot, desk.minute, [Placing((each.enrollment, each.visit), each) for each in mine])
    if broken:
        raise RulesBroken(broken, desk.snapshot)
    wanted: list[Claim] = []
    for entry, placed in zip(entries, mine, strict=True):
        held = visit_claims(desk.snapshot, desk.zone, entry, placed, 0)
        wanted += [replace(each, visit_id=None, proposal_id=proposal.id) for each in held]
    try:
        claims.take(work, actor.clinic_id, wanted)
    except Collision as collision:
        raise Conflict("Somebody else has one of these times by now. Plan again.") from collision


def _for_the_same(work: Work, actor: Actor, proposal: ProposalRecord) -> list[ProposalRecord]:
    return [
        each
        for each in proposal_queries.open_proposals(work, actor.clinic_id)
        if each.held_until is not None and not set(each.enrollments).isdisjoint(proposal.enrollments)
    ]


def _release(work: Work, actor: Actor, now: datetime, proposals: list[ProposalRecord]) -> None:
    holds.release(work, [each.id for each in proposals])
    for each in proposals:
        audit.append(work, actor, now, "proposal.release", "proposal", each.id)
        work.session.refresh(each)


def _proposal(work: Work, actor: Actor, proposal_id: int) -> ProposalRecord:
    found = proposal_queries.proposal(work, actor.clinic_id, proposal_id)
    if found is None:
        raise NotFound("There is no such proposal.")
    return found
