"""How to reach patients and those around them is kept encrypted, under keys that lie apart from the database.

The key in use is the first line of a file; where there is no file, one made from the secret key. All others still read,
so that an old backup can be restored. The types at the end do this wherever a column has them.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from hmac import digest
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, Engine, String
from sqlalchemy.types import TypeDecorator

from coordinator.domain.errors import DomainError
from coordinator.store import private_files

_NONCE = 12
_PREFIX = "s1"


class Unreadable(DomainError):
    """The text was sealed under a key that is not at hand, or was changed."""


@dataclass(frozen=True)
class Key:
    """32 bytes, and what is made of them."""

    secret: bytes

    @cached_property
    def name(self) -> str:
        """Says which key it is, and nothing of it."""
        return digest(self.secret, b"name", sha256).hex()[:8]

    @cached_property
    def box(self) -> AESGCM:
        """AES-256-GCM: encrypts, and shows any change."""
        return AESGCM(digest(self.secret, b"box", sha256))

    def mark(self, text: str) -> str:
        """The same for the same text, capitals aside, and nothing that leads back to it: a blind index."""
        return urlsafe_b64encode(digest(self.secret, b"mark:" + text.strip().lower().encode(), sha256)).decode()


class KeyRing:
    """The keys, the newest first. A file that another process has added to is read again at once."""

    def __init__(self, secret_keys: Sequence[str], file: Path | None) -> None:
        self._last = tuple(Key(digest(each.encode(), b"coordinator contact fields", sha256)) for each in secret_keys)
        self._file = file
        self._seen: tuple[int, int] | None = None
        self._keys: tuple[Key, ...] = self._last

    def keys(self) -> tuple[Key, ...]:
        """Every key at hand."""
        stamp = self._stamp()
        if stamp != self._seen:
            lines = self._file.read_text().split() if self._file and stamp else []
            self._keys = (*(Key(_decoded(line)) for line in lines), *self._last)
            self._seen = stamp
        return self._keys

    def add(self) -> None:
        """Puts a new key before all others; the file is there whole or as it was."""
        if self._file is None:
            raise ValueError("this ring has no file")
        before = self._file.read_text() if self._file.exists() else ""
        private_files.replace(self._file, f"{urlsafe_b64encode(secrets.token_bytes(32)).decode()}\n{before}")

    def seal(self, text: str) -> str:
        """The text under the newest key, with the key's name before it. No text stays none."""
        if not text:
            return ""
        key, nonce = self.keys()[0], secrets.token_bytes(_NONCE)
        sealed = urlsafe_b64encode(nonce + key.box.encrypt(nonce, text.encode(), None)).decode()
        return f"{_PREFIX}.{key.name}.{sealed}"

    def marks(self, text: str) -> list[str]:
        """The text's mark under every key: an old backup, just restored, was marked by an old one."""
        return [key.mark(text) for key in self.keys()]

    def unseal(self, sealed: str) -> str:
        """The text again; raises Unreadable."""
        if not sealed:
            return ""
        prefix, _, rest = sealed.partition(".")
        name, _, body = rest.partition(".")
        key = next((each for each in self.keys() if each.name == name), None)
        if prefix != _PREFIX or key is None:
            raise Unreadable(
                "How to reach somebody is sealed under a key that is not here. Put the file contact-keys, or the "
                "secret key, back as it was when this was written; coordinator doctor says whether it fits."
            )
        try:
            both = urlsafe_b64decode(body)
            return key.box.decrypt(both[:_NONCE], both[_NONCE:], None).decode()
        except (InvalidTag, BadBase64) as error:
            raise Unreadable("How to reach somebody was changed in the database. Restore a backup.") from error

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self._file.stat() if self._file else None
        except FileNotFoundError:
            return None
        return (found.st_mtime_ns, found.st_ino) if found else None


def _decoded(line: str) -> bytes:
    try:
        secret = urlsafe_b64decode(line)
    except BadBase64:
        secret = b""
    if len(secret) != 32:
        raise Unreadable("A line of the file contact-keys is no key. Put the file back as it was.")
    return secret


def give(engine: Engine, ring: KeyRing) -> None:
    """Lets the columns of this engine's database use the ring."""
    vars(engine.dialect)["contact_keys"] = ring


def ring_of(dialect: Dialect) -> KeyRing:
    """The ring that was given to the engine."""
    ring: KeyRing = vars(dialect)["contact_keys"]
    return ring


class SealedText(TypeDecorator[str]):
    """Text that is encrypted in the database. It can be compared with nothing but the empty text."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else ring_of(dialect).seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else ring_of(dialect).unseal(value)


class MarkedText(TypeDecorator[str]):
    """The blind index of a sealed text: takes the text, keeps and gives its mark."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return ring_of(dialect).keys()[0].mark(value) if value else value
