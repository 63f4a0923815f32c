"""Finding the earliest start of each waiting program, in the planning process."""

from __future__ import annotations

from datetime import date

from coordinator.domain.actor import system
from coordinator.domain.clinic_time import from_utc, zone_named
from coordinator.domain.snapshot_problems import planning_problem
from coordinator.planner.earliest import Opening, earliest_starts
from coordinator.services.planning_line import Line, Runner
from coordinator.store import audit, outlooks, planning_jobs, snapshot
from coordinator.store.outlooks import NewOutlook
from coordinator.store.planning_jobs import LeasedJob


def find_outlooks(runner: Runner, job: LeasedJob) -> None:
    """Looks at one program after the other, each as if it were the next to be planned; keeps what was found."""
    with runner.database.read() as work:
        taken = snapshot.load(work, job.clinic_id)
    ids = {entry.code: entry.id for entry in taken.enrollments if entry.id in job.enrollments}
    line = Line(runner, job, frozenset(ids), 0)
    found: list[NewOutlook] = []
    if ids:
        minute = from_utc(runner.now(), zone_named(taken.clinic.timezone))
        problem = planning_problem(taken, minute, list(ids.values()))
        for each in earliest_starts(problem, wanted=list(ids), canceled=line.canceled):
            found.append(_outlook(each, ids[each.enrollment]))
            line.tell({"planned": len(found), "enrollments": len(ids)})
    if not line.goes_on() and not runner.going_on():
        with runner.database.write() as work:
            planning_jobs.give_back(work, job.id, runner.name)
        return
    with runner.database.write() as work:
        now = runner.now()
        if planning_jobs.finish(work, job.id, runner.name, now, "done"):
            outlooks.write(work, job.clinic_id, now, found)
            detail = {"programs": len(found)}
            audit.append(work, system(job.clinic_id), now, "waiting.outlook", "clinic", job.clinic_id, detail)


def _outlook(each: Opening, enrollment_id: int) -> NewOutlook:
    return NewOutlook(
        enrollment_id,
        None if each.start is None else date.fromordinal(each.start),
        None if each.end is None else date.fromordinal(each.end),
    )
