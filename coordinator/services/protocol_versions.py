"""Versions of the clinic's own protocols: published, copied and compared. Those in compact form are edited here, those
that were brought in visit by visit in services/protocol_visits.

A published version never changes. Programs keep the version that they began with; a repair takes one to another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

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
from coordinator.services.protocol_words import continuity_words, gap_lines, gap_words, meeting_lines
from coordinator.store import audit, clinics, protocol_queries
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.unit_of_work import Work

NOTHING_DIFFERENT = "Nothing is different from the newest version, so there is nothing to publish."


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
    newest = newest_of(work, actor, record)
    compact = compact_of(record, newest)
    if compact is None:
        raise Conflict(f"{record.name} was brought in visit by visit, so it cannot be edited as courses and sessions.")
    return Editing(record.id, record.code, compact, newest.number)


def newest(work: Work, actor: Actor, protocol_id: int) -> Protocol:
    """The newest version for everybody; raises NotFound."""
    return read_body(newest_of(work, actor, protocol_queries.one(work, actor.clinic_id, protocol_id)))


def is_compact(work: Work, actor: Actor, protocol_id: int) -> bool:
    """Whether the newest version has a compact form, which is then what people edit; raises NotFound."""
    record = protocol_queries.one(work, actor.clinic_id, protocol_id)
    return compact_of(record, newest_of(work, actor, record)) is not None


def publish(work: Work, actor: Actor, now: datetime, protocol_id: int, compact: CompactProtocol, based_on: int) -> int:
    """Publishes a new version, and gives its number.

    Raises NotFound, InvalidInput for what makes no program, and Conflict where a version newer than `based_on` is there
    already, or nothing is different.
    """
    record, newest = begun(work, actor, protocol_id, based_on)
    compact = replace(compact, id=record.code)
    body, gates = write_protocol(expanded(compact)), write_visit_gates(gates_of(compact))
    if (body, gates) == (newest.body, newest.gates):
        raise Conflict(NOTHING_DIFFERENT)
    record.name = compact.name
    return next_version(work, actor, now, record, body, gates, write_compact(compact))


def begun(work: Work, actor: Actor, protocol_id: int, based_on: int) -> tuple[ProtocolRecord, ProtocolVersionRecord]:
    """Locks the clinic and gives a protocol and its newest version, which must be the one that was edited.

    Raises NotFound, and Conflict where a version newer than `based_on` is there already.
    """
    clinics.lock(work, actor.clinic_id)
    record = protocol_queries.one(work, actor.clinic_id, protocol_id)
    newest = newest_of(work, actor, record)
    if newest.number != based_on:
        raise Conflict(f"Version {newest.number} was published meanwhile. Look at it, then make your changes to it.")
    return record, newest


def next_version(
    work: Work,
    actor: Actor,
    now: datetime,
    record: ProtocolRecord,
    body: dict[str, Any],
    gates: dict[str, Any],
    compact: dict[str, Any] | None,
) -> int:
    """Publishes the next version of a protocol, and gives its number. The caller holds the clinic's lock."""
    version = ProtocolVersionRecord(
        clinic_id=actor.clinic_id,
        protocol_id=record.id,
        number=protocol_queries.next_number(work, record.id),
        body=body,
        compact=compact,
        gates=gates,
        published_at=now,
    )
    work.session.add(version)
    work.session.flush()
    detail = {"code": record.code, "version": version.number}
    audit.append(work, actor, now, "protocol.publish", "protocol", record.id, detail)
    return version.number


