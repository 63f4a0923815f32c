"""A query that polls run thousands of times: compiled once, and run on the driver's own cursor.

SQLAlchemy's way to a cursor costs several times what an indexed read of one row does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine, Select

Reader = Callable[[Any], Any]


class Prepared:
    """One query for one database. Values that it compares with are texts or numbers; it gives one row or none."""

    def __init__(self, engine: Engine, query: Select[Any]) -> None:
        self._engine = engine
        compiled = query.compile(dialect=engine.dialect)
        self._statement = compiled.string
        self._names: list[str] | None = compiled.positiontup  # None where the driver knows its values by name
        types = [column.type.dialect_impl(engine.dialect) for column in query.selected_columns]
        self._readers: list[Reader | None] = [each.result_processor(engine.dialect, None) for each in types]

    def one(self, values: Mapping[str, Any]) -> list[Any] | None:
        """The first row that the query finds with these values, each column as its type says."""
        given = values if self._names is None else tuple([values[name] for name in self._names])
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(self._statement, given)
            row = cursor.fetchone()
            cursor.close()
        finally:
            connection.close()  # back into the pool, which ends the transaction
        if row is None:
            return None
        return [reader(value) if reader else value for reader, value in zip(self._readers, row, strict=True)]
