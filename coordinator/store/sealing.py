"""Sealing: what must be read again but must not lie open in the database, under a key made from the secret key."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from hashlib import sha256
from hmac import digest

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from coordinator.store.unit_of_work import Work

_NONCE = 12
_PREFIX = "g1."
"""Before what was sealed by AES-256-GCM; what has none is older (Fernet) and still read."""


class Unsealable(Exception):
    """The text was sealed under another secret key, or was changed."""


def seal(work: Work, text: str) -> str:
    """The text, encrypted so that any change shows (AES-256-GCM)."""
    nonce = secrets.token_bytes(_NONCE)
    return _PREFIX + urlsafe_b64encode(nonce + _box(work).encrypt(nonce, text.encode(), None)).decode()


def unseal(work: Work, sealed: str) -> str:
    """The text again; raises Unsealable."""
    try:
        if not sealed.startswith(_PREFIX):
            return Fernet(urlsafe_b64encode(work.seal_key)).decrypt(sealed.encode()).decode()
        both = urlsafe_b64decode(sealed.removeprefix(_PREFIX))
        return _box(work).decrypt(both[:_NONCE], both[_NONCE:], None).decode()
    except (InvalidToken, InvalidTag, BadBase64, ValueError) as error:
        raise Unsealable("It was sealed under another secret key.") from error


def mark(work: Work, text: str) -> str:
    """A secret that goes with the text and that nobody can guess without the key: 43 letters and digits."""
    return urlsafe_b64encode(digest(work.seal_key, b"mark:" + text.encode(), sha256)).decode().rstrip("=")


def _box(work: Work) -> AESGCM:
    return AESGCM(digest(work.seal_key, b"box", sha256))
