"""CSV files for spreadsheets: what a cell says is text, whatever it begins with."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets take a cell that begins so for a formula, and would run what a patient typed as a name."""


def write_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a CSV file with CRLF ends (RFC 4180), one by one."""
    for row in chain([head], rows):
        text = io.StringIO()
        csv.writer(text).writerow([_neutral(each) for each in row])
        yield text.getvalue()


def _neutral(value: object) -> object:
    """Numbers stay numbers; a text that looks like a formula gets an apostrophe, which spreadsheets do not show."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
