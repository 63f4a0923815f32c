"""What open proposals hold while somebody thinks about them: claims by proposal, which keep everybody else away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from coordinator.store import claims
from coordinator.store.claims import Part
from coordinator.store.proposals import ProposalRecord
from coordinator.store.resources import BLOCK
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Hold:
    """A stretch of time in which something is held."""

    starts_at: datetime
    ends_at: datetime


class Holds:
    """A clinic's holds by resource, without those of proposals for some enrollments."""

    def __init__(self, work: Work, clinic_id: int, without: Collection[int]) -> None:
        self._by_resource: defaultdict[int, list[tuple[int, int, Hold]]] = defaultdict(list)
        rows = claims.held(work, clinic_id)
        left_out = _proposals_for(work, clinic_id, without) if rows and without else set()
        for row in rows:
            if row.proposal_id not in left_out:
                resource, first = divmod(row.first, BLOCK)
                self._by_resource[resource].append((first, row.last % BLOCK, Hold(row.starts_at, row.ends_at)))

    def work_of(self, resource_id: int) -> list[Hold]:
        """When a person is held for ordinary work."""
        return [
            hold for first, last, hold in self._by_resource.get(resource_id, ()) if (first, last) == Part.WHOLE.value
        ]

    def supervision_of(self, resource_id: int) -> list[Hold]:
        """When a place of a person's supervision is held, once for each place."""
        return [hold for first, last, hold in self._by_resource.get(resource_id, ()) if first == last]

    def of_room(self, resource_id: int, turnover_minutes: int) -> list[Hold]:
        """When a room is held, with the turnover before and after: that of another visit must not run into it."""
        before = timedelta(minutes=turnover_minutes)
        return [
            Hold(hold.starts_at - before, hold.ends_at)
            for first, last, hold in self._by_resource.get(resource_id, ())
            if (first, last) == Part.TURNOVER.value
        ]

    def of_patient(self, resource_id: int) -> list[Hold]:
        """When a patient is held."""
        return [hold for first, last, hold in self._by_resource.get(resource_id, ()) if (first, last) == Part.USE.value]


def release(work: Work, proposal_ids: Sequence[int]) -> None:
    """Frees what proposals hold."""
    claims.give_back_held(work, proposal_ids)
    query = update(ProposalRecord).where(ProposalRecord.id.in_(list(proposal_ids)))
    work.session.execute(query.values(held_until=None))


def release_of(work: Work, clinic_id: int, enrollments: Collection[int]) -> list[int]:
    """Frees what open proposals hold for any of these enrollments; the ids of those that held something."""
    found = sorted(_proposals_for(work, clinic_id, enrollments)) if enrollments else []
    if found:
        release(work, found)
    return found


def over(work: Work, now: datetime) -> list[ProposalRecord]:
    """The proposals, of any clinic, whose hold has run out, or that are not open any more and hold still."""
    holding = select(claims.ClaimRecord.proposal_id).where(claims.ClaimRecord.proposal_id.is_not(None))
    ended = (ProposalRecord.held_until <= now) | (ProposalRecord.status != "open")
    query = select(ProposalRecord).where(ProposalRecord.id.in_(holding), ended).order_by(ProposalRecord.id)
    return list(work.session.scalars(query))


def _proposals_for(work: Work, clinic_id: int, enrollments: Collection[int]) -> set[int]:
    query = select(ProposalRecord.id, ProposalRecord.enrollments).where(
        ProposalRecord.clinic_id == clinic_id, ProposalRecord.held_until.is_not(None)
    )
    return {each for each, wanted in work.session.execute(query) if not set(enrollments).isdisjoint(wanted)}
