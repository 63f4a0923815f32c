"""Protocols that were brought in visit by visit: edited so, or put into compact form where that says just the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.compact_protocol import CompactProtocol
from coordinator.domain.compacting import compacted
from coordinator.domain.errors import Conflict, InvalidInput
from coordinator.domain.expand import gates_of
from coordinator.domain.gap_conflicts import contradiction
from coordinator.domain.gates import Gate
from coordinator.domain.protocol import Protocol
from coordinator.exchange.compact_protocols import write_compact
from coordinator.exchange.gates import read_visit_gates, write_visit_gates
from coordinator.exchange.nodes import Faults
from coordinator.exchange.protocols import write_protocol
from coordinator.exchange.references import note_protocol
from coordinator.services.protocol_choices import read_body
from coordinator.services.protocol_versions import (
    NOTHING_DIFFERENT,
    begun,
    compact_of,
    expanded,
    newest_of,
    next_version,
)
from coordinator.store import audit, protocol_queries
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.unit_of_work import Work

Gates = Mapping[str, tuple[Gate, ...]]
MOST_VISITS, MOST_GAPS = 200, 400
"""What one page can show; four times the longest program in the library."""


@dataclass(frozen=True, slots=True)
class VisitsEditing:
    """A protocol that is edited visit by visit: one of its versions, with that version's number and the newest's.

    `compact` is the same program in compact form, None where that cannot say it.
    """

    id: int
    code: str
    protocol: Protocol
    gates: Gates
    number: int
    newest: int
    compact: CompactProtocol | None


def editing(work: Work, actor: Actor, protocol_id: int) -> VisitsEditing:
    """The newest version for everybody; raises NotFound, and Conflict where it is in compact form, or too long."""
    record = protocol_queries.one(work, actor.clinic_id, protocol_id)
    newest = newest_of(work, actor, record)
    _refuse_compact(record, newest)
    found = _editing(record, newest, newest)
    if len(found.protocol.visits) > MOST_VISITS or len(found.protocol.gaps) > MOST_GAPS:
        raise Conflict(
            f"{record.name} has more than {MOST_VISITS} visits or {MOST_GAPS} gaps, too many for one page. "
            "Change it in its file, and bring that in."
        )
    return found


def edited(work: Work, actor: Actor, protocol_id: int, based_on: int) -> VisitsEditing:
    """The version that somebody began to edit, though a newer one may be there by now; raises NotFound."""
    record = protocol_queries.one(work, actor.clinic_id, protocol_id)
    versions = protocol_queries.versions_of(work, actor.clinic_id, protocol_id)
    newest = newest_of(work, actor, record)
    return _editing(record, next((each for each in versions if each.number == based_on), newest), newest)


def _editing(record: ProtocolRecord, version: ProtocolVersionRecord, newest: ProtocolVersionRecord) -> VisitsEditing:
    protocol, gates = replace(read_body(version), id=record.code), read_visit_gates(version.gates)
    compact = compacted(protocol, gates)
    return VisitsEditing(record.id, record.code, protocol, gates, version.number, newest.number, compact)


def compact_form(work: Work, actor: Actor, protocol_id: int) -> CompactProtocol | None:
    """What `convert` would make of a protocol; None where it has a compact form already, or can have none."""
    record = protocol_queries.one(work, actor.clinic_id, protocol_id)
    newest = newest_of(work, actor, record)
    if compact_of(record, newest) is not None:
        return None
    return compacted(read_body(newest), read_visit_gates(newest.gates))


def publish(
    work: Work, actor: Actor, now: datetime, protocol_id: int, protocol: Protocol, gates: Gates, based_on: int
) -> int:
    """Publishes a new version, and gives its number.

    Raises NotFound, InvalidInput for what makes no program, and Conflict where a version newer than `based_on` is there
    already, it is edited in compact form, or nothing is different.
    """
    record, newest = begun(work, actor, protocol_id, based_on)
    _refuse_compact(record, newest)
    body = write_protocol(checked(replace(protocol, id=record.code)))
    written = write_visit_gates({visit.id: gates[visit.id] for visit in protocol.visits if gates.get(visit.id)})
    if (body, written) == (write_protocol(replace(read_body(newest), id=record.code)), newest.gates):
        raise Conflict(NOTHING_DIFFERENT)
    record.name = protocol.name
    return next_version(work, actor, now, record, body, written, None)


def convert(work: Work, actor: Actor, now: datetime, protocol_id: int, based_on: int) -> int:
    """Publishes the same program in compact form as a new version, and gives its number; from then on that is edited.

    Raises NotFound, and Conflict where a version newer than `based_on` is there already, or the compact form cannot say
    the program exactly.
    """
    record, newest = begun(work, actor, protocol_id, based_on)
    _refuse_compact(record, newest)
    compact = compacted(read_body(newest), read_visit_gates(newest.gates))
    if compact is None:
        raise Conflict(f"The compact form cannot say exactly what {record.name} is, so it is still edited by visits.")
    compact = replace(compact, id=record.code)
    body, gates = write_protocol(expanded(compact)), write_visit_gates(gates_of(compact))
    number = next_version(work, actor, now, record, body, gates, write_compact(compact))
    detail = {"code": record.code, "version": number}
    audit.append(work, actor, now, "protocol.convert", "protocol", record.id, detail)
    return number


def checked(protocol: Protocol) -> Protocol:
    """The protocol, if it can be one; raises InvalidInput with what is in its way."""
    if not protocol.visits:
        raise InvalidInput("This makes no visit at all. Add one.")
    faults = Faults()
    note_protocol(protocol, faults)
    if faults.found:
        raise InvalidInput(faults.found[0].message)
    words = contradiction_words(protocol, contradiction(protocol))
    if words:
        raise InvalidInput(words)
    return protocol


def contradiction_words(protocol: Protocol, gaps: tuple[int, ...]) -> str:
    """What to say of gaps that contradict each other; nothing where there are none."""
    named = ", ".join(f"{protocol.gaps[at].before} to {protocol.gaps[at].after}" for at in gaps)
    return f"These gaps cannot all be kept: {named}. Change or remove one of them." if gaps else ""


def _refuse_compact(record: ProtocolRecord, newest: ProtocolVersionRecord) -> None:
    if compact_of(record, newest) is not None:
        raise Conflict(f"{record.name} is edited as courses and sessions. Open its editor again.")
