"""What the planner is measured against: plain CP-SAT for several enrollments, an interval for each claim."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from coordinator.domain.clinic_time import DAY, weekday_of
from coordinator.domain.cost import total
from coordinator.domain.hours import Interval, WeeklyHours
from coordinator.domain.protocol import ProtocolVisit
from coordinator.domain.rules import violations
from coordinator.domain.schedule import Enrollment, PlacedVisit, Plan, Problem, Unplanned

_WEEK = 7


@dataclass(slots=True)
class Placed:
    """The variables of one visit: start and day, and a literal for each room and for each person of each need."""

    start: cp_model.IntVar
    day: cp_model.IntVar
    rooms: dict[str, cp_model.IntVar]
    people: dict[str, dict[str, cp_model.IntVar]]


class Model:
    """All enrollments in one model; each has a literal that says whether it is planned."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.model = problem, cp_model.CpModel()
        self.planned = {each.id: self.model.new_bool_var(each.id) for each in problem.enrollments}
        self.visits: dict[tuple[str, str], Placed] = {}
        self.work: dict[str, list[tuple[cp_model.IntervalVar, int]]] = defaultdict(list)
        self.by_day: dict[str, list[tuple[cp_model.IntervalVar, int]]] = defaultdict(list)
        self.by_week: dict[str, list[tuple[cp_model.IntervalVar, int]]] = defaultdict(list)
        self.rooms: dict[str, list[cp_model.IntervalVar]] = defaultdict(list)
        self.patients: dict[str, list[cp_model.IntervalVar]] = defaultdict(list)
        self.costs: list[cp_model.LinearExpr] = []
        for each in problem.enrollments:
            self._program(each)
        self._hours()
        missing = [1 - literal for literal in self.planned.values()]
        self.model.minimize(problem.weights.unplanned * sum(missing) + sum(self.costs))

    def _program(self, one: Enrollment) -> None:
        protocol = self.problem.protocol(one.protocol)
        here = self.planned[one.id]
        for visit in protocol.visits:
            self._visit(one, visit)
        for gap in protocol.gaps:
            before, after = self.visits[one.id, gap.before], self.visits[one.id, gap.after]
            days = after.day - before.day
            self.model.add(days >= gap.min_days).only_enforce_if(here)
            if gap.max_days is not None:
                self.model.add(days <= gap.max_days).only_enforce_if(here)
            if gap.min_days >= 0:
                minutes = protocol.visit(gap.before).minutes
                self.model.add(after.start >= before.start + minutes).only_enforce_if(here)
            if gap.ideal_days is not None:
                off = self.model.new_int_var(0, 400, "")
                self.model.add(off >= days - gap.ideal_days).only_enforce_if(here)
                self.model.add(off >= gap.ideal_days - days).only_enforce_if(here)
                self.costs.append(self.problem.weights.ideal_gap * off)
        mine = [self.visits[one.id, visit.id] for visit in protocol.visits]
        if protocol.max_visits_per_day is not None:
            days = [self.model.new_optional_fixed_size_interval_var(each.day, 1, here, "") for each in mine]
            self.model.add_cumulative(days, [1] * len(days), protocol.max_visits_per_day)
        late = self.model.new_int_var(0, 1000, "")
        for each in mine:
            self.model.add(late >= each.day - one.earliest).only_enforce_if(here)
        self.costs.append(self.problem.weights.finish * late)
        self._same_people(one)

    def _visit(self, one: Enrollment, visit: ProtocolVisit) -> None:
        problem, model, here = self.problem, self.model, self.planned[one.id]
        starts = self._starts(one, visit)
        if not starts:
            model.add(here == 0)
            starts = [problem.first * DAY]
        start = model.new_int_var_from_domain(cp_model.Domain.from_values(starts), "")
        day = model.new_int_var(problem.first, problem.last, "")
        model.add_division_equality(day, start, DAY)
        self.patients[one.patients[0]].append(
            model.new_optional_fixed_size_interval_var(start, visit.minutes, here, "")
        )
        rooms = {}
        for room in problem.rooms:
            if visit.room in room.kinds and room.seats >= len(one.patients):
                rooms[room.id] = model.new_bool_var("")
                length = visit.minutes + room.turnover_minutes
                self.rooms[room.id].append(
                    model.new_optional_fixed_size_interval_var(start, length, rooms[room.id], "")
                )
        if visit.room is not None:
            model.add(sum(rooms.values()) == here)
        people = {name: self._need(one, visit, name, start, day) for name in visit.need_names()}
        for person in problem.staff:
            twice = [mine[person.id] for mine in people.values() if person.id in mine]
            if len(twice) > 1:
                model.add_at_most_one(twice)
        self.visits[one.id, visit.id] = Placed(start, day, rooms, people)

    def _starts(self, one: Enrollment, visit: ProtocolVisit) -> list[int]:
        problem = self.problem
        last = problem.last if one.latest is None else one.latest
        days = [day for day in range(max(problem.first, one.earliest), last + 1) if day not in problem.closures]
        found = []
        for day in days:
            for start in range(day * DAY, (day + 1) * DAY - visit.minutes + 1, problem.slot_minutes):
                end = start + visit.minutes
                at_hand = one.weekly is None or one.weekly.contains(start, end)
                if at_hand and not any(each.meets(start, end) for each in one.unavailable):
                    found.append(start)
        return found

    def _need(
        self, one: Enrollment, visit: ProtocolVisit, name: str, start: cp_model.IntVar, day: cp_model.IntVar
    ) -> dict[str, cp_model.IntVar]:
        """A literal for each person who could fill a need, with what it takes of them."""
        model, parts = self.model, [need for need in visit.needs if need.name == name]
        literals = {}
        for person in self.problem.staff:
            able = all(need.role in person.roles for need in parts) and person.id not in one.avoid
            if not able or one.team.get(name, person.id) != person.id:
                continue
            literal = literals[person.id] = model.new_bool_var("")
            for need in parts:
                span = model.new_optional_fixed_size_interval_var(start + need.offset, need.minutes, literal, "")
                self.work[person.id].append((span, 1 if need.shared else max(1, person.supervises)))
            minutes = sum(need.minutes for need in parts if not need.shared)
            if minutes and person.max_minutes_per_day is not None:
                span = model.new_optional_fixed_size_interval_var(day, 1, literal, "")
                self.by_day[person.id].append((span, minutes))
            if minutes and person.max_minutes_per_week is not None:
                week = model.new_int_var(0, 1 << 20, "")
                model.add_division_equality(week, day - self._monday(), _WEEK)
                span = model.new_optional_fixed_size_interval_var(week, 1, literal, "")
                self.by_week[person.id].append((span, minutes))
        model.add(sum(literals.values()) == self.planned[one.id])
        return literals

    def _monday(self) -> int:
        return self.problem.first - weekday_of(self.problem.first)

    def _same_people(self, one: Enrollment) -> None:
        protocol = self.problem.protocol(one.protocol)
        for rule in protocol.continuity:
            scopes: dict[int | None, list[dict[str, cp_model.IntVar]]] = defaultdict(list)
            for visit in protocol.visits:
                if rule.name in visit.need_names() and (rule.scope == "program" or visit.course is not None):
                    scope = visit.course if rule.scope == "course" else None
                    scopes[scope].append(self.visits[one.id, visit.id].people[rule.name])
            for needs in scopes.values():
                there = {person.id: self.model.new_bool_var("") for person in self.problem.staff}
                for people in needs:
                    for person, literal in people.items():
                        self.model.add_implication(literal, there[person])
                if rule.hard:
                    self.model.add(sum(there.values()) <= 1)
                else:
                    more = self.model.new_int_var(0, len(there), "")
                    self.model.add(more >= sum(there.values()) - 1)
                    self.costs.append(self.problem.weights.continuity * more)

    def _hours(self) -> None:
        """People and rooms at their hours, with no more than they can do."""
        for person in self.problem.staff:
            closed = self._closed(person.weekly, (*person.time_off, *person.booked))
            places = max(1, person.supervises)
            spans = [*self.work[person.id], *((each, places) for each in closed)]
            spans += [(self._fixed(each), 1) for each in person.supervising]
            self.model.add_cumulative([each for each, _ in spans], [demand for _, demand in spans], places)
            for limit, some in (
                (person.max_minutes_per_day, self.by_day[person.id]),
                (person.max_minutes_per_week, self.by_week[person.id]),
            ):
                if some and limit is not None:
                    self.model.add_cumulative([each for each, _ in some], [minutes for _, minutes in some], limit)
        for room in self.problem.rooms:
            closed = self._closed(room.weekly, room.booked)
            self.model.add_no_overlap(self.rooms[room.id] if not closed else [*self.rooms[room.id], *closed])
        for spans in self.patients.values():
            self.model.add_no_overlap(spans)

    def _closed(self, weekly: WeeklyHours | None, taken: tuple[Interval, ...]) -> list[cp_model.IntervalVar]:
        """What is outside hours or taken, as intervals that stand; merged, since they must not overlap."""
        problem, gaps = self.problem, list(taken)
        for day in range(problem.first, problem.last + 1):
            at = day * DAY
            for opens, closes in weekly.days[weekday_of(day)] if weekly is not None else ((0, DAY),):
                if day * DAY + opens > at:
                    gaps.append(Interval(at, day * DAY + opens))
                at = day * DAY + closes
            if at < (day + 1) * DAY:
                gaps.append(Interval(at, (day + 1) * DAY))
        merged: list[Interval] = []
        for each in sorted(gaps):
            if merged and each.start <= merged[-1].end:
                merged[-1] = Interval(merged[-1].start, max(merged[-1].end, each.end))
            else:
                merged.append(each)
        return [self._fixed(each) for each in merged]

    def _fixed(self, each: Interval) -> cp_model.IntervalVar:
        return self.model.new_fixed_size_interval_var(each.start, each.end - each.start, "")


