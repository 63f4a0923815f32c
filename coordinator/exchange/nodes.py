"""Values of a JSON file, each with its place, so that every fault can be named where it stands.

A reader takes a `Node` and always returns a usable value: a wrong one is noted as a fault and replaced by a neutral one
(empty text, 0, no hours), so that reading goes on and finds the other faults too. Nothing that was read is used unless
there is no fault at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from coordinator.domain.errors import Fault, InvalidFile
from coordinator.exchange.json_text import member

T = TypeVar("T")
D = TypeVar("D")
Reader = Callable[["Node"], T]


@dataclass(slots=True)
class Faults:
    """What is wrong with a file, in the order it was found."""

    found: list[Fault] = field(default_factory=list)
    _spoiled: set[str] = field(default_factory=set)

    def add(self, pointer: str, message: str) -> None:
        """Notes a fault of the value at a pointer, which spoils all that contains it."""
        self.found.append(Fault(pointer, message))
        while pointer not in self._spoiled:
            self._spoiled.add(pointer)
            pointer = pointer.rpartition("/")[0]

    def spoils(self, pointer: str) -> bool:
        """Whether the value at the pointer, or anything in it, has a fault."""
        return pointer in self._spoiled

    def refuse_if_any(self) -> None:
        """Raises InvalidFile with all faults, if there is one."""
        if self.found:
            raise InvalidFile(self.found)


@dataclass(frozen=True, slots=True)
class Node:
    """One value of the file, its JSON Pointer and where its faults go."""

    value: Any
    pointer: str
    faults: Faults

    def fault(self, message: str) -> None:
        """Notes a fault of this value."""
        self.faults.add(self.pointer, message)

    def child(self, token: str | int, value: Any) -> Node:
        """The node of a member of this value."""
        return Node(value, member(self.pointer, token), self.faults)

    def items(self, least: int = 0) -> list[Node]:
        """The nodes of a list, which has at least that many."""
        if not isinstance(self.value, list):
            self.fault("This is not a list.")
            return []
        if len(self.value) < least:
            self.fault(f"The list needs at least {least}.")
        return [self.child(index, each) for index, each in enumerate(self.value)]

    def entries(self) -> list[tuple[str, Node]]:
        """The names and nodes of an object whose names are free."""
        if not isinstance(self.value, dict):
            self.fault("This is not an object.")
            return []
        return [(name, self.child(name, each)) for name, each in self.value.items()]

    def fields(self, needed: Iterable[str], optional: Iterable[str] = ()) -> Fields:
        """The fields of an object; notes those that it lacks and those that the format does not know."""
        found = dict(self.entries())
        known = {*needed, *optional}
        for name, node in found.items():
            if name not in known:
                node.fault("The format knows no such field.")
        if isinstance(self.value, dict):
            for name in needed:
                if name not in found:
                    self.fault(f"The field “{name}” is missing.")
        return Fields(self.pointer, found)


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one object."""

    pointer: str
    _nodes: dict[str, Node]

    def read(self, name: str, reader: Reader[T]) -> T:
        """A field that must be there; a missing one was noted already and reads as neutral."""
        node = self._nodes.get(name)
        return reader(node if node is not None else Node(None, member(self.pointer, name), Faults()))

    def maybe(self, name: str, reader: Reader[T], default: D) -> T | D:
        """A field that may be left out."""
        node = self._nodes.get(name)
        return default if node is None else reader(node)
