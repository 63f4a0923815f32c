"""Who proves anew who they are gets a new secret; and whom a clinic asks for a second proof."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cast import NOW, PASSWORD, Cast, add_user
from flask import Flask
from test_account_pages import is_in, set_up
from visitor import HandClock, Visitor

from coordinator.domain.actor import Access
from coordinator.store.unit_of_work import Database


@pytest.fixture
def root(visitor: Callable[[str | None], Visitor], sqlite: Database, sqlite_cast: Cast) -> Visitor:
    """Root, administrator of Harbor Clinic."""
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "root@example.org", "Root", Access.ADMINISTRATOR, NOW)
    return visitor("root@example.org")


def test_typing_the_password_anew_changes_the_secret_of_the_sign_in(ada: Visitor, app: Flask) -> None:
    copied = ada.client.get_cookie("coordinator")
    assert copied is not None
    thief = Visitor(app)
    thief.client.set_cookie("coordinator", copied.value)
    assert is_in(thief)
    assert ada.post("/account/sign-ins/end-others", {"current": PASSWORD}).status_code == 302
    assert is_in(ada)
    assert not is_in(thief)


def test_a_clinic_can_ask_everybody_for_a_second_factor(root: Visitor, ben: Visitor, clock: HandClock) -> None:
    root.post("/users/sign-in-policy", {"everybody": "on", "idle_minutes": "60"})
    assert ben.get("/patients").location == root.get("/users").location == "/account/second-factor"
    set_up(ben, clock)
    assert ben.get("/patients").status_code == 200


def test_who_has_a_second_factor_shows_it_again_before_changing_how_they_sign_in(
    ada: Visitor, clock: HandClock
) -> None:
    device, _ = set_up(ada, clock)
    clock.forward(minutes=16)
    known = {"current": PASSWORD, "password": "violet kettle under snow"}
    for path in ("password", "second-factor", "second-factor/off", "recovery-codes", "passkeys/new"):
        refused = ada.post(f"/account/{path}", known | {"name": "Key", "code": device.at(clock.at)})
        assert refused.status_code == 422, path
        assert "Sign out, sign in again with your second factor" in refused.text, path
    assert ada.post("/account/sign-ins/end-others", known).status_code == 302, "ending sign-ins takes a password alone"
    ada.post("/sign-out")
    assert ada.sign_in("ada@example.org").location.startswith("/sign-in/code")
    assert ada.post("/sign-in/code", {"code": device.at(clock.at)}).status_code == 302
    assert ada.post("/account/password", known).status_code == 302


def test_who_has_none_needs_the_password_alone(ada: Visitor, clock: HandClock) -> None:
    clock.forward(hours=3)
    known = {"current": PASSWORD, "password": "violet kettle under snow"}
    assert ada.post("/account/password", known).status_code == 302
