"""The unit of work: one transaction, all or nothing, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from weakref import ref

from sqlalchemy import Connection, Engine, Insert, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

from coordinator.domain.errors import DiskFull
from coordinator.store import engines
from coordinator.store.contact_keys import KeyRing, give
from coordinator.store.engines import refusing
from coordinator.store.secret_keys import Derived, derived

_log = logging.getLogger(__name__)

Brief = Connection
"""An open transaction of plain statements; like `Work`, only the store looks inside."""

MOST_OWED = 10_000
"""Readings whose audit entries may wait for room on the disk, in one process."""


@dataclass(frozen=True, slots=True)
class Work:
    """An open transaction. Only the store looks inside; the other rooms hand it on.

    `keys` are made of the secret key and of those before it, the newest first. `before_commit` runs last, in order:
    what takes a lock that everybody wants (the chain's head) is put there, so that it is held briefly and always after
    the clinic's.
    """

    session: Session
    keys: tuple[Derived, ...] = field(repr=False)
    before_commit: list[Callable[[Work], None]] = field(default_factory=list)


class Database:
    """The clinic's database by its URL; engines are made here and nowhere else.

    `contact_keys` is the file of the keys of contact fields; None, or no file, leaves the one made from the secret key.
    `old_secret_keys`, the newest first, only read what is older than `secret_key`.
    """

    def __init__(
        self, url: str, secret_key: str, contact_keys: Path | None = None, old_secret_keys: tuple[str, ...] = ()
    ) -> None:
        self.url = url
        self.engine = engines.sqlite(url) if url.startswith("sqlite") else engines.postgresql(url)
        self.contact_keys = KeyRing((secret_key, *old_secret_keys), contact_keys)
        give(self.engine, self.contact_keys)
        _forget_connections_in_forks(self.engine)
        self._owed: list[Callable[[Work], None]] = []
        self._settling = threading.Lock()
        self._keys = tuple(derived(each) for each in (secret_key, *old_secret_keys))

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Work]:
        """A transaction that commits at the end, and leaves nothing behind where an error passes through.

        On SQLite it begins IMMEDIATE: a deferred one that reads before it writes loses updates. Raises Conflict where
        others keep the database from it for too long, and Unavailable where there is no database or no room.
        """
        with refusing(), self.engine.connect() as connection:
            _begin(connection, "BEGIN IMMEDIATE" if self.is_sqlite else None)
            with Session(connection, expire_on_commit=False) as session:
                work = Work(session, self._keys)
                yield work
                _finish(work)
                session.commit()
            connection.commit()

    @contextmanager
    def brief(self) -> Iterator[Brief]:
        """As `write`, for a few plain statements: without a session, which costs more than they, and with no entry in
        the audit log."""
        with refusing(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    @contextmanager
    def read(self) -> Iterator[Work]:
        """A transaction for reading: one consistent picture, rolled back at the end.

        What it owes the audit log is written afterwards in its own transaction; where that fails, so does the read.
        Only a full disk is no reason to keep a clinic from its schedule: the entries then wait here, and are logged.
        """
        with refusing(), self.engine.connect() as connection:
            _begin(connection, "BEGIN" if self.is_sqlite else "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            with Session(connection, expire_on_commit=False, autoflush=False) as session:
                work = Work(session, self._keys)
                yield work
        if work.before_commit:
            self._settle(work.before_commit)

    def _settle(self, acts: list[Callable[[Work], None]]) -> None:
        with self._settling:
            owed = [*self._owed, *acts]
            try:
                with self.write() as work:
                    work.before_commit.extend(owed)
            except DiskFull:
                if len(owed) > MOST_OWED:
                    raise
                _log.error("The disk is full, so this waits for the audit log: %s", "; ".join(map(str, acts)))
            else:
                owed = []
            self._owed = owed

    def dispose(self) -> None:
        """Closes all pooled connections; call it before forking."""
        self.engine.dispose()


def insert_ignoring(work: Work, table: type[DeclarativeBase]) -> Insert:
    """An INSERT that does nothing, rather than fail, where a unique or exclusion constraint stands against a row."""
    if work.session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def _forget_connections_in_forks(engine: Engine) -> None:
    """A process that is forked must not speak over its parent's connections."""
    known = ref(engine)

    def forget() -> None:
        mine = known()
        if mine is not None:
            mine.dispose(close=False)

    os.register_at_fork(after_in_child=forget)


def _finish(work: Work) -> None:
    work.session.flush()
    for act in work.before_commit:
        act(work)
    work.session.flush()


def _begin(connection: Connection, statement: str | None) -> None:
    if statement is not None:
        connection.execute(text(statement))
