"""What messages about changed visits are about: who was told what of each visit, and what waits to be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, select, tuple_, update
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.domain.telling import Appointment, difference
from coordinator.store import notice_people
from coordinator.store.base import Base, ClinicRow
from coordinator.store.notice_people import Recipient
from coordinator.store.notices import NoticeRecord, insert, new_row
from coordinator.store.unit_of_work import Work

WHAT = "changes"
"""The `what` of a notice about changed visits."""

UNKNOWN = frozenset({"uncertain", "interrupted", "sending"})
"""Results of a try after which nobody knows whether the mail arrived, and what it says can change no more."""


class NoticeChangeRecord(ClinicRow, Base):
    """One visit that a message about changes is about, for its recipient.

    `before` is what the recipient knew of it when it was first changed; `told` what the message then said of it, at
    `told_at`. Both are as `_json` writes an appointment; null is that the recipient is not expected there.
    """

    __tablename__ = "notice_changes"
    __table_args__ = (
        UniqueConstraint(
            "visit_id", "visit_revision", "recipient_kind", "recipient_id", "channel", name="uq_notice_changes_fact"
        ),
        Index("ix_notice_changes_notice_id", "notice_id"),
    )

    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"))
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"))
    visit_revision: Mapped[int]
    recipient_kind: Mapped[str]
    recipient_id: Mapped[int]
    channel: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    told: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    told_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Change:
    """A visit that was changed, at which revision, and what its recipient knew of it before."""

    visit_id: int
    revision: int
    before: Appointment | None


@dataclass(frozen=True, slots=True)
class Bundle:
    """The changes that one recipient is to be told in one message; `via` and `priority` are as in NoticeRecord.

    `useful_until` is when the first of its times begins; after `expires_at` none of it is of use.
    """

    recipient: Recipient
    channel: str
    via: str
    changes: Sequence[Change]
    due_at: datetime
    useful_until: datetime
    expires_at: datetime
    priority: int


def owe(
    work: Work, clinic_id: int, now: datetime, bundles: Sequence[Bundle], delay: timedelta, most: timedelta
) -> None:
    """Adds each bundle to the message that its recipient is about to get, or makes one.

    What is added puts a message off, by `delay` and not beyond `most` after it was made; what quiet hours put off
    longer stays so. Nothing is put off until one of the times has begun. Called under the clinic's lock.
    """
    waiting = _waiting(work, clinic_id)
    made = [each for each in bundles if (each.recipient, each.channel) not in waiting]
    old = [waiting[key] for each in bundles if (key := (each.recipient, each.channel)) in waiting]
    useful = _useful(work, clinic_id, now, old) if old else {}
    insert(work, [_row(clinic_id, each, now) for each in made])
    if made:
        waiting = _waiting(work, clinic_id)
    for each in bundles:
        notice = waiting[each.recipient, each.channel]
        first = min(each.useful_until, useful.get(notice.id, each.useful_until))
        notice.due_at = _due(notice, each, first, now + delay, notice.created_at + most)
        notice.priority = min(notice.priority, each.priority)
        notice.expires_at = max(notice.expires_at, each.expires_at)
        _add(work, notice, each)


def _due(notice: NoticeRecord, bundle: Bundle, first: datetime, soon: datetime, latest: datetime) -> datetime:
    """When a message leaves that takes in a bundle, and of whose times the first begins at `first`."""
    put_off = max(notice.due_at, min(bundle.due_at, latest) if bundle.due_at == soon else bundle.due_at)
    if put_off < first:
        return put_off
    prompt = min(notice.due_at, bundle.due_at)
    delayed = max(prompt, min(soon, latest))
    return delayed if delayed < first else prompt


def _useful(work: Work, clinic_id: int, now: datetime, notices: Sequence[NoticeRecord]) -> Mapping[int, datetime]:
    """For each notice when the first of the times that it is about begins."""
    query = select(NoticeChangeRecord).where(NoticeChangeRecord.notice_id.in_([each.id for each in notices]))
    rows = work.session.scalars(query).all()
    current = notice_people.appointments(work, clinic_id, {row.visit_id for row in rows})
    found: dict[int, datetime] = {}
    for row in rows:
        who = Recipient(row.recipient_kind, row.recipient_id)
        differs = difference(_appointment(row.before), current.get((row.visit_id, who)), now)
        if differs is not None:
            found[row.notice_id] = min(differs.useful_until, found.get(row.notice_id, differs.useful_until))
    return found


def _row(clinic_id: int, bundle: Bundle, now: datetime) -> dict[str, Any]:
    return new_row(clinic_id, bundle.recipient, now) | {
        "what": WHAT,
        "rule": WHAT,
        "channel": bundle.channel,
        "via": bundle.via,
        "priority": bundle.priority,
        "due_at": bundle.due_at,
        "expires_at": bundle.expires_at,
    }


def _waiting(work: Work, clinic_id: int) -> dict[tuple[Recipient, str], NoticeRecord]:
    """The messages about changes to which more may be added: none that may have arrived already."""
    query = select(NoticeRecord).where(
        NoticeRecord.clinic_id == clinic_id, NoticeRecord.what == WHAT, NoticeRecord.status == "queued"
    )
    rows = work.session.scalars(query.with_for_update().execution_options(populate_existing=True))
    return {
        (Recipient(row.recipient_kind, row.recipient_id), row.channel): row
        for row in rows
        if not any(each["result"] in UNKNOWN for each in row.attempts)
    }


def _add(work: Work, notice: NoticeRecord, bundle: Bundle) -> None:
    query = select(NoticeChangeRecord).where(NoticeChangeRecord.notice_id == notice.id)
    there = {row.visit_id: row for row in work.session.scalars(query)}
    for change in bundle.changes:
        if change.visit_id in there:
            there[change.visit_id].visit_revision = change.revision
            continue
        work.session.add(
            NoticeChangeRecord(
                clinic_id=notice.clinic_id,
                notice_id=notice.id,
                visit_id=change.visit_id,
                visit_revision=change.revision,
                recipient_kind=notice.recipient_kind,
                recipient_id=notice.recipient_id,
                channel=notice.channel,
                before=_json(change.before),
            )
        )
    work.session.flush()


Known = Mapping[int, Mapping[int, Appointment | None]]
"""For each notice and visit what the recipient was told of it last."""


def known(work: Work, notices: Iterable[NoticeRecord]) -> Known:
    """What the recipients were last told, by the channel of each notice, of the visits that it is about.

    Somebody who was told nothing yet knows what was so before the first change that is to be told.
    """
    found: dict[int, dict[int, Appointment | None]] = {}
    by_id = {each.id: each for each in notices if each.what == WHAT}
    if not by_id:
        return found
    mine = work.session.scalars(select(NoticeChangeRecord).where(NoticeChangeRecord.notice_id.in_(by_id))).all()
    history = _history(work, {_key(row) for row in mine})
    for row in mine:
        told = [each for each in history[_key(row)] if each.told_at is not None]
        last = max(told, key=lambda each: (each.told_at, each.id), default=None)
        state = history[_key(row)][0].before if last is None else last.told
        found.setdefault(row.notice_id, {})[row.visit_id] = _appointment(state)
    return found


_Key = tuple[int, str, int, str]


def _key(row: NoticeChangeRecord) -> _Key:
    return row.visit_id, row.recipient_kind, row.recipient_id, row.channel


def _history(work: Work, keys: set[_Key]) -> Mapping[_Key, list[NoticeChangeRecord]]:
    one = NoticeChangeRecord
    key = tuple_(one.visit_id, one.recipient_kind, one.recipient_id, one.channel)
    found: defaultdict[_Key, list[NoticeChangeRecord]] = defaultdict(list)
    for row in work.session.scalars(select(one).where(key.in_(keys)).order_by(one.id)):
        found[_key(row)].append(row)
    return found


def note_told(work: Work, notice_id: int, now: datetime, told: Mapping[int, Appointment | None]) -> None:
    """Records what a message that left has said of each visit."""
    for visit_id, appointment in told.items():
        work.session.execute(
            update(NoticeChangeRecord)
            .where(NoticeChangeRecord.notice_id == notice_id, NoticeChangeRecord.visit_id == visit_id)
            .values(told=_json(appointment), told_at=now)
        )


def _json(appointment: Appointment | None) -> dict[str, Any] | None:
    if appointment is None:
        return None
    start, end = appointment.start.isoformat(), appointment.end.isoformat()
    return {"start": start, "end": end, "where": appointment.where}


def _appointment(value: Mapping[str, Any] | None) -> Appointment | None:
    if value is None:
        return None
    start, end = datetime.fromisoformat(value["start"]), datetime.fromisoformat(value["end"])
    return Appointment(start, end, value["where"])
