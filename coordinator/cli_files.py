"""What `plan` and `check` share: exchange files in, refusals out, one line each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn, TypeVar

import click

from coordinator.domain.errors import InvalidFile, InvalidInput
from coordinator.domain.schedule import Plan, Problem
from coordinator.domain.violation import Violation
from coordinator.exchange.files import read_bytes

T = TypeVar("T")

ALL_PLANNED, BROKEN, BAD_INPUT, NOT_ALL_PLANNED = 0, 1, 2, 3
"""Exit codes."""

FILE = click.Path(path_type=Path)


def read_file(path: Path, reader: Callable[[bytes], T]) -> T:
    """What a reader of the exchange format makes of a file; exits with 2 and a line for each fault."""
    try:
        return reader(read_bytes(path))
    except InvalidInput as error:
        refuse([str(error)])
    except InvalidFile as error:
        refuse(f"{path}: {fault}" for fault in error.faults)


def refuse(lines: Iterable[str]) -> NoReturn:
    """Prints each line on stderr and exits with 2."""
    for line in lines:
        click.echo(one_line(line), err=True)
    sys.exit(BAD_INPUT)


def print_broken(broken: Iterable[Violation], err: bool = False) -> None:
    """Prints a line for each violation."""
    for each in broken:
        click.echo(one_line(f"rule {each.rule} {each.name}: {each.message}"), err=err)


def one_line(text: str) -> str:
    """A fault takes one line, whatever the file's own texts hold."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def summary(problem: Problem, plan: Plan) -> str:
    """Cost, how many are planned, and the bound, as both commands print them."""
    total = len(problem.enrollments)
    return f"cost={plan.cost} planned={total - len(plan.unplanned)}/{total} bound={plan.bound}"
