"""Accounts: second factor, sign-ins elsewhere, passwords, invitations, recovery, and who is kept out at once."""

from __future__ import annotations

import re
from base64 import b32decode
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from cast import NOW, PASSWORD, Cast, add_user
from flask import Flask
from sqlalchemy import select
from visitor import HandClock, Visitor

from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.actor import Access
from coordinator.services import passwords, sign_in
from coordinator.services.account_mail import AccountMail, send_due
from coordinator.store.accounts import AccountLinkRecord, RecoveryCodeRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.users import SignInRecord, UserRecord

NEW = "violet kettle under snow"


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account").status_code == 200


@pytest.fixture
def root(sqlite: Database, sqlite_cast: Cast, visitor: Callable[[str | None], Visitor]) -> Visitor:
    """Ros, the only administrator."""
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "root@example.org", "Ros Root", Access.ADMINISTRATOR, NOW)
    return visitor("root@example.org")


@pytest.fixture
def post(sqlite: Database, clock: HandClock) -> Callable[[], list[str]]:
    """Lets the worker send what is due; the texts of all that went out."""
    mailer = RecordingMailer()

    def send() -> list[str]:
        send_due(AccountMail(sqlite, mailer, clock, "http://127.0.0.1:5000"))
        return [mail.text for mail in mailer.sent]

    return send


def link_in(text: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:5000(/set-password/\S+)", text)
    assert found is not None
    return found[1]


def id_of(sqlite: Database, email: str) -> int:
    with sqlite.read() as work:
        return work.session.scalars(select(UserRecord.id).where(UserRecord.email == email)).one()


def set_up(visitor: Visitor, clock: HandClock) -> tuple[pyotp.TOTP, list[str]]:
    """Turns the second factor on; the app, and the recovery codes."""
    page = visitor.get("/account/second-factor").text
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page)
    assert secret is not None
    app = pyotp.TOTP(secret[1])
    done = visitor.post("/account/second-factor", {"code": app.at(clock.at), "current": PASSWORD})
    assert done.status_code == 200
    return app, re.findall(r"<code>([2-7a-z-]{34})</code>", done.text)


def test_a_second_factor_is_asked_for_after_the_password_and_each_code_works_once(
    ada: Visitor, app: Flask, clock: HandClock
) -> None:
    device, codes = set_up(ada, clock)
    assert len(codes) == 10
    clock.forward(minutes=2)
    code = device.at(clock.at)
    for is_right in (True, False):
        someone = Visitor(app)
        assert someone.sign_in("ada@example.org").location.startswith("/sign-in/code")
        assert not is_in(someone), "a password alone opens nothing"
        assert (someone.post("/sign-in/code", {"code": code}).status_code == 302) is is_right
        assert is_in(someone) is is_right


def test_a_recovery_code_stands_in_once_and_is_kept_as_a_hash(
    ada: Visitor, app: Flask, clock: HandClock, sqlite: Database
) -> None:
    _, codes = set_up(ada, clock)
    for is_right in (True, False):
        someone = Visitor(app)
        someone.sign_in("ada@example.org")
        someone.post("/sign-in/code", {"code": f" {codes[0].upper()} "})
        assert is_in(someone) is is_right
    with sqlite.read() as work:
        kept = {each.code_hash for each in work.session.scalars(select(RecoveryCodeRecord))}
    plain = {each.replace("-", "") for each in codes}
    assert not kept & plain
    assert {len(b32decode(f"{each.upper()}====")) for each in plain} == {17}, "140 bits of chance"
    assert "9 recovery codes left" in ada.get("/account").text


def test_a_new_apps_secret_lies_sealed_in_the_cookie(ada: Visitor, clock: HandClock) -> None:
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", ada.get("/account/second-factor").text)
    assert secret is not None
    with ada.client.session_transaction() as cookie:
        assert secret[1] not in str(dict(cookie))
        cookie["new-authenticator"] = secret[1]
    typed = {"code": pyotp.TOTP(secret[1]).at(clock.at), "current": PASSWORD}
    assert ada.post("/account/second-factor", typed).status_code == 422, "nobody brings a secret of their own"


