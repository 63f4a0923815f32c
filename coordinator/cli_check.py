"""The command `check`: whether a plan keeps the rules, and costs what it says."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from coordinator.cli_files import BROKEN, FILE, print_broken, read_file, summary
from coordinator.domain.rules import misstatements, violations
from coordinator.exchange.plan import read_plan
from coordinator.exchange.problem import read_problem


@click.command("check")
@click.argument("problem_file", metavar="PROBLEM", type=FILE)
@click.argument("plan_file", metavar="PLAN", type=FILE)
def check(problem_file: Path, plan_file: Path) -> None:
    """Check PLAN (kap-plan/1) against every rule and against the cost it states.

    Exit 0: it keeps all of them. 1: it breaks some. 2: a file cannot be used.
    """
    problem = read_file(problem_file, read_problem)
    plan = read_file(plan_file, read_plan)
    broken = violations(problem, plan) + misstatements(problem, plan)
    if broken:
        print_broken(broken)
        click.echo(f"{len(broken)} violations")
        sys.exit(BROKEN)
    click.echo(f"ok {summary(problem, plan)}")
