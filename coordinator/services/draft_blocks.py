"""The draft on the schedule: where its visits are wanted, and which published ones it takes away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from coordinator.domain.actor import Access, Actor
from coordinator.services import draft_telling
from coordinator.services.draft_telling import EditLine
from coordinator.services.timeline import By
from coordinator.store import drafts
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class DraftBlock:
    """An edit in the rows that it takes; `leaves` is the id of the published visit that it moves or cancels."""

    line: EditLine
    rows: tuple[str, ...]
    leaves: int | None
    is_shown: bool


def draft_blocks(work: Work, actor: Actor, now: datetime, first: date, last: date, by: By) -> tuple[DraftBlock, ...]:
    """The actor's edits; `is_shown` those that lie in these days and rows. Nothing for who has no draft."""
    if actor.access not in (Access.COORDINATOR, Access.ADMINISTRATOR):
        return ()
    if not drafts.edits(work, actor.clinic_id, actor.user_id):
        return ()
    view = draft_telling.view(work, actor, now)
    snapshot = view.draft.desk.snapshot
    found = []
    for line in view.lines:
        placed, held = line.edit.placed, line.edit.held
        rows: tuple[str, ...] = ()
        if placed is not None and by == "rooms" and placed.room is not None:
            rows = (f"room:{snapshot.rooms_by_code[placed.room].id}",)
        elif placed is not None and by == "staff":
            ids = dict.fromkeys(snapshot.staff_by_code[code].id for code in placed.staff.values())
            rows = tuple(f"staff:{each}" for each in ids)
        is_shown = bool(rows) and line.after is not None and first <= line.after.start.date() <= last
        found.append(DraftBlock(line, rows, held.id if held else None, is_shown))
    return tuple(found)
