"""What holds on every page: headers, errors, the access table, files for the browser."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from hashlib import sha256

import pytest
from cast import PASSWORD, Cast
from conftest import SECRET
from flask import Flask
from itsdangerous import TimestampSigner
from itsdangerous.encoding import base64_decode
from visitor import HTMX, Visitor
from werkzeug.routing import IntegerConverter

from config import Settings
from coordinator.app import create_app
from coordinator.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from coordinator.store.unit_of_work import Database
from coordinator.web import access, assets, errors, health
from coordinator.web.navigation import initials


def test_every_route_is_in_the_access_table_and_the_table_has_no_other(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert not endpoints - access.RULES.keys(), "add these to coordinator/web/access.py"
    assert not access.RULES.keys() - endpoints, "take these from coordinator/web/access.py"


def test_an_app_with_an_unlisted_route_does_not_start(app: Flask) -> None:
    app = Flask("probe")
    app.add_url_rule("/secret", "secret.page", lambda: "secret")
    with pytest.raises(RuntimeError, match=r"secret\.page"):
        access.install(app)


def test_no_page_but_the_public_ones_answers_to_nobody(app: Flask, anybody: Visitor) -> None:
    """Every GET of the URL map without a sign-in: each asks to sign in, before it looks whether a thing is there."""
    for rule in app.url_map.iter_rules():
        if access.RULES[rule.endpoint] is access.PUBLIC or "GET" not in (rule.methods or set()):
            continue
        with app.test_request_context():
            path = app.url_map.bind("localhost").build(rule.endpoint, dict.fromkeys(rule.arguments, 1))
        answer = anybody.get(path)
        assert (answer.status_code, answer.location.split("?")[0]) == (302, "/sign-in"), rule.rule


def test_a_number_that_no_database_holds_is_no_address(app: Flask, ada: Visitor) -> None:
    huge = 10**30
    for rule in app.url_map.iter_rules():
        numbers = {name for name, each in rule._converters.items() if isinstance(each, IntegerConverter)}
        if numbers and "GET" in (rule.methods or set()):
            with app.test_request_context():
                path = app.url_map.bind("localhost").build(rule.endpoint, dict.fromkeys(rule.arguments, 1))
            assert ada.get(path.replace("1", str(huge))).status_code == 404, rule.rule
    assert ada.post("/planning", {"enrollment": str(huge)}).status_code == 404
    assert ada.post("/clinic", {"clinic": str(huge)}).status_code == 404


def test_every_answer_is_strict(sqlite_cast: Cast, anybody: Visitor) -> None:
    for path in ("/sign-in", "/no-such-page", "/static/layout/page.js"):
        headers = anybody.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "object-src 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "Access-Control-Allow-Origin" not in headers
        assert "form-action 'self'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers
    assert anybody.get("/sign-in").headers["Cache-Control"] == "no-store"


def test_on_https_cookies_and_transport_are_secure(settings: Settings, sqlite: Database, sqlite_cast: Cast) -> None:
    app = create_app(replace(settings, base_url="https://clinic.example"), sqlite)
    visitor = Visitor(app)
    site = {"base_url": "https://clinic.example"}
    answers = [visitor.get("/sign-in", **site)]
    visitor.client.set_cookie("__Host-coordinator", answers[0].headers["Set-Cookie"].split("=", 1)[1].split(";")[0])
    token = re.search(r'name="csrf_token" value="([^"]+)"', answers[0].text)
    assert token is not None
    typed = {"csrf_token": token[1], "email": "ada@example.org", "password": PASSWORD, "theme": "dark"}
    by_browser = {**site, "data": typed, "headers": {"Referer": "https://clinic.example/sign-in"}}
    answers += [visitor.client.post(path, **by_browser) for path in ("/theme", "/sign-in")]
    cookies = [cookie for each in answers for cookie in each.headers.getlist("Set-Cookie")]
    names = {"__Host-coordinator", "__Host-device", "__Host-theme"}
    assert {each.partition("=")[0] for each in cookies} == names
    for cookie in cookies:
        marks = set(cookie.split("; "))
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= marks
        assert not any(each.startswith("Domain") for each in marks)
        assert len(cookie) < 4096


@pytest.mark.parametrize("path", ["/sign-in", "/patients", "/no-such-page", "/static/layout/page.js", "/healthz"])
def test_on_https_every_answer_asks_for_https(settings: Settings, sqlite: Database, path: str) -> None:
    app = create_app(replace(settings, base_url="https://clinic.example"), sqlite)
    said = Visitor(app).get(path, base_url="https://clinic.example").headers["Strict-Transport-Security"]
    assert said == "max-age=31536000; includeSubDomains"


def test_what_the_site_signs_is_signed_by_sha256(sqlite_cast: Cast, app: Flask, anybody: Visitor) -> None:
    anybody.get("/sign-in")
    cookie = anybody.client.get_cookie("coordinator")
    assert cookie is not None
    signer = TimestampSigner(SECRET, salt="cookie-session", key_derivation="hmac", digest_method=sha256)
    assert signer.validate(cookie.value)
    assert len(base64_decode(cookie.value.rsplit(".", 1)[1])) == 32
    page = anybody.get("/sign-in").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    assert len(base64_decode(token[1].rsplit(".", 1)[1])) == 32
    with anybody.client.session_transaction() as kept:
        assert len(base64_decode(kept["csrf_token"])) == 32


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInput("x"), 422), (NotFound("x"), 404), (NotAllowed("x"), 403), (Conflict("x"), 409),
    ],
)  # fmt: skip
def test_each_refusal_has_its_status(error: Exception, status: int) -> None:
    assert isinstance(error, InvalidInput | NotFound | NotAllowed | Conflict)
    assert errors.status_of(error) == status


@pytest.fixture
def broken(app: Flask) -> Flask:
    """The site with pages that refuse or fail."""

    def refuse() -> str:
        raise Conflict("Room 1 is taken at 9:00. Choose another time.")

    def missing() -> str:
        raise NotFound("There is no patient Pat Lee in this clinic.")

    def fail() -> str:
        raise ZeroDivisionError("Pat Lee")

    for path, view in (("/sign-in/refuse", refuse), ("/sign-in/missing", missing), ("/sign-in/fail", fail)):
        app.add_url_rule(path, "health.healthz" + path[9:], view)
    app.before_request_funcs[None] = [each for each in app.before_request_funcs[None] if each is not access._check]
    return app


def test_a_refusal_shows_its_sentence(broken: Flask) -> None:
    page = Visitor(broken).get("/sign-in/refuse")
    assert page.status_code == 409
    assert "Room 1 is taken at 9:00. Choose another time." in page.text
    part = Visitor(broken).get("/sign-in/refuse", headers=HTMX)
    assert (part.status_code, part.headers["HX-Retarget"]) == (409, "#flashes")
    assert "<html" not in part.text
    data = Visitor(broken).get("/sign-in/refuse", headers={"Accept": "application/json"})
    assert data.json == {"error": "Room 1 is taken at 9:00. Choose another time.", "error_id": None}


def test_a_thing_of_another_clinic_answers_with_the_same_bytes_as_a_missing_page(broken: Flask) -> None:
    assert Visitor(broken).get("/sign-in/missing").data == Visitor(broken).get("/no-such-page").data


def test_a_failure_says_nothing_but_a_number_that_the_log_has_too(
    broken: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Visitor(broken).get("/sign-in/fail")
    assert page.status_code == 500
    assert page.headers["X-Request-Id"] in page.text
    assert "ZeroDivisionError" not in page.text
    assert "Pat Lee" not in page.text
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    failure = next(line for line in lines if line["event"] == "failure")
    assert failure["request_id"] == page.headers["X-Request-Id"]
    assert failure["kind"] == "ZeroDivisionError"
    assert "Pat Lee" not in json.dumps(lines)


def test_a_gone_database_is_a_styled_page_too(ada: Visitor, sqlite: Database) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(sqlite), "read", _gone)
        assert ada.get("/readyz").status_code == 503
        page = ada.get("/no-such-page")
        assert page.status_code == 404
        assert "Go to today" in page.text


def _gone(self: Database) -> None:
    raise OSError("the disk is gone")


def test_the_log_holds_no_secret(sqlite_cast: Cast, anybody: Visitor, capsys: pytest.CaptureFixture[str]) -> None:
    anybody.sign_in("ada@example.org", query_string={"q": "Pat Lee"})
    anybody.get("/no-such/secret-token")
    text = capsys.readouterr().err
    with anybody.client.session_transaction() as cookie:
        assert cookie["_user_id"] not in text
    for secret in ("correct horse", "Pat Lee", "ada@example.org", "secret-token"):
        assert secret not in text


def test_only_listed_assets_are_served_and_stay_in_caches(app: Flask, anybody: Visitor) -> None:
    for name in assets.FILES:
        with app.test_request_context():
            url = assets.asset_url(name)
        answer = anybody.get(url)
        assert answer.status_code == 200, f"{name}: run npm ci"
        assert "immutable" in answer.headers["Cache-Control"]
    for path in ("bootstrap/package.json", "bootstrap/../htmx.org/package.json", "ical.js/package.json"):
        assert anybody.get(f"/assets/{path}").status_code == 404


def test_a_static_address_changes_with_its_content(app: Flask, anybody: Visitor) -> None:
    page = anybody.get("/sign-in").text
    start = page.index("/static/layout/layout.css?v=")
    url = page[start : page.index('"', start)]
    assert "immutable" in anybody.get(url).headers["Cache-Control"]


def test_machines_can_watch(sqlite_cast: Cast, anybody: Visitor) -> None:
    assert anybody.get("/healthz").text == "ok\n"
    assert anybody.get("/readyz").text == "ready\n"
    figures = anybody.get("/metrics").text
    assert 'coordinator_requests_total{endpoint="health.healthz",method="GET",status="200"' in figures


@pytest.mark.parametrize("header", health.FORWARDED)
def test_figures_are_for_this_machine_only(anybody: Visitor, header: str) -> None:
    assert anybody.get("/metrics", headers={header: "192.0.2.7"}).status_code == 404
    assert anybody.get("/metrics", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 404


@pytest.mark.parametrize(
    ("page", "line"),
    [
        ("/enrollments/{first}", "/patients"),
        ("/enrollments/new", "/enrollments/new"),
        ("/draft", "/schedule"),
        ("/", "/"),
    ],
)
def test_the_menu_marks_where_a_page_belongs(ada: Visitor, sqlite_cast: Cast, page: str, line: str) -> None:
    shown = ada.get(page.format(first=sqlite_cast.first)).text
    assert re.findall(r'<a href="([^"]+)" aria-current="page"', shown) == [line]


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_the_theme_is_kept_and_painted_at_once(anybody: Visitor, theme: str) -> None:
    answer = anybody.post("/theme", {"theme": theme, "next": "/sign-in"})
    assert (answer.status_code, answer.location) == (302, "/sign-in")
    assert f'data-theme="{theme}"' in anybody.get("/sign-in").text


def test_an_unknown_theme_is_refused(anybody: Visitor) -> None:
    assert anybody.post("/theme", {"theme": '"><script>'}).status_code == 400


@pytest.mark.parametrize("number", ["99999999999999999999999999", "9223372036854775808", "-1", "1e3"])
def test_a_number_that_no_row_can_have_is_an_address_that_is_not_there(ada: Visitor, number: str) -> None:
    assert ada.get(f"/patients/{number}").data == ada.get("/no-such-page").data
    assert ada.get("/patients/9223372036854775807").status_code == 404


def test_what_no_database_keeps_is_refused_before_it_gets_there(ada: Visitor) -> None:
    assert ada.post("/patients", {"sought": "a\0b"}).status_code == 400
    assert ada.get("/patients?page=%00").status_code == 400
    assert ada.get("/patients/%00").status_code == 400
    assert ada.post("/sign-in", {"email": "ada\0@example.org", "password": "x"}).status_code == 400


@pytest.mark.parametrize(
    ("name", "letters"), [("Ana Ruiz", "AR"), ("P-1018 Ezra Coleman", "EC"), ("Cher", "C"), ("42", "4")]
)
def test_initials_leave_a_code_out(name: str, letters: str) -> None:
    assert initials(name) == letters
