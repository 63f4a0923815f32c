"""Signing in by a provider of identities: who is let in, and what is asked first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

import pyotp
import pytest
from arriving import Ask, connect, entries, is_in
from cast import NOW, PASSWORD, Cast, add_user
from flask import Flask
from identity_provider import Running
from sqlalchemy import select
from visitor import HandClock, Visitor

from coordinator.domain.actor import Access
from coordinator.services import sign_in, users
from coordinator.store import audit
from coordinator.store.identities import IdentityRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.users import SignInRecord, UserRecord

Visitors = Callable[[str | None], Visitor]


def test_without_settings_there_is_no_button_and_no_address(sqlite_cast: Cast, app: Flask, anybody: Visitor) -> None:
    app.extensions["coordinator"] = replace(app.extensions["coordinator"], provider=None)
    assert "Harbor ID" not in anybody.get("/sign-in").text
    assert anybody.get("/sign-in/provider").status_code == 404
    assert anybody.get("/sign-in/provider/return?state=a&code=b").status_code == 404
    assert anybody.get("/sign-in/provider/connect").status_code == 302


def test_who_was_invited_is_let_in_by_the_verified_address_and_by_the_subject_ever_after(
    nia: int, anybody: Visitor, app: Flask, ask: Ask, there: Running, sqlite: Database
) -> None:
    assert "Sign in with Harbor ID" in anybody.get("/sign-in").text
    answer = anybody.get(ask(anybody, "nia@example.org"))
    assert (answer.status_code, answer.location) == (302, "/account")
    page = anybody.get("/account").text
    assert "nia@example.org" in page and "Sign-in by Harbor ID" in page and "You have none yet" in page
    assert entries(sqlite)[-2:] == ["user.identity_add", "user.sign_in"]
    there.behave(person={"sub": "id of nia@example.org", "email": "nia@elsewhere.example"})
    later = Visitor(app)
    assert later.get(ask(later, "nia@elsewhere.example")).location == "/account"
    assert is_in(later) and is_in(anybody)
    with sqlite.read() as work:
        kept = work.session.scalars(select(SignInRecord).where(SignInRecord.user_id == nia)).all()
        assert [each.method for each in kept] == ["provider", "provider"]
        assert work.session.scalars(select(IdentityRecord)).one().subject == "id of nia@example.org"
        assert len(work.session.scalars(select(UserRecord)).all()) == 4
        assert audit.verify(work, kept[0].clinic_id) is None
    assert later.post("/sign-out").status_code == 302
    assert not is_in(later) and is_in(anybody)


def test_whose_account_has_a_password_types_it_once(
    sqlite_cast: Cast, ada: Visitor, app: Flask, anybody: Visitor, ask: Ask
) -> None:
    answer = anybody.get(ask(anybody, "ada@example.org"))
    assert answer.location == "/sign-in/provider/connect?next=/account"
    assert not is_in(anybody), "the provider alone opens no account that is in use"
    page = anybody.get(answer.location).text
    assert "ada@example.org" in page and "Harbor ID" in page
    wrong = anybody.post("/sign-in/provider/connect", {"password": "wrong", "next": "/account"})
    assert (wrong.status_code, sign_in.REFUSED in wrong.text) == (422, True)
    right = anybody.post("/sign-in/provider/connect", {"password": PASSWORD, "next": "/account"})
    assert (right.status_code, right.location) == (302, "/account")
    assert is_in(anybody) and not is_in(ada), "a new way in signs out elsewhere"
    again = Visitor(app)
    assert again.get(ask(again, "ada@example.org")).location == "/account"
    assert is_in(again)


def test_guessing_that_password_is_throttled_and_takes_no_longer_than_five_minutes(
    sqlite_cast: Cast, app: Flask, anybody: Visitor, ask: Ask, clock: HandClock
) -> None:
    anybody.get(ask(anybody, "ada@example.org"))
    for _ in range(sign_in.FREE_ATTEMPTS):
        assert anybody.post("/sign-in/provider/connect", {"password": "wrong"}).status_code == 422
    assert anybody.post("/sign-in/provider/connect", {"password": PASSWORD}).status_code == 422
    clock.forward(minutes=6)
    assert anybody.post("/sign-in/provider/connect", {"password": PASSWORD}).location == "/sign-in"
    assert not is_in(anybody)


def test_a_password_that_is_owed_is_not_replaced_by_a_code(
    ada: Visitor, app: Flask, anybody: Visitor, ask: Ask, clock: HandClock
) -> None:
    codes = second_factor(ada, clock)
    anybody.get(ask(anybody, "ada@example.org"))
    assert anybody.get("/sign-in/code").location == "/sign-in"
    assert anybody.post("/sign-in/code", {"code": codes[0]}).location == "/sign-in"
    assert anybody.post("/sign-in/passkey", {"answer": "{}"}).location == "/sign-in"
    assert not is_in(anybody)


def second_factor(someone: Visitor, clock: HandClock) -> list[str]:
    """Sets up an authenticator app; its recovery codes."""
    secret = someone.get("/account/second-factor").text.partition("<code>")[2].partition("</code>")[0]
    code = pyotp.TOTP(secret).at(clock.at)
    page = someone.post("/account/second-factor", {"code": code, "current": PASSWORD}).text
    return [each.partition("</code>")[0] for each in page.split("<code>")[1:]]


@pytest.mark.parametrize(("amr", "asks"), [(["pwd"], True), (None, True), (["pwd", "otp", "mfa"], False)])
def test_ones_own_second_factor_is_asked_for_unless_the_provider_has_asked_for_one(
    ada: Visitor,
    app: Flask,
    anybody: Visitor,
    ask: Ask,
    clock: HandClock,
    there: Running,
    sqlite: Database,
    amr: list[str] | None,
    asks: bool,
) -> None:
    codes = second_factor(ada, clock)
    there.behave(claims={"amr": amr})
    first = connect(anybody, ask, "ada@example.org")
    assert first.location.startswith("/sign-in/code") is asks
    if asks:
        assert not is_in(anybody)
        with sqlite.read() as work:
            assert not work.session.scalars(select(IdentityRecord)).all(), "nothing is linked before all is proven"
        anybody.post("/sign-in/code", {"code": codes[0]})
    assert is_in(anybody)
    later = Visitor(app)
    answer = later.get(ask(later, "ada@example.org"))
    assert answer.location.startswith("/sign-in/code") is asks
    assert is_in(later) is not asks
    with sqlite.read() as work:
        method = work.session.scalars(select(SignInRecord.method).order_by(SignInRecord.id.desc())).first()
    assert method == ("provider_recovery" if asks else "provider_mfa")


def test_where_the_clinic_asks_for_a_second_factor_the_providers_counts_and_a_password_there_does_not(
    nia: int, app: Flask, ask: Ask, there: Running, sqlite: Database, sqlite_cast: Cast,
    visitor: Visitors,
) -> None:  # fmt: skip
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "root@example.org", "Ros Root", Access.ADMINISTRATOR, NOW)
    visitor("root@example.org").post("/users/sign-in-policy", {"factor": "on", "idle_minutes": "60"})
    weak, strong = Visitor(app), Visitor(app)
    weak.get(ask(weak, "nia@example.org"))
    assert weak.get("/patients").location == "/account/second-factor"
    assert "You have none yet" in weak.get("/account/second-factor").text
    there.behave(claims={"amr": ["pwd", "mfa"]})
    strong.get(ask(strong, "nia@example.org"))
    assert strong.get("/patients").status_code == 200
    assert weak.get("/patients").location == "/account/second-factor", "each sign-in by what it has shown"


def test_somebody_of_another_clinic_lands_in_their_own(sqlite_cast: Cast, anybody: Visitor, ask: Ask) -> None:
    assert connect(anybody, ask, "cy@example.org").location == "/account"
    assert "Hill Clinic" in anybody.get("/account").text
    assert anybody.get(f"/patients/{sqlite_cast.pat}").status_code == 404
    assert anybody.post("/clinic", {"clinic": sqlite_cast.clinic_id}).status_code == 404


def test_a_connection_is_removed_by_who_knows_the_password_and_by_nobody_else(
    sqlite_cast: Cast, anybody: Visitor, ben: Visitor, app: Flask, ask: Ask, sqlite: Database
) -> None:
    connect(anybody, ask, "ada@example.org")
    second = Visitor(app)
    second.get(ask(second, "ada@example.org"))
    with sqlite.read() as work:
        link = work.session.scalars(select(IdentityRecord.id)).one()
    assert "Not connected" in ben.get("/account").text
    assert ben.post(f"/account/identities/{link}/remove", {"current": PASSWORD}).status_code == 404
    assert anybody.post(f"/account/identities/{link}/remove", {"current": "wrong"}).status_code == 422
    assert anybody.post(f"/account/identities/{link}/remove", {"current": PASSWORD}).location == "/account"
    assert is_in(anybody) and not is_in(second)
    assert entries(sqlite)[-1] == "user.identity_remove"
    later = Visitor(app)
    assert later.get(ask(later, "ada@example.org")).location.startswith("/sign-in/provider/connect")


def test_whom_a_provider_has_let_in_is_no_longer_shown_as_invited(
    nia: int, anybody: Visitor, ask: Ask, sqlite: Database, sqlite_cast: Cast
) -> None:
    def invited() -> list[str]:
        with sqlite.read() as work:
            return [each.email for each in users.list_users(work, sqlite_cast.ada) if each.is_invited]

    assert invited() == ["nia@example.org"]
    anybody.get(ask(anybody, "nia@example.org"))
    assert invited() == []


def go_on(someone: Visitor) -> str:
    """Asks to connect the provider, with the password; its page."""
    assert "Go to Harbor ID" in someone.post("/account/identities/new", {"current": PASSWORD}).text
    return someone.get("/account/identities/go").location


def back_from(there: Running, page: str, email: str) -> str:
    """Signs in at the provider's page; the path that the browser is sent back to."""
    back = urlsplit(there.sign_in(page, email))
    return f"{back.path}?{back.query}"


