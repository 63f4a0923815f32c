"""Measures the planner: `python -m benchmarks.plan [FOLDER] [--peers]`; with `--peers` beside Timefold, too.

FOLDER holds problems (`kap-problem/1`, named KIND-….json), and may hold a README.md with a table whose first column is
the file's name and which has a column `known`, the cost of a plan known to exist. Without it, problems are made.
Times are medians of three runs, without the start of the process. Every plan is judged by the rules.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.plan_cp_sat import plain_cp_sat
from benchmarks.plan_cp_sat_many import cp_sat_together
from benchmarks.plan_peers import first_fit
from benchmarks.plan_problems import Made, made_problems
from benchmarks.plan_quarters import quarter
from benchmarks.plan_timefold import PYTHON, timefold
from coordinator.domain.rules import misstatements, violations
from coordinator.domain.schedule import Plan, Problem
from coordinator.exchange.problem import read_problem
from coordinator.planner.explain import explained
from coordinator.planner.plan import Limits, plan

SECONDS = {"enroll": 10.0, "sickday": 1.0, "impossible": 10.0, "intake": 10.0, "phased": 10.0, "quarter": 60.0,
           "large": 120.0}  # fmt: skip
CP_SAT_SECONDS = 20.0
RUNS = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """One planner on one problem."""

    planned: int
    cost: int
    bound: float
    seconds: float
    broken: int


def measured(problem: Problem, make: Callable[[], Plan], runs: int) -> Measured:
    """The median time of some runs, and the last plan, judged."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        found = make()
        times.append(time.perf_counter() - began)
    broken = len(violations(problem, found)) + len(misstatements(problem, found))
    planned = len(problem.enrollments) - len(found.unplanned)
    return Measured(planned, found.cost, found.bound, statistics.median(times), broken)


def in_folder(folder: Path) -> Iterator[Made]:
    """The problems of a folder, with what its README knows of them."""
    known = _known(folder / "README.md")
    for path in sorted(folder.glob("*.json")):
        yield Made(path.stem, read_problem(path.read_text(encoding="utf-8")), known.get(path.stem))


def _known(readme: Path) -> dict[str, int]:
    if not readme.exists():
        return {}
    lines = [line.strip("| ").split("|") for line in readme.read_text(encoding="utf-8").splitlines() if "|" in line]
    rows = [[cell.strip() for cell in line] for line in lines]
    heads = next((row for row in rows if "known" in row), [])
    column = heads.index("known") if heads else -1
    return {row[0]: int(row[column]) for row in rows if heads and len(row) > column and row[column].isdigit()}


def main(arguments: list[str]) -> int:
    """Prints a line for each problem and planner, then a summary of each kind; 1 if any plan broke a rule."""
    folders = [each for each in arguments if not each.startswith("--")]
    problems = in_folder(Path(folders[0])) if folders else _made()
    peers = _with_timefold(arguments)
    print(
        f"{'problem':38} {'planner':10} {'planned':>8} {'cost':>8} {'known':>8} {'bound':>8} {'gap':>6} {'seconds':>8}"
    )
    ours: dict[str, list[tuple[Made, Measured]]] = {}
    broken = 0
    for made in problems:
        kind = made.name.split("-")[0]
        for name, result in _all_planners(kind, made.problem, peers=peers):
            _tell(made, name, result)
            broken += result.broken
            if name == "planner":
                ours.setdefault(kind, []).append((made, result))
    for kind, results in ours.items():
        _summary(kind, results)
    return 1 if broken else 0


def _made() -> Iterator[Made]:
    """Problems of the project's own."""
    yield from made_problems()
    yield from (quarter("quarter", seed, 30) for seed in range(2))
    yield quarter("large", 0, 60)


def _with_timefold(arguments: list[str]) -> bool:
    """Whether Timefold is asked for and there; a line says so where it is not."""
    if "--peers" not in arguments:
        return False
    if not PYTHON.exists():
        print(
            "Timefold is skipped: it needs Java, and the package `timefold`. Install Java, then run make bench-peers."
        )
    return PYTHON.exists()


def _all_planners(kind: str, problem: Problem, *, peers: bool) -> Iterator[tuple[str, Measured]]:
    seconds = SECONDS.get(kind, 10.0)

    def make() -> Plan:
        found = plan(problem, Limits(seconds=seconds))
        return explained(problem, found) if kind == "impossible" else found

    yield "planner", measured(problem, make, RUNS)
    yield "first fit", measured(problem, lambda: first_fit(problem), 1)
    if any(each.kept for each in problem.enrollments):
        return
    if len(problem.enrollments) == 1:
        yield "CP-SAT", measured(problem, lambda: plain_cp_sat(problem, CP_SAT_SECONDS), 1)
    else:
        yield "CP-SAT", measured(problem, lambda: cp_sat_together(problem, seconds), 1)
    if peers:
        yield "Timefold", measured(problem, lambda: timefold(problem, seconds), 1)


def _tell(made: Made, name: str, result: Measured) -> None:
    gap = f"{100 * (result.cost - result.bound) / max(1, result.cost):.1f}%" if name == "planner" else ""
    known = "" if made.known is None else str(made.known)
    bound = f"{result.bound:.0f}" if name == "planner" else ""
    planned = f"{result.planned}/{len(made.problem.enrollments)}"
    trouble = f"  BROKEN: {result.broken}" if result.broken else ""
    print(
        f"{made.name:38} {name:10} {planned:>8} {result.cost:>8} {known:>8} {bound:>8} {gap:>6}"
        f" {result.seconds:>8.2f}{trouble}",
        flush=True,
    )


def _summary(kind: str, results: list[tuple[Made, Measured]]) -> None:
    times = sorted(result.seconds for _, result in results)
    programs = sum(len(made.problem.enrollments) for made, _ in results)
    planned = sum(result.planned for _, result in results)
    known = [(made.known, result.cost) for made, result in results if made.known is not None]
    proven = sum(result.bound >= result.cost for _, result in results)
    print(
        f"{kind}: {planned} of {programs} programs planned; at most the known cost in"
        f" {sum(cost <= limit for limit, cost in known)} of {len(known)}; proven best {proven} of {len(results)};"
        f" seconds: median {statistics.median(times):.2f}, most {times[-1]:.2f}"
    )


if __name__ == "__main__":
    if main(sys.argv[1:]):
        sys.exit(1)
