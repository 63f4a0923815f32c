"""Passwords: argon2id, and what a password must be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from zxcvbn import zxcvbn

from coordinator.domain.errors import InvalidInput

LEAST_CHARACTERS = 15
LEAST_WITH_SECOND_FACTOR = 8
MOST_CHARACTERS = 1000
"""Longer ones are refused before they are hashed, which would take the server's time."""

LEAST_SCORE = 3
"""Of zxcvbn's 0 to 4: at least 10^8 guesses, whoever knows the commonest words, names, dates and keyboard runs."""

TOO_CLOSE = frozenset(
    {
        "coordinator",
        "clinic",
        "ketamine",
        "esketamine",
        "therapy",
        "therapist",
        "patient",
        "dosing",
        "session",
        "psychotherapy",
    }
    | {"nutrition", "integration", "administrator", "password"}
)
"""Words of the program and its trade: an attacker's first guesses, beside those about the person."""

SCORED_CHARACTERS = 72
"""Scoring takes longer than linearly; a password that is good so far is good."""


def hashed(password: str, *, least: int = LEAST_CHARACTERS, about: Iterable[str] = ()) -> str:
    """The argon2id hash to keep; raises InvalidInput for a password that is too short, too long or easy to guess.

    Length counts and not what it is made of (NIST SP 800-63B, ASVS 5.0 6.2). `about` are words that an attacker would
    try first: the person's name, address and clinic.
    """
    if not least <= len(password) <= MOST_CHARACTERS:
        raise InvalidInput(
            f"The password has {len(password)} characters. Use at least {least}: several words are easy to remember.",
            field="password",
        )
    words = [part for text in about for part in re.split(r"[\W_]+", text.lower()) if len(part) > 2]
    words += sorted(TOO_CLOSE)
    score = zxcvbn(password[:SCORED_CHARACTERS], user_inputs=words)["score"]
    if score < LEAST_SCORE or len(_without(password, words)) < LEAST_WITH_SECOND_FACTOR:
        raise InvalidInput(
            "The password is too easy to guess: it is made of common words, names, dates or runs of keys."
            " Use several words that do not belong together.",
            field="password",
        )
    return _hasher().hash(password)


def _without(password: str, words: Iterable[str]) -> str:
    """What is left of the password when words that everybody knows of the person are taken out."""
    rest = password.lower()
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return "".join(each for each in rest if each.isalnum())


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed.

    None and empty (nobody, and somebody who has not chosen one) take as long as a hash that does not match.
    """
    if len(password) > MOST_CHARACTERS:
        return False
    try:
        return _hasher().verify(password_hash or _nobodys_hash(), password) and bool(password_hash)
    except (Argon2Error, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher().hash("nobody signs in with this")
