"""Sealing: what must be read again but must not lie open in the database, under a key made from the secret key.

Old secret keys still read what was sealed under them.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from hashlib import sha256
from hmac import digest

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from coordinator.store.secret_keys import Derived
from coordinator.store.unit_of_work import Work

_NONCE = 12
_PREFIX = "g1."
"""Before what was sealed by AES-256-GCM; what has none is older (Fernet) and still read."""


class Unsealable(Exception):
    """The text was sealed under another secret key, or was changed."""


def seal(work: Work, text: str) -> str:
    """The text, encrypted so that any change shows (AES-256-GCM)."""
    nonce = secrets.token_bytes(_NONCE)
    return _PREFIX + urlsafe_b64encode(nonce + _box(work.keys[0]).encrypt(nonce, text.encode(), None)).decode()


def unseal(work: Work, sealed: str) -> str:
    """The text again; raises Unsealable."""
    for key in work.keys:
        try:
            return _unsealed(key, sealed)
        except (InvalidToken, InvalidTag, BadBase64, ValueError):
            continue
    raise Unsealable("It was sealed under another secret key, or was changed.")


def mark(work: Work, text: str) -> str:
    """A secret that goes with the text and that nobody can guess without the key: 43 letters and digits."""
    return marks(work, text)[0]


def marks(work: Work, text: str) -> list[str]:
    """The text's mark under every secret key at hand, the newest first."""
    return [
        urlsafe_b64encode(digest(key.seal, b"mark:" + text.encode(), sha256)).decode().rstrip("=") for key in work.keys
    ]


def _unsealed(key: Derived, sealed: str) -> str:
    if not sealed.startswith(_PREFIX):
        return Fernet(urlsafe_b64encode(key.seal)).decrypt(sealed.encode()).decode()
    both = urlsafe_b64decode(sealed.removeprefix(_PREFIX))
    return _box(key).decrypt(both[:_NONCE], both[_NONCE:], None).decode()


def _box(key: Derived) -> AESGCM:
    return AESGCM(digest(key.seal, b"box", sha256))
