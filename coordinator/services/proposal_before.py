"""What stands where a proposal would put its visits: as published now or, once it is published itself, as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Actor
from coordinator.services.proposal_changes import Place
from coordinator.services.visit_cards import local
from coordinator.store import visit_queries
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.proposals import ProposalRecord
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Names:
    """Names by code."""

    rooms: Mapping[str, str]
    staff: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """A visit as it stands, or stood: naive clinic time, the room's code, and need's name to staff code."""

    kind: str
    course: int | None
    start: datetime
    end: datetime
    room: str | None
    staff: Mapping[str, str]

    def place(self, names: Names) -> Place:
        """The same with names."""
        room = None if self.room is None else names.rooms.get(self.room, self.room)
        people = tuple((need, names.staff.get(code, code)) for need, code in self.staff.items())
        return Place(self.start, self.end, room, people)


def held_before(
    work: Work, actor: Actor, record: ProposalRecord, enrollment: EnrollmentRecord, zone: ZoneInfo
) -> dict[str, Held]:
    """The visits of a program by code, before the proposal is published."""
    rows = visit_queries.of_enrollment(work, actor.clinic_id, enrollment.id)
    if record.status == "published" and "previous" in record.detail:
        newest = {each.visit.code: each for each in rows}
        return {
            each["visit"]: _as_it_was(each, newest[each["visit"]].visit.kind, newest[each["visit"]].visit.course)
            for each in record.detail["previous"]
            if each["enrollment"] == enrollment.code and each["visit"] in newest
        }
    return {
        each.visit.code: Held(
            each.visit.kind,
            each.visit.course,
            local(each.visit.starts_at, zone),
            local(each.visit.ends_at, zone),
            each.room.code if each.room else None,
            {part.need: person.code for part, person in each.people if part.canceled_at is None},
        )
        for each in rows
        if each.visit.status in visit_queries.HOLDING
    }


def _as_it_was(written: Mapping[str, object], kind: str, course: int | None) -> Held:
    start, end = (datetime.fromisoformat(str(written[name])) for name in ("start", "end"))
    room, staff = written["room"], written["staff"]
    assert isinstance(staff, Mapping)
    return Held(kind, course, start, end, None if room is None else str(room), dict(staff))
