"""Signing in and out. A sign-in lives in the database, so that ending it there ends it everywhere.

Checking a password takes a tenth of a second, which no transaction should stay open for. The web therefore calls
`attempt`, `proves`, `settle`, then `begin`. Tries are settled one after the other, in whichever process: of many at
once the first wrong ones are counted, and nobody learns of a try that is settled later whether it was right.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import NotAllowed, NotFound
from coordinator.services import passkeys, passwords, second_factor, sign_in_policy
from coordinator.services.passkeys import Challenge, Site
from coordinator.store import accounts, audit, users
from coordinator.store import passkeys as kept
from coordinator.store.accounts import KnownDeviceRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.users import MembershipRecord, SignInRecord, UserRecord

FREE_ATTEMPTS = 5
FIRST_BLOCK = timedelta(seconds=30)
LONGEST_BLOCK = timedelta(minutes=15)
LONGEST = timedelta(days=7)
MOST_AT_ONCE = 20
"""Open sign-ins of one account; the one that was used least lately ends where another begins."""
SEEN_EVERY = timedelta(minutes=1)
REFUSED = (
    "This e-mail address and password do not go together, or there were too many attempts."
    " Check both, or wait a few minutes and try again."
)
CODE_REFUSED = (
    "This code is not right, was used already, or there were too many attempts."
    " Wait for the next one, or type one of your recovery codes."
)
PASSKEY_REFUSED = (
    "This passkey did not prove who you are, or there were too many attempts."
    " Try again, or type one of your recovery codes."
)


Counter = UserRecord | KnownDeviceRecord
"""What wrong tries are counted at."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try. All are empty for an account that is unknown, disabled or blocked, which must not show.

    `device_id` is the known device that it came from; `wants_code` says that a password alone is not enough.
    `about` and `why` are for the log alone: whose account was tried, and what is wrong before a password is looked at.
    """

    user_id: int | None
    password_hash: str | None = field(repr=False)
    device_id: int | None = None
    wants_code: bool = False
    about: int | None = None
    why: str = "wrong"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, and where. `is_stale` says that `seen` should be called.

    `lacks_factor`: the clinic asks for a second factor, and there is none yet. After `idle_minutes` without a request
    the sign-in ends. `has_password`: one is chosen; whom a provider has let in may have none yet.
    """

    sign_in_id: int
    user_id: int
    name: str
    email: str
    clinic_id: int
    clinic_name: str
    timezone: str
    is_demo: bool
    access: Access
    staff_id: int | None
    is_stale: bool
    lacks_factor: bool = False
    idle_minutes: int = 720
    since: datetime | None = None
    has_password: bool = True

    def actor(self, address: str) -> Actor:
        """The actor of what this person asks for, from the client's address."""
        return Actor(self.clinic_id, self.access, self.name, self.user_id, self.staff_id, address)


@dataclass(frozen=True, slots=True)
class ClinicChoice:
    """A clinic that somebody may work in."""

    id: int
    name: str


def attempt(work: Work, now: datetime, email: str, device: str = "") -> Attempt:
    """A try for the account of that address; raises nothing, whatever the address is.

    Tries from a device that has signed in before (`device` is its cookie's secret) are counted apart: whoever guesses
    from elsewhere can keep strangers out, but not the user.
    """
    user = users.by_email(work, email)
    if user is None:
        return Attempt(None, None, why="unknown")
    if user.disabled_at is not None:
        return Attempt(None, None, about=user.id, why="disabled")
    known = accounts.device(work, user.id, _hash(device)) if device else None
    if _is_blocked(known or user, now):
        return Attempt(None, None, about=user.id, why="blocked")
    has_factor = kept.has_factor(work, user)
    return Attempt(user.id, user.password_hash, known.id if known else None, has_factor, about=user.id)


