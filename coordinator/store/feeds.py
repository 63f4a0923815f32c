"""Feeds: secret calendar addresses, and the bytes kept for them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow


class FeedRecord(ClinicRow, Base):
    """One address. `token_hash` is the SHA-256 of the token (shown once). `owner_kind` is staff, room or clinic."""

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


class FeedOwnerRecord(ClinicRow, Base):
    """The revision of what an owner's feeds show; publishing raises it for those it touches."""

    __tablename__ = "feed_owners"
    __table_args__ = (UniqueConstraint("clinic_id", "owner_kind", "owner_id"),)

    owner_kind: Mapped[str]
    owner_id: Mapped[int]
    revision: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]


class FeedBodyRecord(ClinicRow, Base):
    """The rendered bytes of a feed for one revision and one clinic date; a feed keeps only its newest."""

    __tablename__ = "feed_bodies"

    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"), unique=True)
    revision: Mapped[int]
    day: Mapped[date]
    etag: Mapped[str]
    modified_at: Mapped[datetime]
    body: Mapped[bytes] = mapped_column(LargeBinary)
