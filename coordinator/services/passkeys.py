"""Passkeys (WebAuthn) as a second factor: a device signs a challenge for this site's name and no other.

What a page asks of the browser is made by `offer` and `question`; what comes back goes to `add` and `proven`. A
challenge lasts LASTS, and an answer works once: `add` keeps a credential once, `proven` takes no challenge from before
the passkey's last use.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json,
    parse_authentication_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from coordinator.domain.actor import Actor
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.services import second_factor
from coordinator.services.visit_cards import local
from coordinator.store import audit, passkeys, sealing, users
from coordinator.store.passkeys import PasskeyRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.users import UserRecord

LASTS = timedelta(minutes=5)
LONGEST_NAME = 60
LONGEST_ANSWER = 20_000
MOST = 20
UNREADABLE = (
    WebAuthnException, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, EOFError, RecursionError
)  # fmt: skip
"""What a stranger's bytes can bring out of the readers of JSON, CBOR and keys."""
NOT_MADE = "This device did not make a passkey that can be used here. Try again, or use another device."


@dataclass(frozen=True, slots=True)
class Site:
    """The site as passkeys know it: the name they belong to, and the origin that a browser must be on."""

    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a device is to sign, and when it was made; the page carries `options`, the JSON for the browser."""

    value: str
    made_at: datetime
    options: str = ""


@dataclass(frozen=True, slots=True)
class PasskeyView:
    """A passkey in the list; times are naive clinic time."""

    id: int
    name: str
    added: datetime
    used: datetime | None


def site_of(base_url: str) -> Site:
    """The site at that address. Passkeys need a name: this machine, by its number, goes by `localhost`."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    with suppress(ValueError):
        if ip_address(host).is_loopback:
            host = "localhost"
    return Site(host, f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else ""))


def listed(work: Work, actor: Actor, zone: ZoneInfo) -> list[PasskeyView]:
    """The actor's passkeys, the oldest first."""
    user = users.known(work, actor.user_id)
    return [
        PasskeyView(
            each.id, each.name, local(each.created_at, zone), local(each.used_at, zone) if each.used_at else None
        )
        for each in passkeys.of(work, user.id)
    ]


def offer(work: Work, actor: Actor, now: datetime, site: Site) -> Challenge:
    """What a browser is told to make a passkey of the actor's with."""
    user = users.known(work, actor.user_id)
    challenge = secrets.token_bytes(32)
    options = webauthn.generate_registration_options(
        rp_id=site.name,
        rp_name="Coordinator",
        user_name=user.email,
        user_display_name=user.name,
        user_id=sha256(sealing.mark(work, f"passkey {user.id}").encode()).digest(),
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_descriptors(passkeys.of(work, user.id)),
    )
    return Challenge(bytes_to_base64url(challenge), now, options_to_json(options))


def add(
    work: Work, actor: Actor, now: datetime, sign_in_id: int, site: Site, challenge: Challenge, name: str, answer: str
) -> list[str]:
    """Keeps the passkey that a device made; every other sign-in of the person ends.

    Gives recovery codes, shown once, where it is the first second factor. Raises InvalidInput for an answer that does
    not fit the challenge, and Conflict where there is such a passkey already or there are too many.
    """
    if now - challenge.made_at > LASTS or len(answer) > LONGEST_ANSWER:
        raise InvalidInput(NOT_MADE)
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge.value),
            expected_rp_id=site.name,
            expected_origin=site.origin,
        )
    except UNREADABLE as error:
        raise InvalidInput(NOT_MADE) from error
    user = users.known(work, actor.user_id)
    credential = bytes_to_base64url(made.credential_id)
    if passkeys.by_credential(work, credential) is not None:
        raise Conflict("This passkey is kept already. Use another device, or go on with this one.")
    if len(passkeys.of(work, user.id)) >= MOST:
        raise Conflict(f"You have {MOST} passkeys. Remove one first.")
    is_first = not passkeys.has_factor(work, user)
    kept = PasskeyRecord(
        user_id=user.id, credential=credential, public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count, name=name.strip()[:LONGEST_NAME] or "Passkey", created_at=now,
    )  # fmt: skip
    work.session.add(kept)
    work.session.flush()
    users.end_sign_ins(work, now, user.id, but=sign_in_id)
    audit.append(work, actor, now, "user.passkey_add", "user", user.id, {"passkey": kept.id})
    return second_factor.new_codes(work, user.id) if is_first else []


def remove(work: Work, actor: Actor, now: datetime, sign_in_id: int, passkey_id: int) -> None:
    """Takes a passkey of the actor's away; every other sign-in ends.

    Raises NotFound, and NotAllowed where it is the last second factor and the clinic asks for one.
    """
    user = users.known(work, actor.user_id)
    found = passkeys.get(work, user.id, passkey_id)
    if found is None:
        raise NotFound("There is no such passkey.")
    second_factor.let_go(work, actor, user, is_last=user.totp_sealed is None and len(passkeys.of(work, user.id)) == 1)
    work.session.delete(found)
    users.end_sign_ins(work, now, user.id, but=sign_in_id)
    audit.append(work, actor, now, "user.passkey_remove", "user", user.id, {"passkey": passkey_id})


def question(work: Work, now: datetime, user_id: int, site: Site) -> Challenge | None:
    """What a browser is told to sign with one of the user's passkeys; None for a user who has none."""
    known = passkeys.of(work, user_id)
    if not known:
        return None
    challenge = secrets.token_bytes(32)
    options = webauthn.generate_authentication_options(
        rp_id=site.name, challenge=challenge, allow_credentials=_descriptors(known)
    )
    return Challenge(bytes_to_base64url(challenge), now, options_to_json(options))


def proven(work: Work, now: datetime, user: UserRecord, site: Site, challenge: Challenge, answer: str) -> bool:
    """Whether the answer is signed by one of the user's passkeys, for this challenge and site, for the first time."""
    if now - challenge.made_at > LASTS or len(answer) > LONGEST_ANSWER:
        return False
    try:
        credential = parse_authentication_credential_json(answer)
        known = passkeys.by_credential(work, bytes_to_base64url(credential.raw_id))
        if known is None or known.user_id != user.id or (known.used_at and known.used_at >= challenge.made_at):
            return False
        signed = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge.value),
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(known.public_key),
            credential_current_sign_count=known.sign_count,
        )
    except UNREADABLE:
        return False
    known.sign_count, known.used_at = signed.new_sign_count, now
    return True


def _descriptors(known: list[PasskeyRecord]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential)) for each in known]