def settle(work: Work, now: datetime, tried: Attempt, *, is_right: bool) -> Attempt:
    """The try as it turned out, empty where it is refused; a wrong one is counted.

    Whoever is blocked by now, by tries that were made at the same time, is refused whether it is right or not.
    """
    user = users.locked_or_none(work, tried.user_id) if tried.user_id is not None else None
    if user is None:
        return tried
    counter = accounts.locked_device(work, tried.device_id) or user
    if _is_blocked(counter, now):
        return Attempt(None, None, about=user.id, why="blocked")
    if not is_right or user.disabled_at is not None or user.password_hash != tried.password_hash:
        _count(counter, now)
        return Attempt(None, None, about=user.id)
    return tried


def attempt_code(work: Work, now: datetime, user_id: int, device: str, code: str) -> str | None:
    """How the second factor was proven (totp, recovery), None where not; wrong ones count as wrong passwords do."""
    user, counter = _second_try(work, now, user_id, device)
    found = second_factor.proven(work, now, user, code) if user is not None else None
    if counter is not None and found is None:
        _count(counter, now)
    return found


def attempt_passkey(
    work: Work, now: datetime, user_id: int, device: str, site: Site, challenge: Challenge, answer: str
) -> bool:
    """Whether a passkey proves who it is; a wrong one counts as a wrong password does."""
    user, counter = _second_try(work, now, user_id, device)
    is_proven = user is not None and passkeys.proven(work, now, user, site, challenge, answer)
    if counter is not None and not is_proven:
        _count(counter, now)
    return is_proven


def vouched(work: Work, user_id: int, device: str, *, is_multi_factor: bool) -> Attempt:
    """The try of somebody for whom a provider vouches: nothing was guessed, so that nothing is counted.

    A second factor is asked for as after a password, unless the provider has asked for two proofs itself.
    """
    user = users.known(work, user_id)
    known = accounts.device(work, user.id, _hash(device)) if device else None
    return Attempt(user.id, None, known.id if known else None, kept.has_factor(work, user) and not is_multi_factor)


def _second_try(work: Work, now: datetime, user_id: int, device: str) -> tuple[UserRecord | None, Counter | None]:
    """The user, locked, and what counts the try of a second factor; None for one who is disabled or blocked."""
    user = users.locked_or_none(work, user_id)
    if user is None or user.disabled_at is not None:
        return None, None
    counter = (accounts.device(work, user.id, _hash(device)) if device else None) or user
    return (None, None) if _is_blocked(counter, now) else (user, counter)


def _is_blocked(counter: Counter, now: datetime) -> bool:
    """Whether there were too many wrong tries, so that none is to be looked at."""
    return counter.blocked_until is not None and counter.blocked_until > now


def _count(counter: Counter, now: datetime) -> None:
    """Counts a wrong try."""
    counter.failed_attempts += 1
    over = counter.failed_attempts - FREE_ATTEMPTS
    if over >= 0:
        counter.blocked_until = now + min(FIRST_BLOCK * 2 ** min(over, 10), LONGEST_BLOCK)


def forgive(work: Work, user_id: int) -> None:
    """Takes back the wrong tries of somebody who is signed in already, and then knew the password."""
    user = users.known(work, user_id)
    user.failed_attempts, user.blocked_until = 0, None


def proves(tried: Attempt, password: str) -> bool:
    """Whether the password is right; takes as long where there is nobody to sign in."""
    return passwords.matches(tried.password_hash, password)


def begin(work: Work, now: datetime, tried: Attempt, address: str, agent: str, method: str = "password") -> str:
    """Begins a sign-in after `settle` and gives its secret, kept nowhere; raises NotAllowed without a clinic."""
    user = users.get(work, tried.user_id) if tried.user_id is not None else None
    places = users.memberships_of(work, user.id) if user else []
    if user is None or user.disabled_at is not None or not places:
        raise NotAllowed(REFUSED)
    known = work.session.get(KnownDeviceRecord, tried.device_id) if tried.device_id is not None else None
    counter = known or user
    counter.failed_attempts, counter.blocked_until = 0, None
    for oldest in users.open_sign_ins(work, user.id)[MOST_AT_ONCE - 1 :]:
        oldest.ended_at = now
    token = secrets.token_urlsafe(32)
    member, _ = places[0]
    record = SignInRecord(
        token_hash=_hash(token), user_id=user.id, clinic_id=member.clinic_id, created_at=now, seen_at=now,
        address=address, agent=agent[:200], method=method,
    )  # fmt: skip
    work.session.add(record)
    audit.append(work, _actor(user, member, address), now, "user.sign_in", "user", user.id, {"method": method})
    return token


