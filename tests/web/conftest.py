"""The site on a fresh SQLite database with the fixed cast in it, and visitors of every kind."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import pytest
from cast import NOW, Cast
from flask import Flask
from identity_provider import CLIENT, CLIENT_SECRET, Running
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from visitor import HandClock, Visitor
from werkzeug.routing import Rule

from config import Identities, Settings
from coordinator.app import create_app
from coordinator.domain.actor import Access
from coordinator.services import users
from coordinator.store.unit_of_work import Database

SECRET = "a-secret-key-for-tests-only-0123456789"


class CompiledTemplates(BytecodeCache):
    """Keeps templates compiled from one test's site to the next."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


class CompiledRule(Rule):
    """A route that is compiled once in a process: half of the time of a site of its own for each test went there."""

    compiled: ClassVar[dict[Hashable, Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (tuple(self._trace), tuple((self.defaults or {}).items()), append_unknown)
        if key not in self.compiled:
            self.compiled[key] = super()._compile_builder(append_unknown)
        return self.compiled[key]


Flask.url_rule_class = CompiledRule


@pytest.fixture(scope="session")
def compiled_templates() -> CompiledTemplates:
    """The templates that were compiled in this process."""
    return CompiledTemplates()


@pytest.fixture
def clock() -> HandClock:
    """The site's clock: Monday morning of the cast."""
    return HandClock(NOW)


@pytest.fixture
def there(provider_process: Running) -> Running:
    """The provider of identities, honest and with the site's clock; the site of a test that asks for it knows it."""
    provider_process.reset(NOW)
    return provider_process


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a plain local installation."""
    issuer = request.getfixturevalue("there").issuer if "there" in request.fixturenames else None
    return Settings(
        database_url="sqlite://",
        secret_key=SECRET,
        smtp_url=None,
        base_url="http://127.0.0.1:5000",
        data_dir=tmp_path,
        mail_from="Coordinator <coordinator@localhost>",
        lease_seconds=60,
        identities=Identities(issuer, CLIENT, CLIENT_SECRET, "Harbor ID") if issuer else None,
    )


@pytest.fixture
def app(settings: Settings, sqlite: Database, clock: HandClock, compiled_templates: CompiledTemplates) -> Flask:
    """The site on `sqlite`."""
    app = create_app(settings, sqlite, clock)
    app.jinja_env.bytecode_cache = compiled_templates
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture
def visitor(app: Flask) -> Callable[[str | None], Visitor]:
    """Makes visitors: `visitor("ada@example.org")` is signed in, `visitor(None)` is nobody."""

    def make(email: str | None) -> Visitor:
        someone = Visitor(app)
        if email is not None:
            assert someone.sign_in(email).status_code == 302
        return someone

    return make


@pytest.fixture
def anybody(visitor: Callable[[str | None], Visitor]) -> Visitor:
    """Somebody who is not signed in."""
    return visitor(None)


@pytest.fixture
def ada(visitor: Callable[[str | None], Visitor], sqlite_cast: Cast) -> Visitor:
    """Ada, coordinator of Harbor Clinic."""
    return visitor("ada@example.org")


@pytest.fixture
def ben(visitor: Callable[[str | None], Visitor], sqlite_cast: Cast) -> Visitor:
    """Ben, therapist (a clinician) of Harbor Clinic."""
    return visitor("ben@example.org")


@pytest.fixture
def cy(visitor: Callable[[str | None], Visitor], sqlite_cast: Cast) -> Visitor:
    """Cy, coordinator of another clinic."""
    return visitor("cy@example.org")


@pytest.fixture
def nia(sqlite: Database, sqlite_cast: Cast) -> int:
    """Nia, whom an administrator has just invited, as a coordinator; the id."""
    with sqlite.write() as work:
        return users.invite(
            work, sqlite_cast.ada, NOW, email="nia@example.org", name="Nia Oak", access=Access.COORDINATOR
        )


@pytest.fixture
def ask(there: Running, clock: HandClock) -> Callable[..., str]:
    """Goes to the provider and signs in there; the path that the browser is sent back to."""

    def go(someone: Visitor, email: str, **how: bool) -> str:
        clock.forward(seconds=1)
        there.behave(now=clock.at.timestamp())
        page = someone.get("/sign-in/provider?next=/account").location
        assert page.startswith(f"{there.issuer}/authorize?")
        back = urlsplit(there.sign_in(page, email, **how))
        assert (back.scheme, back.netloc) == ("http", "127.0.0.1:5000")
        return f"{back.path}?{back.query}"

    return go
