"""The command `check`: whether a plan keeps the rules."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import click

from coordinator.domain.errors import InvalidFile, InvalidInput
from coordinator.domain.rules import misstatements, violations
from coordinator.domain.schedule import Plan, Problem
from coordinator.domain.violation import Violation
from coordinator.exchange.files import read_bytes
from coordinator.exchange.plan import read_plan
from coordinator.exchange.problem import read_problem

BROKEN, BAD_INPUT = 1, 2
"""Exit codes."""

_FILE = click.Path(path_type=Path)


@click.command("check")
@click.argument("problem_file", metavar="PROBLEM", type=_FILE)
@click.argument("plan_file", metavar="PLAN", type=_FILE)
def check(problem_file: Path, plan_file: Path) -> None:
    """Check PLAN (kap-plan/1) against every rule and against the cost it states.

    Exit 0: it keeps all of them. 1: it breaks some. 2: a file cannot be used.
    """
    problem = _problem(problem_file)
    found = _plan(plan_file)
    broken = violations(problem, found) + misstatements(problem, found)
    if broken:
        _print_broken(broken)
        click.echo(f"{len(broken)} violations")
        sys.exit(BROKEN)
    click.echo(f"ok {_summary(problem, found)}")


def _problem(path: Path) -> Problem:
    try:
        return read_problem(read_bytes(path))
    except InvalidInput as error:
        _refuse([str(error)])
    except InvalidFile as error:
        _refuse(f"{path}: {fault}" for fault in error.faults)


def _plan(path: Path) -> Plan:
    try:
        return read_plan(read_bytes(path))
    except InvalidInput as error:
        _refuse([str(error)])
    except InvalidFile as error:
        _refuse(f"{path}: {fault}" for fault in error.faults)


def _summary(problem: Problem, found: Plan) -> str:
    total = len(problem.enrollments)
    return f"cost={found.cost} planned={total - len(found.unplanned)}/{total} bound={found.bound}"


def _refuse(lines: Iterable[str]) -> NoReturn:
    for line in lines:
        click.echo(_one_line(line), err=True)
    sys.exit(BAD_INPUT)


def _print_broken(broken: Iterable[Violation]) -> None:
    for each in broken:
        click.echo(_one_line(f"rule {each.rule} {each.name}: {each.message}"))


def _one_line(text: str) -> str:
    """A fault takes one line, whatever the file's own texts hold."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
