"""Signing in by a provider of identities in a real browser: over to its page, back, connected once, and refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cast import NOW, PASSWORD, SECRET, Cast
from house import Site, free_port
from identity_provider import CLIENT, CLIENT_SECRET, Running
from playwright.sync_api import Browser, expect
from surfer import Surfer
from werkzeug.serving import make_server

from config import Identities, Settings
from coordinator.app import create_app
from coordinator.store.unit_of_work import Database

pytestmark = pytest.mark.browser


@pytest.fixture
def window(
    browser: Browser, sqlite: Database, sqlite_cast: Cast, provider_process: Running, tmp_path: Path
) -> Iterator[Surfer]:
    """A browser before the sign-in page of a site that knows the provider."""
    provider_process.reset(NOW)
    port = free_port()
    settings = Settings(
        database_url=sqlite.url, secret_key=SECRET, smtp_url=None, base_url=f"http://127.0.0.1:{port}",
        data_dir=tmp_path, mail_from="Coordinator <coordinator@localhost>", lease_seconds=60,
        identities=Identities(provider_process.issuer, CLIENT, CLIENT_SECRET, "Harbor ID"),
    )  # fmt: skip
    server = make_server("127.0.0.1", port, create_app(settings, sqlite, lambda: NOW), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    surfer = Surfer(browser, Site(settings.base_url, sqlite.url, {}, {}))
    try:
        yield surfer
    finally:
        surfer.close()
        server.shutdown()
        thread.join()
        server.server_close()
    elsewhere = f"a request to another host: {provider_process.issuer}/authorize"
    assert [each for each in surfer.faults if not each.startswith(elsewhere)] == []


def go_there(window: Surfer, email: str, answer: str) -> None:
    """Over to the provider, and back again."""
    window.page.get_by_role("link", name="Sign in with Harbor ID").click()
    window.page.get_by_label("Address").fill(email)
    window.page.get_by_role("button", name=answer).click()


def look_closely(window: Surfer, name: str) -> None:
    """The page as it is: for everybody, on a phone, light and dark."""
    assert window.accessibility_faults() == []
    window.shoot(name)
    window.resize("phone")
    window.repaint("dark")
    assert window.accessibility_faults() == []
    assert not window.is_wider_than_its_window()
    window.shoot(f"{name}-phone-dark")
    window.repaint("light")
    window.resize("desk")


def test_the_provider_opens_an_account_that_was_connected_once(window: Surfer) -> None:
    page = window.page
    window.go("/sign-in?next=/account")
    expect(window.page.get_by_role("link", name="Sign in with Harbor ID")).to_be_focused()
    go_there(window, "ada@example.org", "No")
    expect(page.get_by_text("Harbor ID did not let you in, or you chose not to go on.")).to_be_visible()
    look_closely(window, "identity-refused")
    go_there(window, "ada@example.org", "Go on")
    expect(page.get_by_role("heading", name="Connect Harbor ID")).to_be_visible()
    expect(page.get_by_label("Password")).to_be_focused()
    look_closely(window, "identity-connect")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sign-in by Harbor ID")).to_be_visible()
    look_closely(window, "identity-account")
    page.get_by_role("button", name="Remove the connection with").click()
    page.get_by_role("dialog").get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The connection is removed")).to_be_visible()
    expect(page.get_by_text("Not connected")).to_be_visible()
    page.get_by_role("button", name="Connect", exact=True).click()
    page.get_by_role("dialog").get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("dialog").get_by_role("button", name="Go on").click()
    look_closely(window, "identity-offer")
    page.get_by_role("link", name="Go to Harbor ID").click()
    page.get_by_label("Address").fill("a.moss@hospital.example")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Harbor ID is connected")).to_be_visible()
    expect(page.get_by_text("a.moss@hospital.example")).to_be_visible()
