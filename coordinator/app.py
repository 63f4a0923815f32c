"""The web's composition root: puts the pages, the database and the clock together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from config import Settings
from coordinator.cli_provider import provider_of
from coordinator.cli_store import database_of
from coordinator.services.feed_counts import FetchCounter, flush_every
from coordinator.services.work import Database
from coordinator.web import (
    access,
    assets,
    blueprints,
    errors,
    feed_secrets,
    health,
    load_drawing,
    logs,
    navigation,
    numbers,
    pace,
    security,
    sign_in,
    weeks,
)
from coordinator.web.context import NAME, Clock, Wiring
from coordinator.web.feed_door import FeedDoor
from coordinator.web.feed_guesses import Guesses
from coordinator.web.forwarded import Forwarded

ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: Settings, database: Database | None = None, clock: Clock | None = None) -> Flask:
    """The web application. Tests hand in their own database and clock; the clock gives aware UTC times."""
    app = Flask(NAME, root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.url_map.merge_slashes = False  # the redirect would lead to whatever the Host header names
    app.secret_key = settings.secret_key
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions[NAME] = Wiring(
        database=database or database_of(settings),
        clock=clock or utc_now,
        base_url=settings.base_url,
        secret_key=settings.secret_key,
        fetches=FetchCounter(),
        guesses=Guesses(),
        outbox=None if settings.smtp_url else settings.outbox,
        provider=provider_of(settings),
        pages_per_minute=settings.pages_per_minute,
        calendar_hosts=settings.calendar_hosts,
    )
    logs.install(app)
    security.install(app, is_https=settings.base_url.startswith("https://"))
    sign_in.install(app)
    numbers.install(app)
    for blueprint in blueprints.BLUEPRINTS:
        app.register_blueprint(blueprint)
    assets.install(app, ROOT / "node_modules")
    access.install(app)
    pace.install(app)
    errors.install(app)
    figures = health.install(app)
    navigation.install(app)
    weeks.install(app)
    load_drawing.install(app)
    app.wsgi_app = FeedDoor(app.wsgi_app, app.extensions[NAME], figures)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        app.wsgi_app = Forwarded(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    return app


def start(app: Flask) -> Callable[[], None]:
    """Starts what runs beside the requests of one server process; the function returned ends it.

    Call it in the process that answers, after the server has forked.
    """
    wires: Wiring = app.extensions[NAME]
    feed_secrets.guard_logging()

    def log(error: Exception) -> None:
        with app.app_context():
            logs.failure(error)

    return flush_every(wires.fetches, wires.database, wires.clock, log)


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)
