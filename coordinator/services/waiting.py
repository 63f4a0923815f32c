"""The waiting list: who waits, when each could begin, and who could begin sooner since time was freed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from coordinator.domain.actor import Actor, system
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.snapshot import Snapshot
from coordinator.services.proposals import ProgramName, program_names
from coordinator.services.visit_cards import local
from coordinator.services.worklist import Action, Item
from coordinator.store import audit, clinics, enrollment_queries, outlooks, proposal_queries
from coordinator.store.unit_of_work import Database, Work


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A program that waits. `starts` None: nothing fits, or it is not known yet (`is_known` says which).

    `sooner` is by how many days the start became earlier since it was worked out the time before.
    """

    name: ProgramName
    protocol: str
    earliest: date
    days: int
    is_known: bool
    starts: date | None
    ends: date | None
    sooner: int
    is_cared_for: bool


@dataclass(frozen=True, slots=True)
class WaitingList:
    """All of them, who waits longest first. `as_of` is when the oldest start was worked out."""

    lines: tuple[WaitingLine, ...]
    as_of: datetime | None
    is_refreshing: bool


def waiting_list(work: Work, actor: Actor, now: datetime) -> WaitingList:
    """Who waits for a first plan."""
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    rows = enrollment_queries.listed(work, actor.clinic_id, status="waiting")
    names = program_names(work, actor, {each.enrollment.id for each in rows})
    known = outlooks.by_enrollment(work, actor.clinic_id)
    cared_for = _cared_for(work, actor)
    audit.append(work, actor, now, "patient.list", "clinic", actor.clinic_id, {"waiting": len(rows)})
    lines = []
    for each in rows:
        found = known.get(each.enrollment.id)
        lines.append(
            WaitingLine(
                name=names[each.enrollment.id],
                protocol=each.protocol.name,
                earliest=each.enrollment.earliest,
                days=max(0, (now - each.enrollment.created_at).days),
                is_known=found is not None,
                starts=found.starts if found else None,
                ends=found.ends if found else None,
                sooner=_sooner(found.before, found.starts) if found else 0,
                is_cared_for=each.enrollment.id in cared_for,
            )
        )
    oldest = outlooks.oldest(work, actor.clinic_id, [each.enrollment.id for each in rows]) if rows else None
    refreshing = outlooks.is_being_found(work, actor.clinic_id)
    ordered = sorted(lines, key=lambda each: -each.days)
    return WaitingList(tuple(ordered), local(oldest, zone) if oldest else None, refreshing)


def refresh(work: Work, actor: Actor, now: datetime) -> None:
    """Has the earliest starts worked out anew, unless that is under way or nobody waits."""
    clinics.lock(work, actor.clinic_id)
    wanted = outlooks.waiting(work, actor.clinic_id)
    if wanted and not outlooks.is_being_found(work, actor.clinic_id):
        job = proposal_queries.add_job(work, actor.clinic_id, now, wanted, actor.user_id, kind=outlooks.KIND)
        audit.append(work, actor, now, "waiting.refresh", "planning_job", job.id)


def refresh_due(database: Database, now: datetime) -> None:
    """For every clinic: anew each night, where somebody is new on the list, and when time was given back."""
    with database.read() as work:
        due = [clinic_id for clinic_id, _ in clinics.all_clinics(work) if _is_due(work, clinic_id, now)]
    for clinic_id in due:
        with database.write() as work:
            refresh(work, system(clinic_id), now)


def could_begin_sooner(work: Work, actor: Actor, _now: datetime, snapshot: Snapshot | None) -> Iterable[Item]:
    """Who could begin sooner than was known before: whoever fits time that was given back."""
    if snapshot is None:
        return
    wanted = outlooks.sooner(work, actor.clinic_id) - _cared_for(work, actor)
    known = outlooks.by_enrollment(work, actor.clinic_id) if wanted else {}
    for key, name in program_names(work, actor, wanted).items() if wanted else ():
        found = known[key]
        assert found.starts is not None
        days = _sooner(found.before, found.starts)
        yield Item(
            kind="waiting.sooner",
            key=str(key),
            title=f"{name.who}: could begin sooner",
            detail=f"On {found.starts:%B} {found.starts.day}, {days} day{'' if days == 1 else 's'} sooner than before",
            owner="Coordinator",
            since=found.computed_at,
            action=Action("Plan", "enrollments.plan", {"enrollment_id": key}, {}),
            subject=Action("Waiting list", "waiting.page"),
        )


def _is_due(work: Work, clinic_id: int, now: datetime) -> bool:
    wanted = outlooks.waiting(work, clinic_id)
    if not wanted or outlooks.is_being_found(work, clinic_id):
        return False
    since = outlooks.oldest(work, clinic_id, wanted)
    if since is None:
        return True
    zone = zone_named(clinics.get(work, clinic_id).timezone)
    return local(since, zone).date() < local(now, zone).date() or outlooks.freed_since(work, clinic_id, since, now)


def _sooner(before: date | None, starts: date | None) -> int:
    return (before - starts).days if before and starts else 0


def _cared_for(work: Work, actor: Actor) -> set[int]:
    """The enrollments for which a plan is being made or waits for a decision."""
    jobs = proposal_queries.open_jobs(work, actor.clinic_id)
    made = proposal_queries.open_proposals(work, actor.clinic_id)
    return {key for each in jobs for key in each.request["enrollments"]} | {
        k for each in made for k in each.enrollments
    }
