"""Numbers and dates that are sent: nothing that a database could not hold, or that no clinic leaves."""

from __future__ import annotations

from datetime import date

from flask import Flask
from werkzeug.routing import IntegerConverter

MOST_DIGITS = 18
FIRST_YEAR, LAST_YEAR = 2000, 2200


class RowNumber(IntegerConverter):
    """An id of at most 18 digits: a longer one is no address, and would be a failure in the database."""

    regex = r"\d{1,18}"


def install(app: Flask) -> None:
    """Makes `<int:…>` mean such a number; call it before blueprints are registered."""
    app.url_map.converters["int"] = RowNumber


def row_id(typed: str) -> int:
    """An id in a field or a query, for `get(…, type=row_id)`; raises ValueError for what no row can have."""
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= MOST_DIGITS):
        raise ValueError(typed)
    return int(typed)


def day_of(typed: str) -> date:
    """A date in a field or a query; raises ValueError for what is none, and for one that no calendar here reaches."""
    day = date.fromisoformat(typed)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(typed)
    return day
