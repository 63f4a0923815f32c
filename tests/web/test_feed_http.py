"""The feed's address over HTTP: any client is served, unchanged costs nothing, and the address stays a secret."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cast import NOW, Cast
from flask import Flask
from showing import shift, show
from sqlalchemy import text
from visitor import HandClock, Visitor

from config import Settings
from coordinator.app import create_app
from coordinator.services import feeds
from coordinator.store.clinics import ClinicRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Database
from coordinator.web.context import NAME
from coordinator.web.feed_secrets import guard_logging, redact

DAY = NOW + timedelta(days=2)


@pytest.fixture(params=["fast lane", "application"])
def app(app: Flask, request: pytest.FixtureRequest) -> Flask:
    """The site, with and without the fast lane before it: both must answer alike."""
    if request.param == "application":
        app.wsgi_app = app.wsgi_app.inner  # type: ignore[attr-defined, method-assign]
    return app


@pytest.fixture
def token(sqlite: Database, sqlite_cast: Cast) -> str:
    """The secret of Ben's feed at level code, with forty visits."""
    with sqlite.write() as work:
        work.session.get_one(ClinicRecord, sqlite_cast.clinic_id).feed_ceiling = "code"
        for number in range(40):
            show(work, sqlite_cast, NOW, DAY + timedelta(hours=2 * number), code=f"v{number}")
        return feeds.add(work, sqlite_cast.ada, NOW, "staff", sqlite_cast.ben_staff, "Work").token


