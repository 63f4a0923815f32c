"""What is published and holds no more: visits that break a rule by now, and programs that lack visits.

Nobody's publication did that: somebody fell ill, hours were cut, a visit was missed or canceled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import from_utc, to_utc, zone_named
from coordinator.domain.publication import broken_now
from coordinator.domain.snapshot import Key, Snapshot
from coordinator.services.proposals import ProgramName, program_names
from coordinator.services.rule_words import plainly
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class BrokenVisit:
    """A visit to come that breaks a rule without anybody's leave; `message` says which."""

    visit_id: int
    starts_at: datetime
    program: ProgramName
    message: str


def broken_visits(work: Work, actor: Actor, now: datetime, snapshot: Snapshot) -> list[BrokenVisit]:
    """The published visits that somebody has to move, or to give to somebody else."""
    zone = zone_named(snapshot.clinic.timezone)
    broken = _broken(snapshot, now)
    names = program_names(work, actor, {snapshot.by_code[code].id for code, _ in broken}) if broken else {}
    found = []
    for (code, visit), message in broken.items():
        entry = snapshot.by_code[code]
        held = snapshot.held[entry.id][visit]
        found.append(BrokenVisit(held.id, to_utc(held.start, zone), names[entry.id], message))
    return found


def incomplete_programs(snapshot: Snapshot) -> dict[int, int]:
    """How many visits hold no time, for each enrollment that runs and lacks some, by id."""
    missing = {each.id: len(snapshot.missing(each)) for each in snapshot.enrollments if each.status == "active"}
    return {key: number for key, number in missing.items() if number}


def _broken(snapshot: Snapshot, now: datetime) -> dict[Key, str]:
    """The first rule that each visit breaks, in words; what somebody gave leave for is left out."""
    leave = {(snapshot.by_id[each.enrollment_id].code, each.code): each.overrides for each in snapshot.visits}
    found: dict[Key, str] = {}
    for each in broken_now(snapshot, from_utc(now, zone_named(snapshot.clinic.timezone))):
        if each.visit is not None and not any(each.name in leave[key] for key in each.touches):
            found.setdefault((each.enrollment, each.visit), plainly(each, snapshot))
    return found
