"""Passkeys: what each user signs in with as a second factor. Only public keys are kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, BigId
from coordinator.store.unit_of_work import Work
from coordinator.store.users import MembershipRecord, UserRecord


class PasskeyRecord(Base):
    """A passkey of a user. `credential` and `public_key` are base64url; `name` is the user's own word for it.

    `sign_count` is what the authenticator last counted: one that counts backwards was copied. `used_at` is when it last
    signed; a challenge from before is void, so that no answer works twice.
    """

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    credential: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[str]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


def of(work: Work, user_id: int) -> list[PasskeyRecord]:
    """The user's passkeys, the oldest first."""
    return list(
        work.session.scalars(select(PasskeyRecord).where(PasskeyRecord.user_id == user_id).order_by(PasskeyRecord.id))
    )


def by_credential(work: Work, credential: str) -> PasskeyRecord | None:
    """The passkey of that credential, whoever's it is, locked until the transaction ends."""
    query = select(PasskeyRecord).where(PasskeyRecord.credential == credential).with_for_update()
    return work.session.scalar(query.execution_options(populate_existing=True))


def get(work: Work, user_id: int, passkey_id: int) -> PasskeyRecord | None:
    """The user's passkey with that id, or None; nobody else's."""
    found = work.session.get(PasskeyRecord, passkey_id)
    return found if found is not None and found.user_id == user_id else None


def forget(work: Work, user_id: int) -> None:
    """Takes every passkey of the user away."""
    work.session.execute(delete(PasskeyRecord).where(PasskeyRecord.user_id == user_id))


def has_factor(work: Work, user: UserRecord) -> bool:
    """Whether the user has a second factor of any kind."""
    return user.totp_sealed is not None or bool(of(work, user.id))


def holders(work: Work, clinic_id: int) -> set[int]:
    """The ids of the clinic's users who have a passkey."""
    query = select(PasskeyRecord.user_id).join(MembershipRecord, MembershipRecord.user_id == PasskeyRecord.user_id)
    return set(work.session.scalars(query.where(MembershipRecord.clinic_id == clinic_id)))