def test_codes_are_counted_like_passwords_and_the_step_between_lasts_five_minutes(
    ada: Visitor, app: Flask, clock: HandClock
) -> None:
    device, _ = set_up(ada, clock)
    clock.forward(minutes=2)
    thief = Visitor(app)
    thief.sign_in("ada@example.org")
    for _ in range(sign_in.FREE_ATTEMPTS):
        assert thief.post("/sign-in/code", {"code": "000000"}).status_code == 422
    assert thief.post("/sign-in/code", {"code": device.at(clock.at)}).status_code == 422, "too many tries"
    clock.forward(minutes=20)
    assert thief.post("/sign-in/code", {"code": device.at(clock.at)}).location == "/sign-in"


def test_a_wrong_code_or_password_turns_nothing_on_and_shows_the_same_secret_again(
    ada: Visitor, clock: HandClock
) -> None:
    page = ada.get("/account/second-factor").text
    wrong = ada.post("/account/second-factor", {"code": "000000", "current": PASSWORD})
    secret = re.findall(r"<code>([A-Z2-7]{32})</code>", page + wrong.text)
    stranger = {"code": pyotp.TOTP(secret[0]).at(clock.at), "current": "whoever sits here"}
    unknown = ada.post("/account/second-factor", stranger)
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert 'id="current-error"' in unknown.text and 'id="code-error"' in wrong.text
    secret += re.findall(r"<code>([A-Z2-7]{32})</code>", unknown.text)
    assert len(secret) == 3 and len(set(secret)) == 1
    assert "Set up" in ada.get("/account").text


def test_whoever_must_have_a_second_factor_can_do_nothing_before(
    root: Visitor, ada: Visitor, ben: Visitor, clock: HandClock
) -> None:
    root.post("/users/sign-in-policy", {"factor": "on", "idle_minutes": "60"})
    assert ada.get("/patients").location == "/account/second-factor"
    assert ada.post("/account/recovery-codes").status_code == 302
    assert ben.get("/patients").status_code == 200, "clinicians are not asked"
    set_up(ada, clock)
    assert ada.get("/patients").status_code == 200
    refused = ada.post("/account/second-factor/off", {"current": PASSWORD})
    assert refused.status_code == 403


def test_turning_a_second_factor_on_off_and_changing_the_password_sign_out_elsewhere(
    visitor: Callable[[str | None], Visitor], sqlite_cast: Cast, clock: HandClock
) -> None:
    def both() -> tuple[Visitor, Visitor]:
        return visitor("ada@example.org"), visitor("ada@example.org")

    here, there = both()
    set_up(here, clock)
    assert is_in(here) and not is_in(there)
    assert here.post("/account/second-factor/off", {"current": "wrong"}).status_code == 422
    assert here.post("/account/second-factor/off", {"current": PASSWORD}).status_code == 302
    here, there = both()
    changed = here.post("/account/password", {"current": PASSWORD, "password": NEW})
    assert changed.status_code == 302
    assert is_in(here) and not is_in(there)
    assert there.sign_in("ada@example.org").status_code == 422
    assert there.sign_in("ada@example.org", NEW).status_code == 302


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"current": "wrong", "password": NEW}, "This is not your current password"),
        ({"current": PASSWORD, "password": "too short"}, "Use at least 15"),
        ({"current": PASSWORD, "password": "ada moss harbor clinic"}, "too easy to guess"),
    ],
)
def test_a_password_that_cannot_be_changed_says_why_beside_its_field(
    ada: Visitor, typed: dict[str, str], words: str
) -> None:
    answer = ada.post("/account/password", typed)
    assert answer.status_code == 422
    assert words in answer.text and 'aria-invalid="true"' in answer.text


