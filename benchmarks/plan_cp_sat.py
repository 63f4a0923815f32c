"""What the planner is measured against: a plain CP-SAT model of one enrollment, as one writes it in a morning."""

from __future__ import annotations

import time
from dataclasses import replace

from ortools.sat.python import cp_model

from benchmarks.plan_peers import Calendar, as_plan
from coordinator.domain.clinic_time import DAY
from coordinator.domain.rules import violations
from coordinator.domain.schedule import Enrollment, PlacedVisit, Plan, Problem
from coordinator.planner.grid import grid_of


class Model:
    """A literal for each place of each visit; days and starts follow from them."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        (self.enrollment,) = problem.enrollments
        self.protocol = problem.protocol(self.enrollment.protocol)
        self.model = cp_model.CpModel()
        self.places: list[tuple[PlacedVisit, cp_model.IntVar]] = []
        self.days: dict[str, cp_model.IntVar] = {}
        self.costs: list[cp_model.LinearExpr] = []

    def build(self) -> bool:
        """Everything; False where some visit has no place at all."""
        calendar, intervals = Calendar(self.problem, grid_of(self.problem)), []
        for visit in self.protocol.visits:
            mine = [(place, self.model.new_bool_var("")) for place in self._places(calendar, visit.id)]
            if not mine:
                return False
            self.places += mine
            self.model.add_exactly_one(literal for _, literal in mine)
            start = self.model.new_int_var(self.problem.first * DAY, (self.problem.last + 1) * DAY, "")
            self.model.add(start == sum(place.start * literal for place, literal in mine))
            day = self.days[visit.id] = self.model.new_int_var(self.problem.first, self.problem.last, "")
            self.model.add(day == sum(place.start // DAY * literal for place, literal in mine))
            intervals.append(self.model.new_fixed_size_interval_var(start, visit.minutes, ""))
            self._preferred(mine, visit.minutes)
        self.model.add_no_overlap(intervals)
        self._spacing()
        self._a_day()
        self._same_people()
        self.model.minimize(sum(self.costs))
        return True

    def _places(self, calendar: Calendar, visit_id: str) -> list[PlacedVisit]:
        visit = self.protocol.visit(visit_id)
        last = self.problem.last if self.enrollment.latest is None else self.enrollment.latest
        days = [d for d in range(self.enrollment.earliest, last + 1) if d not in self.problem.closures]
        return [p for day in days for p in calendar.places(self.enrollment, visit, day, everybody=True)]

    def _preferred(self, mine: list[tuple[PlacedVisit, cp_model.IntVar]], minutes: int) -> None:
        hours = self.enrollment.preferred
        if hours is not None and any(hours.days):
            outside = [lit for place, lit in mine if not hours.contains(place.start, place.start + minutes)]
            self.costs += [self.problem.weights.preferred * literal for literal in outside]

    def _spacing(self) -> None:
        for gap in self.protocol.gaps:
            between = self.days[gap.after] - self.days[gap.before]
            self.model.add(between >= gap.min_days)
            if gap.max_days is not None:
                self.model.add(between <= gap.max_days)
            if gap.ideal_days is not None:
                off = self.model.new_int_var(0, 400, "")
                self.model.add_abs_equality(off, between - gap.ideal_days)
                self.costs.append(self.problem.weights.ideal_gap * off)
        end = self.model.new_int_var(self.problem.first, self.problem.last, "")
        self.model.add_max_equality(end, list(self.days.values()))
        self.costs.append(self.problem.weights.finish * (end - self.enrollment.earliest))

    def _a_day(self) -> None:
        there: dict[int, list[cp_model.IntVar]] = {}
        for place, literal in self.places:
            there.setdefault(place.start // DAY, []).append(literal)
        for literals in there.values():
            self.model.add(sum(literals) <= (self.protocol.max_visits_per_day or 99))

    def _same_people(self) -> None:
        course = {visit.id: visit.course for visit in self.protocol.visits}
        for rule in self.protocol.continuity:
            units = {None} if rule.scope == "program" else {each for each in course.values() if each is not None}
            for unit in sorted(units, key=str):
                there = {person.id: self.model.new_bool_var("") for person in self.problem.staff}
                for place, literal in self.places:
                    if rule.name in place.staff and (rule.scope == "program" or course[place.visit] == unit):
                        self.model.add_implication(literal, there[place.staff[rule.name]])
                if rule.hard:
                    self.model.add_exactly_one(there.values())
                else:
                    more = self.model.new_int_var(0, len(there), "")
                    self.model.add(more >= sum(there.values()) - 1)
                    self.costs.append(self.problem.weights.continuity * more)


def plain_cp_sat(problem: Problem, seconds: float) -> Plan:
    """The best plan that the model finds in time. For one enrollment without kept visits only."""
    began = time.monotonic()
    enrollment: Enrollment = problem.enrollments[0]
    made = Model(problem)
    visits: list[PlacedVisit] = []
    out = [enrollment.id]
    if made.build():
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = max(0.1, seconds - (time.monotonic() - began))
        solver.parameters.num_workers = 2
        if solver.solve(made.model) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            visits = [place for place, literal in made.places if solver.value(literal)]
            out = [] if not violations(problem, as_plan(problem, visits, enrollment.id, [])) else out
    return replace(as_plan(problem, visits, enrollment.id, out), seconds=time.monotonic() - began)
