"""Refusals. Each message is one sentence for the person who asked: the thing, the reason and the remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class DomainError(Exception):
    """Base of all refusals; `str(error)` is fit to be shown to the user."""


class InvalidInput(DomainError):
    """What was typed or sent cannot be used. `field` names the form field it belongs beside, where known."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class InvalidForm(DomainError):
    """Fields of a form cannot be used; `fields` gives the sentence that belongs beside each, by the field's name."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = dict(fields)


class NotFound(DomainError):
    """The thing is not there, or belongs to another clinic: both answer alike."""


class NotAllowed(DomainError):
    """The actor's access does not cover this act."""


class Conflict(DomainError):
    """Somebody else was first: a slot is taken, a revision was overtaken. Try again on fresh data."""


class TooOften(DomainError):
    """Asked for more often than is allowed; there is room again after so many `seconds`."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class Unavailable(DomainError):
    """What this needs (the database, a provider) does not answer for the moment. `reason` is for who runs it."""

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class DiskFull(Unavailable):
    """There is no room for what was to be written; reading goes on."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a file: where (a JSON Pointer, RFC 6901) and what."""

    pointer: str
    message: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.message}"


class InvalidFile(DomainError):
    """A file is refused; `faults` has one entry for each thing that is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults
