"""What planning puts on the worklist: programs that wait or lack visits, visits that break a rule, proposals, jobs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from coordinator.domain.actor import Actor
from coordinator.domain.snapshot import Snapshot
from coordinator.services.integration import lacking, misplaced
from coordinator.services.proposals import ProgramName, open_jobs, open_proposals, program_names
from coordinator.services.time_off import touched_by_sick_calls
from coordinator.services.unfit import broken_visits as find_broken
from coordinator.services.unfit import incomplete_programs as find_incomplete
from coordinator.services.worklist import Action, Item, Urgency
from coordinator.store import proposal_queries, today_queries
from coordinator.store.unit_of_work import Work

OWNER = "Coordinator"


def waiting_programs(work: Work, actor: Actor, _now: datetime, snapshot: Snapshot | None) -> Iterable[Item]:
    """Programs that wait for their first plan, for which none was asked yet."""
    if snapshot is None:
        return
    cared_for = _cared_for(work, actor)
    waiting = {key: since for key, since in today_queries.waiting(work, actor.clinic_id) if key not in cared_for}
    for key, name in program_names(work, actor, set(waiting)).items():
        yield _of_program("program.waiting", name, "Waits for a plan", waiting[key])


def incomplete_programs(work: Work, actor: Actor, _now: datetime, snapshot: Snapshot | None) -> Iterable[Item]:
    """Programs that run and lack visits, for which no plan is under way."""
    if snapshot is None:
        return
    told = lacking(snapshot)  # a missing integration is an alert of its own
    missing = {key: count - told[key] for key, count in find_incomplete(snapshot).items() if count > told[key]}
    cared_for = _cared_for(work, actor)
    wanted = set(missing) - cared_for
    since = today_queries.newest_loss(work, actor.clinic_id, wanted)
    for key, name in program_names(work, actor, wanted).items():
        count = f"{missing[key]} visit{'' if missing[key] == 1 else 's'} without a time"
        repair = Action("Repair", "repairs.ask", {}, {"kind": "amiss", "enrollment": str(key)})
        yield replace(_of_program("program.incomplete", name, count, since.get(key)), action=repair)


def broken_visits(work: Work, actor: Actor, now: datetime, snapshot: Snapshot | None) -> Iterable[Item]:
    """Visits to come that break a rule by now."""
    if snapshot is None:
        return
    called_off = touched_by_sick_calls(work, actor, now)  # the sick call is one thing to see to, not one for each visit
    told = called_off | misplaced(snapshot)
    broken = [each for each in find_broken(work, actor, now, snapshot) if each.visit_id not in told]
    since = today_queries.time_off_over(work, actor.clinic_id, [each.visit_id for each in broken])
    for each in broken:
        yield Item(
            kind="visit.broken",
            key=str(each.visit_id),
            title=f"{each.program.who}: cannot stay so",
            detail=each.message,
            owner=OWNER,
            since=since.get(each.visit_id),
            action=Action("Repair", "repairs.ask", {}, {"kind": "amiss", "enrollment": str(each.program.id)}),
            subject=Action("Open", "visits.page", {"visit_id": each.visit_id}),
            urgency=Urgency.NOW,
            due=each.starts_at,
        )


def proposals_to_decide(work: Work, actor: Actor, _now: datetime, snapshot: Snapshot | None) -> Iterable[Item]:
    """Proposals that nobody published or discarded."""
    if snapshot is None:
        return
    for each in open_proposals(work, actor):
        found = f"{each.visits} visits" if each.visits else "no plan was found"
        part = ", not all are planned" if each.visits and not each.is_whole else ""
        yield Item(
            kind="proposal.open",
            key=str(each.id),
            title=_names(each.programs),
            detail=f"A proposal to decide: {found}{part}",
            owner=OWNER,
            since=each.created_at,
            action=Action("Review", "proposals.page", {"proposal_id": each.id}),
        )


def jobs_under_way(work: Work, actor: Actor, now: datetime, snapshot: Snapshot | None) -> Iterable[Item]:
    """Plans that are being made."""
    if snapshot is None:
        return
    for each in open_jobs(work, actor, now):
        yield Item(
            kind="planning.job",
            key=str(each.id),
            title=_names(each.programs),
            detail="Being planned" if each.status == "running" else "Planning starts in a moment",
            owner="Planner",
            since=now - timedelta(seconds=each.seconds),
            action=Action("Watch", "proposals.progress_page", {"job_id": each.id}),
            urgency=Urgency.LATER,
        )


def _of_program(kind: str, name: ProgramName, detail: str, since: datetime | None) -> Item:
    place: dict[str, int | str] = {"enrollment_id": name.id}
    return Item(
        kind=kind,
        key=str(name.id),
        title=name.who,
        detail=detail,
        owner=OWNER,
        since=since,
        action=Action("Plan", "enrollments.plan", place, {}),
        subject=Action("Open", "enrollments.page", place),
    )


def _cared_for(work: Work, actor: Actor) -> set[int]:
    """The enrollments for which a plan is being made or waits for a decision."""
    jobs = proposal_queries.open_jobs(work, actor.clinic_id)
    open_ones = proposal_queries.open_proposals(work, actor.clinic_id)
    return {key for job in jobs for key in job.request["enrollments"]} | {
        key for each in open_ones for key in each.enrollments
    }


def _names(programs: Iterable[ProgramName]) -> str:
    names = [each.who for each in programs]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