def copy(work: Work, actor: Actor, now: datetime, protocol_id: int, name: str) -> int:
    """Makes a protocol of another name that begins as this one is; its id. Raises NotFound and InvalidInput."""
    clinics.lock(work, actor.clinic_id)
    original = protocol_queries.one(work, actor.clinic_id, protocol_id)
    source = newest_of(work, actor, original)
    taken = protocol_queries.listed(work, actor.clinic_id)
    if name in {each.name for each in taken}:
        raise InvalidInput(f"There is a protocol called “{name}” already. Choose another name.", "name")
    code = free_code(name, [each.code for each in taken], otherwise="protocol")
    compact = compact_of(original, source)
    record = ProtocolRecord(
        clinic_id=actor.clinic_id, code=code, name=name, source=f"Copied from {original.name}. {original.source}",
        evidence=original.evidence,
    )  # fmt: skip
    work.session.add(record)
    work.session.flush()
    work.session.add(
        ProtocolVersionRecord(
            clinic_id=actor.clinic_id, protocol_id=record.id, number=1, body=source.body | {"id": code, "name": name},
            compact=write_compact(replace(compact, id=code, name=name)) if compact else None,
            gates=source.gates, published_at=now,
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
    chosen = versions[earlier], versions[later]
    in_words = all(compact_of(record, each) is not None for each in chosen)
    gone, new = _differences(chosen, _lines) if in_words else ((), ())
    if not gone and not new:  # like visits counted together may hide which of them differ
        gone, new = _differences(chosen, exact_lines)
    return Comparison(record.name, tuple(sorted(versions)), earlier, later, gone, new)


def _differences(
    versions: tuple[ProtocolVersionRecord, ProtocolVersionRecord],
    lines: Callable[[ProtocolVersionRecord], Iterable[str]],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    before, after = (Counter(lines(each)) for each in versions)
    return tuple(before - after), tuple(after - before)


def exact_lines(version: ProtocolVersionRecord) -> Iterable[str]:
    """Every visit and gap of a version in words, by the visits' codes, and its rules."""
    protocol, gates = read_body(version), read_visit_gates(version.gates)
    for visit in protocol.visits:
        [like] = meeting_lines(replace(protocol, visits=(visit,)))
        where = f"{like.room} room" if like.room else "by video"
        course = f", course {visit.course}" if visit.course is not None else ""
        asks = "; asks for " + " and ".join(each.kind for each in gates[visit.id]) if gates.get(visit.id) else ""
        yield f"{visit.id}: {like.kind}, {like.minutes} minutes, {where}{course}; {'; '.join(like.people)}{asks}"
    for gap in protocol.gaps:
        yield f"{gap.before} to {gap.after}: {gap_words(gap)}"
    yield from _rules(protocol)


def _lines(version: ProtocolVersionRecord) -> Iterable[str]:
    protocol = read_body(version)
    for each in meeting_lines(protocol):
        where = f"{each.room} room" if each.room else "by video"
        yield f"{each.count} × {each.kind}, {each.minutes} minutes, {where}; {'; '.join(each.people)}"
    for gap in gap_lines(protocol):
        yield f"{gap.count} × {gap.before} to {gap.after}: {gap.words}"
    kinds = {each.id: each.kind for each in protocol.visits}
    asked = Counter(
        (kinds[visit], each.kind) for visit, gates in read_visit_gates(version.gates).items() for each in gates
    )
    for (visit_kind, gate), count in asked.items():
        yield f"{count} × {visit_kind} asks for {gate}"
    yield from _rules(protocol)


def _rules(protocol: Protocol) -> Iterable[str]:
    yield from continuity_words(protocol)
    if protocol.max_visits_per_day:
        yield f"At most {protocol.max_visits_per_day} visits on one day."


def newest_of(work: Work, actor: Actor, record: ProtocolRecord) -> ProtocolVersionRecord:
    """The newest version for everybody; raises NotFound where none is published."""
    versions = protocol_queries.versions_of(work, actor.clinic_id, record.id)
    newest = next((each for each in versions if each.published_at is not None), None)
    if newest is None:
        raise NotFound("There is no such protocol.")
    return newest


def compact_of(record: ProtocolRecord, version: ProtocolVersionRecord) -> CompactProtocol | None:
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
