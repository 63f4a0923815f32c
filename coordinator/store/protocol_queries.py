"""Reading protocols, their versions and how many programs run each."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from coordinator.domain.errors import NotFound
from coordinator.domain.protocol import Protocol
from coordinator.store import json_values
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.unit_of_work import Work


def one(work: Work, clinic_id: int, protocol_id: int) -> ProtocolRecord:
    """The protocol of that id, if the clinic's; raises NotFound."""
    query = select(ProtocolRecord).where(ProtocolRecord.clinic_id == clinic_id, ProtocolRecord.id == protocol_id)
    record = work.session.scalar(query)
    if record is None:
        raise NotFound("There is no such protocol.")
    return record


def listed(work: Work, clinic_id: int) -> list[ProtocolRecord]:
    """The clinic's protocols."""
    return list(work.session.scalars(select(ProtocolRecord).where(ProtocolRecord.clinic_id == clinic_id)))


def versions_of(work: Work, clinic_id: int, protocol_id: int) -> list[ProtocolVersionRecord]:
    """The protocol's versions for everybody, the newest first."""
    query = select(ProtocolVersionRecord).where(
        ProtocolVersionRecord.clinic_id == clinic_id,
        ProtocolVersionRecord.protocol_id == protocol_id,
        ProtocolVersionRecord.only_for.is_(None),
    )
    return list(work.session.scalars(query.order_by(ProtocolVersionRecord.number.desc())))


def version(work: Work, clinic_id: int, version_id: int) -> ProtocolVersionRecord:
    """The version of that id, if the clinic's; raises NotFound."""
    query = select(ProtocolVersionRecord).where(
        ProtocolVersionRecord.clinic_id == clinic_id, ProtocolVersionRecord.id == version_id
    )
    record = work.session.scalar(query)
    if record is None:
        raise NotFound("There is no such protocol.")
    return record


def next_number(work: Work, protocol_id: int) -> int:
    """The number of the next version, those for one enrollment counted. The caller holds the clinic's lock."""
    newest = select(func.max(ProtocolVersionRecord.number)).where(ProtocolVersionRecord.protocol_id == protocol_id)
    return (work.session.scalar(newest) or 0) + 1


def add_version_for(
    work: Work, now: datetime, source: ProtocolVersionRecord, body: dict[str, Any], enrollment_id: int
) -> ProtocolVersionRecord:
    """A version of the same protocol for one enrollment alone. The caller holds the clinic's lock."""
    record = ProtocolVersionRecord(
        clinic_id=source.clinic_id,
        protocol_id=source.protocol_id,
        number=next_number(work, source.protocol_id),
        body=body,
        gates=source.gates,
        published_at=now,
        only_for=enrollment_id,
    )
    work.session.add(record)
    work.session.flush()
    return record


def domain_protocol(work: Work, clinic_id: int, version_id: int) -> Protocol:
    """A version as the snapshot would hold it, under the name that it has there; raises NotFound."""
    query = (
        select(ProtocolVersionRecord.number, ProtocolVersionRecord.body, ProtocolRecord.code)
        .join(ProtocolRecord, ProtocolRecord.id == ProtocolVersionRecord.protocol_id)
        .where(ProtocolVersionRecord.clinic_id == clinic_id, ProtocolVersionRecord.id == version_id)
    )
    found = work.session.execute(query).first()
    if found is None:
        raise NotFound("There is no such protocol.")
    number, body, code = found
    return json_values.protocol(snapshot_name(code, number), body)


def snapshot_name(code: str, number: int) -> str:
    """What a version is called among a clinic's protocols: the first has the protocol's own name."""
    return code if number == 1 else f"{code}@{number}"


def programs_by_protocol(work: Work, clinic_id: int) -> dict[int, dict[str, int]]:
    """How many enrollments of each status run each protocol."""
    query = (
        select(ProtocolVersionRecord.protocol_id, EnrollmentRecord.status, func.count())
        .join(EnrollmentRecord, EnrollmentRecord.protocol_version_id == ProtocolVersionRecord.id)
        .where(EnrollmentRecord.clinic_id == clinic_id)
        .group_by(ProtocolVersionRecord.protocol_id, EnrollmentRecord.status)
    )
    found: dict[int, dict[str, int]] = {}
    for protocol_id, status, number in work.session.execute(query):
        found.setdefault(protocol_id, {})[status] = number
    return found


def programs_by_version(work: Work, clinic_id: int, protocol_id: int) -> dict[int, list[tuple[int, str, str]]]:
    """(id, code, status) of the enrollments that run, or ran, each version of a protocol, by code."""
    query = (
        select(ProtocolVersionRecord.id, EnrollmentRecord.id, EnrollmentRecord.code, EnrollmentRecord.status)
        .join(EnrollmentRecord, EnrollmentRecord.protocol_version_id == ProtocolVersionRecord.id)
        .where(EnrollmentRecord.clinic_id == clinic_id, ProtocolVersionRecord.protocol_id == protocol_id)
        .order_by(EnrollmentRecord.code)
    )
    found: defaultdict[int, list[tuple[int, str, str]]] = defaultdict(list)
    for version, key, code, status in work.session.execute(query):
        found[version].append((key, code, status))
    return dict(found)
