"""What decides which bytes a subscriber gets: the feed by its token's hash, in one indexed read, and its kept bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from coordinator.store.base import Base
from coordinator.store.clinics import ClinicRecord
from coordinator.store.engines import refusing
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.feeds import (
    GRACE,
    FeedBodyRecord,
    FeedMemoryRecord,
    FeedOwnerRecord,
    FeedRecord,
    Owner,
)
from coordinator.store.prepared import Prepared
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Database, Work


@dataclass(frozen=True, slots=True)
class Kept:
    """Which bytes are kept for a feed, and for what they hold."""

    revision: int
    day: date
    privacy: str
    etag: str
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class FeedPeek:
    """All that says whether the bytes kept for a feed still hold."""

    id: int
    clinic_id: int
    timezone: str
    ceiling: str
    privacy: str
    revision: int
    kept: Kept | None


@dataclass(frozen=True, slots=True)
class FeedHead(FeedPeek):
    """And all that decides what they are when made anew. `changed_at` is when the owner's visits last changed."""

    clinic_created_at: datetime
    clinic_settings: Mapping[str, Any]
    owner: Owner
    name: str
    past_days: int | None
    future_days: int | None
    alarm_minutes: int | None
    changed_at: datetime


def peek(database: Database, token_hash: str, now: datetime) -> FeedPeek | None:
    """The living feed of that token; thousands of polls come here and go no further."""
    row = _peeks(database.engine).one({"token_hash": token_hash})
    return FeedPeek(*_peeked(row)) if row and _is_alive(row, now) else None


def locked(work: Work, token_hash: str, now: datetime) -> FeedHead | None:
    """The living feed of that token, locked until the transaction ends."""
    row = work.session.connection().execute(_heads(), {"token_hash": token_hash}).one_or_none()
    return _head(row) if row and _is_alive(row, now) else None


def newest(source: Database | Work, feed_id: int) -> tuple[Kept, bytes] | None:
    """The bytes that are kept for a feed, and for what they hold."""
    if isinstance(source, Work):
        return _newest(source.session.connection(), feed_id)
    with refusing(), source.engine.connect() as connection:
        return _newest(connection, feed_id)


def keep_body(work: Work, feed: FeedHead, kept: Kept, content: bytes) -> None:
    """Keeps a feed's newest bytes in place of the last."""
    values = {
        "clinic_id": feed.clinic_id, "feed_id": feed.id, "revision": kept.revision, "day": kept.day,
        "privacy": kept.privacy, "etag": kept.etag, "modified_at": kept.modified_at, "body": content,
    }  # fmt: skip
    _keep(work, FeedBodyRecord, values)


def memory(work: Work, feed_id: int) -> dict[str, Any]:
    """What the feed has shown of each event."""
    return work.session.connection().scalar(_memories(), {"feed_id": feed_id}) or {}


def keep_memory(work: Work, feed: FeedHead, events: dict[str, Any]) -> None:
    """Keeps what the feed has now shown of each event."""
    values = {"clinic_id": feed.clinic_id, "feed_id": feed.id, "events": events}
    _keep(work, FeedMemoryRecord, values)


def _keep(work: Work, model: type[Base], values: dict[str, Any]) -> None:
    """In place of the feed's last row. The feed is locked, so nobody comes in between."""
    connection = work.session.connection()
    if not connection.execute(_replacing(model), {**values, "of_feed": values["feed_id"]}).rowcount:
        connection.execute(insert(model), values)


def _newest(connection: Connection, feed_id: int) -> tuple[Kept, bytes] | None:
    row: Any = connection.execute(_bodies(), {"feed_id": feed_id}).one_or_none()
    return None if row is None else (Kept(*row[:-1]), row[-1])


def _is_alive(row: Any, now: datetime) -> bool:
    """A feed dies when it is revoked, who has its address leaves, its room retires, or its program is long over."""
    left_at, retired_at, over_at = row[11:14]
    return (
        (left_at is None or left_at > now)
        and (retired_at is None or retired_at > now)
        and (over_at is None or over_at > now - GRACE)
    )


def _peeked(row: Any) -> tuple[Any, ...]:
    return (*row[:5], row[5] or 0, None if row[6] is None else Kept(*row[6:11]))


def _head(row: Any) -> FeedHead:
    created_at, settings, kind, owner_id, name, past, future, alarm, changed_at = row[14:]
    own: tuple[Any, ...] = (created_at, settings, (kind, owner_id), name, past, future, alarm, changed_at or created_at)
    return FeedHead(*_peeked(row), *own)


@lru_cache(maxsize=8)
def _peeks(engine: Engine) -> Prepared:
    return Prepared(engine, _living())


@cache
def _heads() -> Select[Any]:
    """Built once: putting the statement together would cost more than running it."""
    feed = FeedRecord
    return _living(
        ClinicRecord.created_at, ClinicRecord.settings, feed.owner_kind, feed.owner_id, feed.name,
        feed.past_days, feed.future_days, feed.alarm_minutes, FeedOwnerRecord.changed_at,
    ).with_for_update(of=FeedRecord)  # fmt: skip


def _living(*more: Any) -> Select[Any]:
    feed, owner, kept, program = FeedRecord, FeedOwnerRecord, FeedBodyRecord, EnrollmentRecord
    columns: list[Any] = [
        feed.id, feed.clinic_id, ClinicRecord.timezone, ClinicRecord.feed_ceiling, feed.privacy, owner.revision,
        kept.revision, kept.day, kept.privacy, kept.etag, kept.modified_at,
        StaffRecord.left_at, RoomRecord.retired_at, program.over_at,
    ]  # fmt: skip
    return (
        select(*columns, *more)
        .join(ClinicRecord, ClinicRecord.id == feed.clinic_id)
        .outerjoin(
            owner,
            and_(
                owner.clinic_id == feed.clinic_id,
                owner.owner_kind == feed.owner_kind,
                owner.owner_id == feed.owner_id,
            ),
        )
        .outerjoin(StaffRecord, StaffRecord.id == feed.holder_staff_id)
        .outerjoin(RoomRecord, and_(_is_of("room"), RoomRecord.id == feed.owner_id))
        .outerjoin(program, and_(or_(_is_of("team"), _is_of("enrollment")), program.id == feed.owner_id))
        .outerjoin(kept, kept.feed_id == feed.id)
        .where(feed.token_hash == bindparam("token_hash"), feed.revoked_at.is_(None))
    )


def _is_of(kind: str) -> ColumnElement[bool]:
    """Written into the statement, not handed to it at each poll."""
    return FeedRecord.owner_kind == literal_column(f"'{kind}'")


@cache
def _replacing(model: type[Base]) -> Update:
    table = model.__table__
    assert isinstance(table, Table)
    return update(table).where(table.c.feed_id == bindparam("of_feed"))


@cache
def _memories() -> Select[Any]:
    columns: list[Any] = [FeedMemoryRecord.events]
    return select(*columns).where(FeedMemoryRecord.feed_id == bindparam("feed_id"))


@cache
def _bodies() -> Select[Any]:
    kept = FeedBodyRecord
    columns: list[Any] = [kept.revision, kept.day, kept.privacy, kept.etag, kept.modified_at, kept.body]
    return select(*columns).where(kept.feed_id == bindparam("feed_id"))
