"""ID tokens and keys that no provider would send: refused in a word, or they say all that they must."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from cast import NOW
from fuzzing import VALUE, WORD, cases
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import RSAKey

from coordinator.delivery.id_tokens import LEEWAY, BadToken, Expected, claims_of, keys_of

KEY = RSAKey.generate_key(2048, auto_kid=True)
PUBLIC = KEY.as_dict(private=False)
KEYS = keys_of([PUBLIC])
EXPECTED = Expected("https://id.example", "coordinator", "nonce of this sign-in", NOW)
SECONDS = int(NOW.timestamp())
SOUND: dict[str, Any] = {
    "iss": "https://id.example", "aud": "coordinator", "sub": "7", "iat": SECONDS, "exp": SECONDS + 300,
    "nonce": "nonce of this sign-in", "auth_time": SECONDS, "amr": ["pwd"], "azp": "coordinator",
}  # fmt: skip
# The library warns of a short key, which is then refused.
pytestmark = pytest.mark.filterwarnings("ignore:Key size should be:joserfc.errors.SecurityWarning")
NAMES = st.sampled_from([*SOUND, "nbf", "at_hash", "acr", "jti", "email"])
BENT = st.dictionaries(st.sampled_from([*PUBLIC, "use", "crv", "x"]), VALUE, max_size=3).map(PUBLIC.__or__)


def signed(claims: object, **header: Any) -> str:
    """A token of the right key, whatever it says."""
    kept = {"alg": "RS256", "kid": KEY.kid or ""} | header
    return jws.serialize_compact(kept, json.dumps(claims), KEY, ["RS256"])


def read(tokens: dict[str, Any]) -> None:
    """Reads it: refused, or right in every part that matters."""
    try:
        claims = claims_of(tokens, KEYS, EXPECTED, NOW)
    except BadToken as refused:
        assert len(str(refused)) < 100 and "nonce of" not in str(refused)
        return
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    assert claims["iss"] == EXPECTED.issuer and EXPECTED.client_id in audience
    assert claims["nonce"] == EXPECTED.nonce and claims["exp"] > SECONDS - LEEWAY - 1
    assert isinstance(claims["sub"], str) and claims["sub"]
    assert claims.get("auth_time") is None or claims["auth_time"] >= SECONDS - LEEWAY
    assert isinstance(claims.get("amr") or [], list)


def test_a_sound_token_is_believed() -> None:
    assert claims_of({"id_token": signed(SOUND)}, KEYS, EXPECTED, NOW)["sub"] == "7"


@cases(0.1)
@given(changes=st.dictionaries(NAMES, VALUE, max_size=3), drops=st.sets(NAMES, max_size=1))
def test_claims_that_were_bent(changes: dict[str, Any], drops: set[str]) -> None:
    read({"id_token": signed({name: each for name, each in (SOUND | changes).items() if name not in drops})})


@cases(0.05)
@given(claims=VALUE)
def test_claims_of_any_kind(claims: object) -> None:
    read({"id_token": signed(claims)})


@cases(0.1)
@given(data=st.data())
def test_tokens_that_were_cut_and_glued(data: st.DataObject) -> None:
    parts = signed(SOUND).split(".")
    parts[data.draw(st.integers(0, 2))] = data.draw(WORD)
    whole = ".".join(parts)
    read({"id_token": data.draw(st.sampled_from([whole, whole + "." + parts[0], whole[: len(whole) // 2]]))})


@cases(0.05)
@given(tokens=st.fixed_dictionaries({"id_token": VALUE}, optional={"access_token": VALUE}))
def test_answers_of_any_kind(tokens: dict[str, Any]) -> None:
    read(tokens)
    read(tokens | {"id_token": signed(SOUND | {"at_hash": "x"})})


@cases(0.04)
@given(keys=VALUE | st.lists(BENT, max_size=2))
def test_keys_that_were_bent(keys: object) -> None:
    try:
        found = keys_of(keys)
    except BadToken:
        return
    with suppress(BadToken):
        assert claims_of({"id_token": signed(SOUND)}, found, EXPECTED, NOW)["sub"] == "7"


def test_a_secret_a_key_for_encrypting_and_a_short_one_are_none_for_signing() -> None:
    short = RSAKey.generate_key(1024).as_dict(private=False)
    for key in ({"kty": "oct", "k": "c2VjcmV0"}, PUBLIC | {"use": "enc"}, short):
        with pytest.raises(BadToken, match="no key for signatures"):
            keys_of([key])
        assert [each.kid for each in keys_of([key, PUBLIC])] == [KEY.kid], "the others of the set count"
