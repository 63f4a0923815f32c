"""Passwords: argon2id, and what a password must be."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from coordinator.domain.errors import InvalidInput

LEAST_CHARACTERS = 10
MOST_CHARACTERS = 1000
"""Longer ones are refused before they are hashed, which would take the server's time."""


def hashed(password: str) -> str:
    """The argon2id hash to keep; raises InvalidInput for a password that is too short, too long or one character."""
    if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS or len(set(password)) < 4:
        raise InvalidInput(
            f"The password is too easy to guess. Use at least {LEAST_CHARACTERS} characters, not a few repeated.",
            field="password",
        )
    return _hasher().hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed. None takes as long as a hash that does not match."""
    if len(password) > MOST_CHARACTERS:
        return False
    try:
        return _hasher().verify(password_hash or _nobodys_hash(), password) and password_hash is not None
    except (Argon2Error, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher().hash("nobody signs in with this")
