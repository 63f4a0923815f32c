"""Who tries and fails is in the log: whose account, from where and why, and never what was typed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import structlog
from cast import NOW, PASSWORD, Cast, add_user
from flask import Flask
from sqlalchemy import select
from visitor import Visitor

from coordinator.domain.actor import Access
from coordinator.services import log_lines, sign_in
from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.users import MembershipRecord, UserRecord

Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """The refusals that were logged since the last call."""

    def read() -> list[dict[str, object]]:
        text = capsys.readouterr().err
        assert "typed by somebody" not in text and "@example.org" not in text
        return [each for each in map(json.loads, text.splitlines()) if each["event"] == "refused"]

    return read


def id_of(sqlite: Database, email: str) -> int:
    with sqlite.read() as work:
        return work.session.scalars(select(UserRecord.id).where(UserRecord.email == email)).one()


def test_a_refused_sign_in_is_logged_with_whose_and_why_and_not_what_was_typed(
    sqlite_cast: Cast, sqlite: Database, anybody: Visitor, lines: Lines
) -> None:
    ada, cy = id_of(sqlite, "ada@example.org"), id_of(sqlite, "cy@example.org")
    with sqlite.write() as work:
        user = work.session.get_one(UserRecord, cy)
        user.disabled_at = user.created_at
    for email in ("ada@example.org", "cy@example.org", "nobody@example.org"):
        answer = anybody.sign_in(email, "typed by somebody", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
        assert answer.status_code == 422
    for _ in range(sign_in.FREE_ATTEMPTS):
        anybody.sign_in("ada@example.org", "typed by somebody")
    found = lines()
    assert [(each["user"], each["why"]) for each in found[:3]] == [(ada, "wrong"), (cy, "disabled"), (None, "unknown")]
    assert (found[-1]["user"], found[-1]["why"]) == (ada, "blocked")
    assert {each["address"] for each in found[:3]} == {"192.0.2.7"}
    assert all(each["level"] == "warning" and each["what"] == "password" for each in found)
    assert all(str(each["timestamp"]).endswith("Z") and each["request_id"] for each in found)


def test_a_wrong_code_a_wrong_password_on_ones_account_and_a_forged_form_are_logged(
    ada: Visitor, app: Flask, sqlite: Database, lines: Lines
) -> None:
    number = id_of(sqlite, "ada@example.org")
    ada.post("/account/sign-ins/end-others", {"current": "typed by somebody"})
    ada.client.post("/account/recovery-codes", data={"current": "typed by somebody"})
    someone = Visitor(app)
    with someone.client.session_transaction() as cookie:
        cookie["half-signed-in"] = [number, None, 1_799_074_800 * 10, None]
    someone.post("/sign-in/code", {"code": "000000"})
    found = [(each["what"], each["user"]) for each in lines()]
    assert found == [("password again", number), ("forged form", number), ("code", number)]


def test_what_is_logged_is_one_line_of_json_whatever_it_says(
    sqlite_cast: Cast, anybody: Visitor, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    bent = 'x\r\n{"event": "request", "user": 1}\u2028\x1b[2J'
    log_lines.logger().info("probe", what=bent)
    anybody.get("/no-such/%0d%0a%7b%22event%22%3a1%7d")
    anybody.sign_in("nobody@example.org", "x", environ_overrides={"REMOTE_ADDR": bent})
    lines = capsys.readouterr().err.splitlines()
    assert [json.loads(each)["event"] for each in lines] == ["probe", "request", "refused", "request"]
    assert json.loads(lines[0])["what"] == json.loads(lines[2])["address"] == bent
    assert all(each.isascii() and each.isprintable() for each in lines)


def test_the_worker_writes_such_lines_too(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        log_lines.configure()
        structlog.get_logger("coordinator.worker").error("tick.failure", tick="clock", kind="X\nY")
    finally:
        structlog.reset_defaults()
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["level"], line["kind"]) == ("tick.failure", "error", "X\nY")
    assert line["timestamp"].endswith("Z")


def test_who_guesses_addresses_of_feeds_is_logged_once_in_a_minute(
    sqlite_cast: Cast, anybody: Visitor, lines: Lines
) -> None:
    for number in range(40):
        anybody.get(f"/calendars/{number:043}.ics")
    assert [each["what"] for each in lines()] == ["guessing of feeds"]


def test_each_request_is_logged_with_the_users_number(
    ada: Visitor, anybody: Visitor, sqlite: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    ada.get("/team")
    anybody.get("/sign-in")
    found = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [each["user"] for each in found] == [id_of(sqlite, "ada@example.org"), None]


def test_an_administrator_signs_somebody_out_who_may_sign_in_again(
    ada: Visitor, visitor: Callable[[str | None], Visitor], sqlite: Database, sqlite_cast: Cast
) -> None:
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "root@example.org", "Root", Access.ADMINISTRATOR, NOW)
    root = visitor("root@example.org")
    number = id_of(sqlite, "ada@example.org")
    assert root.post(f"/users/{number}/sign-out").location == "/users"
    assert ada.get("/account").status_code == 302
    assert root.get("/account").status_code == 200
    assert root.post(f"/users/{id_of(sqlite, 'cy@example.org')}/sign-out").status_code == 404
    assert ada.sign_in("ada@example.org", PASSWORD).status_code == 302
    with sqlite.read() as work:
        entry = work.session.scalars(select(AuditRecord).where(AuditRecord.action == "user.signed_out")).one()
    assert (entry.subject_id, entry.actor, entry.detail) == (str(number), "Root", {"sign_ins_ended": 1})


def test_who_is_signed_out_does_not_come_back_from_another_clinic(
    ada: Visitor, visitor: Callable[[str | None], Visitor], sqlite: Database, sqlite_cast: Cast
) -> None:
    elsewhere, ours = sqlite_cast.other_clinic_id, sqlite_cast.clinic_id
    with sqlite.write() as work:
        add_user(work, ours, "root@example.org", "Root", Access.ADMINISTRATOR, NOW)
        work.session.add(MembershipRecord(clinic_id=elsewhere, user_id=sqlite_cast.ada.user_id, access="clinician"))
    ada.post("/clinic", {"clinic": elsewhere})
    visitor("root@example.org").post(f"/users/{sqlite_cast.ada.user_id}/sign-out")
    ada.post("/clinic", {"clinic": ours})
    assert ada.get("/account").status_code == 302


def test_of_too_many_sign_ins_the_one_used_least_lately_ends(
    sqlite_cast: Cast, visitor: Callable[[str | None], Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "MOST_AT_ONCE", 3)
    everywhere = [visitor("ada@example.org") for _ in range(5)]
    assert [each.get("/account").status_code for each in everywhere] == [302, 302, 200, 200, 200]
