"""A query that polls run thousands of times: compiled once, and run on the driver's own cursor.

SQLAlchemy's way to a cursor costs several times what an indexed read of one row does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine, Select
from sqlalchemy.exc import OperationalError

from coordinator.store.engines import refusing

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
        """The first row that the query finds with these values, each column as its type says.

        Raises Unavailable where there is no database.
        """
        with refusing():
            row = self._row(values if self._names is None else tuple([values[name] for name in self._names]))
        if row is None:
            return None
        return [reader(value) if reader else value for reader, value in zip(self._readers, row, strict=True)]

    def _row(self, given: Any) -> Any:
        """As SQLAlchemy does where it holds the cursor, the driver's errors become its own."""
        dialect = self._engine.dialect
        try:
            connection = self._engine.raw_connection()
        except dialect.loaded_dbapi.Error as error:
            raise OperationalError(None, None, error) from error
        cursor = connection.cursor()
        try:
            cursor.execute(self._statement, given)
            return cursor.fetchone()
        except dialect.loaded_dbapi.Error as error:
            is_lost = dialect.is_disconnect(error, connection, cursor)
            if is_lost:
                connection.invalidate(error)
            raise OperationalError(self._statement, None, error, connection_invalidated=is_lost) from error
        finally:
            connection.close()  # back into the pool, which ends the transaction and the cursor
