"""Which protocols an enrollment may run: the newest published version of each that the clinic has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coordinator.domain.protocol import Protocol
from coordinator.exchange.nodes import Faults, Node
from coordinator.exchange.protocols import read_protocol
from coordinator.store import enrollment_queries
from coordinator.store.protocols import ProtocolVersionRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class NeedChoice:
    """A need's name in a protocol (lead, supervisor …), and who has all the roles it takes: (staff id, name)."""

    name: str
    roles: tuple[str, ...]
    people: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class ProtocolChoice:
    """A published version. `weeks` is what the program takes at its ideal spacing, rounded up, where that is known."""

    version_id: int
    name: str
    code: str
    number: int
    visits: int
    courses: int
    weeks: int | None
    evidence: str
    needs: tuple[NeedChoice, ...]


def choices(work: Work, clinic_id: int, staff: Iterable[StaffRecord]) -> list[ProtocolChoice]:
    """The protocols to choose from, by name."""
    people = list(staff)
    return [
        _choice(version, read_body(version), protocol.evidence, people)
        for protocol, version in enrollment_queries.published_protocols(work, clinic_id)
    ]


def read_body(version: ProtocolVersionRecord) -> Protocol:
    """The protocol that a version is."""
    return read_protocol(Node(version.body, "", Faults()))


def _choice(
    version: ProtocolVersionRecord, protocol: Protocol, evidence: str, staff: list[StaffRecord]
) -> ProtocolChoice:
    return ProtocolChoice(
        version_id=version.id,
        name=protocol.name,
        code=protocol.id,
        number=version.number,
        visits=len(protocol.visits),
        courses=len({visit.course for visit in protocol.visits if visit.course is not None}),
        weeks=_weeks(protocol),
        evidence=evidence,
        needs=tuple(need_choices(protocol, staff)),
    )


def need_choices(protocol: Protocol, staff: list[StaffRecord]) -> Iterable[NeedChoice]:
    """The needs of a protocol by name, each with those who have all the roles that it takes."""
    roles: dict[str, dict[str, None]] = {}
    for visit in protocol.visits:
        for need in visit.needs:
            roles.setdefault(need.name, {})[need.role] = None
    for name, wanted in roles.items():
        people = tuple((each.id, each.name) for each in staff if set(wanted) <= set(each.roles))
        yield NeedChoice(name, tuple(wanted), people)


def _weeks(protocol: Protocol) -> int | None:
    """The longest way through the gaps at their ideal (else least) days, in weeks."""
    days = {visit.id: 0 for visit in protocol.visits}
    for _ in protocol.visits:
        before = dict(days)
        for gap in protocol.gaps:
            step = gap.ideal_days if gap.ideal_days is not None else gap.min_days
            days[gap.after] = max(days[gap.after], days[gap.before] + step)
        if days == before:
            longest = max(days.values(), default=0)
            return longest // 7 + 1 if longest else None
    return None  # the gaps go round in a circle
