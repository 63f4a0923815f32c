"""A security key in software for tests: makes passkeys and signs with them, as honestly as a test wants."""

from __future__ import annotations

import json
import secrets
import struct
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


def text(raw: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


class Authenticator:
    """One passkey. `origin` is where the browser says it is, `counter` how often it says that it has signed."""

    def __init__(self, origin: str = "http://localhost:5000", name: str = "localhost") -> None:
        self.origin, self.name = origin, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential = secrets.token_bytes(32)
        self.counter = 0

    def make(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.create`."""
        numbers = self.key.public_key().public_numbers()
        x, y = (each.to_bytes(32, "big") for each in (numbers.x, numbers.y))
        key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        attested = bytes(16) + struct.pack(">H", len(self.credential)) + self.credential + key
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(WITH_KEY) + attested}
        said = self._said("webauthn.create", options)
        return self._answer(clientDataJSON=said, attestationObject=cbor2.dumps(attestation))

    def sign(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.get`."""
        self.counter += 1
        data, said = self._data(), self._said("webauthn.get", options)
        signature = self.key.sign(data + sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=said, authenticatorData=data, signature=signature)

    def _data(self, flags: int = 0) -> bytes:
        return sha256(self.name.encode()).digest() + struct.pack(">BI", PRESENT | VERIFIED | flags, self.counter)

    def _said(self, what: str, options: dict[str, Any]) -> bytes:
        said = {"type": what, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _answer(self, **response: bytes) -> str:
        credential = text(self.credential)
        inside = {name: text(raw) for name, raw in response.items()}
        answer = {"id": credential, "rawId": credential, "type": "public-key", "response": inside}
        return json.dumps(answer | {"clientExtensionResults": {}})
