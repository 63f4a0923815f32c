"""ID tokens of OpenID Connect: what a provider says of somebody, believed only where everything about it is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet, RSAKey
from joserfc.jws import JWSRegistry

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
"""Signed by a key that the provider alone has: no `none`, and no HMAC under a secret that others know."""
LEEWAY = 60
"""Seconds that the provider's clock may differ."""
LONGEST_SUBJECT = 255
LEAST_BITS, MOST_BITS = 2048, 8192
"""Of an RSA key: less can be broken, more takes long."""
UNREADABLE = (JoseError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What a wrong answer can bring out of the readers of JSON, tokens and keys."""


class BadToken(Exception):
    """The token proves nothing; the text is a word or two about why, and holds nothing of the token."""


class UnknownKey(BadToken):
    """No key at hand has signed it: the provider may sign with a new one by now."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say: who gives it, to whom, for which sign-in, and not from before it was asked for."""

    issuer: str
    client_id: str
    nonce: str
    asked_at: datetime


def keys_of(found: object) -> KeySet:
    """The keys for signatures of a JWK set; raises BadToken where there is none."""
    read = [_key(each) for each in found] if isinstance(found, list) else []
    kept: list[Key] = [each for each in read if each is not None]
    if not kept:
        raise BadToken("no key for signatures")
    return KeySet(kept)


def claims_of(tokens: Mapping[str, Any], keys: KeySet, expected: Expected, now: datetime) -> dict[str, Any]:
    """What the ID token among the provider's tokens says; raises BadToken."""
    try:
        token = jwt.decode(
            tokens["id_token"], keys, registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        )
    except JoseError as error:
        raise UnknownKey(type(error).__name__) from error
    except UNREADABLE as error:
        raise BadToken(type(error).__name__) from error
    try:
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": expected.issuer},
                "aud": {"essential": True, "value": expected.client_id},
            },
            {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": tokens.get("access_token")},
        )
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
        _check_more(claims, expected, now)
    except ClaimError as error:
        raise BadToken(f"{type(error).__name__} {error.claim}") from error
    except UNREADABLE as error:
        raise BadToken(type(error).__name__) from error
    return dict(claims)


def _check_more(claims: Mapping[str, Any], expected: Expected, now: datetime) -> None:
    """What Authlib leaves open: a subject that is a name, a proof that is not older than the question, and NaN."""
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise BadToken("sub")
    proven = claims.get("auth_time")
    if proven is not None and not proven >= expected.asked_at.timestamp() - LEEWAY:
        raise BadToken("auth_time")
    if not claims["exp"] > now.timestamp() - LEEWAY - 1:
        raise BadToken("exp")


def _key(found: object) -> Key | None:
    """The key, where it is one for signatures that is strong enough; a set may hold others."""
    if not isinstance(found, dict) or found.get("kty") not in ("RSA", "EC", "OKP") or found.get("use", "sig") != "sig":
        return None
    try:
        key = JWKRegistry.import_key(found)
        if isinstance(key, RSAKey) and not LEAST_BITS <= key.raw_value.key_size <= MOST_BITS:
            return None
        key.ensure_kid()
    except UNREADABLE:
        return None
    return key