def test_sign_ins_are_listed_and_ended_one_by_one_and_nobody_elses(
    ada: Visitor, ben: Visitor, visitor: Callable[[str | None], Visitor], sqlite: Database
) -> None:
    phone = visitor("ada@example.org")
    page = ada.get("/account").text
    assert page.count("last seen") >= 2 and "This one" in page
    with sqlite.read() as work:
        rows = {each.user_id: each.id for each in work.session.scalars(select(SignInRecord).order_by(SignInRecord.id))}
    bens = rows[id_of(sqlite, "ben@example.org")]
    assert ada.post(f"/account/sign-ins/{bens}/end", {"current": PASSWORD}).status_code == 404
    assert is_in(ben)
    adas = f"/account/sign-ins/{rows[id_of(sqlite, 'ada@example.org')]}/end"
    for address in (adas, "/account/sign-ins/end-others"):
        assert ada.post(address, {"current": "whoever sits here"}).status_code == 422
    assert is_in(phone)
    ada.post(adas, {"current": PASSWORD})
    assert not is_in(phone) and is_in(ada)
    phone.sign_in("ada@example.org")
    ada.post("/account/sign-ins/end-others", {"current": PASSWORD})
    assert not is_in(phone) and is_in(ada)


def test_whoever_guesses_from_elsewhere_does_not_lock_out_a_known_device(
    ada: Visitor, app: Flask, sqlite_cast: Cast
) -> None:
    ada.post("/sign-out")
    attacker = Visitor(app)
    for _ in range(sign_in.FREE_ATTEMPTS + 1):
        forged = {"X-Forwarded-For": "203.0.113.9"}
        attacker.post("/sign-in", {"email": "ada@example.org", "password": "wrong"}, headers=forged)
    assert attacker.sign_in("ada@example.org").status_code == 422, "strangers are kept out"
    assert ada.sign_in("ada@example.org").status_code == 302, "the user is not"


