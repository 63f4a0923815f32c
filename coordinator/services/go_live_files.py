"""The files of a go-live as they were sent: what columns each has, and every cell read or found at fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from coordinator.domain.clinic_time import Minute
from coordinator.domain.errors import InvalidInput
from coordinator.exchange.csv_tables import CsvFault, CsvRow, decoded, read_table
from coordinator.exchange.hours_text import read_hours
from coordinator.exchange.values import parsed_clock, parsed_day

__all__ = ["FILES", "NEEDED", "OUTCOMES", "Cells", "CsvFault", "Faults", "decoded", "tables"]

T = TypeVar("T")
FILES: Mapping[str, tuple[str, ...]] = {
    "staff": (
        "name", "email", "roles", "hours", "most_hours_a_day", "most_hours_a_week", "supervises", "pause_minutes",
    ),
    "rooms": ("name", "kinds", "seats", "turnover_minutes", "hours"),
    "patients": ("code", "name", "email", "phone"),
    "time_off": ("name", "first", "last", "start", "end"),
    "programs": ("program", "patients", "protocol", "started", "latest", "team", "avoid"),
    "appointments": ("program", "visit", "date", "start", "room", "staff", "outcome"),
    "bookings": ("kind", "title", "date", "start", "end", "staff", "room", "patient", "every_weeks", "until"),
}  # fmt: skip
"""The files, in the order in which they are read, with their columns."""
NEEDED: Mapping[str, frozenset[str]] = {
    "staff": frozenset({"name", "roles", "hours"}),
    "rooms": frozenset({"name", "kinds"}),
    "patients": frozenset({"code", "name"}),
    "programs": frozenset({"program", "patients", "protocol", "started"}),
    "time_off": frozenset({"name", "first"}),
    "appointments": frozenset({"program", "visit", "date", "start", "staff"}),
    "bookings": frozenset({"kind", "title", "date", "start", "end"}),
}
OUTCOMES = ("attended", "stopped_early", "no_show", "late_cancel")
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_US_CLOCK = re.compile(r"(\d{1,2}):(\d{2}) ?([ap])\.?m\.?", re.IGNORECASE)


@dataclass(slots=True)
class Faults:
    """What is wrong, gathered row by row."""

    found: list[CsvFault] = field(default_factory=list)

    def add(self, file: str, row: int, column: str, message: str) -> None:
        """Notes a fault."""
        self.found.append(CsvFault(file, row, column, message))


@dataclass(slots=True)
class Cells:
    """One row being read: each reader notes what is wrong and goes on with something neutral."""

    file: str
    row: CsvRow
    faults: Faults
    ok: bool = True

    def fault(self, column: str, message: str) -> None:
        """Notes what is wrong with a cell."""
        self.ok = False
        self.faults.add(self.file, self.row.number, column, message)

    def read(self, column: str, reader: Callable[[str], T], neutral: T) -> T:
        """What the reader makes of a cell; an empty cell is neutral where the column is not needed."""
        typed = self.row[column]
        if not typed and column not in NEEDED[self.file]:
            return neutral
        try:
            return reader(typed)
        except InvalidInput as refusal:
            self.fault(column, str(refusal))
            return neutral

    def text(self, column: str, most: int = 120) -> str:
        """A text."""

        def reader(typed: str) -> str:
            if not typed:
                raise InvalidInput("The cell is empty. Fill it in.")
            if len(typed) > most:
                raise InvalidInput(f"This is longer than {most} characters. Shorten it.")
            return typed

        return self.read(column, reader, "")

    def several(self, column: str) -> list[str]:
        """A list, separated by semicolons."""
        return self.read(column, _several, [])

    def pairs(self, column: str) -> dict[str, str]:
        """A list such as “lead = Ana Ruiz; diet = Beth Calloway”."""
        return self.read(column, _pairs, {})

    def whole(self, column: str, neutral: int, least: int, most: int) -> int:
        """A whole number."""

        def reader(typed: str) -> int:
            if typed.isascii() and typed.isdecimal() and len(typed) < 6 and least <= int(typed) <= most:
                return int(typed)
            raise InvalidInput(f"“{typed}” is no whole number from {least} to {most}. Write one.")

        return self.read(column, reader, neutral)

    def hours_of_work(self, column: str, most: int) -> int | None:
        """Hours such as 7.5, as minutes; None for no limit."""

        def reader(typed: str) -> int | None:
            if re.fullmatch(r"\d{1,3}(\.\d{1,2})?", typed, re.ASCII) and 0 < float(typed) <= most:
                return round(float(typed) * 60)
            raise InvalidInput(f"“{typed}” are no hours up to {most}. Write them like 7.5, or leave the cell empty.")

        return self.read(column, reader, None)

    def weekly(self, column: str) -> dict[str, Any] | None:
        """Weekly hours; None for an empty cell."""
        return self.read(column, read_hours, None)

    def day(self, column: str) -> date | None:
        """A date, as 2027-01-31 or 1/31/2027."""
        return self.read(column, _day, None)

    def clock(self, column: str) -> Minute:
        """A time of day, as 14:30 or 2:30 PM."""
        return self.read(column, _clock, 0)


def tables(texts: Mapping[str, str], faults: Faults) -> dict[str, list[Cells]]:
    """The rows of every file that was sent, by file."""
    found: dict[str, list[Cells]] = {}
    for file, columns in FILES.items():
        rows: list[CsvRow] = []
        if texts.get(file, "").strip():
            rows, wrong = read_table(file, texts[file], columns, NEEDED[file])
            faults.found += wrong
        found[file] = [Cells(file, row, faults) for row in rows]
    return found


def _several(typed: str) -> list[str]:
    found = list(dict.fromkeys(filter(None, (each.strip() for each in typed.split(";")))))
    if not found:
        raise InvalidInput("The cell is empty. Write one or more, separated by semicolons.")
    return found


def _pairs(typed: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in filter(None, (part.strip() for part in typed.split(";"))):
        need, equals, name = (part.strip() for part in each.partition("="))
        if not (need and equals and name):
            raise InvalidInput(f"“{each}” says not who does what. Write it like lead = Ana Ruiz.")
        if need in found:
            raise InvalidInput(f"“{need}” is there twice. Leave one.")
        found[need] = name
    return found


def _day(typed: str) -> date:
    american = _US_DATE.fullmatch(typed)
    text = f"{american[3]}-{int(american[1]):02d}-{int(american[2]):02d}" if american else typed
    try:
        day = date.fromordinal(parsed_day(text))
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year <= 2200:
        raise InvalidInput(f"“{typed}” is no date. Write it like 2027-01-31 or 1/31/2027.")
    return day


def _clock(typed: str) -> Minute:
    american = _US_CLOCK.fullmatch(typed)
    text = typed.zfill(5)
    if american is not None and 1 <= int(american[1]) <= 12:
        hour = int(american[1]) % 12 + 12 * (american[3].lower() == "p")
        text = f"{hour:02d}:{american[2]}"
    try:
        return parsed_clock(text)
    except ValueError:
        raise InvalidInput(f"“{typed}” is no time of day. Write it like 14:30 or 2:30 PM.") from None
