"""Users, their access per clinic, and their sign-ins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, BigId, ClinicRow


class UserRecord(Base):
    """Somebody who signs in. `email` is kept in lower case; `password_hash` is argon2id."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    failed_attempts: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[datetime | None]


class MembershipRecord(ClinicRow, Base):
    """What a user may do in a clinic, and which member of staff the user is there, if any."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("clinic_id", "user_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    access: Mapped[str]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class SignInRecord(Base):
    """A user's authenticated period. `token_hash` is the SHA-256 of the random id that the cookie carries."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinics.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(default="")
    agent: Mapped[str] = mapped_column(default="")