def test_an_invitation_lets_somebody_choose_a_password_once(
    root: Visitor, anybody: Visitor, post: Callable[[], list[str]], sqlite: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    form = {"name": "Dee Lowe", "email": "dee@example.org", "access": "clinician"}
    assert root.post("/users/invite", form).status_code == 302
    (text,) = post()
    link = link_in(text)
    assert anybody.get(link).status_code == anybody.get(link).status_code == 200, "looking changes nothing"
    assert not passwords.matches("", "nobody signs in with this"), "an account without a password opens to nobody"
    assert anybody.post(link, {"password": "short"}).status_code == 422
    assert anybody.post(link, {"password": NEW}).location == "/sign-in"
    assert anybody.sign_in("dee@example.org", NEW).status_code == 302
    assert anybody.get(link).status_code == 404
    assert root.post(f"/users/{id_of(sqlite, 'dee@example.org')}/invite").status_code == 302
    assert len(post()) == 1, "who has a password is not invited again"
    assert link.rpartition("/")[2] not in capsys.readouterr().err


@pytest.mark.parametrize(
    "change", [lambda link: link[:-1] + ("A" if link[-1] != "A" else "B"), lambda link: "/set-password/1-x"]
)
def test_a_link_cannot_be_guessed(
    root: Visitor, anybody: Visitor, post: Callable[[], list[str]], change: Callable[[str], str]
) -> None:
    root.post("/users/invite", {"name": "Dee Lowe", "email": "dee@example.org", "access": "clinician"})
    dead = anybody.get(change(link_in(post()[0])))
    assert (dead.status_code, "This link is not valid" in dead.text) == (404, True)


def test_recovery_tells_nobody_which_accounts_exist(
    sqlite_cast: Cast, anybody: Visitor, post: Callable[[], list[str]], clock: HandClock
) -> None:
    answers = {re.sub(r'value="[^"]*"', "", anybody.post("/forgot-password", {"email": each}).text) for each in (
        "ada@example.org", "nobody@example.org", "", "ADA@example.org",
    )}  # fmt: skip
    assert len(answers) == 1
    (text,) = post()
    clock.forward(hours=1)
    assert anybody.post(link_in(text), {"password": NEW}).status_code == 404, "a link lasts an hour"


def test_recovery_ends_every_sign_in_and_every_block(
    ada: Visitor, app: Flask, anybody: Visitor, post: Callable[[], list[str]], sqlite: Database
) -> None:
    for _ in range(sign_in.FREE_ATTEMPTS):
        anybody.sign_in("ada@example.org", "wrong")
    anybody.post("/forgot-password", {"email": "ada@example.org"})
    assert anybody.post(link_in(post()[0]), {"password": NEW}).status_code == 302
    assert not is_in(ada)
    assert anybody.sign_in("ada@example.org", NEW).status_code == 302


def test_a_password_does_not_expire_and_a_new_one_does_not_replace_the_second_factor(
    ada: Visitor, anybody: Visitor, clock: HandClock, post: Callable[[], list[str]]
) -> None:
    device, _ = set_up(ada, clock)
    anybody.post("/forgot-password", {"email": "ada@example.org"})
    assert anybody.post(link_in(post()[0]), {"password": NEW}).status_code == 302
    clock.forward(days=2000)
    assert anybody.sign_in("ada@example.org", NEW).location.startswith("/sign-in/code")
    assert not is_in(anybody)
    anybody.post("/sign-in/code", {"code": device.at(clock.at)})
    assert is_in(anybody)


def test_a_mail_that_cannot_leave_is_tried_again_and_a_void_one_is_not_sent(
    sqlite: Database, sqlite_cast: Cast, anybody: Visitor, clock: HandClock, post: Callable[[], list[str]]
) -> None:
    anybody.post("/forgot-password", {"email": "ada@example.org"})
    clock.forward(minutes=6)
    anybody.post("/forgot-password", {"email": "ada@example.org"})
    assert len(post()) == 1, "the earlier link is void, and so is its mail"
    with sqlite.read() as work:
        assert not [each for each in work.session.scalars(select(AccountLinkRecord)) if each.mail_due_at]


def test_changes_of_access_count_at_once_and_the_last_administrator_stays(
    root: Visitor, ada: Visitor, sqlite: Database, clock: HandClock
) -> None:
    ada_id, root_id = id_of(sqlite, "ada@example.org"), id_of(sqlite, "root@example.org")
    root.post(f"/users/{ada_id}/access", {"access": "auditor"})
    assert not is_in(ada)
    ada.sign_in("ada@example.org")
    assert ada.get("/enrollments/new").status_code == 403
    root.post(f"/users/{ada_id}/shut-out")
    assert not is_in(ada)
    assert ada.sign_in("ada@example.org").status_code == 422
    root.post(f"/users/{ada_id}/let-in")
    assert ada.sign_in("ada@example.org").status_code == 302
    root.post(f"/users/{root_id}/access", {"access": "auditor"})
    root.post(f"/users/{root_id}/shut-out")
    assert "only administrator" in root.get("/users").text
    assert is_in(root)


def test_another_clinics_user_is_not_there(root: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    cy = id_of(sqlite, "cy@example.org")
    for act in ("invite", "access", "shut-out", "let-in"):
        assert root.post(f"/users/{cy}/{act}", {"access": "auditor"}).status_code == 404
    assert "cy@example.org" not in root.get("/users").text


def test_a_sign_in_ends_after_the_clinics_own_idle_time_which_polling_does_not_prolong(
    root: Visitor, ada: Visitor, clock: HandClock
) -> None:
    root.post("/users/sign-in-policy", {"idle_minutes": "15"})
    for _ in range(3):
        clock.forward(minutes=14)
        assert ada.get("/sign-in/stay").json["token"]  # type: ignore[index]
    for _ in range(3):
        clock.forward(minutes=6)
        ada.get("/planning/1/progress")
    assert ada.get("/sign-in/stay", headers={"Accept": "application/json"}).status_code == 401
    assert clock.at - NOW < timedelta(hours=12)
