"""Writing placed visits with their claims, feeds, notices and audit entries, once the rules have passed them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from coordinator.domain.clinic_time import from_utc, wall_clock
from coordinator.domain.errors import Conflict
from coordinator.domain.schedule import PlacedVisit
from coordinator.domain.snapshot import EnrollmentEntry, VisitEntry
from coordinator.domain.spoken import clock, short_day
from coordinator.services.desk import Desk
from coordinator.services.notices import owe_for_visits
from coordinator.services.visit_writing import placement, visit_claims
from coordinator.store import audit, claims, clinics, enrollments, feeds, notices, visit_writing
from coordinator.store.claims import Claim, Collision

NOTHING: Mapping[tuple[str, str], int | None] = MappingProxyType({})


def place(
    desk: Desk,
    placings: Sequence[tuple[EnrollmentEntry, PlacedVisit, VisitEntry | None]],
    granted: Mapping[tuple[str, str], list[dict[str, Any]]],
    restored: Mapping[tuple[str, str], int | None] = NOTHING,
) -> list[int]:
    """Writes visits where they are to be, with their claims; raises Conflict where somebody else has the time.

    `restored` are canceled attempts that are to stand again.
    """
    rows = [
        replace(
            placement(desk.snapshot, desk.zone, entry, placed, held.id if held else restored.get(_key(entry, placed))),
            overrides=granted.get(_key(entry, placed), []),
        )
        for entry, placed, held in placings
    ]
    ids = visit_writing.place(desk.work, desk.actor.clinic_id, desk.now, rows, desk.touched)
    wanted: list[Claim] = []
    for visit_id, (entry, placed, held) in zip(ids, placings, strict=True):
        wanted += visit_claims(desk.snapshot, desk.zone, entry, placed, visit_id)
        if held is not None:
            notices.withdraw_for_visit(desk.work, visit_id, desk.now, "moved")
        key = _key(entry, placed)
        _note_place(desk, visit_id, entry, placed, held, granted.get(key, ()), is_back=restored.get(key) is not None)
    _take(desk, wanted)
    for entry in {entry.id: entry for entry, _, _ in placings}.values():
        if entry.status == "waiting":
            enrollments.set_status(desk.work, desk.actor.clinic_id, entry.id, "active", desk.now)
    return ids


def _key(entry: EnrollmentEntry, placed: PlacedVisit) -> tuple[str, str]:
    return entry.code, placed.visit


def _note_place(
    desk: Desk,
    visit_id: int,
    entry: EnrollmentEntry,
    placed: PlacedVisit,
    held: VisitEntry | None,
    leave: Sequence[Mapping[str, Any]],
    *,
    is_back: bool,
) -> None:
    detail = detail_of(entry, placed)
    if held is None:
        action = "visit.restore" if is_back else "visit.publish"
    else:
        action = "visit.move" if held.start != placed.start else "visit.change"
        detail["from"] = detail_of(entry, held.placed)
    if leave:
        detail["overrides"] = {each["rule"]: each["reason"] for each in leave}
    audit.append(desk.work, desk.actor, desk.now, action, "visit", visit_id, detail)


def detail_of(entry: EnrollmentEntry, placed: PlacedVisit) -> dict[str, Any]:
    """What an audit entry says of a visit's place."""
    return {
        "visit": f"{entry.code}/{placed.visit}",
        "start": wall_clock(placed.start).isoformat(timespec="minutes"),
        "room": placed.room,
        "staff": dict(placed.staff),
    }


def _take(desk: Desk, wanted: Sequence[Claim]) -> None:
    try:
        claims.take(desk.work, desk.actor.clinic_id, wanted)
    except Collision as collision:
        raise Conflict(_said(desk, collision)) from collision


def _said(desk: Desk, collision: Collision) -> str:
    """A collision in words. What takes the time may be another clinic's, and is then not named."""
    names = {entry.resource_id: entry.person.name for entry in desk.snapshot.staff}
    names |= {entry.resource_id: entry.room.name for entry in desk.snapshot.rooms}
    for entry in desk.snapshot.enrollments:
        names |= {resource_id: f"Patient {code}" for code, resource_id in entry.patients.items()}
    others = {visit.id: visit for visit in desk.snapshot.visits}
    other = others.get(collision.visit_id or 0)
    by = f" by {desk.snapshot.by_id[other.enrollment_id].code}/{other.code}" if other else ""
    at = wall_clock(from_utc(collision.starts_at, desk.zone))
    who = names.get(collision.resource_id, "Somebody")
    since = f"{short_day(at)}, {clock(at)}"
    return f"{who} is taken from {since} on{by}. Look at the schedule again and choose another time."


def announce(desk: Desk, visit_ids: Sequence[int]) -> None:
    """Has feeds and reminders follow visits that were written."""
    if not visit_ids:
        return
    clinics.get(desk.work, desk.actor.clinic_id).revision += 1
    feeds.raise_revisions(desk.work, desk.actor.clinic_id, desk.now, desk.touched.owners)
    owe_for_visits(desk.work, desk.actor.clinic_id, desk.now, visit_ids)
