"""Signing in and out: what it promises to whoever has the right to, and to whoever has not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cast import Cast
from flask import Flask
from sqlalchemy import select
from visitor import HTMX, HandClock, Visitor

from coordinator.services import sign_in
from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.users import SignInRecord, UserRecord
from coordinator.web.sign_in import safe_next

Visitors = Callable[[str | None], Visitor]


def is_in(visitor: Visitor) -> bool:
    """Whether the visitor is signed in: the sign-in page then goes on by itself."""
    return visitor.get("/sign-in").status_code == 302


def test_the_right_password_signs_in_and_goes_to_the_page_asked_for(sqlite_cast: Cast, anybody: Visitor) -> None:
    answer = anybody.post(
        "/sign-in?next=/team",
        {"email": "ADA@example.org ", "password": "correct horse battery staple", "next": "/team"},
    )
    assert (answer.status_code, answer.location) == (302, "/team")
    assert is_in(anybody)


def test_every_failure_says_the_same(sqlite_cast: Cast, sqlite: Database, anybody: Visitor) -> None:
    with sqlite.write() as work:
        user = work.session.scalars(select(UserRecord).where(UserRecord.email == "cy@example.org")).one()
        user.disabled_at = user.created_at
    tries = [("ada@example.org", "wrong"), ("nobody@example.org", "wrong"), ("cy@example.org", "wrong"), ("", "")]
    pages = set()
    for email, password in tries:
        answer = anybody.sign_in(email, password)
        assert answer.status_code == 422
        assert sign_in.REFUSED in answer.text
        pages.add(answer.text.count("<input"))
    assert len(pages) == 1
    assert not is_in(anybody)


def test_too_many_attempts_block_the_account_for_a_while_even_for_the_right_password(
    sqlite_cast: Cast, anybody: Visitor, clock: HandClock
) -> None:
    for _ in range(sign_in.FREE_ATTEMPTS):
        anybody.sign_in("ada@example.org", "wrong")
    assert anybody.sign_in("ada@example.org").status_code == 422
    clock.forward(seconds=31)
    assert anybody.sign_in("ada@example.org").status_code == 302


def test_a_block_grows_with_every_further_failure_and_ends_with_success(
    sqlite_cast: Cast, anybody: Visitor, clock: HandClock
) -> None:
    for _ in range(sign_in.FREE_ATTEMPTS):
        anybody.sign_in("ada@example.org", "wrong")
    clock.forward(seconds=31)
    anybody.sign_in("ada@example.org", "wrong")
    clock.forward(seconds=31)
    assert anybody.sign_in("ada@example.org").status_code == 422
    clock.forward(minutes=1)
    assert anybody.sign_in("ada@example.org").status_code == 302


def test_the_database_holds_only_the_hash_of_the_cookies_secret(
    sqlite_cast: Cast, sqlite: Database, anybody: Visitor
) -> None:
    anybody.sign_in("ada@example.org")
    with anybody.client.session_transaction() as cookie:
        secret = cookie["_user_id"]
    with sqlite.read() as work:
        kept = work.session.scalars(select(SignInRecord)).one()
    assert len(secret) >= 43
    assert secret not in str(vars(kept))


def test_after_signing_out_the_old_cookie_opens_nothing(sqlite_cast: Cast, app: Flask, anybody: Visitor) -> None:
    anybody.sign_in("ada@example.org")
    stolen = anybody.client.get_cookie("coordinator")
    assert stolen is not None
    signed_out = anybody.post("/sign-out")
    assert signed_out.status_code == 302
    assert signed_out.headers["Clear-Site-Data"] == '"cache", "storage"', "nothing of a page stays in the browser"
    thief = Visitor(app)
    thief.client.set_cookie("coordinator", stolen.value)
    assert not is_in(thief)


def test_signing_out_is_a_form_only(ada: Visitor) -> None:
    assert ada.get("/sign-out").status_code == 405
    assert is_in(ada)


def test_a_sign_in_ends_after_twelve_idle_hours_but_not_while_in_use(ada: Visitor, clock: HandClock) -> None:
    for _ in range(4):
        clock.forward(hours=6)
        assert is_in(ada)
    clock.forward(hours=12, minutes=1)
    assert not is_in(ada)


def test_a_sign_in_ends_after_a_week_however_busy(ada: Visitor, clock: HandClock) -> None:
    for _ in range(15):
        clock.forward(hours=11)
        is_in(ada)
    clock.forward(hours=11)
    assert not is_in(ada)


def test_disabling_a_user_ends_what_they_are_signed_in_to(ada: Visitor, sqlite: Database) -> None:
    with sqlite.write() as work:
        user = work.session.scalars(select(UserRecord).where(UserRecord.email == "ada@example.org")).one()
        user.disabled_at = user.created_at
    assert not is_in(ada)


def test_signing_in_and_out_is_audited(ada: Visitor, sqlite: Database) -> None:
    ada.post("/sign-out")
    with sqlite.read() as work:
        actions = work.session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)).all()
    assert actions[-2:] == ["user.sign_in", "user.sign_out"]


def test_a_form_without_the_token_is_refused(sqlite_cast: Cast, anybody: Visitor) -> None:
    answer = anybody.client.post("/sign-in", data={"email": "ada@example.org", "password": "x"})
    assert answer.status_code == 400
    assert "Load it again" in answer.text


def test_cookies_are_kept_from_scripts_and_other_sites(sqlite_cast: Cast, anybody: Visitor) -> None:
    cookies = anybody.sign_in("ada@example.org").headers.getlist("Set-Cookie")
    assert {each.partition("=")[0] for each in cookies} == {"coordinator", "device"}
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
    assert "Expires" not in next(each for each in cookies if each.startswith("coordinator="))
    assert "Path=/sign-in" in next(each for each in cookies if each.startswith("device="))


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "https:evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
        "team",
        "/a\r\nb",
        "\t//e",
    ],
)
def test_signing_in_never_leads_to_another_site(target: str) -> None:
    assert safe_next(target) == "/"


@pytest.mark.parametrize("path", ["/patients//1", "//evil.example/patients", "/schedule", "/patients/"])
def test_no_address_leads_to_where_a_forged_host_header_says(ada: Visitor, anybody: Visitor, path: str) -> None:
    for somebody in (ada, anybody):
        answer = somebody.get(path, headers={"Host": "evil.example"})
        assert (answer.location or "/").startswith("/")
        assert not (answer.location or "/").startswith("//")
        assert "evil.example" not in answer.text


def test_a_path_of_this_site_is_followed() -> None:
    assert safe_next("/patients/3?page=2") == "/patients/3?page=2"


def test_whoever_is_not_signed_in_is_asked_to(anybody: Visitor) -> None:
    token = anybody.token()
    answer = anybody.client.post("/sign-out", headers={"X-CSRFToken": token})
    assert (answer.status_code, answer.location) == (302, "/sign-in")
    part = anybody.client.post(
        "/sign-out", headers={"X-CSRFToken": token, **HTMX, "HX-Current-URL": "http://localhost/schedule?day=1"}
    )
    assert (part.status_code, part.headers["HX-Redirect"]) == (401, "/sign-in?next=/schedule")
    data = anybody.client.post("/sign-out", headers={"X-CSRFToken": token, "Accept": "application/json"})
    assert (data.status_code, data.json) == (401, {"error": "Sign in first."})


def test_nobody_can_work_in_a_clinic_that_they_do_not_belong_to(ada: Visitor, sqlite_cast: Cast) -> None:
    assert ada.post("/clinic", {"clinic": sqlite_cast.other_clinic_id}).status_code == 404


@pytest.mark.parametrize("clinic", ["", "x", "-5", "9" * 40])
def test_a_clinic_that_cannot_be_is_not_there(ada: Visitor, clinic: str) -> None:
    assert ada.post("/clinic", {"clinic": clinic}).status_code == 404


def test_signing_in_again_ends_the_earlier_sign_in(ada: Visitor, app: Flask) -> None:
    earlier = ada.client.get_cookie("coordinator")
    assert earlier is not None
    ada.sign_in("ben@example.org")
    thief = Visitor(app)
    thief.client.set_cookie("coordinator", earlier.value)
    assert not is_in(thief)
    assert is_in(ada)


def test_a_cookie_that_was_changed_opens_nothing(ada: Visitor, app: Flask) -> None:
    cookie = ada.client.get_cookie("coordinator")
    assert cookie is not None
    for value in (cookie.value[:-2], "x" + cookie.value, cookie.value.split(".")[0], ""):
        thief = Visitor(app)
        thief.client.set_cookie("coordinator", value)
        assert not is_in(thief)
