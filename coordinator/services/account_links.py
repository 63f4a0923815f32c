"""Links by mail that let somebody set a password: an invitation to a new user, recovery for one who forgot.

A link's secret is made from the secret key, so that neither the database nor a log of messages holds it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import NotFound
from coordinator.services.account import least_of
from coordinator.store import accounts, audit, clinics, sealing, users
from coordinator.store.accounts import AccountLinkRecord
from coordinator.store.unit_of_work import Work

LASTS = {"invitation": timedelta(days=7), "recovery": timedelta(hours=1)}
PAUSE = timedelta(minutes=5)
"""At most one recovery mail in that time, however often it is asked for."""

DEAD = "This link is not valid any more. Ask for a new one, or ask your administrator."


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a link opens: the person's name, address and clinic, and how long the password must be."""

    kind: str
    name: str
    email: str
    clinic: str
    least: int


def send(work: Work, now: datetime, clinic_id: int, user_id: int, kind: str) -> None:
    """Owes the user a mail with a link; earlier links are void."""
    accounts.void_links(work, now, user_id)
    work.session.add(
        AccountLinkRecord(
            clinic_id=clinic_id, user_id=user_id, kind=kind, created_at=now, expires_at=now + LASTS[kind],
            mail_due_at=now, mail_tries=0,
        )
    )  # fmt: skip


def ask_recovery(work: Work, now: datetime, email: str) -> None:
    """Owes a mail to the user of that address, if there is one; nobody can tell from outside whether there is."""
    user = users.by_email(work, email)
    places = users.memberships_of(work, user.id) if user is not None and user.disabled_at is None else []
    if user is None or not places:
        return
    newest = accounts.newest_link(work, user.id, "recovery")
    if newest is not None and newest.created_at > now - PAUSE:
        return
    member, clinic = places[0]
    send(work, now, clinic.id, user.id, "recovery")
    actor = Actor(clinic.id, Access(member.access), user.name, user.id)
    audit.append(work, actor, now, "user.ask_recovery", "user", user.id)


def token_of(work: Work, link: AccountLinkRecord) -> str:
    """The secret part of a link's address."""
    return f"{link.id}-{sealing.mark(work, f'{link.id} {link.user_id} {link.kind} {link.created_at.isoformat()}')}"


def look(work: Work, now: datetime, token: str) -> Welcome:
    """What the link opens; looking changes nothing, since mail scanners open links. Raises NotFound for a dead one."""
    link = _living(work, now, token)
    user = users.known(work, link.user_id)
    return Welcome(link.kind, user.name, user.email, clinics.get(work, link.clinic_id).name, least_of(work, user))


def set_password(work: Work, now: datetime, token: str, new_hash: str, address: str) -> None:
    """Keeps the password, uses up the link, ends every sign-in and every block. Raises NotFound for a dead link."""
    link = _living(work, now, token)
    user = users.known(work, link.user_id)
    user.password_hash, user.failed_attempts, user.blocked_until = new_hash, 0, None
    users.end_sign_ins(work, now, user.id)
    accounts.forget_devices(work, user.id)
    accounts.void_links(work, now, user.id)
    member = users.membership(work, link.clinic_id, user.id)
    access = Access(member.access) if member is not None else Access.CLINICIAN
    actor = Actor(link.clinic_id, access, user.name, user.id, address=address)
    audit.append(work, actor, now, "user.password", "user", user.id, {"by": link.kind})


def _living(work: Work, now: datetime, token: str) -> AccountLinkRecord:
    number = token.partition("-")[0]
    link = accounts.link(work, int(number)) if number.isascii() and number.isdecimal() and len(number) < 19 else None
    is_right = link is not None and secrets.compare_digest(token_of(work, link).encode(), token.encode())
    user = users.get(work, link.user_id) if link is not None else None
    if link is None or not is_right or link.used_at is not None or link.expires_at <= now:
        raise NotFound(DEAD)
    if user is None or user.disabled_at is not None:
        raise NotFound(DEAD)
    return link
