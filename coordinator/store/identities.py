"""Identities: what a provider knows each user by, for signing in by OpenID Connect."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, BigId
from coordinator.store.unit_of_work import Work, insert_ignoring
from coordinator.store.users import MembershipRecord


class IdentityRecord(Base):
    """A user's account at a provider: `issuer` names the provider, `subject` the account there, for good.

    `email` is the address that the provider had verified when the two were linked. `used_at` is when it last signed in;
    a sign-in that was asked for before is void, so that no answer works twice.
    """

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("user_id", "issuer"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    issuer: Mapped[str]
    subject: Mapped[str]
    email: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]


def add(work: Work, identity: IdentityRecord) -> int | None:
    """Keeps it and gives its id; None where it is kept already, be it by somebody else this very moment."""
    values = {
        name: getattr(identity, name) for name in ("user_id", "issuer", "subject", "email", "created_at", "used_at")
    }
    return work.session.scalar(insert_ignoring(work, IdentityRecord).values(**values).returning(IdentityRecord.id))


def by_subject(work: Work, issuer: str, subject: str) -> IdentityRecord | None:
    """The identity, whoever's it is, locked until the transaction ends."""
    query = select(IdentityRecord).where(IdentityRecord.issuer == issuer, IdentityRecord.subject == subject)
    return work.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def of(work: Work, user_id: int) -> list[IdentityRecord]:
    """The user's identities, the oldest first."""
    query = select(IdentityRecord).where(IdentityRecord.user_id == user_id).order_by(IdentityRecord.id)
    return list(work.session.scalars(query))


def get(work: Work, user_id: int, identity_id: int) -> IdentityRecord | None:
    """The user's identity with that id, or None; nobody else's."""
    found = work.session.get(IdentityRecord, identity_id)
    return found if found is not None and found.user_id == user_id else None


def holders(work: Work, clinic_id: int) -> set[int]:
    """The ids of the clinic's users who have an identity."""
    query = select(IdentityRecord.user_id).join(MembershipRecord, MembershipRecord.user_id == IdentityRecord.user_id)
    return set(work.session.scalars(query.where(MembershipRecord.clinic_id == clinic_id)))
