"""What a visit that runs late pushes: the visits of the same day that wait for its people, its room or its patients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coordinator.domain.clinic_time import Minute, day_of
from coordinator.domain.snapshot import Snapshot, VisitEntry


@dataclass(frozen=True, slots=True)
class Push:
    """A visit that starts so many minutes late; `by` names the people and the room that it waits for."""

    visit: VisitEntry
    minutes: int
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a visit takes: a name to be shown, and until when it is not free for another."""

    name: str
    start: Minute
    end: Minute


def pushed(snapshot: Snapshot, visit_id: int, minutes: int) -> list[Push]:
    """The visits that start later when this one ends so many minutes late, in order of time; one pushes the next.

    Supervision that is shared goes on elsewhere meanwhile, and pushes nothing.
    """
    late = next((each for each in snapshot.visits if each.id == visit_id), None)
    if late is None or minutes <= 0:
        return []
    day = [each for each in snapshot.visits if day_of(each.start) == day_of(late.start) and each.status == "scheduled"]
    taken = {visit_id: (_taken(snapshot, late), minutes)}
    found = []
    for each in sorted(day, key=lambda visit: (visit.start, visit.id)):
        if each.id == visit_id or each.start < late.start:
            continue
        mine = _taken(snapshot, each)
        waits = _waits(mine, taken.values())
        if waits:
            taken[each.id] = (mine, max(waits.values()))
            found.append(Push(each, max(waits.values()), tuple(waits)))
    return found


def _waits(mine: Mapping[str, _Taken], others: Iterable[tuple[Mapping[str, _Taken], int]]) -> dict[str, int]:
    """How long it waits for what, by name."""
    waits: dict[str, int] = {}
    for taken, minutes in others:
        for key, other in taken.items():
            own = mine.get(key)
            if own is None or other.start > own.start:
                continue
            late = other.end + minutes - own.start
            if late > 0:
                waits[own.name] = max(late, waits.get(own.name, 0))
    return waits


def _taken(snapshot: Snapshot, visit: VisitEntry) -> dict[str, _Taken]:
    """People for their part with the turnover after it, the room with its own, the patients."""
    entry = snapshot.by_id[visit.enrollment_id]
    found: dict[str, _Taken] = {}
    for need in snapshot.visit_of(entry, visit.code).needs:
        if need.shared:
            continue
        person = snapshot.staff_by_code[visit.placed.staff[need.name]].person
        start = visit.start + need.offset
        end = start + need.minutes + person.turnover_minutes
        before = found.get(f"staff {person.id}")
        found[f"staff {person.id}"] = _Taken(person.name, before.start if before else start, end)
    if visit.placed.room is not None:
        room = snapshot.rooms_by_code[visit.placed.room].room
        found[f"room {room.id}"] = _Taken(room.name, visit.start, visit.end + room.turnover_minutes)
    for patient in entry.enrollment.patients:
        found[f"patient {patient}"] = _Taken("the patient", visit.start, visit.end)
    return found
