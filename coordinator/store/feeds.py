"""Feeds: secret calendar addresses, whom they show, and the bytes kept for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow
from coordinator.store.unit_of_work import Work, insert_ignoring

Owner = tuple[str, int]
"""Whose feed: (kind, id). A team and an enrollment are both known by the enrollment's id."""

KINDS = ("staff", "room", "team", "enrollment", "clinic")
"""Whom a feed may show: a person, a room, an enrollment's care team, its patient, or the whole clinic."""

GRACE = timedelta(days=30)
"""How long the feeds of a program outlive it."""


class FeedRecord(ClinicRow, Base):
    """One address. `token_hash` is the SHA-256 of the token (shown once). `owner_kind` is one of KINDS.

    `holder_staff_id` is the member of staff who has the address, if it is one's: with this person it leaves. The window
    and the alarm are None where the clinic's usual ones hold; `alarm_minutes` is before the start.
    `audited_on` is the clinic date of the newest audit entry about its being fetched: one a day is enough.
    """

    __tablename__ = "feeds"

    owner_kind: Mapped[str]
    owner_id: Mapped[int]
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    privacy: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    fetched_by: Mapped[str] = mapped_column(default="")
    fetches: Mapped[int] = mapped_column(default=0)
    audited_on: Mapped[date | None]
    holder_staff_id: Mapped[int | None]
    past_days: Mapped[int | None]
    future_days: Mapped[int | None]
    alarm_minutes: Mapped[int | None]


class FeedOwnerRecord(ClinicRow, Base):
    """The revision of what an owner's feeds show; publishing raises it for those it touches."""

    __tablename__ = "feed_owners"
    __table_args__ = (UniqueConstraint("clinic_id", "owner_kind", "owner_id"),)

    owner_kind: Mapped[str]
    owner_id: Mapped[int]
    revision: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]


class FeedBodyRecord(ClinicRow, Base):
    """The rendered bytes of a feed; a feed keeps only its newest.

    They hold for one `revision` of the owner, one clinic date and one privacy level.
    """

    __tablename__ = "feed_bodies"

    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"), unique=True)
    revision: Mapped[int]
    day: Mapped[date]
    privacy: Mapped[str]
    etag: Mapped[str]
    modified_at: Mapped[datetime]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class FeedMemoryRecord(ClinicRow, Base):
    """What a feed has shown of each event, so that SEQUENCE and DTSTAMP follow its level alone."""

    __tablename__ = "feed_memories"

    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"), unique=True)
    events: Mapped[dict[str, Any]]


def upsert(work: Work, model: type[Base], keys: Iterable[str], values: dict[str, Any], changed: dict[str, Any]) -> None:
    """Inserts the row, or changes the one that has the same `keys`: one statement that two writers cannot both lose."""
    dialect = work.session.get_bind().dialect.name
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    work.session.execute(insert(model).values(**values).on_conflict_do_update(index_elements=list(keys), set_=changed))


def raise_revisions(work: Work, clinic_id: int, now: datetime, owners: Iterable[Owner]) -> None:
    """Marks what the owners' feeds show as changed, so that their kept bytes are made anew. Call it in the transaction
    of the change, with every person and room that the change touches, also those it takes away. The clinic's own feed
    shows every visit and is always touched.
    """
    for kind, owner_id in sorted({*owners, ("clinic", clinic_id)}):
        upsert(
            work,
            FeedOwnerRecord,
            ("clinic_id", "owner_kind", "owner_id"),
            {"clinic_id": clinic_id, "owner_kind": kind, "owner_id": owner_id, "revision": 1, "changed_at": now},
            {"revision": FeedOwnerRecord.revision + 1, "changed_at": now},
        )


def raise_all(work: Work, clinic_id: int, now: datetime) -> None:
    """Marks what all feeds of a clinic show as changed: after a room or a patient got another name."""
    values = {"revision": FeedOwnerRecord.revision + 1, "changed_at": now}
    work.session.execute(update(FeedOwnerRecord).where(FeedOwnerRecord.clinic_id == clinic_id).values(values))


def add(work: Work, feed: FeedRecord) -> FeedRecord:
    """Writes a new feed; its id is set."""
    owner = {"clinic_id": feed.clinic_id, "owner_kind": feed.owner_kind, "owner_id": feed.owner_id}
    work.session.execute(insert_ignoring(work, FeedOwnerRecord).values(**owner, revision=0, changed_at=feed.created_at))
    work.session.add(feed)
    work.session.flush()
    return feed


def get(work: Work, clinic_id: int, feed_id: int) -> FeedRecord | None:
    """The clinic's feed of that id that is not revoked."""
    query = select(FeedRecord).where(
        FeedRecord.id == feed_id, FeedRecord.clinic_id == clinic_id, FeedRecord.revoked_at.is_(None)
    )
    return work.session.scalar(query)


def of_owner(work: Work, clinic_id: int, owner: Owner) -> list[FeedRecord]:
    """The owner's feeds that are not revoked, the oldest first."""
    return [feed for feed in of_kind(work, clinic_id, owner[0]) if feed.owner_id == owner[1]]


def of_holder(work: Work, clinic_id: int, staff_id: int) -> list[FeedRecord]:
    """The feeds that are not revoked whose address this person has, whomever they show."""
    query = select(FeedRecord).where(
        FeedRecord.clinic_id == clinic_id, FeedRecord.holder_staff_id == staff_id, FeedRecord.revoked_at.is_(None)
    )
    return list(work.session.scalars(query.order_by(FeedRecord.id)))


def drop_body(work: Work, feed_id: int) -> None:
    """Drops the bytes kept for a feed, so that the next fetch makes them anew."""
    work.session.execute(delete(FeedBodyRecord).where(FeedBodyRecord.feed_id == feed_id))


def forget(work: Work, feed_id: int) -> None:
    """Drops what is kept for a feed that nobody will fetch again."""
    drop_body(work, feed_id)
    work.session.execute(delete(FeedMemoryRecord).where(FeedMemoryRecord.feed_id == feed_id))


def count_fetches(work: Work, feed_id: int, fetches: int, at: datetime, client: str) -> None:
    """Adds to a feed's count of fetches; `at` and `client` are the newest's."""
    values = {"fetches": FeedRecord.fetches + fetches, "fetched_at": at, "fetched_by": client}
    work.session.execute(update(FeedRecord).where(FeedRecord.id == feed_id).values(values))


def first_fetch_of_day(work: Work, feed_id: int, day: date) -> bool:
    """Whether this is the first time that the feed's fetches of a clinic date are recorded, by whatever process."""
    fresh = (FeedRecord.id == feed_id) & (FeedRecord.audited_on.is_(None) | (FeedRecord.audited_on < day))
    query = update(FeedRecord).where(fresh).values(audited_on=day).returning(FeedRecord.id)
    return work.session.scalar(query) is not None


def of_kind(work: Work, clinic_id: int, kind: str) -> list[FeedRecord]:
    """All feeds of that kind of owner that are not revoked, the oldest first."""
    query = select(FeedRecord).where(
        FeedRecord.clinic_id == clinic_id, FeedRecord.owner_kind == kind, FeedRecord.revoked_at.is_(None)
    )
    return list(work.session.scalars(query.order_by(FeedRecord.id)))