def cp_sat_together(problem: Problem, seconds: float) -> Plan:
    """The best plan that the model finds in time. For enrollments without kept visits only."""
    began = time.monotonic()
    made = Model(problem)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(0.1, seconds - (time.monotonic() - began))
    solver.parameters.num_workers = 2
    placed: dict[str, tuple[PlacedVisit, ...]] = {}
    if solver.solve(made.model) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        for one in problem.enrollments:
            if solver.value(made.planned[one.id]):
                placed[one.id] = tuple(_read(solver, made, one.id, v) for v in problem.protocol(one.protocol).visits)
    return replace(_standing(problem, placed), seconds=time.monotonic() - began)


def _standing(problem: Problem, placed: dict[str, tuple[PlacedVisit, ...]]) -> Plan:
    """What stands when programs that break a rule which the model leaves out are taken out."""
    while True:
        visits = tuple(visit for mine in placed.values() for visit in mine)
        out = tuple(Unplanned(each.id) for each in problem.enrollments if each.id not in placed)
        made = Plan(visits, out, total(problem, visits, list(placed)))
        broken = [each.enrollment for each in violations(problem, made) if each.enrollment in placed]
        if not broken:
            return made
        del placed[broken[0]]


def _read(solver: cp_model.CpSolver, made: Model, enrollment: str, visit: ProtocolVisit) -> PlacedVisit:
    each = made.visits[enrollment, visit.id]
    room = next((room for room, literal in each.rooms.items() if solver.value(literal)), None)
    staff = {
        name: next(person for person, literal in people.items() if solver.value(literal))
        for name, people in each.people.items()
    }
    return PlacedVisit(enrollment, visit.id, solver.value(each.start), room, staff)
