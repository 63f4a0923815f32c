"""Signing in by OpenID Connect, against a real provider in a process of its own that can lie in every part."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cast import NOW
from identity_provider import CLIENT, CLIENT_SECRET, Running

from coordinator.delivery.provider import PROMPTS, Asked, Identity, Provider, ProviderTrouble

SITE = "https://plan.example.org"


@pytest.fixture
def there(provider_process: Running) -> Running:
    provider_process.reset(NOW)
    return provider_process


@pytest.fixture
def provider(there: Running) -> Provider:
    return Provider(there.issuer, CLIENT, CLIENT_SECRET, "Harbor ID", SITE)


def came_back(there: Running, url: str, email: str = "ada@example.org", **how: bool) -> dict[str, str]:
    """What the browser brings back once the person has signed in at the provider's page."""
    target = there.sign_in(url, email, **how)
    assert target.startswith(f"{SITE}/sign-in/provider/return?")
    return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}


def refused(provider: Provider, asked: Asked, came: dict[str, str]) -> str:
    """The reason for refusing what came back; the sentence holds nothing of it."""
    with pytest.raises(ProviderTrouble) as trouble:
        provider.identify(NOW, asked, came)
    assert "Harbor ID" in str(trouble.value) and trouble.value.reason not in str(trouble.value)
    return trouble.value.reason


def test_who_signs_in_there_is_known_here(provider: Provider, there: Running) -> None:
    asked, url = provider.ask(NOW)
    question = parse_qs(urlsplit(url).query)
    assert question["code_challenge_method"] == ["S256"] and question["prompt"] == ["login"]
    assert question["max_age"] == ["0"]
    assert question["scope"] == ["openid email"] and asked.verifier not in url
    came = came_back(there, url, "Ada@Example.org")
    found = provider.identify(NOW, asked, came)
    assert found == Identity(there.issuer, "id of Ada@Example.org", "ada@example.org", False)
    assert refused(provider, asked, came) == "code", "a code works once"


def test_a_provider_that_knows_no_asking_anew_is_asked_for_the_account(
    provider: Provider, there: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert PROMPTS["https://accounts.google.com"] == "select_account"
    monkeypatch.setitem(PROMPTS, there.issuer, "select_account")
    asked, url = provider.ask(NOW)
    assert parse_qs(urlsplit(url).query)["prompt"] == ["select_account"]
    assert provider.identify(NOW, asked, came_back(there, url)).email == "ada@example.org"


def test_what_the_provider_says_about_itself_is_asked_for_once_an_hour(provider: Provider, there: Running) -> None:
    for at in (NOW, NOW + timedelta(minutes=59), NOW + timedelta(hours=1)):
        provider.ask(at)
    assert there.asked() == ["/.well-known/openid-configuration", "/keys"] * 2


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://evil.example"}, "InvalidClaimError iss"),
        ({"aud": "another-site"}, "InvalidClaimError aud"),
        ({"aud": ["another-site", "third"]}, "InvalidClaimError aud"),
        ({"aud": [CLIENT, "another-site"]}, "MissingClaimError azp"),
        ({"aud": [CLIENT, "another-site"], "azp": "another-site"}, "InvalidClaimError azp"),
        ({"aud": None}, "MissingClaimError aud"),
        ({"exp": int(NOW.timestamp()) - 61}, "ExpiredTokenError exp"),
        ({"exp": "soon"}, "InvalidClaimError exp"),
        ({"exp": None}, "MissingClaimError exp"),
        ({"iat": int(NOW.timestamp()) + 61}, "InvalidClaimError iat"),
        ({"nbf": int(NOW.timestamp()) + 61}, "InvalidClaimError nbf"),
        ({"nonce": "of another sign-in"}, "InvalidClaimError nonce"),
        ({"nonce": None}, "MissingClaimError nonce"),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "InvalidClaimError at_hash"),
        ({"sub": None}, "MissingClaimError sub"),
        ({"sub": ""}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({"sub": 7}, "InvalidClaimError sub"),
        ({"auth_time": int(NOW.timestamp()) - 3600}, "auth_time"),
        ({"amr": "mfa"}, "InvalidClaimError amr"),
    ],
)
def test_a_token_that_says_the_wrong_thing_proves_nothing(
    provider: Provider, there: Running, claims: dict[str, Any], reason: str
) -> None:
    there.behave(claims=claims)
    asked, url = provider.ask(NOW)
    assert refused(provider, asked, came_back(there, url)) == f"ID token: {reason}"


@pytest.mark.parametrize("signs", ["none", "secret", "stranger"])
def test_a_token_that_the_providers_key_has_not_signed_proves_nothing(
    provider: Provider, there: Running, signs: str
) -> None:
    there.behave(signs=signs)
    asked, url = provider.ask(NOW)
    assert refused(provider, asked, came_back(there, url)).startswith("ID token: ")


def test_a_state_that_is_not_ours_is_refused_before_the_provider_is_asked(provider: Provider, there: Running) -> None:
    asked, url = provider.ask(NOW)
    came = came_back(there, url)
    before = there.asked()
    for forged in ({"state": "forged"}, {"state": ""}, {"state": asked.state + "x"}):
        assert refused(provider, asked, came | forged) == "state"
    assert refused(provider, asked, {"code": came["code"]}) == "state"
    assert there.asked() == before
    assert provider.identify(NOW, asked, came).email == "ada@example.org"


def test_a_code_without_its_verifier_or_of_another_sign_in_opens_nothing(provider: Provider, there: Running) -> None:
    asked, url = provider.ask(NOW)
    came = came_back(there, url)
    stolen = Asked(asked.state, asked.nonce, "v" * 64, asked.at)
    assert refused(provider, stolen, came) == "code"
    mine, my_url = provider.ask(NOW)
    injected = came_back(there, my_url) | {"state": asked.state}
    assert refused(provider, asked, injected) == "code"
    assert refused(provider, mine, {"state": mine.state, "code": "\x7f é"}) == "code"


