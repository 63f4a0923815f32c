"""What is published and holds no more: visits that break a rule by now, and programs that lack visits.

Nobody's publication did that: somebody fell ill, hours were cut, a visit was missed or canceled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.clinic_time import from_utc, zone_named
from coordinator.domain.publication import broken_now
from coordinator.domain.snapshot import Key, Snapshot
from coordinator.services.proposals import ProgramName, program_names
from coordinator.services.visit_changes import LOOKS_BACK
from coordinator.store import snapshot as snapshots
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class BrokenVisit:
    """A visit to come that breaks a rule without anybody's leave; `message` says which."""

    visit_id: int
    program: ProgramName
    message: str


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A program that runs and of which `missing` visits hold no time."""

    program: ProgramName
    missing: int


@dataclass(frozen=True, slots=True)
class Unfit:
    """Both, the nearest visit first."""

    visits: tuple[BrokenVisit, ...]
    programs: tuple[Incomplete, ...]


def unfit(work: Work, actor: Actor, now: datetime) -> Unfit:
    """What of the clinic's published programs somebody has to mend."""
    snapshot = snapshots.load(work, actor.clinic_id, since=now - LOOKS_BACK)
    broken = _broken(snapshot, now)
    missing = {each.id: len(snapshot.missing(each)) for each in snapshot.enrollments if each.status == "active"}
    concerned = {snapshot.by_code[code].id for code, _ in broken} | {key for key, number in missing.items() if number}
    names = program_names(work, actor, concerned) if concerned else {}
    visits = []
    for (code, visit), message in broken.items():
        entry = snapshot.by_code[code]
        held = snapshot.held[entry.id][visit]
        visits.append((held.start, BrokenVisit(held.id, names[entry.id], message)))
    return Unfit(
        visits=tuple(each for _, each in sorted(visits, key=lambda pair: pair[0])),
        programs=tuple(Incomplete(names[key], number) for key, number in missing.items() if number),
    )


def _broken(snapshot: Snapshot, now: datetime) -> dict[Key, str]:
    """The first rule that each visit breaks, in words; what somebody gave leave for is left out."""
    leave = {(snapshot.by_id[each.enrollment_id].code, each.code): each.overrides for each in snapshot.visits}
    found: dict[Key, str] = {}
    for each in broken_now(snapshot, from_utc(now, zone_named(snapshot.clinic.timezone))):
        if each.visit is not None and not any(each.name in leave[key] for key in each.touches):
            found.setdefault((each.enrollment, each.visit), each.message)
    return found