def test_who_is_signed_in_connects_any_account_of_theirs_and_signs_in_with_it(
    ada: Visitor, app: Flask, there: Running, ask: Ask, visitor: Visitors, sqlite: Database
) -> None:
    elsewhere = visitor("ada@example.org")
    there.behave(person={"sub": "ada of Entra", "email": None, "email_verified": None})
    answer = ada.get(back_from(there, go_on(ada), "a.moss@hospital.example"), follow_redirects=True)
    assert "Harbor ID is connected" in answer.text and "An account without an address" in answer.text
    assert is_in(ada) and not is_in(elsewhere)
    assert entries(sqlite)[-1] == "user.identity_add"
    later = Visitor(app)
    assert later.get(ask(later, "a.moss@hospital.example")).location == "/account"
    assert is_in(later)


def test_an_account_there_opens_one_here_and_one_here_has_one_there(ada: Visitor, ben: Visitor, there: Running) -> None:
    ada.get(back_from(there, go_on(ada), "shared@example.org"))
    taken = ben.get(back_from(there, go_on(ben), "shared@example.org"), follow_redirects=True)
    assert "is connected with an account here already" in taken.text and "Not connected" in taken.text
    second = ada.get(back_from(there, go_on(ada), "other@example.org"), follow_redirects=True)
    assert "is connected with another one at Harbor ID" in second.text
    assert second.text.count("shared@example.org") == 1 and "other@example.org" not in second.text


def test_nothing_is_connected_without_the_password_or_in_another_sign_in(
    ada: Visitor, ben: Visitor, there: Running, clock: HandClock, sqlite: Database
) -> None:
    assert ada.post("/account/identities/new", {"current": "wrong"}).status_code == 422
    assert ada.get("/account/identities/go").location == "/account"
    ada.post("/account/identities/new", {"current": PASSWORD})
    clock.forward(minutes=6)
    assert ada.get("/account/identities/go").location == "/account"
    there.behave(now=clock.at.timestamp())
    back = back_from(there, go_on(ada), "mallory@example.org")
    assert "begun in another window" in ben.get(back, follow_redirects=True).text
    cookie = ada.client.get_cookie("coordinator")
    assert cookie is not None
    ada.post("/sign-out")
    ada.client.set_cookie("coordinator", cookie.value)
    assert "begun in another window" in ada.get(back, follow_redirects=True).text
    with sqlite.read() as work:
        assert not work.session.scalars(select(IdentityRecord)).all()
