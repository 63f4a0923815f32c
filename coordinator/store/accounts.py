"""What belongs to a user's account: devices that are known, recovery codes, and links that let a password be set."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, BigId, ClinicRow
from coordinator.store.unit_of_work import Work


class KnownDeviceRecord(Base):
    """A browser that has signed in as the user before. Its tries are counted apart from everybody else's.

    `token_hash` is the SHA-256 of the random id in its cookie.
    """

    __tablename__ = "known_devices"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    seen_at: Mapped[datetime]
    failed_attempts: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[datetime | None]


class RecoveryCodeRecord(Base):
    """One of the codes that stand in for a lost second factor, each once. `code_hash` is its SHA-256."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None]


class AccountLinkRecord(ClinicRow, Base):
    """A mail with a link to set a password; `kind` is invitation or recovery. The link's secret is kept nowhere.

    `mail_due_at` is when the mail is to be tried next, None once it has left or was given up.
    """

    __tablename__ = "account_links"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    mail_due_at: Mapped[datetime | None] = mapped_column(index=True)
    mail_tries: Mapped[int] = mapped_column(default=0)


def device(work: Work, user_id: int, token_hash: str) -> KnownDeviceRecord | None:
    """The user's device of that secret, or None."""
    query = select(KnownDeviceRecord).where(KnownDeviceRecord.token_hash == token_hash)
    return work.session.scalar(query.where(KnownDeviceRecord.user_id == user_id).with_for_update())


def locked_device(work: Work, device_id: int | None) -> KnownDeviceRecord | None:
    """The device as it is now, locked until the transaction ends, or None."""
    if device_id is None:
        return None
    return work.session.get(KnownDeviceRecord, device_id, populate_existing=True, with_for_update=True)


def forget_devices(work: Work, user_id: int) -> None:
    """Makes every device of the user an unknown one."""
    work.session.execute(delete(KnownDeviceRecord).where(KnownDeviceRecord.user_id == user_id))


def replace_codes(work: Work, user_id: int, hashes: Iterable[str]) -> None:
    """Gives the user new recovery codes; the old ones are void."""
    work.session.execute(delete(RecoveryCodeRecord).where(RecoveryCodeRecord.user_id == user_id))
    work.session.add_all(RecoveryCodeRecord(user_id=user_id, code_hash=each) for each in hashes)


def use_code(work: Work, now: datetime, user_id: int, code_hash: str) -> bool:
    """Uses up a recovery code; False for one that is unknown or used."""
    query = update(RecoveryCodeRecord).where(
        RecoveryCodeRecord.user_id == user_id,
        RecoveryCodeRecord.code_hash == code_hash,
        RecoveryCodeRecord.used_at.is_(None),
    )
    return work.session.scalar(query.values(used_at=now).returning(RecoveryCodeRecord.id)) is not None


def codes_left(work: Work, user_id: int) -> int:
    """How many recovery codes are unused."""
    query = select(RecoveryCodeRecord.id).where(RecoveryCodeRecord.user_id == user_id)
    return len(work.session.scalars(query.where(RecoveryCodeRecord.used_at.is_(None))).all())


def link(work: Work, link_id: int) -> AccountLinkRecord | None:
    """The link, locked until the transaction ends, or None."""
    query = select(AccountLinkRecord).where(AccountLinkRecord.id == link_id).with_for_update()
    return work.session.scalar(query.execution_options(populate_existing=True))


def newest_link(work: Work, user_id: int, kind: str) -> AccountLinkRecord | None:
    """The user's newest link of a kind."""
    query = select(AccountLinkRecord).where(AccountLinkRecord.user_id == user_id, AccountLinkRecord.kind == kind)
    return work.session.scalars(query.order_by(AccountLinkRecord.id.desc()).limit(1)).first()


def void_links(work: Work, now: datetime, user_id: int) -> None:
    """Makes every open link of the user void, and takes back mails that have not left."""
    query = update(AccountLinkRecord).where(AccountLinkRecord.user_id == user_id, AccountLinkRecord.used_at.is_(None))
    work.session.execute(query.values(used_at=now, mail_due_at=None))


def lease_mails(work: Work, now: datetime, most: int, lease: timedelta) -> list[AccountLinkRecord]:
    """Mails that are due; they fall due again after the lease, unless `settle_mail` is called before."""
    query = select(AccountLinkRecord).where(AccountLinkRecord.mail_due_at <= now).limit(most)
    found = list(work.session.scalars(query.with_for_update(skip_locked=True)))
    for each in found:
        each.mail_due_at, each.mail_tries = now + lease, each.mail_tries + 1
    return found


def settle_mail(work: Work, link_id: int, due_at: datetime | None) -> None:
    """Records when the mail is to be tried again; None: never."""
    work.session.execute(update(AccountLinkRecord).where(AccountLinkRecord.id == link_id).values(mail_due_at=due_at))
