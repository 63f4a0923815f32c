"""What every view needs: a transaction, who asks, and what time it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from flask import current_app, g, request
from flask_login import current_user

from coordinator.domain.actor import Actor
from coordinator.domain.errors import NotAllowed
from coordinator.services.feed_counts import FetchCounter
from coordinator.services.provider import Provider
from coordinator.services.sign_in import SignedIn
from coordinator.services.work import Database, Work
from coordinator.web.feed_guesses import Guesses

Clock = Callable[[], datetime]
NAME = "coordinator"


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the composition root gives the web: the database, the clock and how people reach the site.

    `fetches` counts the feeds' fetches until somebody flushes it; `guesses` counts the addresses that are none.
    `outbox` is where mail lies when no mail server is set; None where one is. `provider` is None where everybody signs
    in with a password. `pages_per_minute` 0 holds nobody back; outside
    calendars come from `calendar_hosts` alone, where some are named.
    """

    database: Database
    clock: Clock
    base_url: str
    secret_key: str
    fetches: FetchCounter
    guesses: Guesses
    outbox: Path | None
    provider: Provider | None
    pages_per_minute: int
    calendar_hosts: tuple[str, ...]


def wiring() -> Wiring:
    """The wiring of the app that answers this request."""
    return cast(Wiring, current_app.extensions[NAME])


@contextmanager
def reading() -> Iterator[Work]:
    """A transaction for reading; audit entries of what was read are written when it ends."""
    with wiring().database.read() as work:
        yield work


def writing() -> AbstractContextManager[Work]:
    """A transaction that commits at the end, and leaves nothing behind where an error passes through."""
    return wiring().database.write()


def now() -> datetime:
    """The aware UTC time of this request: the same however often it is asked."""
    if "now" not in g:
        g.now = wiring().clock()
    return cast(datetime, g.now)


def signed_in() -> SignedIn:
    """Who asks; raises NotAllowed where nobody is signed in (only public pages can meet that)."""
    if not current_user.is_authenticated:
        raise NotAllowed("Nobody is signed in. Sign in first.")
    return cast(SignedIn, current_user.who)


def current_actor() -> Actor:
    """The actor of this request, in the clinic that the person works in now."""
    return signed_in().actor(client_address())


def client_address() -> str:
    """The address of the client, as far as it can be believed: forwarding headers, which anybody can write, are read
    only from proxies that the settings trust."""
    return request.remote_addr or ""


def clinic_zone() -> ZoneInfo:
    """The zone of the clinic that the person works in now."""
    return ZoneInfo(signed_in().timezone)


def is_htmx() -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"
