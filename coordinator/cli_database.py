"""What the commands share: the settings, the database brought up to date, the clinic, and the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import click
from alembic.util.exc import CommandError
from sqlalchemy.exc import DBAPIError

from config import PREFIX, Settings, SettingsError, load
from coordinator.cli_store import database_of
from coordinator.domain.actor import Actor, system
from coordinator.domain.errors import Unavailable
from coordinator.services import clinics
from coordinator.store import migrate
from coordinator.store.audit import KeyExchanged
from coordinator.store.unit_of_work import Database, Work

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class House:
    """The settings and the database of this installation, its tables as this version needs them."""

    settings: Settings
    database: Database


def now() -> datetime:
    """The clock of the commands: aware UTC."""
    return datetime.now(UTC)


@contextmanager
def opened() -> Iterator[House]:
    """Reads the settings, opens the database and migrates it.

    Raises SettingsError for a wrong setting or a database that cannot be used.
    """
    settings = load()
    database = database_of(settings)
    try:
        _bring_up_to_date(database)
        yield House(settings, database)
    except DBAPIError as error:
        raise SettingsError(trouble(str(error.orig))) from error
    except KeyExchanged:
        raise
    except Unavailable as refusal:
        raise SettingsError(trouble(refusal.reason)) from refusal
    finally:
        database.dispose()


def _bring_up_to_date(database: Database) -> None:
    try:
        migrate.upgrade(database)
    except CommandError as error:
        raise SettingsError(
            "The tables were made by a newer Coordinator. Install that version, or use an empty database."
        ) from error


def trouble(said: str) -> str:
    """One line about a database that refuses to work, with the remedy."""
    reason = said.strip().partition("\n")[0]
    return f"The database cannot be used: {reason}. Check {PREFIX}DATABASE_URL, then run coordinator doctor."


def clinic_option(command: F) -> F:
    """Adds `--clinic ID`, needed only where there are several."""
    text = "The clinic's number; needed only where there are several."
    return click.option("--clinic", "wanted", type=int, metavar="ID", help=text)(command)


def acting(work: Work, wanted: int | None) -> Actor:
    """The command as an actor in the clinic that was named, or in the only one; raises InvalidInput or NotFound."""
    return system(clinics.choose(work, wanted), "Command line")
