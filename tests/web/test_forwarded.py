"""Reverse proxies: whom the site believes where a request comes from, and that a forged header moves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from cast import Cast
from flask import Flask, request
from sqlalchemy import select
from visitor import HandClock, Visitor

from config import Settings, TrustedProxies
from coordinator.app import create_app
from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.users import SignInRecord
from coordinator.web.feed_guesses import MOST_MISSES
from coordinator.web.forwarded import client

PROXY, OUTER, REAL, FORGED = "10.0.0.5", "10.0.0.6", "203.0.113.7", "198.51.100.1"
OURS = (ip_network("10.0.0.0/24"), ip_network("2001:db8::/32"))

Site = Callable[[TrustedProxies], Flask]


@pytest.mark.parametrize(
    ("trusted", "peer", "chain", "found"),
    [
        (0, PROXY, [FORGED, REAL], PROXY),
        (1, PROXY, [], PROXY),
        (1, PROXY, [REAL], REAL),
        (1, PROXY, [FORGED, REAL], REAL),
        (1, PROXY, [f"{REAL}:4711"], REAL),
        (1, PROXY, ["[2001:db8::7]:443"], "2001:db8::7"),
        (1, PROXY, [REAL, "unknown"], PROXY),
        (2, PROXY, [REAL], PROXY),
        (2, PROXY, [FORGED, REAL, OUTER], REAL),
        (OURS, PROXY, [FORGED, REAL], REAL),
        (OURS, PROXY, [FORGED, REAL, OUTER], REAL),
        (OURS, f"::ffff:{PROXY}", [FORGED, REAL], REAL),
        (OURS, REAL, [FORGED], REAL),
        (OURS, PROXY, [FORGED, "unknown", OUTER], OUTER),
        (OURS, "2001:db8::1", [OUTER, PROXY], OUTER),
        (OURS, "", [FORGED], ""),
    ],
)
def test_the_client_is_who_the_last_trusted_proxy_saw(
    trusted: TrustedProxies, peer: str, chain: list[str], found: str
) -> None:
    assert client(trusted, peer, chain)[0] == found


@pytest.fixture
def site(settings: Settings, sqlite: Database, sqlite_cast: Cast, clock: HandClock) -> Site:
    """The site with proxies that it trusts."""

    def made(trusted: TrustedProxies) -> Flask:
        return create_app(replace(settings, trusted_proxies=trusted), sqlite, clock)

    return made


def through_proxy(*entries: str, scheme: str = "https") -> dict[str, Any]:
    """What a request looks like that comes from the proxy with these entries."""
    headers = {"X-Forwarded-For": ", ".join(entries), "X-Forwarded-Proto": scheme, "X-Real-Ip": FORGED}
    return {"headers": headers, "environ_overrides": {"REMOTE_ADDR": PROXY}}


def where_from(database: Database) -> set[str]:
    """What the list of sign-ins and the log of sign-ins say."""
    with database.read() as work:
        logged = work.session.scalars(select(AuditRecord.address).where(AuditRecord.action == "user.sign_in")).all()
        return {*work.session.scalars(select(SignInRecord.address)), *logged}


def guesses(visitor: Visitor, entries: Callable[[int], list[str]]) -> list[int]:
    """What becomes of one guess of a feed's address more than is allowed to one client."""
    return [
        visitor.get(f"/calendars/{number:043d}.ics", **through_proxy(*entries(number))).status_code
        for number in range(MOST_MISSES + 1)
    ]


def test_a_forged_header_changes_nothing_where_no_proxy_is_trusted(site: Site, sqlite: Database) -> None:
    visitor = Visitor(site(0))
    visitor.sign_in("ada@example.org", **through_proxy(FORGED))
    assert where_from(sqlite) == {PROXY}
    assert guesses(visitor, lambda number: [f"198.51.100.{number}"])[-1] == 429, "another forged address for each guess"


@pytest.mark.parametrize("trusted", [1, (ip_network(f"{PROXY}/32"),)])
def test_behind_one_proxy_only_what_it_wrote_counts(site: Site, sqlite: Database, trusted: TrustedProxies) -> None:
    visitor = Visitor(site(trusted))
    visitor.sign_in("ada@example.org", **through_proxy(FORGED, REAL))
    assert where_from(sqlite) == {REAL}
    forging = guesses(visitor, lambda number: [f"198.51.100.{number}", REAL])
    assert forging[-2:] == [404, 429], "another forged address for each guess"
    other = visitor.get(f"/calendars/{99:043d}.ics", **through_proxy(REAL, FORGED))
    assert other.status_code == 404, "another client of the same proxy is not throttled"


def test_who_reaches_the_site_past_the_named_proxy_is_not_believed(site: Site, sqlite: Database) -> None:
    visitor = Visitor(site((ip_network(f"{OUTER}/32"),)))
    visitor.sign_in("ada@example.org", **through_proxy(FORGED))
    assert where_from(sqlite) == {PROXY}


@pytest.mark.parametrize(
    ("trusted", "scheme", "is_secure"),
    [(0, "https", False), (1, "https", True), (1, "http", False), (1, "http, https", True), (1, "gopher", False)],
)
def test_https_is_what_a_trusted_proxy_says_it_is(
    site: Site, trusted: TrustedProxies, scheme: str, is_secure: bool
) -> None:
    app, seen = site(trusted), []
    app.before_request(lambda: seen.append(request.is_secure))
    Visitor(app).get("/healthz", **through_proxy(REAL, scheme=scheme))
    assert seen == [is_secure]
