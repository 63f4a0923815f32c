"""What the commands share: the settings, the database brought up to date, the clinic, and the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import click
from alembic.util.exc import CommandError
from sqlalchemy.exc import DBAPIError, ProgrammingError

from config import PREFIX, Settings, SettingsError, load
from coordinator.cli_store import database_of, owners_database_of
from coordinator.domain.actor import Actor, system
from coordinator.domain.errors import Unavailable
from coordinator.services import clinics
from coordinator.store import migrate, roles
from coordinator.store.audit import KeyExchanged
from coordinator.store.unit_of_work import Database, Work

NOT_ALLOWED = "42501"
"""PostgreSQL's number for a right that is missing."""

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
    """Reads the settings, opens the database and migrates it, where its role may.

    Raises SettingsError for a wrong setting or a database that cannot be used.
    """
    settings = load()
    with _opened(settings, database_of(settings), "DATABASE_URL") as house:
        yield house


@contextmanager
def opened_to_change() -> Iterator[House]:
    """Likewise by the role that owns the tables, where there is another one; the serving one then has its rights."""
    settings = load()
    name = "MIGRATE_DATABASE_URL" if settings.migrate_database_url else "DATABASE_URL"
    with _opened(settings, owners_database_of(settings), name) as house:
        yield house
        if settings.serving_role:
            roles.allow(house.database, settings.serving_role)


@contextmanager
def _opened(settings: Settings, database: Database, name: str) -> Iterator[House]:
    try:
        _bring_up_to_date(database)
        yield House(settings, database)
    except DBAPIError as error:
        raise SettingsError(trouble(str(error.orig), name)) from error
    except KeyExchanged:
        raise
    except Unavailable as refusal:
        raise SettingsError(trouble(refusal.reason, name)) from refusal
    finally:
        database.dispose()


def _bring_up_to_date(database: Database) -> None:
    try:
        migrate.upgrade(database)
    except CommandError as error:
        raise SettingsError(
            "The tables were made by a newer Coordinator. Install that version, or use an empty database."
        ) from error
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != NOT_ALLOWED:
            raise
        raise SettingsError(
            "The tables are not of this version, and the role of the database may not change them. Run coordinator "
            f"migrate with {PREFIX}MIGRATE_DATABASE_URL."
        ) from error


def trouble(said: str, name: str = "DATABASE_URL") -> str:
    """One line about a database that refuses to work, with the remedy."""
    reason = said.strip().partition("\n")[0]
    return f"The database cannot be used: {reason}. Check {PREFIX}{name}, then run coordinator doctor."


def clinic_option(command: F) -> F:
    """Adds `--clinic ID`, needed only where there are several."""
    text = "The clinic's number; needed only where there are several."
    return click.option("--clinic", "wanted", type=int, metavar="ID", help=text)(command)


def acting(work: Work, wanted: int | None) -> Actor:
    """The command as an actor in the clinic that was named, or in the only one; raises InvalidInput or NotFound."""
    return system(clinics.choose(work, wanted), "Command line")
