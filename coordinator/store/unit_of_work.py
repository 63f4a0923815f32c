"""The unit of work: one transaction, all or nothing, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Insert, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from coordinator.domain.errors import Conflict
from coordinator.store.contact_keys import KeyRing, give

PATIENCE = 30
"""Seconds to wait for SQLite's write lock."""


@dataclass(frozen=True, slots=True)
class Work:
    """An open transaction. Only the store looks inside; the other rooms hand it on.

    `audit_key` seals the audit chain, `seal_key` (32 bytes) what is kept encrypted. `before_commit` runs last, in
    order: what takes a lock that everybody wants (the chain's head) is put there, so that it is held briefly and always
    after the clinic's.
    """

    session: Session
    audit_key: bytes = field(repr=False)
    seal_key: bytes = field(repr=False)
    before_commit: list[Callable[[Work], None]] = field(default_factory=list)


class Database:
    """The clinic's database by its URL; engines are made here and nowhere else.

    `contact_keys` is the file of the keys of contact fields; None, or no file, leaves the one made from the secret key.
    """

    def __init__(self, url: str, secret_key: str, contact_keys: Path | None = None) -> None:
        self.url = url
        self.engine = _sqlite_engine(url) if url.startswith("sqlite") else _postgresql_engine(url)
        self.contact_keys = KeyRing(secret_key, contact_keys)
        give(self.engine, self.contact_keys)
        self._audit_key = digest(secret_key.encode(), b"coordinator audit chain", sha256)
        self._seal_key = digest(secret_key.encode(), b"coordinator sealed fields", sha256)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Work]:
        """A transaction that commits at the end, and leaves nothing behind where an error passes through.

        On SQLite it begins IMMEDIATE: a deferred one that reads before it writes loses updates. Raises Conflict where
        others keep the database from it for too long.
        """
        with _refusing_when_busy(), self.engine.connect() as connection:
            _begin(connection, "BEGIN IMMEDIATE" if self.is_sqlite else None)
            with Session(connection, expire_on_commit=False) as session:
                work = Work(session, self._audit_key, self._seal_key)
                yield work
                _finish(work)
                session.commit()
            connection.commit()

    @contextmanager
    def read(self) -> Iterator[Work]:
        """A transaction for reading: one consistent picture, rolled back at the end.

        What it owes the audit log is written afterwards in its own transaction; where that fails, so does the read.
        """
        with self.engine.connect() as connection:
            _begin(connection, "BEGIN" if self.is_sqlite else "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            with Session(connection, expire_on_commit=False, autoflush=False) as session:
                work = Work(session, self._audit_key, self._seal_key)
                yield work
        if work.before_commit:
            with self.write() as writing:
                writing.before_commit.extend(work.before_commit)

    def dispose(self) -> None:
        """Closes all pooled connections; call it before forking."""
        self.engine.dispose()


@contextmanager
def _refusing_when_busy() -> Iterator[None]:
    """SQLite's write lock was not to be had in time, or PostgreSQL chose this transaction to end a deadlock."""
    try:
        yield
    except OperationalError as error:
        if any(word in str(error.orig) for word in ("database is locked", "deadlock detected")):
            raise Conflict("The database is busy with other changes. Try again in a moment.") from error
        raise


def insert_ignoring(work: Work, table: type[DeclarativeBase]) -> Insert:
    """An INSERT that does nothing, rather than fail, where a unique or exclusion constraint stands against a row."""
    if work.session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def _finish(work: Work) -> None:
    work.session.flush()
    for act in work.before_commit:
        act(work)
    work.session.flush()


def _begin(connection: Connection, statement: str | None) -> None:
    if statement is not None:
        connection.execute(text(statement))


def _postgresql_engine(url: str) -> Engine:
    return create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=10)


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": PATIENCE, "check_same_thread": False})

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
