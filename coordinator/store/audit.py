"""The audit log: a chain per clinic in which each entry's code covers the one before it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Any

from sqlalchemy import Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.domain.actor import Actor
from coordinator.store.base import Base, BigId, ClinicRow
from coordinator.store.unit_of_work import Work, insert_ignoring


class AuditRecord(ClinicRow, Base):
    """One entry. `number` counts from 1 without holes; `mac` is HMAC-SHA-256 over the entry and `previous`.

    `action` is `<subject>.<verb>`, for example visit.move or patient.read.
    """

    __tablename__ = "audit"
    __table_args__ = (UniqueConstraint("clinic_id", "number"), Index(None, "user_id", "at"))

    number: Mapped[int]
    at: Mapped[datetime]
    user_id: Mapped[int | None]
    actor: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous: Mapped[str]
    mac: Mapped[str]


class AuditHeadRecord(Base):
    """The newest entry of a clinic's chain, kept apart so that cutting the chain's end shows.

    `mac` is not the entry's own but made from it: whoever cuts the chain cannot write the new end's.
    """

    __tablename__ = "audit_heads"

    clinic_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    number: Mapped[int]
    mac: Mapped[str]


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry at which a chain is not what was written, and what is wrong there."""

    number: int
    reason: str


def append(
    work: Work,
    actor: Actor,
    now: datetime,
    action: str,
    subject_kind: str,
    subject_id: int | str,
    detail: Mapped[Any] | Mapping[str, Any] | None = None,
) -> None:
    """Adds an entry to the chain of the actor's clinic, as the transaction's last act.

    `detail` must be JSON. In a reading transaction the entry is written right after it.
    """
    entry = AuditRecord(
        clinic_id=actor.clinic_id,
        at=now,
        user_id=actor.user_id,
        actor=actor.name,
        address=actor.address,
        action=action,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        detail=json.loads(json.dumps(detail or {})),
    )
    sealing = next((each for each in work.before_commit if isinstance(each, _Sealing)), None)
    if sealing is None:
        sealing = _Sealing()
        work.before_commit.append(sealing)
    sealing.entries.append(entry)


@dataclass(frozen=True, slots=True)
class Verified:
    """How far a chain was followed: `reached` of `total` entries; `broken` is the first break, where one was met."""

    reached: int
    total: int
    broken: Broken | None

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to follow."""
        return self.broken is not None or self.reached >= self.total


def verify(work: Work, clinic_id: int) -> Broken | None:
    """Follows the clinic's chain from its founding to its head: the first break, or None where there is none."""
    return verify_part(work, clinic_id, 0, None).broken


def verify_part(work: Work, clinic_id: int, after: int, most: int | None) -> Verified:
    """Follows the chain from the entry after number `after`, at most so many entries; the head is judged at the end.

    What lies before `after` must have been followed already, or a break there stays unseen.
    """
    newest = head(work, clinic_id)
    number, previous = after, _newest_mac(work, clinic_id, after)
    chain = select(AuditRecord).where(AuditRecord.clinic_id == clinic_id, AuditRecord.number > after).limit(most)
    chain = chain.order_by(AuditRecord.number, AuditRecord.id)
    total = newest.number if newest is not None else 0
    with closing(work.session.scalars(chain.execution_options(yield_per=1000, populate_existing=True))) as entries:
        for entry in entries:
            number += 1
            reason = _break(work.audit_key, entry, number, previous)
            if reason:
                return Verified(number, total, Broken(number, reason))
            previous = entry.mac
    if most is not None and number == after + most and number < total:
        return Verified(number, total, None)
    return Verified(number, total, _break_at_head(work.audit_key, clinic_id, newest, number, previous))


def head(work: Work, clinic_id: int) -> AuditHeadRecord | None:
    """The clinic's head as it is now."""
    return work.session.get(AuditHeadRecord, clinic_id, populate_existing=True)


def had_head(work: Work, clinic_id: int, number: int, mac: str) -> bool:
    """Whether this was the chain's head when it had `number` entries."""
    return compare_digest(mac, _head_mac(work.audit_key, clinic_id, number, _newest_mac(work, clinic_id, number)))


def _break_at_head(
    key: bytes, clinic_id: int, head: AuditHeadRecord | None, number: int, previous: str
) -> Broken | None:
    if head is None:
        return Broken(number, "the chain's head is missing")
    if head.number != number or not compare_digest(head.mac, _head_mac(key, clinic_id, number, previous)):
        return Broken(number + 1, f"the chain ends at entry {number}, but its head says {head.number}")
    return None


def _break(key: bytes, entry: AuditRecord, number: int, previous: str) -> str | None:
    if entry.number != number:
        return "the entry is missing"
    if entry.previous != previous:
        return "the entry does not follow the one before it"
    if not compare_digest(entry.mac, _entry_mac(key, entry)):
        return "the entry was changed"
    return None


@dataclass(slots=True)
class _Sealing:
    """Writes a transaction's entries, clinic by clinic in one order, so that two transactions never deadlock."""

    entries: list[AuditRecord] = field(default_factory=list)

    def __str__(self) -> str:
        """What it is about, by numbers alone, for the server's log."""
        return ", ".join(
            f"{each.action} {each.subject_kind} {each.subject_id} in clinic {each.clinic_id} by user {each.user_id} "
            f"at {each.at.isoformat()}"
            for each in self.entries
        )

    def __call__(self, work: Work) -> None:
        for clinic_id in sorted({entry.clinic_id for entry in self.entries}):
            _seal(work, clinic_id, [entry for entry in self.entries if entry.clinic_id == clinic_id])


def _seal(work: Work, clinic_id: int, entries: Sequence[AuditRecord]) -> None:
    head = _locked_head(work, clinic_id)
    previous = _newest_mac(work, clinic_id, head.number)
    for number, entry in enumerate(entries, head.number + 1):
        entry.number, entry.previous = number, previous
        entry.mac = previous = _entry_mac(work.audit_key, entry)
    head.number += len(entries)
    head.mac = _head_mac(work.audit_key, clinic_id, head.number, previous)
    work.session.add_all(entries)
    work.session.flush()


def _locked_head(work: Work, clinic_id: int) -> AuditHeadRecord:
    statement = select(AuditHeadRecord).where(AuditHeadRecord.clinic_id == clinic_id).with_for_update()
    statement = statement.execution_options(populate_existing=True)
    head = work.session.scalar(statement)
    if head is None:
        work.session.execute(insert_ignoring(work, AuditHeadRecord).values(clinic_id=clinic_id, number=0, mac=""))
        head = work.session.scalars(statement).one()
    return head


def _newest_mac(work: Work, clinic_id: int, number: int) -> str:
    newest = select(AuditRecord.mac).where(AuditRecord.clinic_id == clinic_id, AuditRecord.number == number)
    return work.session.scalar(newest) or ""


def _entry_mac(key: bytes, entry: AuditRecord) -> str:
    facts = [
        "entry",
        entry.clinic_id,
        entry.number,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.user_id,
        entry.actor,
        entry.address,
        entry.action,
        entry.subject_kind,
        entry.subject_id,
        entry.detail,
        entry.previous,
    ]
    return _mac(key, facts)


def _head_mac(key: bytes, clinic_id: int, number: int, mac: str) -> str:
    return _mac(key, ["head", clinic_id, number, mac])


def _mac(key: bytes, facts: list[Any]) -> str:
    return digest(key, json.dumps(facts, sort_keys=True, separators=(",", ":")).encode(), sha256).hex()
