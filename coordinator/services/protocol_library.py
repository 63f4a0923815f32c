"""The built-in protocols become a clinic's own: version 1 of each, published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from coordinator.domain.actor import Actor
from coordinator.domain.errors import NotFound
from coordinator.domain.expand import expand, gates_of
from coordinator.domain.gates import Gate
from coordinator.domain.protocol import Protocol
from coordinator.domain.protocol_library import TEMPLATES
from coordinator.exchange.gates import write_visit_gates
from coordinator.exchange.protocols import write_protocol
from coordinator.store import audit, enrollment_queries
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.unit_of_work import Work


def adopt_all(work: Work, actor: Actor, now: datetime) -> None:
    """Adopts every template of the library, with its standard number of sessions."""
    for code in TEMPLATES:
        adopt(work, actor, now, code)


def adopt(work: Work, actor: Actor, now: datetime, code: str, sessions: int | None = None) -> int:
    """The id of the clinic's newest version of a template, adopted now where the clinic lacks it.

    `sessions` is for templates that leave the number to be chosen. Raises NotFound, and InvalidInput for a number that
    the template does not allow.
    """
    template = TEMPLATES.get(code)
    if template is None:
        raise NotFound(f"The library has no protocol “{code}”. It has {', '.join(TEMPLATES)}.")
    protocol = expand(template.compact, sessions)
    for record, version in enrollment_queries.published_protocols(work, actor.clinic_id):
        if record.code == protocol.id:
            return version.id
    record = ProtocolRecord(template=code, source=template.source, evidence=template.evidence)
    return add(work, actor, now, protocol, record, gates_of(template.compact, sessions))


def add(
    work: Work,
    actor: Actor,
    now: datetime,
    protocol: Protocol,
    record: ProtocolRecord,
    gates: Mapping[str, tuple[Gate, ...]] = MappingProxyType({}),
) -> int:
    """Publishes a protocol as version 1 of a new record, which says where it comes from; the version's id.

    `gates` are those before each visit, by the visit's id.
    """
    record.clinic_id, record.code, record.name = actor.clinic_id, protocol.id, protocol.name
    version = ProtocolVersionRecord(
        clinic_id=actor.clinic_id,
        number=1,
        body=write_protocol(protocol),
        gates=write_visit_gates(gates),
        published_at=now,
    )
    enrollment_queries.add_protocol(work, record, version)
    audit.append(work, actor, now, "protocol.publish", "protocol", record.id, {"code": protocol.id, "version": 1})
    return version.id
