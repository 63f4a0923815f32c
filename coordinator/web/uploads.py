"""Files that people choose: only those whose name says what the page reads."""

from __future__ import annotations

from werkzeug.datastructures import FileStorage

from coordinator.domain.errors import InvalidInput

CALENDARS = (".ics", ".ical", ".icalendar", ".ifb")
TABLES = (".csv", ".tsv", ".txt")


def content_of(sent: FileStorage | None, endings: tuple[str, ...], field: str) -> bytes:
    """The octets, none where no file was chosen; raises InvalidInput for a name that ends otherwise."""
    if sent is None or not sent.filename:
        return b""
    if not sent.filename.lower().endswith(endings):
        raise InvalidInput(f"A file whose name ends in {', '.join(endings)} is read here. Choose such a one.", field)
    return sent.stream.read()
