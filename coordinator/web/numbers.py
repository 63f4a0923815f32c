"""Numbers in addresses: ids of rows, and nothing that a database could not hold."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter


class RowNumber(IntegerConverter):
    """An id of at most 18 digits: a longer one is no address, and would be a failure in the database."""

    regex = r"\d{1,18}"


def install(app: Flask) -> None:
    """Makes `<int:…>` mean such a number; call it before blueprints are registered."""
    app.url_map.converters["int"] = RowNumber
