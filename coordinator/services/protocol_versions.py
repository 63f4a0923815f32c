"""Versions of the clinic's own protocols: written in compact form, published, copied and compared.

A published version never changes. Programs keep the version that they began with; a repair takes one to another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from coordinator.domain.actor import Actor
from coordinator.domain.compact_protocol import CompactProtocol, SessionCount
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.domain.expand import expand, gates_of
from coordinator.domain.protocol import Protocol
from coordinator.domain.protocol_library import TEMPLATES
from coordinator.exchange.compact_protocols import read_compact, write_compact
from coordinator.exchange.gates import read_visit_gates, write_visit_gates
from coordinator.exchange.protocols import write_protocol
from coordinator.services.codes import free_code
from coordinator.services.protocol_choices import read_body
from coordinator.services.protocol_words import continuity_words, gap_lines, meeting_lines
from coordinator.store import audit, clinics, protocol_queries
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Editing:
    """A protocol that is edited: the compact form of its newest version, and that version's number."""

    id: int
    code: str
    compact: CompactProtocol
    number: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions by their numbers: what the later one has no more, and what is new in it, in words."""

    name: str
    numbers: tuple[int, ...]
    earlier: int
    later: int
    gone: tuple[str, ...]
    new: tuple[str, ...]


def editing(work: Work, actor: Actor, protocol_id: int) -> Editing:
    """The newest version for everybody; raises NotFound, and Conflict where the protocol has no compact form."""
    record = protocol_queries.one(work, actor.clinic_id, protocol_id)
    newest = _newest(work, actor, record)
    compact = _compact_of(record, newest)
    if compact is None:
        raise Conflict(f"{record.name} was brought in visit by visit, so it cannot be edited as courses and sessions.")
    return Editing(record.id, record.code, compact, newest.number)


def newest(work: Work, actor: Actor, protocol_id: int) -> Protocol:
    """The newest version for everybody; raises NotFound."""
    return read_body(_newest(work, actor, protocol_queries.one(work, actor.clinic_id, protocol_id)))


def can_edit(work: Work, actor: Actor, protocol_id: int) -> bool:
    """Whether `editing` has something to edit."""
    record = protocol_queries.one(work, actor.clinic_id, protocol_id)
    return _compact_of(record, _newest(work, actor, record)) is not None


def publish(work: Work, actor: Actor, now: datetime, protocol_id: int, compact: CompactProtocol, based_on: int) -> int:
    """Publishes a new version, and gives its number.

    Raises NotFound, InvalidInput for what makes no program, and Conflict where a version newer than `based_on` is there
    already, or nothing is different.
    """
    clinics.lock(work, actor.clinic_id)
    record = protocol_queries.one(work, actor.clinic_id, protocol_id)
    newest = _newest(work, actor, record)
    if newest.number != based_on:
        raise Conflict(f"Version {newest.number} was published meanwhile. Look at it, then make your changes to it.")
    body = write_protocol(expanded(replace(compact, id=record.code)))
    gates = write_visit_gates(gates_of(compact))
    if (body, gates) == (newest.body, newest.gates):
        raise Conflict("Nothing is different from the newest version, so there is nothing to publish.")
    version = ProtocolVersionRecord(
        clinic_id=actor.clinic_id,
        protocol_id=record.id,
        number=protocol_queries.next_number(work, record.id),
        body=body,
        compact=write_compact(replace(compact, id=record.code)),
        gates=gates,
        published_at=now,
    )
    record.name = compact.name
    work.session.add(version)
    work.session.flush()
    detail = {"code": record.code, "version": version.number}
    audit.append(work, actor, now, "protocol.publish", "protocol", record.id, detail)
    return version.number


def copy(work: Work, actor: Actor, now: datetime, protocol_id: int, name: str) -> int:
    """Makes a protocol of another name that begins as this one is; its id. Raises NotFound, Conflict, InvalidInput."""
    clinics.lock(work, actor.clinic_id)
    source = editing(work, actor, protocol_id)
    original = protocol_queries.one(work, actor.clinic_id, protocol_id)
    taken = protocol_queries.listed(work, actor.clinic_id)
    if name in {each.name for each in taken}:
        raise InvalidInput(f"There is a protocol called “{name}” already. Choose another name.", "name")
    code = free_code(name, [each.code for each in taken], otherwise="protocol")
    compact = replace(source.compact, id=code, name=name)
    record = ProtocolRecord(
        clinic_id=actor.clinic_id, code=code, name=name, source=f"Copied from {original.name}. {original.source}",
        evidence=original.evidence,
    )  # fmt: skip
    work.session.add(record)
    work.session.flush()
    protocol = expanded(compact)
    work.session.add(
        ProtocolVersionRecord(
            clinic_id=actor.clinic_id, protocol_id=record.id, number=1, body=write_protocol(protocol),
            compact=write_compact(compact), gates=_newest(work, actor, original).gates, published_at=now,
        )
    )  # fmt: skip
    detail = {"code": code, "from": original.code}
    audit.append(work, actor, now, "protocol.copy", "protocol", record.id, detail)
    return record.id


def expanded(compact: CompactProtocol) -> Protocol:
    """The program that a compact form makes; raises InvalidInput."""
    protocol = expand(compact)
    if not protocol.visits:
        raise InvalidInput("This makes no visit at all. Give it a session or a visit before or after.")
    return protocol


def compare(work: Work, actor: Actor, protocol_id: int, earlier: int, later: int) -> Comparison:
    """Two published versions, by number; raises NotFound."""
    record = protocol_queries.one(work, actor.clinic_id, protocol_id)
    versions = {
        each.number: each
        for each in protocol_queries.versions_of(work, actor.clinic_id, protocol_id)
        if each.published_at is not None
    }
    if earlier not in versions or later not in versions:
        raise NotFound("There is no such version.")
    before, after = (Counter(_lines(versions[each])) for each in (earlier, later))
    return Comparison(
        record.name, tuple(sorted(versions)), earlier, later, tuple(before - after), tuple(after - before)
    )


def _lines(version: ProtocolVersionRecord) -> Iterable[str]:
    protocol = read_body(version)
    for each in meeting_lines(protocol):
        where = f"{each.room} room" if each.room else "by video"
        yield f"{each.count} × {each.kind}, {each.minutes} minutes, {where}; {'; '.join(each.people)}"
    for gap in gap_lines(protocol):
        yield f"{gap.count} × {gap.before} to {gap.after}: {gap.words}"
    yield from continuity_words(protocol)
    kinds = {each.id: each.kind for each in protocol.visits}
    asked = Counter(
        (kinds[visit], each.kind) for visit, gates in read_visit_gates(version.gates).items() for each in gates
    )
    for (visit_kind, gate), count in asked.items():
        yield f"{count} × {visit_kind} asks for {gate}"
    if protocol.max_visits_per_day:
        yield f"At most {protocol.max_visits_per_day} visits on one day."


def _newest(work: Work, actor: Actor, record: ProtocolRecord) -> ProtocolVersionRecord:
    versions = protocol_queries.versions_of(work, actor.clinic_id, record.id)
    newest = next((each for each in versions if each.published_at is not None), None)
    if newest is None:
        raise NotFound("There is no such protocol.")
    return newest


def _compact_of(record: ProtocolRecord, version: ProtocolVersionRecord) -> CompactProtocol | None:
    """As it was written, else the library's that the version was adopted from, with the number of sessions it has."""
    if version.compact is not None:
        return read_compact(version.compact)
    template = TEMPLATES.get(record.template or "")
    if template is None:
        return None
    compact = template.compact
    for sessions in range(compact.sessions.least, compact.sessions.most + 1):
        if write_protocol(replace(expand(compact, sessions), id=record.code)) == version.body:
            return replace(compact, id=record.code, sessions=SessionCount(sessions, sessions, sessions))
    return None
