"""How the commands are told a password: typed twice without an echo, or as the first line of standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from coordinator.domain.errors import InvalidInput

F = TypeVar("F", bound=Callable[..., Any])


def password_option(command: F) -> F:
    """Adds `--password-stdin`."""
    text = "Read the password from the first line of standard input instead of asking."
    return click.option("--password-stdin", "from_stdin", is_flag=True, help=text)(command)


def ask(from_stdin: bool) -> str:
    """The password; raises InvalidInput where standard input holds none."""
    if not from_stdin:
        return str(click.prompt("Password", hide_input=True, confirmation_prompt="The password again"))
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise InvalidInput("Standard input holds no password. Write it there as one line.")
    return password
