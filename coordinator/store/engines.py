"""Connections to either database, and what becomes of their failures: a refusal that says what is wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError, TimeoutError

from coordinator.domain.errors import Conflict, DiskFull, Unavailable

PATIENCE = 30
"""Seconds to wait for SQLite's write lock."""

CONNECTING = 5
"""Seconds that PostgreSQL has to answer a new connection."""

_BUSY = ("database is locked", "deadlock detected")
_FULL = ("database or disk is full", "No space left on device", "could not extend file")
_GONE = (
    "unable to open database file",
    "disk I/O error",
    "readonly database",
    "file is not a database",
)


@contextmanager
def refusing() -> Iterator[None]:
    """Makes what the database cannot do for the moment a refusal: Conflict, DiskFull or Unavailable."""
    try:
        yield
    except TimeoutError as error:
        raise Unavailable("Too many people use the database at this moment. Try again.") from error
    except DBAPIError as error:
        said = str(error.orig)
        reason = said.strip().partition("\n")[0]
        if any(each in said for each in _BUSY):
            raise Conflict("The database is busy with other changes. Try again in a moment.") from error
        if any(each in said for each in _FULL):
            raise DiskFull(
                "There is no room left on the disk of the database, so nothing was changed. Free some, then try again.",
                reason,
            ) from error
        if isinstance(error, OperationalError) and (_is_gone(error) or any(each in said for each in _GONE)):
            raise Unavailable(
                "The database does not answer, so nothing was changed. Try again in a moment.", reason
            ) from error
        raise


def _is_gone(error: OperationalError) -> bool:
    """Whether there was no connection, or it was lost."""
    return error.statement is None or error.connection_invalidated


def postgresql(url: str) -> Engine:
    """An engine whose connections are tried before use, so that a server that comes back is used at once."""
    return create_engine(
        url, pool_pre_ping=True, pool_size=5, max_overflow=10, connect_args={"connect_timeout": CONNECTING}
    )


def sqlite(url: str) -> Engine:
    """An engine that makes the file where there is none yet, but never again once it was there."""
    engine = create_engine(url, connect_args={"timeout": PATIENCE, "check_same_thread": False})
    name = engine.url.database
    if name and name != ":memory:":
        _keep_to(engine, Path(name))

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver would begin transactions by itself, and only before writing; `Database` says when and how.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        # WAL can corrupt a database in SQLite 3.7.0 to 3.51.2; TRUNCATE is safe in all.
        cursor.execute("PRAGMA journal_mode=TRUNCATE")
        cursor.execute("PRAGMA synchronous=FULL")
        # What is deleted or encrypted anew shall not be found in the file's free places.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    return engine


def _keep_to(engine: Engine, file: Path) -> None:
    """A file that was moved away or replaced is not written to unseen, nor an empty one made in its place."""
    was_there = False

    @event.listens_for(engine, "do_connect")
    def refuse_anew(_dialect: Any, _record: Any, _arguments: Any, _named: Any) -> None:
        if was_there and not file.exists():
            raise sqlite3.OperationalError("unable to open database file")

    @event.listens_for(engine, "checkout")
    def look(_connection: Any, record: Any, _proxy: Any) -> None:
        nonlocal was_there
        was_there = True
        now = file.stat().st_ino if file.exists() else None
        if record.info.setdefault("inode", now) != now:
            raise DisconnectionError("the database's file is another one")
