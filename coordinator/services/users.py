"""Users: who may sign in, and what each may do in a clinic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.services import passwords
from coordinator.store import audit, users
from coordinator.store.unit_of_work import Work
from coordinator.store.users import MembershipRecord, UserRecord

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
PEOPLE = (Access.ADMINISTRATOR, Access.COORDINATOR, Access.CLINICIAN, Access.AUDITOR)
"""What somebody who signs in can be; SYSTEM is for clockwork alone."""


@dataclass(frozen=True, slots=True)
class UserView:
    """A user of a clinic."""

    id: int
    name: str
    email: str
    access: Access
    staff_id: int | None
    is_disabled: bool


def add_user(
    work: Work,
    actor: Actor,
    now: datetime,
    *,
    email: str,
    name: str,
    access: Access,
    password: str,
    staff_id: int | None = None,
) -> int:
    """Adds a user to the actor's clinic and gives the user's id.

    Raises InvalidInput for an address or password that cannot be used, Conflict for an address that is taken.
    """
    return add_hashed(
        work, actor, now, email=email, name=name, access=access, password_hash=passwords.hashed(password),
        staff_id=staff_id,
    )  # fmt: skip


def add_hashed(
    work: Work,
    actor: Actor,
    now: datetime,
    *,
    email: str,
    name: str,
    access: Access,
    password_hash: str,
    staff_id: int | None = None,
) -> int:
    """As `add_user`, with a password that `passwords.hashed` has hashed before the transaction began."""
    address = email.strip().lower()
    if not _ADDRESS.fullmatch(address):
        raise InvalidInput(f"“{email}” is no e-mail address. Write it as name@example.org.", field="email")
    if access not in PEOPLE:
        raise InvalidInput(f"A user cannot have the access “{access}”. Use one of {', '.join(PEOPLE)}.", field="access")
    if users.by_email(work, address) is not None:
        raise Conflict(f"There is already a user with the address {address}. Use another address.")
    user = UserRecord(email=address, name=name.strip() or address, password_hash=password_hash, created_at=now)
    work.session.add(user)
    work.session.flush()
    work.session.add(MembershipRecord(clinic_id=actor.clinic_id, user_id=user.id, access=access, staff_id=staff_id))
    audit.append(work, actor, now, "user.add", "user", user.id, {"access": access})
    return user.id


def disable_user(work: Work, actor: Actor, now: datetime, email: str) -> None:
    """Keeps a user of the actor's clinic out and ends every sign-in of theirs; raises NotFound."""
    user = users.by_email(work, email)
    if user is None or users.membership(work, actor.clinic_id, user.id) is None:
        raise NotFound(f"There is no user with the address {email}. `coordinator user list` shows them all.")
    user.disabled_at = user.disabled_at or now
    ended = users.end_sign_ins(work, now, user.id)
    audit.append(work, actor, now, "user.disable", "user", user.id, {"sign_ins_ended": ended})


def list_users(work: Work, actor: Actor) -> list[UserView]:
    """The users of the actor's clinic in order of name."""
    return [
        UserView(user.id, user.name, user.email, Access(member.access), member.staff_id, user.disabled_at is not None)
        for user, member in users.members_of(work, actor.clinic_id)
    ]
