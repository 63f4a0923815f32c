"""The command `plan`: from a problem file to a plan file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import click

from coordinator.cli_files import (
    ALL_PLANNED,
    BROKEN,
    FILE,
    NOT_ALL_PLANNED,
    one_line,
    print_broken,
    read_file,
    refuse,
    summary,
)
from coordinator.domain.errors import InvalidInput
from coordinator.domain.rules import misstatements, violations
from coordinator.domain.schedule import Plan, Problem
from coordinator.exchange.files import check_writable, write_json
from coordinator.exchange.plan import write_plan
from coordinator.exchange.problem import read_problem
from coordinator.planner.explain import explained
from coordinator.planner.plan import Limits, Progress
from coordinator.planner.plan import plan as make_plan


@click.command("plan")
@click.argument("problem_file", metavar="PROBLEM", type=FILE)
@click.option("-o", "--output", "plan_file", metavar="PLAN", type=FILE, required=True, help="The file to write.")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Stop after so long at the latest.")
@click.option("--work", type=click.IntRange(min=1), help="How much to search, whatever the machine's speed.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Same seed and work, same plan.")
def plan(problem_file: Path, plan_file: Path, seconds: float | None, work: int | None, seed: int) -> None:
    """Plan PROBLEM (kap-problem/1) and write the plan.

    Exit 0: every enrollment is planned. 3: not every one. 2: the input cannot be used; nothing is written.
    """
    problem = read_file(problem_file, read_problem)
    try:
        check_writable(plan_file)
        found = make_plan(problem, Limits(seconds=seconds, work=work, seed=seed), report=_reporter())
        found = _explained(problem, found, seconds)
        _refuse_broken(problem, found)
        write_json(plan_file, write_plan(found, problem))
    except InvalidInput as error:
        refuse([str(error)])
    for each in found.unplanned:
        click.echo(one_line(f"{each.enrollment} is not planned. {each.reason}"))
    click.echo(f"{summary(problem, found)} seconds={found.seconds or 0:.2f}")
    sys.exit(NOT_ALL_PLANNED if found.unplanned else ALL_PLANNED)


def _explained(problem: Problem, found: Plan, seconds: float | None) -> Plan:
    """The plan with reasons for what it leaves out, as far as the time allows."""
    until = None if seconds is None else monotonic() + seconds - (found.seconds or 0)
    return explained(problem, found, canceled=lambda: until is not None and monotonic() > until)


def _refuse_broken(problem: Problem, found: Plan) -> None:
    """The rules check every plan independently of who made it."""
    broken = violations(problem, found) + misstatements(problem, found)
    if broken:
        print_broken(broken, err=True)
        click.echo("The planner made a plan that breaks a rule; nothing was written. Please report this.", err=True)
        sys.exit(BROKEN)


def _reporter() -> Callable[[Progress], None] | None:
    """Reports progress to somebody who watches, and to no log file."""
    if not sys.stderr.isatty():
        return None
    return lambda progress: click.echo(
        f"planned {progress.planned} of {progress.enrollments}, cost {progress.cost}, bound {progress.bound:.0f},"
        f" gap {progress.gap:.1%}",
        err=True,
    )
