"""What a fetch reads: the feed by its token's hash in one query, and, where nothing is kept, the visits to show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, String, and_, bindparam, case, cast, func, null, or_, select

from coordinator.store.base import UtcTime
from coordinator.store.clinics import ClinicRecord
from coordinator.store.enrollments import EnrollmentPatientRecord, EnrollmentRecord
from coordinator.store.feeds import (
    GRACE,
    FeedBodyRecord,
    FeedMemoryRecord,
    FeedOwnerRecord,
    FeedRecord,
    Owner,
    upsert,
)
from coordinator.store.patients import PatientRecord
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Database, Work
from coordinator.store.visits import VisitRecord, VisitStaffRecord

CANCELED = ("canceled", "late_cancel")
"""The outcomes that give the time back before it has passed; a no-show took the person's time and stays as it was."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Which bytes are kept for a feed, and for what they hold."""

    revision: int
    day: date
    privacy: str
    etag: str
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class FeedHead:
    """All that decides which bytes a subscriber gets. `changed_at` is when the owner's visits last changed."""

    id: int
    clinic_id: int
    clinic_created_at: datetime
    clinic_settings: Mapping[str, Any]
    timezone: str
    ceiling: str
    owner: Owner
    name: str
    privacy: str
    past_days: int | None
    future_days: int | None
    alarm_minutes: int | None
    revision: int
    changed_at: datetime
    kept: Kept | None


def peek(database: Database, token_hash: str, now: datetime) -> FeedHead | None:
    """The living feed of that token: one indexed read, on a bare connection, since thousands of polls come here."""
    with database.engine.connect() as connection:
        row = connection.execute(_heads(), _asked(token_hash, now)).one_or_none()
    return None if row is None else _head(row)


def newest(source: Database | Work, feed_id: int) -> tuple[Kept, bytes] | None:
    """The bytes that are kept for a feed, and for what they hold."""
    if isinstance(source, Work):
        return _newest(source.session.connection(), feed_id)
    with source.engine.connect() as connection:
        return _newest(connection, feed_id)


def _newest(connection: Connection, feed_id: int) -> tuple[Kept, bytes] | None:
    row: Any = connection.execute(_bodies(), {"feed_id": feed_id}).one_or_none()
    return None if row is None else (Kept(*row[:-1]), row[-1])


def locked(work: Work, token_hash: str, now: datetime) -> FeedHead | None:
    """The living feed of that token, locked until the transaction ends."""
    query = _heads().with_for_update(of=FeedRecord)
    row = work.session.execute(query, _asked(token_hash, now)).one_or_none()
    return None if row is None else _head(row)


def _asked(token_hash: str, now: datetime) -> dict[str, Any]:
    return {"token_hash": token_hash, "now": now, "long_over": now - GRACE}


def _head(row: Any) -> FeedHead:
    kept = None if row[15] is None else Kept(*row[15:])
    return FeedHead(
        id=row[0],
        clinic_id=row[1],
        clinic_created_at=row[2],
        clinic_settings=row[3],
        timezone=row[4],
        ceiling=row[5],
        owner=(row[6], row[7]),
        name=row[8],
        privacy=row[9],
        past_days=row[10],
        future_days=row[11],
        alarm_minutes=row[12],
        revision=row[13] or 0,
        changed_at=row[14] or row[2],
        kept=kept,
    )


