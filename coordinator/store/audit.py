"""The audit log: a chain per clinic in which each entry's code covers the one before it.

Where the secret key is exchanged, an entry under the new key closes what is under the old: its code covers the code of
the entry before, and so of all. From there on the old key makes nothing that this chain would take.
"""

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
from coordinator.domain.errors import Unavailable
from coordinator.store.base import Base, BigId, ClinicRow
from coordinator.store.secret_keys import Derived
from coordinator.store.unit_of_work import Work, insert_ignoring

CHANGED = "the entry was changed"
UNFINISHED = "The secret key is new, but the audit log still ends under an old one. Run coordinator keys exchange."
OLD_END = "it ends under an old secret key: coordinator keys exchange was not run, or an old end was put back"


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


EXCHANGE = "keys.exchange"
"""The action of the entry from which a chain goes on under a newer key; its detail names both keys."""


class KeyExchanged(Unavailable):
    """The chain and whoever would add to it do not have the same secret key."""


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
    keys = _keys_after(work, clinic_id, after)
    if not keys:
        return Verified(after, newest.number if newest is not None else 0, Broken(after, CHANGED))
    chain = select(AuditRecord).where(AuditRecord.clinic_id == clinic_id, AuditRecord.number > after).limit(most)
    chain = chain.order_by(AuditRecord.number, AuditRecord.id)
    total = newest.number if newest is not None else 0
    with closing(work.session.scalars(chain.execution_options(yield_per=1000, populate_existing=True))) as entries:
        for entry in entries:
            number += 1
            reason, keys = _judged(keys, entry, number, previous)
            if reason:
                return Verified(number, total, Broken(number, reason))
            previous = entry.mac
    if most is not None and number == after + most and number < total:
        return Verified(number, total, None)
    return Verified(number, total, _break_at_head(work.keys, clinic_id, newest, number, previous))


def head(work: Work, clinic_id: int) -> AuditHeadRecord | None:
    """The clinic's head as it is now."""
    return work.session.get(AuditHeadRecord, clinic_id, populate_existing=True)


def had_head(work: Work, clinic_id: int, number: int, mac: str) -> bool:
    """Whether this was the chain's head when it had `number` entries."""
    entry = _newest_mac(work, clinic_id, number)
    return any(compare_digest(mac, _head_mac(key.audit, clinic_id, number, entry)) for key in work.keys)


def is_under_old_key(work: Work, clinic_id: int) -> bool | None:
    """Whether the chain still waits for its exchange; None where it ends under no key at hand."""
    newest = head(work, clinic_id)
    if newest is None:
        return False
    name = _key_of_head(work, newest, _newest_mac(work, clinic_id, newest.number))
    return None if name is None else name != work.keys[0].name


def exchange(work: Work, actor: Actor, now: datetime) -> None:
    """Closes the chain of the actor's clinic, which is under an old key, by an entry under the newest."""
    newest = head(work, actor.clinic_id)
    if newest is not None:
        old = _key_of_head(work, newest, _newest_mac(work, actor.clinic_id, newest.number))
        append(work, actor, now, EXCHANGE, "clinic", actor.clinic_id, {"from": old, "to": work.keys[0].name})


def _break_at_head(
    keys: Sequence[Derived], clinic_id: int, head: AuditHeadRecord | None, number: int, previous: str
) -> Broken | None:
    if head is None:
        return Broken(number, "the chain's head is missing")
    made = [_head_mac(key.audit, clinic_id, number, previous) for key in keys]
    if head.number != number or head.mac not in made:
        return Broken(number + 1, f"the chain ends at entry {number}, but its head says {head.number}")
    if number and head.mac != made[0]:
        return Broken(number + 1, OLD_END)
    return None


def _keys_after(work: Work, clinic_id: int, number: int) -> Sequence[Derived]:
    """The key of that entry and all newer ones; before the first entry every key, and none where it was changed."""
    if not number:
        return work.keys
    entry = work.session.scalar(
        select(AuditRecord).where(AuditRecord.clinic_id == clinic_id, AuditRecord.number == number)
    )
    return _from_its_key(work.keys, entry) if entry is not None else ()


def _from_its_key(keys: Sequence[Derived], entry: AuditRecord) -> Sequence[Derived]:
    """Of keys, the newest first, those from the entry's own on; none where it is under none of them."""
    for index, key in enumerate(keys):
        if compare_digest(entry.mac, _entry_mac(key.audit, entry)):
            return keys[: index + 1]
    return ()


def _judged(
    keys: Sequence[Derived], entry: AuditRecord, number: int, previous: str
) -> tuple[str | None, Sequence[Derived]]:
    """What is wrong with the entry, and the keys that may seal the next; the last of `keys` sealed the one before."""
    if entry.number != number:
        return "the entry is missing", keys
    if entry.previous != previous:
        return "the entry does not follow the one before it", keys
    found = _from_its_key(keys if number == 1 or entry.action == EXCHANGE else keys[-1:], entry)
    if not found:
        return CHANGED, keys
    is_same = number > 1 and entry.action != EXCHANGE
    return None, keys if is_same else found


def _key_of_head(work: Work, head: AuditHeadRecord, previous: str) -> str | None:
    """The name of the key under which the chain ends; None where it is under none at hand."""
    return next(
        (
            key.name
            for key in work.keys
            if compare_digest(head.mac, _head_mac(key.audit, head.clinic_id, head.number, previous))
        ),
        None,
    )


def _refuse_other_key(work: Work, head: AuditHeadRecord, previous: str, action: str) -> None:
    """Adding under another key than the chain's would break it for good.

    A chain that somebody broke goes on, and shows it: a clinic must be able to work.
    """
    name = _key_of_head(work, head, previous)
    if name == work.keys[0].name or action == EXCHANGE:
        return
    if name is not None:
        raise KeyExchanged(UNFINISHED)
    last = select(AuditRecord.detail).where(AuditRecord.clinic_id == head.clinic_id, AuditRecord.action == EXCHANGE)
    detail = work.session.scalars(last.order_by(AuditRecord.number.desc()).limit(1)).first()
    if detail is not None and detail.get("to") not in {key.name for key in work.keys}:
        raise KeyExchanged("The secret key was exchanged and this process has the old one. Start Coordinator anew.")


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
    if head.number:
        _refuse_other_key(work, head, previous, entries[0].action)
    key = work.keys[0].audit
    for number, entry in enumerate(entries, head.number + 1):
        entry.number, entry.previous = number, previous
        entry.mac = previous = _entry_mac(key, entry)
    head.number += len(entries)
    head.mac = _head_mac(key, clinic_id, head.number, previous)
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
