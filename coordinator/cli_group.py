"""The group behind `coordinator`: each command's module is loaded only when that command runs.

`plan` needs the planner, `serve` the web and the worker; `user add` should wait for neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from config import SettingsError
from coordinator.domain.errors import DomainError, InvalidFile


@dataclass(frozen=True, slots=True)
class Lazy:
    """Where a command is, as a module and a name in it, and its line in the list of commands."""

    module: str
    name: str
    help: str

    def load(self) -> click.Command:
        """The command itself; imports its module."""
        command: click.Command = getattr(import_module(self.module), self.name)
        return command


class Refusal(click.ClickException):
    """A refusal shown as its lines on stderr, with exit code 2 and no trace."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Prints the lines."""
        click.echo(self.format_message(), err=True)


class LazyGroup(click.Group):
    """A group that knows its commands by a table, and turns refusals into one clear line each."""

    def __init__(self, *args: Any, lazy: Mapping[str, Lazy], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, loaded now."""
        found = self.lazy.get(cmd_name)
        return None if found is None else found.load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands from the table, loading none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.help) for name, each in self.lazy.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; what it refuses is said in one line each."""
        try:
            return super().invoke(ctx)
        except InvalidFile as error:
            raise Refusal("\n".join(str(fault) for fault in error.faults)) from error
        except (SettingsError, DomainError) as error:
            raise Refusal(str(error)) from error
        except OSError as error:
            raise Refusal(_file_trouble(error)) from error


def _file_trouble(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}."
