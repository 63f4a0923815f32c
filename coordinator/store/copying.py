"""Every row of the database, out and in, the same for SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import date, datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Date, LargeBinary, String, Table, column, insert, select, table, text, type_coerce
from sqlalchemy.types import NullType, TypeEngine

from coordinator.store import migrate
from coordinator.store.base import UtcTime
from coordinator.store.contact_keys import SealedText
from coordinator.store.schema import METADATA
from coordinator.store.unit_of_work import Database, Work

CHUNK = 500
"""Rows written by one statement."""

Kinds = Mapping[str, Mapping[str, str]]
"""For each table, in an order in which rows may be inserted, its columns and how their values are written."""

_TYPES: dict[str, TypeEngine[Any]] = {
    "time": UtcTime(),
    "day": Date(),
    "json": JSON(none_as_null=True),
    "bytes": LargeBinary(),
    "plain": NullType(),
}
_OUT: dict[str, Callable[[Any], Any]] = {
    "time": lambda value: value.isoformat(),
    "day": lambda value: value.isoformat(),
    "bytes": lambda value: b64encode(value).decode(),
}
_IN: dict[str, Callable[[Any], Any]] = {
    "time": datetime.fromisoformat,
    "day": date.fromisoformat,
    "bytes": b64decode,
}


def kinds() -> dict[str, dict[str, str]]:
    """The tables of this version."""
    return {each.name: {one.name: _kind(one.type) for one in each.columns} for each in METADATA.sorted_tables}


def rows(work: Work) -> Iterator[tuple[str, list[Any]]]:
    """Every row as its table and its values, fit for JSON, in the order of `kinds`."""
    for name, columns in kinds().items():
        for row in _rows_of(work, METADATA.tables[name]):
            yield name, [_converted(value, kind, _OUT) for value, kind in zip(row, columns.values(), strict=True)]


def _rows_of(work: Work, source: Table) -> Iterator[Any]:
    # What is sealed stays so in a backup.
    columns = (type_coerce(each, String) if isinstance(each.type, SealedText) else each for each in source.columns)
    query = select(*columns).order_by(*source.primary_key.columns)
    with closing(work.session.execute(query.execution_options(yield_per=1000))) as found:
        yield from found


def replace_all(database: Database, revision: str, tables: Kinds, given: Iterable[tuple[str, list[Any]]]) -> None:
    """Puts these rows, written by a version whose tables had that revision, in place of everything that is there.

    One transaction, and then the migrations that came since. Raises MigrationUnknown for a revision of the future.
    """
    with database.write() as work:
        migrate.rebuild(database, work, revision)
        for name, group in groupby(given, key=lambda each: each[0]):
            _insert(work, name, tables[name], (values for _, values in group))
        if not database.is_sqlite:
            _raise_sequences(work, tables)
        migrate.to_newest(database, work)


def copy_file(database: Database, target: Path) -> None:
    """A copy of an SQLite file as it is at one moment; others write on meanwhile."""
    source = database.engine.raw_connection()
    try:
        with closing(sqlite3.connect(target)) as copy:
            source.driver_connection.backup(copy)  # type: ignore[union-attr]
    finally:
        source.close()


def _insert(work: Work, name: str, columns: Mapping[str, str], given: Iterator[list[Any]]) -> None:
    target = table(name, *(column(each, _TYPES[kind]) for each, kind in columns.items()))
    while chunk := list(islice(given, CHUNK)):
        filled = [
            {each: _converted(value, kind, _IN) for (each, kind), value in zip(columns.items(), values, strict=True)}
            for values in chunk
        ]
        work.session.execute(insert(target), filled)


def _raise_sequences(work: Work, tables: Kinds) -> None:
    """PostgreSQL counts ids apart from the rows, so its counters must follow them."""
    for name in (each for each, columns in tables.items() if "id" in columns):
        newest = f"(SELECT max(id) FROM {name})"  # noqa: S608
        work.session.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {newest})"))


def _converted(value: Any, kind: str, by: Mapping[str, Callable[[Any], Any]]) -> Any:
    return value if value is None or kind not in by else by[kind](value)


def _kind(type_: TypeEngine[Any]) -> str:
    for kind, each in _TYPES.items():
        if isinstance(type_, type(each)):
            return kind
    return "plain"
