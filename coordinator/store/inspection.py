"""A look at the database from outside, for whoever asks whether it is fit for use."""

from __future__ import annotations

from dataclasses import dataclass, field

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from coordinator.domain.errors import Unavailable
from coordinator.store import migrate
from coordinator.store.roles import Rights, rights
from coordinator.store.unit_of_work import Database

WAL_IS_SAFE_FROM = (3, 51, 3)
"""SQLite 3.7.0 to 3.51.2 can corrupt a database in WAL mode."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen. `trouble` is why the database cannot be used; the rest then says nothing.

    `tables` is the revision that the tables have (None: there are none yet), `needed` the one that this version needs.
    `from_the_future` is true where the tables belong to a newer version. `journal` is SQLite's journal mode.
    """

    server: str = ""
    tables: str | None = None
    needed: str | None = None
    from_the_future: bool = False
    journal: str = ""
    is_wal_trap: bool = False
    rights: Rights = field(default_factory=Rights)
    trouble: str = ""


def look(database: Database) -> Look:
    """Looks, and changes nothing."""
    try:
        server, journal = _sqlite(database) if database.is_sqlite else _postgresql(database)
        tables, found = migrate.revision(database), rights(database)
    except Unavailable as refusal:
        return Look(trouble=refusal.reason)
    except DBAPIError as error:
        return Look(trouble=str(error.orig).strip().splitlines()[0])
    return Look(
        server=server,
        tables=tables,
        needed=migrate.newest(),
        from_the_future=tables is not None and not _is_known(tables),
        journal=journal,
        is_wal_trap=is_wal_trap(server, journal),
        rights=found,
    )


def is_wal_trap(server: str, journal: str) -> bool:
    """Whether this SQLite (“SQLite 3.40.1”) can corrupt its database in this journal mode."""
    if journal != "wal":
        return False
    version = tuple(int(part) for part in server.removeprefix("SQLite ").split("."))
    return (3, 7, 0) <= version < WAL_IS_SAFE_FROM


def _sqlite(database: Database) -> tuple[str, str]:
    with database.read() as work:
        version = work.session.scalar(text("SELECT sqlite_version()"))
        journal = work.session.scalar(text("PRAGMA journal_mode"))
    return f"SQLite {version}", str(journal)


def _postgresql(database: Database) -> tuple[str, str]:
    with database.read() as work:
        version = str(work.session.scalar(text("SHOW server_version")))
    return f"PostgreSQL {version.split(' ', 1)[0]}", ""


def _is_known(revision: str) -> bool:
    return any(each.revision == revision for each in ScriptDirectory(str(migrate.FOLDER)).walk_revisions())
