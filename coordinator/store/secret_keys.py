"""What is made of the secret key, and of those before it: one derived key for each use."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest


@dataclass(frozen=True, slots=True)
class Derived:
    """`audit` seals the audit chain, `seal` what is kept encrypted (32 bytes each).

    `name` says which secret key it was, and nothing of it.
    """

    name: str
    audit: bytes = field(repr=False)
    seal: bytes = field(repr=False)


def derived(secret_key: str) -> Derived:
    """The keys made of a secret key; they lead back neither to it nor to each other."""
    secret = secret_key.encode()
    return Derived(
        digest(secret, b"coordinator name", sha256).hex()[:8],
        digest(secret, b"coordinator audit chain", sha256),
        digest(secret, b"coordinator sealed fields", sha256),
    )
