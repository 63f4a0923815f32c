"""Repairs in the planning process: the problem after an event, and what to do where a program cannot be mended."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from coordinator.domain.clinic_time import Minute, from_utc, zone_named
from coordinator.domain.cost import total
from coordinator.domain.events import Event, ProtocolChange, as_json, from_json
from coordinator.domain.protocol import Protocol
from coordinator.domain.repairing import repair_problem, with_rooms_kept
from coordinator.domain.schedule import PlacedVisit, Plan, Problem, Unplanned
from coordinator.domain.snapshot import Key, Snapshot
from coordinator.exchange.enrollments import write_placed
from coordinator.exchange.stamps import write_stamp
from coordinator.store import protocol_queries
from coordinator.store.planning_jobs import LeasedJob
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Repair:
    """One repair under way."""

    event: Event
    taken: Snapshot
    minute: Minute
    protocol: Protocol | None

    def problem(self, enrollments: Collection[int]) -> Problem:
        """What the planner is asked for these enrollments (ids), all others standing as they are."""
        return repair_problem(self.taken, self.minute, self.event, enrollments, self.protocol)

    def settled(self, problem: Problem, found: Plan, plan: Callable[[Problem], Plan]) -> Plan:
        """The plan, where every program that cannot be mended stands as it is published and is in nobody's way."""
        lost: dict[str, Unplanned] = {}
        while more := {each.enrollment: each for each in found.unplanned if each.enrollment not in lost}:
            lost |= more
            rest = [self.taken.by_code[each.id].id for each in problem.enrollments if self._is_mended(each.id, lost)]
            if not rest:
                found = Plan((), (), 0)
                break
            found = plan(self.problem(rest))
        names = {each.id for each in problem.enrollments} - lost.keys()
        visits = tuple(
            {**_kept(problem, names), **{_key(v): v for v in found.visits if v.enrollment in names}}.values()
        )
        cost = total(problem, visits, names)
        bound = found.bound if not lost else 0
        whole = Plan(visits, tuple(lost.values()), cost, min(bound, cost), found.seconds)
        kept = with_rooms_kept(problem, whole)
        return replace(kept, cost=total(problem, kept.visits, names))

    def _is_mended(self, code: str, lost: Mapping[str, Unplanned]) -> bool:
        return code in self.taken.by_code and code not in lost

    def detail(self, problem: Problem) -> dict[str, Any]:
        """What the proposal remembers: the event, and all visits of its programs as they stood, with their ends."""
        stood = [
            {**written, "end": write_stamp(visit.end)}
            for each in problem.enrollments
            if (entry := self.taken.by_code.get(each.id))
            for visit in self.taken.held[entry.id].values()
            for written in write_placed([visit.placed])
        ]
        return {"event": as_json(self.event), "previous": stood}


def _kept(problem: Problem, names: Collection[str]) -> dict[Key, PlacedVisit]:
    return {_key(visit): visit for each in problem.enrollments if each.id in names for visit in each.kept}


def _key(visit: PlacedVisit) -> Key:
    return visit.enrollment, visit.visit


def repair_of(work: Work, job: LeasedJob, taken: Snapshot, now: datetime) -> Repair | None:
    """The repair that a job asks for; None for a job that plans programs."""
    if "event" not in job.request:
        return None
    event = from_json(job.request["event"])
    protocol = None
    if isinstance(event, ProtocolChange):
        protocol = protocol_queries.domain_protocol(work, job.clinic_id, event.version_id)
    return Repair(event, taken, from_utc(now, zone_named(taken.clinic.timezone)), protocol)
