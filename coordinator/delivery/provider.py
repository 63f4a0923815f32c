"""The provider of identities: signing in by OpenID Connect (code flow with PKCE), seen from this side.

Whatever goes wrong becomes ProviderTrouble: one sentence for the person, and a reason for who runs the site.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc.jwk import KeySet
from requests import RequestException

from coordinator.delivery.id_tokens import UNREADABLE, BadToken, Expected, UnknownKey, claims_of, keys_of
from coordinator.domain.errors import Unavailable

RETURN = "/sign-in/provider/return"
"""Where the provider sends people back to."""
SCOPE = "openid email"
PROMPT, PROMPTS = "login", {"https://accounts.google.com": "select_account"}
"""What makes a provider ask anew; the second for those that do not support the first."""
SECONDS = (3.05, 5)
"""To be reached, and to answer."""
LONGEST = 10
"""Seconds for one answer, however it trickles."""
MOST_OCTETS = 500_000
AT_ONCE = 2
"""How many requests of this process may wait for the provider, so that a slow one leaves room for everybody else."""
PATIENCE = 0.5
"""Seconds that a request waits for its turn."""
REMEMBERED = timedelta(hours=1)
SHOWN = ("client_secret_basic", "client_secret_post")
"""How this site can show its secret, the better way first."""
MULTI_FACTOR = "mfa"
"""In `amr` (RFC 8176): the provider has asked for more than one proof."""


class ProviderTrouble(Unavailable):
    """The provider does not answer, or not with what proves who somebody is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sign-in was begun with, kept by the browser that began it. `verifier` is PKCE's secret."""

    state: str
    nonce: str
    verifier: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says somebody is. `email` is empty unless the provider has verified it.

    `is_multi_factor`: it has asked for more than one proof.
    """

    issuer: str
    subject: str
    email: str
    is_multi_factor: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """What the provider says about itself, and the keys that it signs with."""

    metadata: Mapping[str, Any]
    keys: KeySet
    at: datetime


class Provider:
    """A provider, and how it knows this site. One for each process; threads may share it."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, name: str, base_url: str) -> None:
        self.issuer, self.name = issuer, name
        self._client_id, self._client_secret = client_id, client_secret
        self.return_url = base_url + RETURN
        self._known: _Known | None = None
        self._turns = BoundedSemaphore(AT_ONCE)

    def ask(self, now: datetime) -> tuple[Asked, str]:
        """A new sign-in, and the provider's page that it goes on at; raises ProviderTrouble.

        The person is to prove anew who they are: at a desk that several people share, the provider would otherwise let
        in whoever comes next with one click. Asking for an age of 0 makes it say when it did, which is then checked.
        """
        asked = Asked(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), now)
        with self._session() as session:
            page = self._about(session, now).metadata["authorization_endpoint"]
            url, _ = session.create_authorization_url(
                page, state=asked.state, nonce=asked.nonce, code_verifier=asked.verifier,
                prompt=PROMPTS.get(self.issuer, PROMPT), max_age="0",
            )  # fmt: skip
        return asked, str(url)

    def identify(self, now: datetime, asked: Asked, came: Mapping[str, str]) -> Identity:
        """Who has come back, by the parameters that the browser brought; raises ProviderTrouble."""
        self._check_return(asked, came)
        with self._session() as session:
            known = self._about(session, now)
            self._check_sender(known.metadata, came)
            tokens = self._redeem(session, known.metadata, asked, came.get("code", ""))
            claims = self._claims(session, known, now, asked, tokens)
            about = self._about_person(session, known.metadata, claims, tokens)
        email = about.get("email") if about.get("email_verified") is True else None
        return Identity(
            self.issuer,
            claims["sub"],
            email.strip().lower() if isinstance(email, str) else "",
            MULTI_FACTOR in (claims.get("amr") or ()),
        )

    def try_out(self, now: datetime) -> str:
        """What keeps the provider from being used, for who runs the site; empty where nothing does."""
        try:
            with self._session() as session:
                self._read(session, now)
        except ProviderTrouble as trouble:
            return trouble.reason
        return ""

    def _check_return(self, asked: Asked, came: Mapping[str, str]) -> None:
        if not secrets.compare_digest(came.get("state", "").encode(), asked.state.encode()):
            raise self._mismatch("state")
        if "error" in came:
            said = f"{self.name} did not let you in, or you chose not to go on."
            raise ProviderTrouble(f"{said} Try again, or sign in with your password.", "refused")

    def _check_sender(self, metadata: Mapping[str, Any], came: Mapping[str, str]) -> None:
        """RFC 9207: an answer that another provider has slipped in names another issuer."""
        must = metadata.get("authorization_response_iss_parameter_supported") is True
        if came.get("iss", "" if must else self.issuer) != self.issuer:
            raise self._mismatch("iss of the answer")

    def _about(self, session: OAuth2Session, now: datetime) -> _Known:
        known = self._known
        if known is None or not known.at <= now < known.at + REMEMBERED:
            known = self._known = self._read(session, now)
        return known

    def _read(self, session: OAuth2Session, now: datetime) -> _Known:
        """Asks the provider about itself. Only what names the issuer that we were told is believed."""
        metadata = self._json(session, f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if metadata.get("issuer") != self.issuer:
            said = str(metadata.get("issuer"))[:200]
            raise self._down(f"It names itself “{said}”.")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not self._is_safe(metadata.get(name)):
                raise self._down(f"Its {name} does not start with https://.")
        try:
            return _Known(metadata, keys_of(self._json(session, metadata["jwks_uri"]).get("keys")), now)
        except BadToken as error:
            raise self._down("It has no key for signatures.") from error

    def _redeem(self, session: OAuth2Session, metadata: Mapping[str, Any], asked: Asked, code: str) -> dict[str, Any]:
        """Trades the code for tokens; the provider takes it once, and with the verifier alone."""
        taken = metadata.get("token_endpoint_auth_methods_supported") or SHOWN
        session.token_endpoint_auth_method = next((each for each in SHOWN if each in taken), SHOWN[0])
        try:
            with self._turn():
                found = session.fetch_token(
                    metadata["token_endpoint"], grant_type="authorization_code", code=code,
                    code_verifier=asked.verifier, timeout=SECONDS, allow_redirects=False,
                )  # fmt: skip
            return dict(found)
        except RequestException as error:
            raise self._down(f"It cannot be reached ({type(error).__name__}).") from error
        except (AuthlibBaseError, *UNREADABLE) as error:
            raise self._mismatch("code") from error

    def _claims(
        self, session: OAuth2Session, known: _Known, now: datetime, asked: Asked, tokens: Mapping[str, Any]
    ) -> dict[str, Any]:
        expected = Expected(self.issuer, self._client_id, asked.nonce, asked.at)
        try:
            try:
                return claims_of(tokens, known.keys, expected, now)
            except UnknownKey:
                if known.at == now:
                    raise
                known = self._known = self._read(session, now)
                return claims_of(tokens, known.keys, expected, now)
        except BadToken as error:
            raise self._mismatch(f"ID token: {error}") from error

    def _about_person(
        self, session: OAuth2Session, metadata: Mapping[str, Any], claims: Mapping[str, Any], tokens: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The claims about the person: some providers give the address only to who asks for it."""
        url = metadata.get("userinfo_endpoint")
        if "email" in claims or not tokens.get("access_token") or not self._is_safe(url):
            return claims
        about = self._json(session, str(url), {"Authorization": f"Bearer {tokens['access_token']}"})
        if about.get("sub") != claims["sub"]:
            raise self._mismatch("sub of the userinfo")
        return about

    def _json(self, session: OAuth2Session, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The object at an address of the provider's; it is not followed to another one."""
        deadline, whole = time.monotonic() + LONGEST, bytearray()
        try:
            with (
                self._turn(),
                session.get(
                    url, withhold_token=True, headers=headers, timeout=SECONDS, allow_redirects=False, stream=True
                ) as answer,
            ):
                if answer.status_code != 200:
                    raise self._down(f"It answers {answer.status_code} to {urlsplit(url).path}.")
                for piece in answer.iter_content(16_384):
                    whole += piece
                    if len(whole) > MOST_OCTETS or time.monotonic() > deadline:
                        raise self._down(f"Its answer to {urlsplit(url).path} does not end.")
            found = json.loads(whole)
        except RequestException as error:
            raise self._down(f"It cannot be reached ({type(error).__name__}).") from error
        except UNREADABLE as error:
            raise self._down(f"Its answer to {urlsplit(url).path} is no JSON.") from error
        if not isinstance(found, dict):
            raise self._down(f"Its answer to {urlsplit(url).path} is no object.")
        return found

    def _session(self) -> OAuth2Session:
        return OAuth2Session(
            self._client_id,
            self._client_secret,
            scope=SCOPE,
            redirect_uri=self.return_url,
            code_challenge_method="S256",
        )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=PATIENCE):
            raise self._down("It is slow, and others wait already.")
        try:
            yield
        finally:
            self._turns.release()

    def _is_safe(self, url: object) -> bool:
        """Encrypted, or on this machine as the issuer is."""
        if not isinstance(url, str):
            return False
        there, issuer = urlsplit(url), urlsplit(self.issuer)
        return there.scheme == "https" or (there.scheme, there.hostname) == (issuer.scheme, issuer.hostname)

    def _down(self, reason: str) -> ProviderTrouble:
        sentence = f"{self.name} does not answer as it should. Try again in a minute, or sign in with your password."
        return ProviderTrouble(sentence, reason)

    def _mismatch(self, reason: str) -> ProviderTrouble:
        return ProviderTrouble(
            f"What {self.name} answered does not belong to this sign-in."
            " Start again here; if it happens again, tell your administrator.",
            reason,
        )
