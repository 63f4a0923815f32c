"""A reader of calendars that knows nothing of our own code, and forgives nothing that RFC 5545 forbids."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_LINE = re.compile(r"([A-Z0-9-]+)((?:;[A-Z0-9-]+=[^\";:,]+)*):(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
TEXTS = frozenset({"SUMMARY", "LOCATION", "DESCRIPTION", "NAME", "X-WR-CALNAME"})


@dataclass(slots=True)
class Component:
    """A component with its properties; a property that comes twice is an error."""

    name: str
    values: dict[str, str] = field(default_factory=dict)
    parts: list[Component] = field(default_factory=list)


def read(content: bytes) -> Component:
    """The calendar; raises AssertionError for whatever is not as the standard says."""
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n")
    for line in content.split(b"\r\n")[:-1]:
        assert 0 < len(line) <= 75, line
        line.decode()  # a fold inside a character would break it
    top = Component("")
    open_parts = [top]
    for line in content.decode().replace("\r\n ", "").split("\r\n")[:-1]:
        found = _LINE.fullmatch(line)
        assert found, line
        name, _parameters, value = found.groups()
        if name == "BEGIN":
            part = Component(value)
            open_parts[-1].parts.append(part)
            open_parts.append(part)
        elif name == "END":
            assert open_parts.pop().name == value
        else:
            assert name not in open_parts[-1].values, f"{name} twice"
            open_parts[-1].values[name] = _text(value) if name in TEXTS else value
    assert open_parts == [top]
    (calendar,) = top.parts
    return calendar


def events_of(content: bytes) -> list[dict[str, str]]:
    """The properties of each event."""
    return [part.values for part in read(content).parts if part.name == "VEVENT"]


def _text(value: str) -> str:
    bare = _ESCAPE.sub("", value)
    assert not set(bare) & set(";,\\"), f"unescaped: {value}"
    assert all(found in "\\;,n" for found in _ESCAPE.findall(value)), f"no such escape: {value}"
    return _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], value)
