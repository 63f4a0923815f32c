"""The tray beside the schedule: visits of running programs that hold no time, and programs that wait for a plan."""

from __future__ import annotations

from dataclasses import dataclass

from coordinator.domain.actor import Actor
from coordinator.services.drafts import Draft
from coordinator.services.proposals import ProgramName, program_names
from coordinator.services.visit_cards import visit_title
from coordinator.store.unit_of_work import Work

MOST = 40
"""Visits that the tray shows; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Loose:
    """A visit that holds no time."""

    program: ProgramName
    code: str
    title: str
    kind: str
    minutes: int
    by_video: bool


@dataclass(frozen=True, slots=True)
class Tray:
    """What is unplaced. `more` is how many visits are left out, `waiting` the programs that were never planned."""

    visits: tuple[Loose, ...]
    more: int
    waiting: tuple[ProgramName, ...]


def tray(work: Work, actor: Actor, draft: Draft) -> Tray:
    """What is unplaced in the clinic, less what the draft places."""
    snapshot = draft.desk.snapshot
    placed = {each.key for each in draft.edits if each.placed is not None}
    running = [each for each in snapshot.enrollments if each.status == "active"]
    missing = [
        (entry, code) for entry in running for code in snapshot.missing(entry) if (entry.code, code) not in placed
    ]
    waiting = [each.id for each in snapshot.enrollments if each.status == "waiting"]
    names = program_names(work, actor, {entry.id for entry, _ in missing[:MOST]} | set(waiting))
    loose = []
    for entry, code in missing[:MOST]:
        visit = snapshot.visit_of(entry, code)
        title = visit_title(visit.kind, code, visit.course)
        loose.append(Loose(names[entry.id], code, title, visit.kind, visit.minutes, visit.room is None))
    return Tray(tuple(loose), max(0, len(missing) - MOST), tuple(names[each] for each in waiting))
