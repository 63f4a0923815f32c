"""Templates of messages: plain text with named fields in braces, such as {day}.

A line with a field that is empty is left out, so that a text needs no conditions.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

_FIELD = re.compile(r"\{([a-z_]*)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A subject and a text for mail and chat, and a `short` one for text messages."""

    subject: str
    text: str
    short: str


def unknown_fields(text: str, known: Collection[str]) -> tuple[str, ...]:
    """The fields of a template that are not known, each once."""
    return tuple(dict.fromkeys(name for name in _FIELD.findall(text) if name not in known))


def rendered(text: str, fields: Mapping[str, str]) -> str:
    """The text with its fields filled in; what is not a known field stays as it is."""
    lines = [line for line in text.split("\n") if not any(not fields.get(name, "-") for name in _FIELD.findall(line))]
    return _filled("\n".join(lines), fields)


def rendered_short(text: str, fields: Mapping[str, str]) -> str:
    """The text as one line: a field that is empty leaves no gap."""
    return " ".join(_filled(text, fields).split())


def _filled(text: str, fields: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda found: fields.get(found[1], found[0]), text)
