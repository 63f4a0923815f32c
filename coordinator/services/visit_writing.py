"""From the domain's placed visits to rows and claims."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coordinator.domain.clinic_time import Minute, to_utc, to_utc_at_once
from coordinator.domain.protocol import Need, ProtocolVisit
from coordinator.domain.schedule import PlacedVisit
from coordinator.domain.snapshot import EnrollmentEntry, Snapshot
from coordinator.store import claims
from coordinator.store.claims import Claim
from coordinator.store.resources import BLOCK
from coordinator.store.visit_writing import Part, Placement


def placement(
    snapshot: Snapshot, zone: ZoneInfo, entry: EnrollmentEntry, placed: PlacedVisit, visit_id: int | None
) -> Placement:
    """The row of a visit; raises InvalidInput for a time that the spring change skips."""
    visit = snapshot.visit_of(entry, placed.visit)
    return Placement(
        visit_id=visit_id,
        enrollment_id=entry.id,
        code=visit.id,
        kind=visit.kind,
        course=visit.course,
        starts_at=to_utc(placed.start, zone),
        ends_at=to_utc(placed.start + visit.minutes, zone),
        room_id=None if placed.room is None else snapshot.rooms_by_code[placed.room].id,
        people=tuple(_part(snapshot, zone, visit, placed, name) for name in visit.need_names()),
    )


def visit_claims(
    snapshot: Snapshot, zone: ZoneInfo, entry: EnrollmentEntry, placed: PlacedVisit, visit_id: int
) -> Iterator[Claim]:
    """All that a visit takes: its people for their parts, its room with the turnover, its patients."""
    visit = snapshot.visit_of(entry, placed.visit)
    starts_at, ends_at = to_utc(placed.start, zone), to_utc(placed.start + visit.minutes, zone)
    for need in visit.needs:
        person = snapshot.staff_by_code[placed.staff[need.name]]
        part = claims.Part.SHARED if need.shared else claims.Part.WHOLE
        span = _span(placed.start, need, zone)
        if span[0] < span[1]:
            yield Claim(person.resource_id, part, *span, visit_id, places=min(BLOCK, person.person.supervises))
    if placed.room is not None:
        room = snapshot.rooms_by_code[placed.room]
        free_at = ends_at + timedelta(minutes=room.room.turnover_minutes)
        yield Claim(room.resource_id, claims.Part.USE, starts_at, ends_at, visit_id)
        yield Claim(room.resource_id, claims.Part.TURNOVER, starts_at, free_at, visit_id)
    for resource_id in entry.patients.values():
        yield Claim(resource_id, claims.Part.USE, starts_at, ends_at, visit_id)


def _span(start: Minute, need: Need, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first = start + need.offset
    return to_utc_at_once(first, zone), to_utc_at_once(first + need.minutes, zone)


def _part(snapshot: Snapshot, zone: ZoneInfo, visit: ProtocolVisit, placed: PlacedVisit, name: str) -> Part:
    needs = sorted((need for need in visit.needs if need.name == name), key=lambda need: need.offset)
    spans = [_span(placed.start, need, zone) for need in needs]
    return Part(
        staff_id=snapshot.staff_by_code[placed.staff[name]].id,
        need=name,
        starts_at=min(span[0] for span in spans),
        ends_at=max(span[1] for span in spans),
        parts=tuple((need.offset, need.minutes) for need in needs) if len(needs) > 1 else (),
    )
