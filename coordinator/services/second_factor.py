"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost.

Passkeys, the other kind, are in passkeys.py.
"""

from __future__ import annotations

import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import pyotp

from coordinator.calendars.qr import draw
from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import InvalidInput, NotAllowed
from coordinator.services import sign_in_policy
from coordinator.store import accounts, audit, clinics, passkeys, sealing, users
from coordinator.store.clinics import ClinicRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.users import MembershipRecord, UserRecord

STEP_SECONDS = 30
STEPS_ASIDE = 1
"""A phone's clock may be half a minute off in either direction."""

FRESH = timedelta(minutes=15)
"""After signing in; later, who has a second factor signs in again before they change how they do."""

CODES = 10
CODE_LENGTH = 28
"""Of a recovery code, with five bits of chance in each sign: 140 bits, so that a plain hash of it is enough."""
WRONG = "This code is not right, or was used already. Wait for the next one and type its six digits."


@dataclass(frozen=True, slots=True)
class Setup:
    """What a new authenticator app is told; `qr` is an svg element of `address`."""

    secret: str
    address: str
    qr: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether somebody has a second factor, how many recovery codes are left, and whether the clinic asks for one.

    `has_app`: an authenticator app is one.
    """

    is_on: bool
    has_app: bool
    codes_left: int
    is_required: bool


def is_lacking(work: Work, clinic: ClinicRecord, member: MembershipRecord, user: UserRecord) -> bool:
    """Whether the clinic asks this member for a second factor, and there is none."""
    return sign_in_policy.asks_for_factor(clinic, Access(member.access)) and not passkeys.has_factor(work, user)


def standing(work: Work, actor: Actor) -> Standing:
    """Where the actor's second factor stands."""
    is_required = sign_in_policy.asks_for_factor(clinics.get(work, actor.clinic_id), actor.access)
    user = users.known(work, actor.user_id)
    has_app, is_on = user.totp_sealed is not None, passkeys.has_factor(work, user)
    return Standing(is_on, has_app, accounts.codes_left(work, user.id), is_required)


def is_proof_stale(work: Work, now: datetime, user_id: int, since: datetime | None) -> bool:
    """Whether the second factor of somebody who has one was asked for too long ago to change how they sign in."""
    is_old = since is None or now - since > FRESH
    return is_old and passkeys.has_factor(work, users.known(work, user_id))


def has_app(work: Work, user_id: int) -> bool:
    """Whether an authenticator app is one of the user's second factors."""
    return users.known(work, user_id).totp_sealed is not None


def new_setup(email: str) -> Setup:
    """A fresh secret for the app; nothing is kept until a code made with it is typed."""
    return setup_of(pyotp.random_base32(), email)


def setup_of(secret: str, email: str) -> Setup:
    """The same secret shown again, after a code that was not right."""
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Coordinator")
    return Setup(secret, address, draw(address))


def put_away(work: Work, setup: Setup) -> str:
    """The secret as it may lie in a browser's cookie until a code has proven that the app has it."""
    return sealing.seal(work, setup.secret)


def taken_out(work: Work, kept: str) -> str:
    """The secret that was put away; empty for what was not, or was changed."""
    try:
        return sealing.unseal(work, kept)
    except sealing.Unsealable:
        return ""


def turn_on(work: Work, actor: Actor, now: datetime, sign_in_id: int, secret: str, code: str) -> list[str]:
    """Keeps the secret once a code proves that the app has it; gives recovery codes, shown once.

    Every other sign-in of the person ends. Raises InvalidInput for a code that is not right.
    """
    step = _step_of(secret, code, now, after=None)
    if step is None:
        raise InvalidInput(WRONG, field="code")
    user = users.known(work, actor.user_id)
    user.totp_sealed, user.totp_step = sealing.seal(work, secret), step
    users.end_sign_ins(work, now, user.id, but=sign_in_id)
    audit.append(work, actor, now, "user.second_factor_on", "user", user.id)
    return new_codes(work, user.id)


def turn_off(work: Work, actor: Actor, now: datetime, sign_in_id: int) -> None:
    """Takes the app away; every other sign-in ends. Raises NotAllowed for the last factor where one is asked for."""
    user = users.known(work, actor.user_id)
    let_go(work, actor, user, is_last=not passkeys.of(work, user.id))
    user.totp_sealed = user.totp_step = None
    users.end_sign_ins(work, now, user.id, but=sign_in_id)
    audit.append(work, actor, now, "user.second_factor_off", "user", user.id)


def take_away(work: Work, now: datetime, user: UserRecord) -> None:
    """Takes every second factor and recovery code of a user away, known devices too; every sign-in ends."""
    user.totp_sealed = user.totp_step = None
    passkeys.forget(work, user.id)
    accounts.replace_codes(work, user.id, ())
    accounts.forget_devices(work, user.id)
    users.end_sign_ins(work, now, user.id)


def let_go(work: Work, actor: Actor, user: UserRecord, *, is_last: bool) -> None:
    """Before one of the factors goes: with the last one the recovery codes go too, or NotAllowed is raised."""
    if not is_last:
        return
    if standing(work, actor).is_required:
        raise NotAllowed("Your clinic asks for a second factor. Set up another one before you take this one away.")
    accounts.replace_codes(work, user.id, ())


def renew_codes(work: Work, actor: Actor, now: datetime) -> list[str]:
    """New recovery codes, shown once; the old ones are void. Raises InvalidInput without a second factor."""
    user = users.known(work, actor.user_id)
    if not passkeys.has_factor(work, user):
        raise InvalidInput("There is no second factor yet. Set one up first; it comes with recovery codes.")
    audit.append(work, actor, now, "user.recovery_codes", "user", user.id)
    return new_codes(work, user.id)


def proven(work: Work, now: datetime, user: UserRecord, code: str) -> str | None:
    """How a code proves that it is the user: totp or recovery; None where it does not. Each code works once."""
    typed = "".join(each for each in code.lower() if each.isalnum())
    if typed.isdecimal() and len(typed) == 6 and user.totp_sealed is not None:
        step = _step_of(sealing.unseal(work, user.totp_sealed), typed, now, after=user.totp_step)
        if step is None:
            return None
        user.totp_step = step
        return "totp"
    return "recovery" if accounts.use_code(work, now, user.id, _hash(typed)) else None


def _step_of(secret: str, code: str, now: datetime, after: int | None) -> int | None:
    """The step of time whose code this is, within STEPS_ASIDE of now and later than `after`."""
    typed = code.replace(" ", "")
    current = int(now.timestamp()) // STEP_SECONDS
    app = pyotp.TOTP(secret)
    for step in range(current - STEPS_ASIDE, current + STEPS_ASIDE + 1):
        if (after is None or step > after) and secrets.compare_digest(app.generate_otp(step).encode(), typed.encode()):
            return step
    return None


def new_codes(work: Work, user_id: int) -> list[str]:
    """Recovery codes in place of the old ones, to be shown once."""
    codes = [b32encode(secrets.token_bytes(CODE_LENGTH)).decode().lower()[:CODE_LENGTH] for _ in range(CODES)]
    accounts.replace_codes(work, user_id, [_hash(each) for each in codes])
    return ["-".join(each[start : start + 4] for start in range(0, len(each), 4)) for each in codes]


def _hash(code: str) -> str:
    return sha256(code.encode()).hexdigest()
