"""Sealing: what must be read again but must not lie open in the database, under a key made from the secret key."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import digest

from cryptography.fernet import Fernet, InvalidToken

from coordinator.store.unit_of_work import Work


class Unsealable(Exception):
    """The text was sealed under another secret key, or was changed."""


def seal(work: Work, text: str) -> str:
    """The text, encrypted and authenticated (AES-128-CBC with HMAC-SHA-256)."""
    return _box(work).encrypt(text.encode()).decode()


def unseal(work: Work, sealed: str) -> str:
    """The text again; raises Unsealable."""
    try:
        return _box(work).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unsealable("It was sealed under another secret key.") from error


def mark(work: Work, text: str) -> str:
    """A secret that goes with the text and that nobody can guess without the key: 43 letters and digits."""
    return urlsafe_b64encode(digest(work.seal_key, b"mark:" + text.encode(), sha256)).decode().rstrip("=")


def _box(work: Work) -> Fernet:
    return Fernet(urlsafe_b64encode(work.seal_key))
