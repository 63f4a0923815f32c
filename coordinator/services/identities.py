"""Signing in by a provider of identities: whose account an identity opens, and how it came to.

An identity (the provider's issuer, and its subject there) opens the one account that it is linked to. The link is made
the first time, when the sign-in begins, with the account whose address the provider has verified; where that account
has a password already, by somebody who knows it. Whoever is signed in and knows the password may link any of theirs at
the provider. No account is ever made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import NotAllowed, NotFound
from coordinator.services.provider import Identity
from coordinator.services.sign_in_policy import PROVIDER, PROVIDER_MFA
from coordinator.services.visit_cards import local
from coordinator.store import audit, identities, users
from coordinator.store.identities import IdentityRecord
from coordinator.store.unit_of_work import Work

NO_ACCOUNT = (
    "{} knows you, but opens no account here."
    " Ask an administrator of your clinic for an invitation to the address that you use there."
)
UNVERIFIED = (
    "{} has not confirmed your e-mail address, so that no account here can be found by it."
    " Confirm it there and try again, or sign in with your password."
)
ANOTHER = (
    "Your account here is connected with another one at {}."
    " Use that one, or sign in with your password and remove the connection under “Your account”."
)
TAKEN = (
    "This account at {} is connected with an account here already."
    " Use another one there, or remove that connection first."
)
VOID = "This sign-in was used already. Start again."


class NotVouched(NotAllowed):
    """The identity opens no account. `why` and `about`, the number of a user, are for the log alone."""

    def __init__(self, sentence: str, why: str, about: int | None = None) -> None:
        super().__init__(sentence)
        self.why, self.about = why, about


@dataclass(frozen=True, slots=True)
class Vouched:
    """For whom a provider vouches, until the sign-in begins.

    `is_new`: the identity is linked then; `wants_password`: by somebody who has still to show that they know it.
    """

    user_id: int
    issuer: str
    subject: str
    email: str
    is_new: bool
    wants_password: bool
    is_multi_factor: bool

    @property
    def method(self) -> str:
        """What a sign-in begins with that needs no more than this."""
        return PROVIDER_MFA if self.is_multi_factor else PROVIDER


@dataclass(frozen=True, slots=True)
class IdentityView:
    """An identity in the list: the provider's server, and the address there; times are naive clinic time."""

    id: int
    server: str
    email: str
    added: datetime
    used: datetime


def arrive(work: Work, now: datetime, name: str, who: Identity, asked_at: datetime) -> Vouched:
    """Whose account the identity opens, or may be linked to; `name` is what people call the provider.

    Raises NotVouched for nobody's, for one that was used since it was asked for, and for an address that is not
    verified.
    """
    found = identities.by_subject(work, who.issuer, who.subject)
    if found is not None:
        if found.used_at >= asked_at:
            raise NotVouched(VOID, "used already", found.user_id)
        if not _may_sign_in(work, found.user_id):
            raise NotVouched(NO_ACCOUNT.format(name), "disabled", found.user_id)
        found.used_at = now
        return Vouched(found.user_id, who.issuer, who.subject, found.email, False, False, who.is_multi_factor)
    if not who.email:
        raise NotVouched(UNVERIFIED.format(name), "unverified")
    user = users.by_email(work, who.email)
    if user is None:
        raise NotVouched(NO_ACCOUNT.format(name), "unknown")
    if not _may_sign_in(work, user.id):
        raise NotVouched(NO_ACCOUNT.format(name), "disabled", user.id)
    if _has_one_at(work, user.id, who.issuer):
        raise NotVouched(ANOTHER.format(name), "another", user.id)
    has_password = bool(user.password_hash)
    return Vouched(user.id, who.issuer, who.subject, who.email, True, has_password, who.is_multi_factor)


def link(work: Work, now: datetime, vouched: Vouched, address: str) -> None:
    """Links the identity to the account; every sign-in of the person ends, and another is about to begin.

    Raises NotVouched where somebody was faster, and for an account that is gone meanwhile.
    """
    user = users.locked(work, vouched.user_id)
    places = users.memberships_of(work, user.id)
    if not places or _has_one_at(work, user.id, vouched.issuer):
        raise NotVouched(VOID, "overtaken", user.id)
    member, _ = places[0]
    actor = Actor(member.clinic_id, Access(member.access), user.name, user.id, member.staff_id, address)
    if not _add(work, actor, now, user.id, vouched):
        raise NotVouched(VOID, "overtaken", user.id)
    users.end_sign_ins(work, now, user.id)


def connect(work: Work, actor: Actor, now: datetime, sign_in_id: int, name: str, who: Identity) -> None:
    """Links the identity, whatever its address, to the account of the actor; every other sign-in ends.

    Raises NotVouched for an identity that is linked already, and for an account that has one at that provider.
    """
    user = users.locked(work, users.known(work, actor.user_id).id)
    if _has_one_at(work, user.id, who.issuer):
        raise NotVouched(ANOTHER.format(name), "another", user.id)
    if not _add(work, actor, now, user.id, who):
        raise NotVouched(TAKEN.format(name), "taken", user.id)
    users.end_sign_ins(work, now, user.id, but=sign_in_id)


def _add(work: Work, actor: Actor, now: datetime, user_id: int, who: Identity | Vouched) -> bool:
    """Links it; False where it is linked already, be it this very moment."""
    made = identities.add(
        work,
        IdentityRecord(
            user_id=user_id, issuer=who.issuer, subject=who.subject, email=who.email, created_at=now, used_at=now
        ),
    )
    if made is not None:
        audit.append(work, actor, now, "user.identity_add", "user", user_id, {"identity": made})
    return made is not None


def _has_one_at(work: Work, user_id: int, issuer: str) -> bool:
    return any(each.issuer == issuer for each in identities.of(work, user_id))


def listed(work: Work, actor: Actor, zone: ZoneInfo) -> list[IdentityView]:
    """The actor's identities, the oldest first."""
    user = users.known(work, actor.user_id)
    return [
        IdentityView(
            each.id, urlsplit(each.issuer).netloc, each.email, local(each.created_at, zone), local(each.used_at, zone)
        )
        for each in identities.of(work, user.id)
    ]


def remove(work: Work, actor: Actor, now: datetime, sign_in_id: int, identity_id: int) -> None:
    """Takes an identity of the actor's away; every other sign-in ends. Raises NotFound."""
    user = users.known(work, actor.user_id)
    found = identities.get(work, user.id, identity_id)
    if found is None:
        raise NotFound("There is no such connection.")
    work.session.delete(found)
    users.end_sign_ins(work, now, user.id, but=sign_in_id)
    audit.append(work, actor, now, "user.identity_remove", "user", user.id, {"identity": identity_id})


def _may_sign_in(work: Work, user_id: int) -> bool:
    user = users.get(work, user_id)
    return user is not None and user.disabled_at is None and bool(users.memberships_of(work, user_id))