def remember_device(work: Work, now: datetime, tried: Attempt) -> str | None:
    """Makes the browser a known device of who has just signed in, and gives its secret; None where it is one."""
    known = work.session.get(KnownDeviceRecord, tried.device_id) if tried.device_id is not None else None
    if known is not None:
        known.seen_at = now
        return None
    device = secrets.token_urlsafe(32)
    work.session.add(KnownDeviceRecord(user_id=tried.user_id, token_hash=_hash(device), seen_at=now, failed_attempts=0))
    return device


def find(work: Work, now: datetime, token: str) -> SignedIn | None:
    """Who the secret belongs to, or None: unknown, ended, idle for too long, a week old, or no longer a member."""
    found = users.open_sign_in(work, _hash(token))
    if found is None:
        return None
    sign_in, user, member, clinic = found
    idle = sign_in_policy.idle_limit(clinic)
    if now - sign_in.seen_at > idle or now - sign_in.created_at > LONGEST:
        return None
    return SignedIn(
        sign_in_id=sign_in.id, user_id=user.id, name=user.name, email=user.email, clinic_id=clinic.id,
        clinic_name=clinic.name, timezone=clinic.timezone, is_demo=clinic.is_demo, access=Access(member.access),
        staff_id=member.staff_id, is_stale=now - sign_in.seen_at > SEEN_EVERY,
        lacks_factor=sign_in.method != sign_in_policy.PROVIDER_MFA
        and second_factor.is_lacking(work, clinic, member, user),
        idle_minutes=idle // timedelta(minutes=1), has_password=bool(user.password_hash),
        since=sign_in.created_at,
    )  # fmt: skip


def seen(work: Work, now: datetime, sign_in_id: int) -> None:
    """Notes that the person is still there, so that the sign-in does not end for idleness."""
    record = work.session.get(SignInRecord, sign_in_id)
    if record is not None and record.ended_at is None:
        record.seen_at = now


def renew(work: Work, sign_in_id: int) -> str:
    """A new secret for a sign-in whose person has proven anew who they are; the one before opens nothing any more."""
    token = secrets.token_urlsafe(32)
    work.session.get_one(SignInRecord, sign_in_id).token_hash = _hash(token)
    return token


def end(work: Work, actor: Actor, now: datetime, sign_in_id: int) -> None:
    """Ends the sign-in: the cookie that stays behind opens nothing. Raises NotFound for one that is not the actor's."""
    record = work.session.get(SignInRecord, sign_in_id)
    if record is None or record.user_id != actor.user_id:
        raise NotFound("There is no such sign-in.")
    if record.ended_at is not None:
        return
    record.ended_at = now
    audit.append(work, actor, now, "user.sign_out", "user", record.user_id)


def clinics_of(work: Work, user_id: int) -> list[ClinicChoice]:
    """The clinics that the user may work in."""
    return [ClinicChoice(clinic.id, clinic.name) for _, clinic in users.memberships_of(work, user_id)]


def change_clinic(work: Work, actor: Actor, now: datetime, sign_in_id: int, clinic_id: int) -> None:
    """Goes on working in another clinic; raises NotFound for one that the user does not belong to."""
    record = work.session.get(SignInRecord, sign_in_id)
    places = users.memberships_of(work, actor.user_id) if actor.user_id is not None else []
    member = next((each for each, clinic in places if clinic.id == clinic_id), None)
    user = users.get(work, actor.user_id) if actor.user_id is not None else None
    if record is None or member is None or user is None or record.user_id != actor.user_id:
        raise NotFound("There is no such clinic.")
    record.clinic_id = clinic_id
    audit.append(work, _actor(user, member, actor.address), now, "user.change_clinic", "user", user.id)


def _actor(user: UserRecord, member: MembershipRecord, address: str) -> Actor:
    return Actor(member.clinic_id, Access(member.access), user.name, user.id, member.staff_id, address)


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
