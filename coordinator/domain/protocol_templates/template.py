"""What the library says of a built-in protocol beside the protocol itself."""

from __future__ import annotations

from dataclasses import dataclass

from coordinator.domain.compact_protocol import CompactProtocol, SessionCount

OFF_LABEL = "Ketamine is not approved for eating disorders: this use is off-label, and the evidence is preliminary."


@dataclass(frozen=True, slots=True)
class Template:
    """A built-in protocol with where it comes from.

    `reported` is what the source says of schedule, route and people; `clinic_defaults` are the figures that no source
    gives, each a sentence: they are ours to begin with and the clinic's to change.
    """

    compact: CompactProtocol
    population: str
    source: str
    evidence: str
    reported: str
    clinic_defaults: tuple[str, ...]

    @property
    def code(self) -> str:
        """The template's name in the library."""
        return self.compact.id


def exactly(sessions: int) -> SessionCount:
    """A number of sessions that is not chosen at enrollment."""
    return SessionCount(sessions, sessions, sessions)
