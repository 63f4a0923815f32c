"""The planner as the demo clinic uses it: the same problem gives the same plan on any machine, and soon."""

from __future__ import annotations

from coordinator.domain.schedule import Plan, Problem
from coordinator.planner.plan import Limits, Progress
from coordinator.planner.plan import plan as plan_program


def plan(problem: Problem) -> Plan:
    """The planner's first whole answer: a good plan at once is worth more here than the proof that it is the best."""
    answers: list[Progress] = []
    return plan_program(problem, Limits(work=1), report=answers.append, canceled=lambda: bool(answers))