@cache
def _heads() -> Select[Any]:
    """Built once: putting the statement together would cost more than running it."""
    feed, owner, kept = FeedRecord, FeedOwnerRecord, FeedBodyRecord
    return (
        select(
            feed.id, feed.clinic_id, ClinicRecord.created_at, ClinicRecord.settings, ClinicRecord.timezone,
            ClinicRecord.feed_ceiling, feed.owner_kind, feed.owner_id, feed.name, feed.privacy,
            feed.past_days, feed.future_days, feed.alarm_minutes,
            owner.revision, owner.changed_at, kept.revision, kept.day, kept.privacy, kept.etag, kept.modified_at,
        )
        .join(ClinicRecord, ClinicRecord.id == feed.clinic_id)
        .outerjoin(owner, _is_owned_by(owner))
        .outerjoin(StaffRecord, StaffRecord.id == feed.holder_staff_id)
        .outerjoin(RoomRecord, and_(feed.owner_kind == "room", RoomRecord.id == feed.owner_id))
        .outerjoin(
            EnrollmentRecord,
            and_(feed.owner_kind.in_(("team", "enrollment")), EnrollmentRecord.id == feed.owner_id),
        )
        .outerjoin(kept, kept.feed_id == feed.id)
        .where(feed.token_hash == bindparam("token_hash"), *_is_alive())
    )  # fmt: skip


@cache
def _bodies() -> Select[Any]:
    kept = FeedBodyRecord
    columns: list[Any] = [kept.revision, kept.day, kept.privacy, kept.etag, kept.modified_at, kept.body]
    return select(*columns).where(kept.feed_id == bindparam("feed_id"))


def _is_owned_by(owner: type[FeedOwnerRecord]) -> ColumnElement[bool]:
    return and_(
        owner.clinic_id == FeedRecord.clinic_id,
        owner.owner_kind == FeedRecord.owner_kind,
        owner.owner_id == FeedRecord.owner_id,
    )


def _is_alive() -> tuple[ColumnElement[bool], ...]:
    """A feed dies when it is revoked, who has its address leaves, its room retires, or its program is long over."""
    now, long_over = bindparam("now", type_=UtcTime()), bindparam("long_over", type_=UtcTime())
    return (
        FeedRecord.revoked_at.is_(None),
        or_(StaffRecord.left_at.is_(None), StaffRecord.left_at > now),
        or_(RoomRecord.retired_at.is_(None), RoomRecord.retired_at > now),
        or_(EnrollmentRecord.over_at.is_(None), EnrollmentRecord.over_at > long_over),
    )


def keep_body(work: Work, feed: FeedHead, kept: Kept, content: bytes) -> None:
    """Keeps a feed's newest bytes in place of the last."""
    values = {
        "clinic_id": feed.clinic_id, "feed_id": feed.id, "revision": kept.revision, "day": kept.day,
        "privacy": kept.privacy, "etag": kept.etag, "modified_at": kept.modified_at, "body": content,
    }  # fmt: skip
    upsert(work, FeedBodyRecord, ("feed_id",), values, values)


def memory(work: Work, feed_id: int) -> dict[str, Any]:
    """What the feed has shown of each event."""
    query = select(FeedMemoryRecord.events).where(FeedMemoryRecord.feed_id == feed_id)
    return work.session.scalar(query) or {}


def keep_memory(work: Work, feed: FeedHead, events: dict[str, Any]) -> None:
    """Keeps what the feed has now shown of each event."""
    values = {"clinic_id": feed.clinic_id, "feed_id": feed.id, "events": events}
    upsert(work, FeedMemoryRecord, ("feed_id",), values, {"events": events})


@dataclass(frozen=True, slots=True)
class Window:
    """What a feed covers: visits that start in `[first, end)`."""

    first: datetime
    end: datetime


