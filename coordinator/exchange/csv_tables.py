"""CSV files as people save them from a spreadsheet: rows by column name, with a line for each fault."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

MOST_ROWS = 5000
DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class CsvFault:
    """What is wrong in a file: the row as a spreadsheet counts it (1 is the heading), the column, and the sentence."""

    file: str
    row: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row: its number, and its cells by column; a column that the file has not is empty."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def decoded(octets: bytes) -> str:
    """The text of a file: UTF-8 with or without its mark, else as older spreadsheets write it."""
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", errors="replace")


def read_table(
    file: str, text: str, columns: Sequence[str], needed: Collection[str]
) -> tuple[list[CsvRow], list[CsvFault]]:
    """The rows that hold anything. Columns may stand in any order; `needed` are those that must be there."""
    lines = csv.reader(text.splitlines(), delimiter=_delimiter(text))
    try:
        heading = [each.strip().lower().replace(" ", "_") for each in next(lines, [])]
        body = [[each.strip() for each in line] for line in lines]
    except csv.Error as error:
        return [], [CsvFault(file, 1, "", f"This is no CSV file ({error}). Save the sheet as CSV again.")]
    faults = _wrong_heading(file, heading, columns, needed)
    if len(body) > MOST_ROWS:
        faults.append(CsvFault(file, MOST_ROWS + 2, "", f"There are more than {MOST_ROWS} rows. Split the file."))
    if faults:
        return [], faults
    rows = []
    for number, cells in enumerate(body, start=2):
        if any(cells[len(heading) :]):
            message = "This row has more cells than the heading. Put cells that hold commas in quotation marks."
            faults.append(CsvFault(file, number, "", message))
        elif any(cells):
            rows.append(CsvRow(number, dict(zip(heading, cells, strict=False))))
    return rows, faults


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def _wrong_heading(
    file: str, heading: Sequence[str], columns: Sequence[str], needed: Collection[str]
) -> list[CsvFault]:
    found = [
        CsvFault(file, 1, each, f"There is no column called this. The columns are {', '.join(columns)}.")
        for each in heading
        if each and each not in columns
    ]
    found += [
        CsvFault(file, 1, each, "This column is missing. Add it to the heading.")
        for each in columns
        if each in needed and each not in heading
    ]
    twice = dict.fromkeys(each for each in heading if each and heading.count(each) > 1)
    return found + [CsvFault(file, 1, each, "This column is there twice. Remove one.") for each in twice]
