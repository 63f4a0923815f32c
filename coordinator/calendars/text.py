"""Text as RFC 5545 wants it: cleaned, escaped, and folded into lines of at most 75 octets."""

from __future__ import annotations

import re

MOST_OCTETS = 75

# Besides the control characters: what some readers take for a line's end (U+2028, U+2029), a byte order mark, what
# turns the reading direction of all that follows, half a surrogate pair, and what is no character at all.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]")
_BLANKS = re.compile(r"[ \t\u00a0\u3000]+")
_MISREAD = re.compile(r"\\(?=[nN\\\n])")


def clean(text: str) -> str:
    """The text without what no calendar may hold; a run of blanks becomes one, and lines begin and end with none.

    A backslash before an n or another backslash becomes the sign ∖ that looks like it: however it is escaped, three of
    the thirteen clients tried (node-ical, ics.py, sabre/vobject) read a line's end there, or one backslash for two.
    """
    if text.isprintable() and "  " not in text and "\\" not in text:
        return text.strip()
    whole = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    lines = [_BLANKS.sub(" ", _UNFIT.sub("", line)).strip() for line in whole.split("\n")]
    return _MISREAD.sub("∖", "\n".join(lines).strip("\n"))


def clean_line(text: str) -> str:
    """The cleaned text on one line, for a title or a place."""
    return clean(text).replace("\n", " ")


def escape(text: str) -> str:
    r"""Cleaned text as a TEXT value: `\`, `;`, `,` and the newline are escaped (RFC 5545 3.3.11)."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def fold(line: str) -> str:
    """The line without its end, folded where it is longer than 75 octets, never inside a character (RFC 5545 3.1)."""
    if len(line) <= MOST_OCTETS and (line.isascii() or len(line.encode()) <= MOST_OCTETS):
        return line
    octets = line.encode()
    pieces = []
    start, room = 0, MOST_OCTETS
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80:  # inside a character: step back to where it begins
            end -= 1
        pieces.append(octets[start:end])
        start, room = end, MOST_OCTETS - 1  # the blank that marks a folded line counts too
    pieces.append(octets[start:])
    return b"\r\n ".join(pieces).decode()
