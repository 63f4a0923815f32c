"""JSON in: text or bytes to Python values, refusing what a lenient parser would let through."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from coordinator.domain.errors import Fault, InvalidFile


class _Object(dict[str, Any]):
    """A JSON object that remembers which of its names stood more than once."""

    repeated: tuple[str, ...] = ()


def parse(source: str | bytes | dict[str, Any]) -> Any:
    """The value of a JSON text; a dict is taken as already parsed.

    Raises InvalidFile for what is not UTF-8 or not JSON, for NaN and Infinity, for nesting too deep to be a file of
    ours, and for a name that stands twice in one object.
    """
    if isinstance(source, dict):
        return source
    repeats: list[_Object] = []
    value = _loads(_decoded(source), repeats)
    if repeats:
        raise InvalidFile(_repeated_names(value))
    return value


def member(pointer: str, token: str | int) -> str:
    """The JSON Pointer (RFC 6901) of a member of the value at `pointer`."""
    return f"{pointer}/{str(token).replace('~', '~0').replace('/', '~1')}"


def _decoded(source: str | bytes) -> str:
    if isinstance(source, str):
        return source
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refusal(f"The file is not UTF-8 (byte {error.start}). Save it as UTF-8.") from None


def _loads(text: str, repeats: list[_Object]) -> Any:
    def gather(pairs: list[tuple[str, Any]]) -> _Object:
        found = _Object(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            found.repeated = tuple(name for name in found if names.count(name) > 1)
            repeats.append(found)
        return found

    try:
        return json.loads(text, object_pairs_hook=gather, parse_constant=_no_constant)
    except RecursionError:
        raise _refusal("The file nests deeper than any file of this format does.") from None
    except json.JSONDecodeError as error:
        raise _refusal(f"The file is not JSON: {error.msg} in line {error.lineno}, column {error.colno}.") from None
    except ValueError as error:
        raise _refusal(f"The file is not usable JSON: {error}.") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _refusal(message: str) -> InvalidFile:
    return InvalidFile([Fault("", message)])


def _repeated_names(root: Any) -> list[Fault]:
    """A fault for each repeated name; walks with a list, since a hostile file may nest deep."""
    faults: list[Fault] = []
    waiting: list[tuple[Any, str]] = [(root, "")]
    while waiting:
        value, pointer = waiting.pop()
        if isinstance(value, _Object):
            faults += [Fault(member(pointer, name), "The name stands twice in one object.") for name in value.repeated]
            waiting += [(each, member(pointer, name)) for name, each in value.items()]
        elif isinstance(value, list):
            waiting += [(each, member(pointer, index)) for index, each in enumerate(value)]
    return sorted(faults, key=lambda fault: fault.pointer)
