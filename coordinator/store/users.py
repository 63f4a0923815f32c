"""Users, their access per clinic, and their sign-ins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, UniqueConstraint, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.domain.errors import NotFound
from coordinator.store.base import Base, BigId, ClinicRow
from coordinator.store.clinics import ClinicRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Work


class UserRecord(Base):
    """Somebody who signs in. `email` is kept in lower case; `password_hash` is argon2id.

    `totp_sealed` is the secret of the authenticator app, sealed; `totp_step` the last step of 30 seconds whose code was
    used, since no code may be used twice. `hurried_at` is when the account last asked for more than a person reads.
    """

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    failed_attempts: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[datetime | None]
    totp_sealed: Mapped[str | None]
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    hurried_at: Mapped[datetime | None]


class MembershipRecord(ClinicRow, Base):
    """What a user may do in a clinic, and which member of staff the user is there, if any."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("clinic_id", "user_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    access: Mapped[str]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class SignInRecord(Base):
    """A user's authenticated period. `token_hash` is the SHA-256 of the random id that the cookie carries.

    `method` says what it began with: password alone, or with it totp, passkey or recovery (a recovery code). A provider
    in the password's place stands before it: provider, provider_totp …; provider_mfa is one that asked for two proofs.
    """

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
    method: Mapped[str] = mapped_column(default="password", server_default="password")


def by_email(work: Work, email: str) -> UserRecord | None:
    """The user of that address (any case), locked until the transaction ends, or None."""
    statement = select(UserRecord).where(UserRecord.email == email.strip().lower()).with_for_update()
    return work.session.scalar(statement.execution_options(populate_existing=True))


def get(work: Work, user_id: int) -> UserRecord | None:
    """The user, or None."""
    return work.session.get(UserRecord, user_id)


def locked(work: Work, user_id: int) -> UserRecord:
    """The user, locked until the transaction ends; raises NotFound."""
    known(work, user_id)
    query = select(UserRecord).where(UserRecord.id == user_id).with_for_update()
    return work.session.scalars(query.execution_options(populate_existing=True)).one()


def locked_or_none(work: Work, user_id: int) -> UserRecord | None:
    """The user as they are now, locked until the transaction ends, or None."""
    return work.session.get(UserRecord, user_id, populate_existing=True, with_for_update=True)


def known(work: Work, user_id: int | None) -> UserRecord:
    """The user; raises NotFound."""
    user = get(work, user_id) if user_id is not None else None
    if user is None:
        raise NotFound("There is no such user.")
    return user


def memberships_of(work: Work, user_id: int) -> list[tuple[MembershipRecord, ClinicRecord]]:
    """The memberships that the user may use, with their clinics, the oldest clinic first; none where they left."""
    statement = (
        select(MembershipRecord, ClinicRecord)
        .join(ClinicRecord, ClinicRecord.id == MembershipRecord.clinic_id)
        .where(MembershipRecord.user_id == user_id, _works_there())
        .order_by(ClinicRecord.id)
    )
    return [(membership, clinic) for membership, clinic in work.session.execute(statement)]


def membership(work: Work, clinic_id: int, user_id: int) -> MembershipRecord | None:
    """What the user may do in the clinic, or None for somebody who may do nothing there."""
    return work.session.scalar(
        select(MembershipRecord).where(MembershipRecord.clinic_id == clinic_id, MembershipRecord.user_id == user_id)
    )


def members_of(work: Work, clinic_id: int) -> list[tuple[UserRecord, MembershipRecord]]:
    """The clinic's users in order of name."""
    statement = (
        select(UserRecord, MembershipRecord)
        .join(MembershipRecord, MembershipRecord.user_id == UserRecord.id)
        .where(MembershipRecord.clinic_id == clinic_id)
        .order_by(UserRecord.name, UserRecord.id)
    )
    return [(user, member) for user, member in work.session.execute(statement)]


def open_sign_in(work: Work, token_hash: str) -> tuple[SignInRecord, UserRecord, MembershipRecord, ClinicRecord] | None:
    """The sign-in that has not ended, with its user, access and clinic; None where any is gone or disabled."""
    statement = (
        select(SignInRecord, UserRecord, MembershipRecord, ClinicRecord)
        .join(UserRecord, UserRecord.id == SignInRecord.user_id)
        .join(ClinicRecord, ClinicRecord.id == SignInRecord.clinic_id)
        .join(
            MembershipRecord,
            (MembershipRecord.user_id == UserRecord.id) & (MembershipRecord.clinic_id == ClinicRecord.id),
        )
        .where(SignInRecord.token_hash == token_hash, SignInRecord.ended_at.is_(None), UserRecord.disabled_at.is_(None))
        .where(_works_there())
    )
    row = work.session.execute(statement).first()
    return None if row is None else (row[0], row[1], row[2], row[3])


def end_sign_ins(
    work: Work, now: datetime, user_id: int, clinic_id: int | None = None, *, but: int | None = None
) -> int:
    """Ends every open sign-in of the user, in one clinic or in all, except the one with the id `but`; how many."""
    statement = (
        update(SignInRecord)
        .where(SignInRecord.user_id == user_id, SignInRecord.ended_at.is_(None))
        .where(SignInRecord.clinic_id == (SignInRecord.clinic_id if clinic_id is None else clinic_id))
        .where(SignInRecord.id != (but or 0))
        .values(ended_at=now)
        .returning(SignInRecord.id)
    )
    return len(work.session.scalars(statement).all())


def open_sign_ins(work: Work, user_id: int) -> list[SignInRecord]:
    """The user's sign-ins that have not ended, the one seen last first."""
    query = select(SignInRecord).where(SignInRecord.user_id == user_id, SignInRecord.ended_at.is_(None))
    return list(work.session.scalars(query.order_by(SignInRecord.seen_at.desc(), SignInRecord.id.desc())))


def administrators(work: Work, clinic_id: int) -> list[MembershipRecord]:
    """The memberships of the administrators who can sign in to the clinic."""
    query = select(MembershipRecord).join(UserRecord, UserRecord.id == MembershipRecord.user_id)
    query = query.where(MembershipRecord.clinic_id == clinic_id, MembershipRecord.access == "administrator")
    return list(work.session.scalars(query.where(UserRecord.disabled_at.is_(None), _works_there())))


def coordinators(work: Work, clinic_id: int) -> list[int]:
    """The ids of the users who coordinate the clinic and can sign in; its administrators where nobody does."""
    active = [each for each in members_of(work, clinic_id) if each[0].disabled_at is None]
    for access in ("coordinator", "administrator"):
        found = [user.id for user, member in active if member.access == access]
        if found:
            return found
    return []


def users_of_staff(work: Work, clinic_id: int, staff_id: int) -> list[int]:
    """The ids of the users who are that member of staff."""
    query = select(MembershipRecord.user_id)
    query = query.where(MembershipRecord.clinic_id == clinic_id, MembershipRecord.staff_id == staff_id)
    return list(work.session.scalars(query))


def _works_there() -> ColumnElement[bool]:
    """Whether a membership is of no member of staff, or of one who has not left."""
    present = select(StaffRecord.id).where(StaffRecord.left_at.is_(None))
    return or_(MembershipRecord.staff_id.is_(None), MembershipRecord.staff_id.in_(present))
