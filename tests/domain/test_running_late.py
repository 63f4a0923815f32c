"""Running late: who waits for whom, how long, and that one visit pushes the next."""

from __future__ import annotations

from dataclasses import replace

from coordinator.domain.clinic import Room, Staff
from coordinator.domain.clinic_time import DAY
from coordinator.domain.protocol import Need, Protocol, ProtocolVisit
from coordinator.domain.running_late import pushed
from coordinator.domain.schedule import Enrollment, PlacedVisit, Weights
from coordinator.domain.snapshot import ClinicFacts, EnrollmentEntry, RoomEntry, Snapshot, StaffEntry, VisitEntry
from coordinator.domain.working_hours import NO_HOURS, WorkingHours

TODAY = 740_000 * DAY
HOUR = Need("lead", "therapist", 60)
WATCH = Need("supervisor", "physician", 60, shared=True)
PROTOCOL = Protocol("p", "P", (ProtocolVisit("v", "dosing", 60, "dosing", (HOUR, WATCH), 1),))


def visit(number: int, start: int, lead: str, room: str, status: str = "scheduled") -> VisitEntry:
    placed = PlacedVisit(f"e{number}", "v", TODAY + start, room, {"lead": lead, "supervisor": "eve"})
    return VisitEntry(number, number, 1, "dosing", 1, placed, TODAY + start + 60, status, 1)


def clinic(*visits: VisitEntry) -> Snapshot:
    staff = tuple(
        StaffEntry(number, number, Staff(name, name.capitalize(), (), NO_HOURS, supervises=2), WorkingHours())
        for number, name in enumerate(("ben", "dana", "eve"))
    )
    rooms = tuple(
        RoomEntry(number, number, Room(name, name, ("dosing",), turnover_minutes=15))
        for number, name in enumerate(("r1", "r2"))
    )
    entries = tuple(
        EnrollmentEntry(each.id, "active", Enrollment(f"e{each.id}", (f"p{each.id}",), "p", 1), {}) for each in visits
    )
    facts = ClinicFacts(1, "C", "UTC", 15, 1, Weights(), frozenset())
    return Snapshot(facts, staff, rooms, (PROTOCOL,), entries, visits)


def told(snapshot: Snapshot, minutes: int) -> list[tuple[int, int, tuple[str, ...]]]:
    return [(each.visit.id, each.minutes, each.by) for each in pushed(snapshot, 1, minutes)]


def test_a_person_and_a_room_are_waited_for_the_room_with_its_turnover() -> None:
    late = visit(1, 540, "ben", "r1")
    assert told(clinic(late, visit(2, 615, "ben", "r2")), 40) == [(2, 25, ("Ben",))]
    assert told(clinic(late, visit(2, 615, "dana", "r1")), 40) == [(2, 40, ("r1",))]
    assert told(clinic(late, visit(2, 615, "ben", "r1")), 40) == [(2, 40, ("Ben", "r1"))]


def test_one_visit_pushes_the_next_and_a_pause_ends_it() -> None:
    late, second, third = visit(1, 540, "ben", "r1"), visit(2, 600, "ben", "r2"), visit(3, 675, "dana", "r2")
    assert told(clinic(late, second, third), 30) == [(2, 30, ("Ben",)), (3, 30, ("r2",))]
    assert told(clinic(late, second, visit(3, 720, "dana", "r2")), 30) == [(2, 30, ("Ben",))]


def test_nothing_else_is_pushed() -> None:
    late = visit(1, 540, "ben", "r1")
    others = [
        visit(2, 600, "dana", "r2"),
        visit(3, 480, "ben", "r1"),
        visit(4, 600 + DAY, "ben", "r1"),
        visit(5, 600, "ben", "r1", "attended"),
    ]
    for other in others:
        assert told(clinic(late, other), 60) == [], other
    assert told(clinic(late, visit(2, 600, "ben", "r1")), 0) == []
    assert pushed(clinic(replace(late, id=9)), 1, 60) == []