class Part(NamedTuple):
    """A visit as its owner's calendar shows it; a tuple, as there are thousands.

    `starts`, `ends`, `pieces`, `sequence` and `changed_at` are those of the person's row in a person's feed, else the
    visit's. `visit_starts` and `visit_ends` are None where the visit's are the same. `canceled_at` is when it was
    canceled for this owner: the person was replaced, or the whole visit canceled.
    """

    visit_id: int
    enrollment_id: int
    enrollment: str
    kind: str
    room: str | None
    canceled_at: datetime | None
    starts: datetime
    ends: datetime
    sequence: int
    changed_at: datetime
    pieces: list[Any] | None
    visit_starts: datetime | None
    visit_ends: datetime | None

    @property
    def visit_minutes(self) -> int:
        """How long the whole visit is."""
        length = (self.visit_ends or self.ends) - (self.visit_starts or self.starts)
        return int(length.total_seconds() // 60)


def parts_of(work: Work, clinic_id: int, owner: Owner, window: Window) -> list[Part]:
    """What the owner's feed shows, by start. A person who fills several needs of a visit has several parts."""
    query = _parts_of_person(owner[1]) if owner[0] == "staff" else _parts_of_place(owner)
    query = query.where(VisitRecord.clinic_id == clinic_id)
    query = query.where(VisitRecord.starts_at >= window.first, VisitRecord.starts_at < window.end)
    rows = work.session.connection().execute(query.order_by(VisitRecord.starts_at, VisitRecord.id))
    return [Part(*row) for row in rows]


def _visits(withdrawn_at: Any, *own: Any) -> Select[Any]:
    visit = VisitRecord
    canceled_at = case((visit.status.in_(CANCELED), visit.changed_at))
    return (
        select(
            visit.id, visit.enrollment_id, EnrollmentRecord.code, visit.kind, RoomRecord.name,
            func.coalesce(withdrawn_at, canceled_at, type_=UtcTime()), *own,
        )
        .join(EnrollmentRecord, EnrollmentRecord.id == visit.enrollment_id)
        .outerjoin(RoomRecord, RoomRecord.id == visit.room_id)
    )  # fmt: skip


def _parts_of_person(staff_id: int) -> Select[Any]:
    """Times and pieces that say nothing new stay null: turning a thousand of them into objects takes its time."""
    row, visit = VisitStaffRecord, VisitRecord
    pieces = case((cast(row.parts, String) != "[]", row.parts))
    starts = case((visit.starts_at != row.starts_at, visit.starts_at))
    ends = case((visit.ends_at != row.ends_at, visit.ends_at))
    query = _visits(row.canceled_at, row.starts_at, row.ends_at, row.sequence, row.changed_at, pieces, starts, ends)
    return query.join(row, row.visit_id == visit.id).where(row.staff_id == staff_id)


def _parts_of_place(owner: Owner) -> Select[Any]:
    """Of a room, a program, or the whole clinic."""
    visit, same = VisitRecord, (null(), null(), null())
    query = _visits(null(), visit.starts_at, visit.ends_at, visit.revision, visit.changed_at, *same)
    if owner[0] == "room":
        return query.where(visit.room_id == owner[1])
    return query if owner[0] == "clinic" else query.where(visit.enrollment_id == owner[1])


def people_of(work: Work, enrollment_id: int) -> dict[int, tuple[str, ...]]:
    """The names of those who are there at each visit of a program, by name."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    query = (
        select(VisitStaffRecord.visit_id, StaffRecord.name)
        .join(StaffRecord, StaffRecord.id == VisitStaffRecord.staff_id)
        .join(VisitRecord, VisitRecord.id == VisitStaffRecord.visit_id)
        .where(VisitRecord.enrollment_id == enrollment_id, VisitStaffRecord.canceled_at.is_(None))
        .order_by(StaffRecord.name)
        .distinct()
    )
    for visit_id, name in work.session.execute(query):
        found[visit_id].append(name)
    return {visit_id: tuple(names) for visit_id, names in found.items()}


def patients_of(work: Work, enrollment_ids: Iterable[int]) -> dict[int, tuple[tuple[str, str], ...]]:
    """The code and name of each enrollment's patients, by code."""
    found: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    query = (
        select(EnrollmentPatientRecord.enrollment_id, PatientRecord.code, PatientRecord.name)
        .join(PatientRecord, PatientRecord.id == EnrollmentPatientRecord.patient_id)
        .where(EnrollmentPatientRecord.enrollment_id.in_(sorted(enrollment_ids)))
        .order_by(PatientRecord.code)
    )
    for enrollment_id, code, name in work.session.execute(query):
        found[enrollment_id].append((code, name))
    return {enrollment_id: tuple(pairs) for enrollment_id, pairs in found.items()}