def test_an_answer_that_another_provider_slipped_in_is_refused(provider: Provider, there: Running) -> None:
    asked, url = provider.ask(NOW)
    came = came_back(there, url)
    assert refused(provider, asked, came | {"iss": "https://evil.example"}) == "iss of the answer"
    there.behave(metadata={"authorization_response_iss_parameter_supported": True})
    strict = Provider(there.issuer, CLIENT, CLIENT_SECRET, "Harbor ID", SITE)
    asked, url = strict.ask(NOW)
    came = came_back(there, url)
    assert refused(strict, asked, came) == "iss of the answer"
    assert strict.identify(NOW, asked, came | {"iss": there.issuer}).subject == "id of ada@example.org"


def test_who_says_no_there_is_told_so(provider: Provider, there: Running) -> None:
    asked, url = provider.ask(NOW)
    came = came_back(there, url, refuses=True)
    assert came["error"] == "access_denied"
    assert refused(provider, asked, came) == "refused"


@pytest.mark.parametrize(
    ("person", "email"),
    [
        ({"email_verified": False}, ""),
        ({"email_verified": "true"}, ""),
        ({"email_verified": None}, ""),
        ({"email": None}, ""),
        ({"email": ["ada@example.org"]}, ""),
        ({"email": " ADA@example.org "}, "ada@example.org"),
    ],
)
def test_an_address_counts_only_where_it_is_verified(
    provider: Provider, there: Running, person: dict[str, Any], email: str
) -> None:
    there.behave(person=person)
    asked, url = provider.ask(NOW)
    assert provider.identify(NOW, asked, came_back(there, url)).email == email


def test_an_address_that_is_told_only_to_who_asks_is_asked_for(provider: Provider, there: Running) -> None:
    there.behave(thin=True)
    asked, url = provider.ask(NOW)
    assert provider.identify(NOW, asked, came_back(there, url)).email == "ada@example.org"
    there.behave(userinfo={"sub": "somebody else"})
    asked, url = provider.ask(NOW)
    assert refused(provider, asked, came_back(there, url)) == "sub of the userinfo"


@pytest.mark.parametrize(("amr", "is_multi"), [(["pwd", "mfa"], True), (["pwd"], False), ([], False), (None, False)])
def test_more_than_one_proof_is_what_the_provider_calls_so(
    provider: Provider, there: Running, amr: list[str] | None, is_multi: bool
) -> None:
    there.behave(claims={"amr": amr})
    asked, url = provider.ask(NOW)
    assert provider.identify(NOW, asked, came_back(there, url)).is_multi_factor is is_multi


def test_a_new_key_of_the_provider_is_fetched_when_it_signs_with_it(provider: Provider, there: Running) -> None:
    asked, url = provider.ask(NOW)
    there.rotate()
    assert provider.identify(NOW + timedelta(seconds=1), asked, came_back(there, url)).email == "ada@example.org"


def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(provider: Provider, there: Running) -> None:
    there.behave(metadata={"token_endpoint_auth_methods_supported": ["client_secret_post"]})
    asked, url = provider.ask(NOW)
    assert provider.identify(NOW, asked, came_back(there, url)).email == "ada@example.org"


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"issuer": "https://evil.example"}, "names itself “https://evil.example”"),
        ({"token_endpoint": "http://evil.example/token"}, "token_endpoint does not start with https://"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri does not start with https://"),
        ({"authorization_endpoint": None}, "authorization_endpoint does not start"),
    ],
)
def test_a_provider_that_says_odd_things_about_itself_is_not_used(
    provider: Provider, there: Running, metadata: dict[str, Any], reason: str
) -> None:
    there.behave(metadata=metadata)
    with pytest.raises(ProviderTrouble) as trouble:
        provider.ask(NOW)
    assert reason in trouble.value.reason
    assert reason in provider.try_out(NOW)


def test_a_provider_that_is_down_is_said_to_be_so_and_is_used_again_when_it_is_back(
    provider: Provider, there: Running
) -> None:
    there.behave(status=503)
    with pytest.raises(ProviderTrouble, match="Harbor ID does not answer as it should"):
        provider.ask(NOW)
    there.behave(status=200)
    asked, url = provider.ask(NOW)
    came = came_back(there, url)
    there.behave(status=500)
    assert refused(provider, asked, came) == "It cannot be reached (HTTPError)."
    there.behave(status=302)
    assert refused(provider, asked, came) == "code"
    there.behave(status=200)
    assert provider.identify(NOW, asked, came).email == "ada@example.org"
    nobody = Provider("http://127.0.0.1:1", CLIENT, CLIENT_SECRET, "Harbor ID", SITE)
    assert nobody.try_out(NOW) == "It cannot be reached (ConnectionError)."


def test_a_slow_provider_holds_two_requests_and_no_more(provider: Provider, there: Running) -> None:
    there.behave(slow=1.2)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(provider.ask, NOW) for _ in range(2)]
        while len(there.asked()) < 2:
            pass
        with pytest.raises(ProviderTrouble) as trouble:
            provider.ask(NOW)
        assert trouble.value.reason == "It is slow, and others wait already."
        assert all(each.result()[1].startswith(there.issuer) for each in waiting)
    there.behave(slow=0)
    assert provider.ask(NOW)[1].startswith(there.issuer)


def test_a_wrong_secret_is_refused_by_the_provider(there: Running) -> None:
    other = Provider(there.issuer, CLIENT, "not the secret", "Harbor ID", SITE)
    asked, url = other.ask(NOW)
    assert refused(other, asked, came_back(there, url)) == "code"
