"""Users: who may sign in, and what each may do in a clinic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.services import account_links, passwords, second_factor
from coordinator.store import audit, clinics, identities, passkeys, staff_queries, users
from coordinator.store.unit_of_work import Work
from coordinator.store.users import MembershipRecord, UserRecord

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
PEOPLE = (Access.ADMINISTRATOR, Access.COORDINATOR, Access.CLINICIAN, Access.AUDITOR)
"""What somebody who signs in can be; SYSTEM is for clockwork alone."""


@dataclass(frozen=True, slots=True)
class UserView:
    """A user of a clinic. `is_invited`: no password is chosen yet, and no provider has let them in."""

    id: int
    name: str
    email: str
    access: Access
    staff_id: int | None
    is_disabled: bool
    is_invited: bool
    has_second_factor: bool


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
    with_passkey = passkeys.holders(work, actor.clinic_id)
    with_identity = identities.holders(work, actor.clinic_id)
    return [
        UserView(
            user.id, user.name, user.email, Access(member.access), member.staff_id, user.disabled_at is not None,
            not user.password_hash and user.id not in with_identity,
            user.totp_sealed is not None or user.id in with_passkey,
        )
        for user, member in users.members_of(work, actor.clinic_id)
    ]  # fmt: skip


def staff_choices(work: Work, actor: Actor) -> list[tuple[int, str]]:
    """The members of staff that a user may be: id and name."""
    return [(each.id, each.name) for each in staff_queries.listed(work, actor.clinic_id) if each.left_at is None]


def invite(
    work: Work, actor: Actor, now: datetime, *, email: str, name: str, access: Access, staff_id: int | None = None
) -> int:
    """Adds a user without a password and owes the mail with which they choose one; raises as `add_user`.

    Somebody who has an account at another clinic keeps their password and is told nothing but that they may work here.
    """
    known = users.by_email(work, email)
    if known is None:
        user_id = add_hashed(
            work, actor, now, email=email, name=name, access=access, password_hash="", staff_id=staff_id
        )
    else:
        if users.membership(work, actor.clinic_id, known.id) is not None:
            raise Conflict(f"{known.email} is a user here already. Change their access instead.")
        user_id = known.id
        work.session.add(MembershipRecord(clinic_id=actor.clinic_id, user_id=user_id, access=access, staff_id=staff_id))
        audit.append(work, actor, now, "user.add", "user", user_id, {"access": access})
    if known is None or not known.password_hash:
        account_links.send(work, now, actor.clinic_id, user_id, "invitation")
    return user_id


def invite_again(work: Work, actor: Actor, now: datetime, user_id: int) -> None:
    """Owes the mail anew, for somebody who has not chosen a password yet; raises NotFound and Conflict."""
    user, _ = _member(work, actor, user_id)
    if user.password_hash:
        raise Conflict(f"{user.name} has chosen a password already. “Forgot your password?” makes a new one.")
    account_links.send(work, now, actor.clinic_id, user_id, "invitation")
    audit.append(work, actor, now, "user.invite", "user", user_id)


def change_access(work: Work, actor: Actor, now: datetime, user_id: int, access: Access) -> None:
    """Changes what a user may do here, and ends their sign-ins here; raises NotFound, and Conflict for the last
    administrator."""
    clinics.lock(work, actor.clinic_id)  # of two administrators who demote each other at once one must stay
    user, member = _member(work, actor, user_id)
    if access not in PEOPLE:
        raise InvalidInput(f"A user cannot have the access “{access}”. Use one of {', '.join(PEOPLE)}.", field="access")
    if member.access == access:
        return
    _keep_one_administrator(work, actor, member)
    before, member.access = member.access, access
    users.end_sign_ins(work, now, user.id, actor.clinic_id)
    audit.append(work, actor, now, "user.access", "user", user.id, {"from": before, "access": access})


def shut_out(work: Work, actor: Actor, now: datetime, user_id: int) -> None:
    """Keeps a user out, at once; raises NotFound, and Conflict for the last administrator.

    Who works at other clinics too loses this one alone; anybody else's account is disabled.
    """
    clinics.lock(work, actor.clinic_id)
    user, member = _member(work, actor, user_id)
    _keep_one_administrator(work, actor, member)
    if len(users.memberships_of(work, user.id)) == 1:
        disable_user(work, actor, now, user.email)
        return
    ended = users.end_sign_ins(work, now, user.id, actor.clinic_id)
    work.session.delete(member)
    audit.append(work, actor, now, "user.remove", "user", user.id, {"sign_ins_ended": ended})


def sign_out(work: Work, actor: Actor, now: datetime, user_id: int) -> None:
    """Ends every sign-in of a user, who may sign in again; raises NotFound.

    Those at their other clinics too: from each of them one click leads here.
    """
    user, _ = _member(work, actor, user_id)
    ended = users.end_sign_ins(work, now, user.id)
    audit.append(work, actor, now, "user.signed_out", "user", user.id, {"sign_ins_ended": ended})


def let_in_again(work: Work, actor: Actor, now: datetime, user_id: int) -> None:
    """Enables a user who was disabled; raises NotFound."""
    user, _ = _member(work, actor, user_id)
    user.disabled_at = None
    audit.append(work, actor, now, "user.enable", "user", user.id)


def reset_factor(work: Work, actor: Actor, now: datetime, user_id: int) -> None:
    """Takes the second factor of a user away who has lost it and the recovery codes; every sign-in of theirs ends.

    Raises NotFound, and Conflict for oneself, and for somebody who works at other clinics too: one clinic alone must
    not weaken what opens the others.
    """
    user, _ = _member(work, actor, user_id)
    if user.id == actor.user_id:
        raise Conflict("This is your own second factor. Change it under “Your account”.")
    if len(users.memberships_of(work, user.id)) > 1:
        raise Conflict(f"{user.name} works at other clinics too, so one of them cannot reset the second factor alone.")
    second_factor.take_away(work, now, user)
    audit.append(work, actor, now, "user.second_factor_reset", "user", user.id)


def _member(work: Work, actor: Actor, user_id: int) -> tuple[UserRecord, MembershipRecord]:
    user, member = users.get(work, user_id), users.membership(work, actor.clinic_id, user_id)
    if user is None or member is None:
        raise NotFound("There is no such user.")
    return user, member


def _keep_one_administrator(work: Work, actor: Actor, member: MembershipRecord) -> None:
    others = [each for each in users.administrators(work, actor.clinic_id) if each.id != member.id]
    if member.access == Access.ADMINISTRATOR and not others:
        raise Conflict("This is the clinic's only administrator. Make somebody else one first.")
