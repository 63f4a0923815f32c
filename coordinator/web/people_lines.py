"""Who is there, as lines of text: “supervisor: physician shared 0-30 90-120”, one for each person."""

from __future__ import annotations

import re

from coordinator.domain.compact_protocol import RoleNeed
from coordinator.web.forms import Form

_PERSON = re.compile(r"([^:\x00-\x1f\x7f]+?)\s*:\s*([^\s:\x00-\x1f\x7f]+)\s*(.*)")
_PART = re.compile(r"(\d{1,4})\s*[-–]\s*(\d{1,4})", re.ASCII)


def words(need: RoleNeed) -> str:
    """The line of somebody who must be there."""
    parts = [f"{offset}-{offset + minutes}" for offset, minutes in need.parts]
    return " ".join([f"{need.name}: {need.role}", *(["shared"] if need.shared else []), *parts])


def read(form: Form, field: str, minutes: int) -> tuple[RoleNeed, ...]:
    """The lines of a field, for a visit of so many minutes; each that cannot be read is refused beside the field."""
    lines = [line.strip() for line in form.value(field).splitlines() if line.strip()]
    needs = [_person(form, field, line, minutes) for line in lines]
    return tuple(need for need in needs if need)


def _person(form: Form, field: str, line: str, minutes: int) -> RoleNeed | None:
    found = _PERSON.fullmatch(line)
    if found is None:
        form.refuse(field, f"“{line[:60]}” cannot be read. Write it as “supervisor: physician shared 0-30”.")
        return None
    rest = found[3].split()
    parts = [_PART.fullmatch(each) for each in rest if each != "shared"]
    spans = [(int(each[1]), int(each[2])) for each in parts if each]
    if len(spans) < len(parts) or any(not first < last <= minutes for first, last in spans):
        form.refuse(field, f"The parts of “{line[:60]}” must be minutes inside the visit, such as 0-30.")
        return None
    return RoleNeed(found[1], found[2], "shared" in rest, tuple((first, last - first) for first, last in spans))
