"""Who could take somebody's part in a visit as it stands: the same rules as for any publication, person by person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from coordinator.domain.clinic_time import Minute, date_of, day_of, monday_of
from coordinator.domain.publication import Placing, broken_by
from coordinator.domain.snapshot import Snapshot, StaffEntry, VisitEntry
from coordinator.domain.violation import Violation

WEEK = 7


@dataclass(frozen=True, slots=True)
class Candidate:
    """A colleague who has the role; `refusal` says which rule stands against them, None where none does."""

    staff_id: int
    name: str
    refusal: Violation | None


def candidates(snapshot: Snapshot, now: Minute, visit: VisitEntry, need: str) -> Iterator[Candidate]:
    """The colleagues with the roles that the need asks for, by name, and what speaks against each."""
    entry = snapshot.by_id[visit.enrollment_id]
    needs = [each for each in snapshot.visit_of(entry, visit.code).needs if each.name == need]
    roles = {each.role for each in needs}
    near = _near(snapshot, visit)
    for other in sorted(snapshot.staff, key=lambda each: each.person.name):
        if roles <= set(other.person.roles) and other.person.id not in visit.placed.staff.values():
            yield Candidate(other.id, other.person.name, _refusal(near, now, visit, need, other))


def _refusal(snapshot: Snapshot, now: Minute, visit: VisitEntry, need: str, other: StaffEntry) -> Violation | None:
    code = snapshot.by_id[visit.enrollment_id].code
    placed = replace(visit.placed, staff={**visit.placed.staff, need: other.person.id})
    broken = broken_by(snapshot, now, [Placing((code, visit.code), placed)])
    return broken[0] if broken else None


def _near(snapshot: Snapshot, visit: VisitEntry) -> Snapshot:
    """The visits that can matter: those of the program, and all of the visit's week."""
    monday = monday_of(date_of(visit.start)).toordinal()
    visits = tuple(
        each
        for each in snapshot.visits
        if each.enrollment_id == visit.enrollment_id or monday <= day_of(each.start) < monday + WEEK
    )
    return replace(snapshot, visits=visits)
