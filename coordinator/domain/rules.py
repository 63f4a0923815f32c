"""The hard rules of the exchange format, in Python. Everything that publishes goes through `violations`.

One named function a rule: `layout` has rule 1 and what must stand as given, `rules_visit` those about one visit,
`rules_together` those about visits that meet, `rules_program` gaps and continuity.
"""

from __future__ import annotations

from collections.abc import Iterator

from coordinator.domain.board import Board
from coordinator.domain.cost import penalties_on
from coordinator.domain.layout import lay_out
from coordinator.domain.rules_program import PROGRAM_RULES
from coordinator.domain.rules_together import TOGETHER_RULES
from coordinator.domain.rules_visit import ROW_RULES
from coordinator.domain.schedule import Plan, Problem
from coordinator.domain.violation import Violation


def violations(problem: Problem, plan: Plan) -> list[Violation]:
    """Every hard rule that the plan breaks; empty for a plan that may be published.

    What the plan says of itself (cost, bound, status) is not judged; `misstatements` does that.
    """
    board, found = lay_out(problem, plan)
    return found + broken_on(board)


def broken_on(board: Board) -> list[Violation]:
    """What a board breaks of rules 2 to 9."""
    found = [violation for row in board.rows if not row.kept for rule in ROW_RULES for violation in rule(board, row)]
    for judge in (*TOGETHER_RULES, *PROGRAM_RULES):
        found += judge(board)
    return found


def misstatements(problem: Problem, plan: Plan) -> list[Violation]:
    """What a plan says of itself and is not so: its status, its cost, its bound. They count as rule 0."""
    board, _ = lay_out(problem, plan)
    return [Violation(0, name, "", None, message) for name, message in _misstated(board, plan)]


def _misstated(board: Board, plan: Plan) -> Iterator[tuple[str, str]]:
    total, planned = len(board.problem.enrollments), len(board.planned)
    status = "planned" if planned == total else "partial" if planned else "none"
    if plan.stated_status not in (None, status):
        yield "status", f"The plan calls itself “{plan.stated_status}”; it is “{status}”."
    cost = sum(penalty.cost for penalty in penalties_on(board))
    if plan.cost != cost:
        yield "cost", f"The plan says that it costs {plan.cost}; it costs {cost}."
    if plan.bound > cost:
        yield "bound", f"The plan says that no plan costs less than {plan.bound}; it costs {cost} itself."
