"""The compact form of a protocol as JSON, and back: what the store keeps beside the expanded visits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from coordinator.domain.compact_protocol import CompactProtocol


def write_compact(compact: CompactProtocol) -> dict[str, Any]:
    """The compact form as a JSON object: the fields of its dataclasses by their names."""
    return asdict(compact)


def read_compact(written: Mapping[str, Any]) -> CompactProtocol:
    """What `write_compact` wrote. It is our own writing, so a fault in it raises KeyError or TypeError."""
    compact: CompactProtocol = _read(CompactProtocol, written)
    return compact


def _read(wanted: Any, value: Any) -> Any:
    origin = get_origin(wanted)
    if is_dataclass(wanted):
        hints = get_type_hints(wanted)
        names = [each.name for each in fields(wanted)]
        return wanted(**{name: _read(hints[name], value[name]) for name in names})  # type: ignore[operator]
    if origin is UnionType:
        kind = next(each for each in get_args(wanted) if each is not NoneType)
        return None if value is None else _read(kind, value)
    if origin is tuple:
        kinds = get_args(wanted)
        if kinds[-1] is Ellipsis:
            return tuple(_read(kinds[0], each) for each in value)
        return tuple(_read(kind, each) for kind, each in zip(kinds, value, strict=True))
    if origin is not None and origin is not Literal:  # a mapping from names
        return {name: _read(get_args(wanted)[1], each) for name, each in value.items()}
    return value