def path(token: str) -> str:
    return f"/calendars/{token}.ics"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"User-Agent": "Google-Calendar-Importer"},
        {"User-Agent": ""},
        {"Accept": "text/calendar", "User-Agent": "macOS/14 CalendarAgent/1"},
        {"Accept": "application/json"},
        {"Cookie": "coordinator=nonsense"},
    ],
)
def test_any_client_gets_the_whole_feed_without_cookie_or_redirect(
    anybody: Visitor, token: str, headers: dict[str, str]
) -> None:
    answer = anybody.get(path(token), headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.data.count(b"BEGIN:VEVENT") == 40
    assert "Set-Cookie" not in answer.headers


def test_the_answer_is_private_named_and_kept_from_referrers_and_robots(anybody: Visitor, token: str) -> None:
    headers = anybody.get(path(token)).headers
    assert "private" in headers["Cache-Control"]
    assert headers["Content-Disposition"].endswith('filename="calendar.ics"')
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Last-Modified"] == "Mon, 04 Jan 2027 15:00:00 GMT"


def test_on_https_feeds_and_refused_guesses_are_as_strict_as_pages(
    settings: Settings, sqlite: Database, token: str, clock: HandClock
) -> None:
    site = create_app(replace(settings, base_url="https://clinic.example"), sqlite, clock)
    someone = Visitor(site)
    got = someone.get(path(token))
    answers = [got, someone.get(path(token), headers={"If-None-Match": got.headers["ETag"]})]
    answers += [someone.get(path(f"{number:043}")) for number in range(40)]
    assert [each.status_code for each in answers[:2]] == [200, 304]
    assert {each.status_code for each in answers[2:]} == {404, 429}
    for each in answers:
        assert each.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        for directive in ("default-src", "base-uri 'none'", "frame-ancestors 'none'"):
            assert directive in each.headers["Content-Security-Policy"]
        assert each.headers["X-Content-Type-Options"] == "nosniff"


def test_head_says_what_get_says_and_sends_nothing(anybody: Visitor, token: str) -> None:
    got, head = anybody.get(path(token)), anybody.client.head(path(token))
    assert head.data == b""
    for name in ("ETag", "Content-Type", "Content-Length", "Last-Modified", "Cache-Control"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", W/{}', '"other",{}', "*"])
def test_a_client_that_has_it_gets_304_in_every_form_of_asking(anybody: Visitor, token: str, form: str) -> None:
    etag = anybody.get(path(token)).headers["ETag"]
    answer = anybody.get(path(token), headers={"If-None-Match": form.format(etag)})
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == etag
    assert "private" in answer.headers["Cache-Control"]


def test_the_tag_goes_before_the_date(anybody: Visitor, token: str) -> None:
    since = {"If-Modified-Since": anybody.get(path(token)).headers["Last-Modified"]}
    assert anybody.get(path(token), headers=since).status_code == 304
    assert anybody.get(path(token), headers={**since, "If-None-Match": '"stale"'}).status_code == 200
    assert anybody.get(path(token), headers={"If-Modified-Since": "nonsense"}).status_code == 200
    assert anybody.get(path(token), headers={"If-None-Match": "nonsense"}).status_code == 200


def test_a_change_gives_new_bytes_under_a_new_strong_tag(
    anybody: Visitor, token: str, sqlite: Database, sqlite_cast: Cast, clock: HandClock
) -> None:
    before = anybody.get(path(token))
    clock.forward(hours=1)
    with sqlite.write() as work:
        shift(work, sqlite_cast, clock(), 1, DAY + timedelta(days=30))
    after = anybody.get(path(token), headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]
    assert not after.headers["ETag"].startswith("W/")
    assert after.headers["Last-Modified"] == "Mon, 04 Jan 2027 16:00:00 GMT"


def test_gzip_comes_only_when_asked_for_under_a_tag_of_its_own(anybody: Visitor, token: str) -> None:
    plain = anybody.get(path(token))
    zipped = anybody.get(path(token), headers={"Accept-Encoding": "gzip, deflate"})
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in zipped.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    for refused in ("identity", "gzip;q=0", "br"):
        assert "Content-Encoding" not in anybody.get(path(token), headers={"Accept-Encoding": refused}).headers
    again = {"Accept-Encoding": "gzip", "If-None-Match": zipped.headers["ETag"]}
    assert anybody.get(path(token), headers=again).status_code == 304


def test_dead_and_unknown_addresses_give_the_same_bytes(
    anybody: Visitor, token: str, sqlite: Database, sqlite_cast: Cast, clock: HandClock
) -> None:
    etag = anybody.get(path(token)).headers["ETag"]
    with sqlite.write() as work:
        rotated = feeds.add(work, sqlite_cast.ada, NOW, "staff", sqlite_cast.ben_staff)
        feeds.rotate(work, sqlite_cast.ada, NOW, rotated.id)
        revoked = feeds.add(work, sqlite_cast.ada, NOW, "staff", sqlite_cast.dana_staff)
        feeds.revoke(work, sqlite_cast.ada, NOW, revoked.id)
        work.session.get_one(StaffRecord, sqlite_cast.ben_staff).left_at = clock()
    clock.forward(seconds=1)
    answers = [
        anybody.get(path(each), headers=headers)
        for each in (token, rotated.token, revoked.token, "A" * 43, "short", "é")
        for headers in ({}, {"If-None-Match": etag}, {"If-None-Match": "*"}, {"Accept-Encoding": "gzip"})
    ]
    volatile = {"X-Request-Id", "Date"}
    seen = {
        (each.status_code, each.data, tuple(pair for pair in sorted(each.headers) if pair[0] not in volatile))
        for each in answers
    }
    assert len(seen) == 1
    assert answers[0].status_code == 404


def test_the_token_is_in_no_line_that_the_site_writes(
    app: Flask, anybody: Visitor, token: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = anybody.get(path(token)).headers["ETag"]
    anybody.get(path(token), headers={"If-None-Match": etag})
    anybody.get(path("x" + token))
    monkeypatch.setattr("coordinator.services.feed_answers.fetch", _fail)
    broken = anybody.get(path(token))
    assert broken.status_code == 500
    assert token not in broken.text
    written = capfd.readouterr()
    assert "/calendars/<token>.ics" in written.err
    assert token not in written.err + written.out


def test_the_token_is_in_no_audit_entry_and_no_page_names_it_to_another(
    anybody: Visitor, token: str, sqlite: Database, app: Flask, sqlite_cast: Cast
) -> None:
    etag = anybody.get(path(token)).headers["ETag"]
    answers = [anybody.get(path(token), headers={"If-None-Match": etag}), anybody.get(path("x" + token))]
    app.extensions[NAME].fetches.flush(sqlite, NOW)
    with sqlite.read() as work:
        entries = work.session.execute(text("SELECT * FROM audit")).all()
    assert any("feed.fetch" in str(entry) for entry in entries)
    assert not [entry for entry in entries if token in str(entry)]
    assert {answer.headers["Referrer-Policy"] for answer in answers} == {"no-referrer", "same-origin"}


def test_while_the_database_is_away_a_calendar_is_asked_to_come_again(
    anybody: Visitor, token: str, sqlite: Database
) -> None:
    assert anybody.get(path(token)).status_code == 200
    file = Path(sqlite.engine.url.database or "")
    file.rename(file.with_suffix(".away"))
    answer = anybody.get(path(token))
    assert (answer.status_code, token in answer.text) == (503, False)
    file.with_suffix(".away").rename(file)
    assert anybody.get(path(token)).status_code == 200


def test_who_guesses_is_throttled_and_subscribers_at_the_same_address_are_not(
    anybody: Visitor, token: str, sqlite: Database, sqlite_cast: Cast, clock: HandClock
) -> None:
    with sqlite.write() as work:
        unseen = feeds.add(work, sqlite_cast.ada, NOW, "staff", sqlite_cast.dana_staff).token
    assert anybody.get(path(token)).status_code == 200
    guesses = [anybody.get(path(f"{number:043d}")).status_code for number in range(35)]
    assert guesses == [404] * 30 + [429] * 5
    refused = anybody.get(path(unseen))
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert anybody.get(path(token)).status_code == 200
    clock.forward(seconds=61)
    assert anybody.get(path(unseen)).status_code == 200


def _fail(_database: object, token: str, *_more: object) -> None:
    raise RuntimeError(f"no luck with {token}")


def test_every_answered_fetch_is_counted(app: Flask, anybody: Visitor, token: str, sqlite: Database) -> None:
    etag = anybody.get(path(token)).headers["ETag"]
    anybody.get(path(token), headers={"If-None-Match": etag})
    anybody.get(path("x" + token))
    assert app.extensions[NAME].fetches.flush(sqlite, NOW) == 2


@pytest.mark.parametrize(
    "line",
    [
        "GET /calendars/secret-Token_1.ics HTTP/1.1",
        '"https://clinic.example/calendars/secret-Token_1.ics?x=1"',
        "Error handling request /calendars/secret-Token_1.ics",
        "/calendars/secret-Token_1",
    ],
)
def test_addresses_lose_their_secret(line: str) -> None:
    assert "secret" not in redact(line)
    assert "/calendars/…" in redact(line)


def test_a_gateways_address_loses_its_secret_too() -> None:
    assert redact("POST /text-messages/7/secret-of-the-gateway HTTP/1.1") == "POST /text-messages/7/… HTTP/1.1"


def test_what_servers_log_loses_the_secret_whoever_logs_it(caplog: pytest.LogCaptureFixture) -> None:
    make = logging.getLogRecordFactory()
    try:
        guard_logging()
        guard_logging()
        with caplog.at_level(logging.INFO):
            access = {"r": "GET /calendars/secret.ics HTTP/1.1", "s": "200"}
            logging.getLogger("gunicorn.access").info('"%(r)s" %(s)s', access)
            logging.getLogger("any").info("Exception on %s [%s]", "/calendars/secret.ics", "GET")
            logging.getLogger("any").info("%d items", 3)
    finally:
        logging.setLogRecordFactory(make)
    assert caplog.messages == [
        '"GET /calendars/….ics HTTP/1.1" 200', "Exception on /calendars/….ics [GET]", "3 items",
    ]  # fmt: skip


@pytest.mark.parametrize("app", ["fast lane"], indirect=True)
def test_both_lanes_give_the_same_answer(visitor: Callable[[None], Visitor], token: str) -> None:
    someone = visitor(None)
    door = someone.app.wsgi_app
    inner = door.inner  # type: ignore[attr-defined]
    volatile = {"X-Request-Id", "Date", "Permissions-Policy", "Vary"}
    volatile |= {"Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"}
    for headers in ({}, {"Accept-Encoding": "gzip"}, {"If-None-Match": "*"}, {"If-None-Match": '"stale"'}):
        answers = []
        for lane in (door, inner):
            someone.app.wsgi_app = lane  # type: ignore[method-assign]
            answer = someone.get(path(token), headers=headers)
            kept = sorted((name, value) for name, value in answer.headers if name not in volatile)
            answers.append((answer.status_code, answer.data, kept))
        assert answers[0] == answers[1]


def test_the_figures_count_both_lanes(anybody: Visitor, token: str) -> None:
    anybody.get(path(token))
    line = 'coordinator_requests_total{endpoint="feeds.calendar",method="GET",status="200"'
    assert line in anybody.get("/metrics").text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_feed_is_only_read(anybody: Visitor, token: str, method: str) -> None:
    assert anybody.client.open(path(token), method=method).status_code in (400, 405)
