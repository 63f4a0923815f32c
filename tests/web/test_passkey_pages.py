"""Passkeys: made, listed, signed in with, removed; and every answer that must open nothing."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from authenticator import Authenticator
from cast import NOW, PASSWORD, Cast, add_user
from flask import Flask
from sqlalchemy import select
from visitor import HandClock, Visitor

from coordinator.domain.actor import Access
from coordinator.services import passkeys, sign_in
from coordinator.services.passkeys import Site, site_of
from coordinator.store.accounts import RecoveryCodeRecord
from coordinator.store.passkeys import PasskeyRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.users import MembershipRecord, UserRecord


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account").status_code == 200


def options_in(page: str) -> dict[str, Any]:
    """What the page would hand to the browser."""
    found = re.search(r'data-options="([^"]*)"', page)
    assert found is not None
    return dict(json.loads(html.unescape(found[1])))


def enroll(visitor: Visitor, device: Authenticator, name: str = "Blue key") -> str:
    """Adds a passkey as somebody would; the page afterwards."""
    page = visitor.post("/account/passkeys/new", {"name": name, "current": PASSWORD})
    assert page.status_code == 200
    answer = visitor.post("/account/passkeys", {"answer": device.make(options_in(page.text))}, follow_redirects=True)
    return answer.text


def half_in(app: Flask, email: str = "ada@example.org") -> tuple[Visitor, dict[str, Any]]:
    """Somebody who has typed the password, and what their passkey is asked to sign."""
    someone = Visitor(app)
    assert someone.sign_in(email).location.startswith("/sign-in/code")
    return someone, options_in(someone.get("/sign-in/code").text)


def signs(someone: Visitor, answer: str) -> bool:
    """Whether the answer signs somebody in."""
    someone.post("/sign-in/passkey", {"answer": answer})
    return is_in(someone)


@pytest.fixture
def key() -> Authenticator:
    return Authenticator()


def test_a_passkey_is_asked_for_after_the_password_and_recovery_codes_stand_in(
    ada: Visitor, app: Flask, key: Authenticator, visitor: Callable[[str | None], Visitor]
) -> None:
    there = visitor("ada@example.org")
    page = enroll(ada, key)
    codes = re.findall(r"<code>([2-7a-z-]{34})</code>", page)
    assert len(codes) == 10
    assert is_in(ada) and not is_in(there), "a new factor signs out elsewhere"
    assert "Blue key" in ada.get("/account").text
    someone, options = half_in(app)
    assert not is_in(someone), "a password alone opens nothing"
    assert options["rpId"] == "localhost"
    assert signs(someone, key.sign(options))
    other, _ = half_in(app)
    other.post("/sign-in/code", {"code": codes[0]})
    assert is_in(other)


def test_a_second_one_keeps_the_codes_and_the_list_shows_when_each_was_used(
    ada: Visitor, app: Flask, key: Authenticator, clock: HandClock
) -> None:
    enroll(ada, key)
    spare = Authenticator()
    page = enroll(ada, spare, "Spare <b>key</b>")
    assert "The passkey is added" in page and "10 recovery codes left" in page
    assert "Spare &lt;b&gt;key&lt;/b&gt;" in page
    clock.forward(minutes=1)
    someone, options = half_in(app)
    assert len(options["allowCredentials"]) == 2
    assert signs(someone, spare.sign(options))
    assert someone.get("/account").text.count("last used") == 1


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("http://localhost:5001", "localhost"),
        ("https://localhost.example.org", "localhost"),
        ("http://localhost:5000", "example.org"),
    ],
)
def test_a_passkey_of_another_site_is_refused(ada: Visitor, app: Flask, origin: str, name: str) -> None:
    assert passkeys.NOT_MADE in enroll(ada, Authenticator(origin, name))
    device = Authenticator()
    enroll(ada, device)
    someone, options = half_in(app)
    device.origin, device.name = origin, name
    assert not signs(someone, device.sign(options))


def test_an_answer_works_once_and_for_the_page_that_asked(
    ada: Visitor, app: Flask, key: Authenticator, clock: HandClock
) -> None:
    enroll(ada, key)
    someone, options = half_in(app)
    stolen = someone.client.get_cookie("coordinator")
    assert stolen is not None
    key.counter = -1  # a passkey that does not count, as most that are kept in the cloud
    answer = key.sign(options)
    assert signs(someone, answer)
    again = Visitor(app)
    again.client.set_cookie("coordinator", stolen.value)
    assert not signs(again, answer), "the same cookie and answer once more"
    clock.forward(minutes=1)
    thief, _ = half_in(app)
    assert not signs(thief, answer), "an answer to another challenge"
    late, options = half_in(app)
    clock.forward(minutes=4, seconds=59)
    key.counter = -1
    answer = key.sign(options)
    clock.forward(seconds=2)
    assert not signs(late, answer)


def test_a_copied_key_that_counts_backwards_is_refused(
    ada: Visitor, app: Flask, key: Authenticator, clock: HandClock
) -> None:
    enroll(ada, key)
    for counter, is_right in ((7, True), (3, False), (8, True)):
        clock.forward(minutes=1)
        someone, options = half_in(app)
        key.counter = counter
        assert signs(someone, key.sign(options)) is is_right


def test_nobody_signs_in_with_anybody_elses_passkey(
    ada: Visitor, ben: Visitor, app: Flask, key: Authenticator, sqlite: Database
) -> None:
    enroll(ada, Authenticator())
    enroll(ben, key)
    someone, options = half_in(app)
    assert not signs(someone, key.sign(options))
    page = ada.post("/account/passkeys/new", {"name": "Mine", "current": PASSWORD}).text
    refused = ada.post("/account/passkeys", {"answer": key.make(options_in(page))})
    assert (refused.status_code, "kept already" in refused.text) == (409, True)
    with sqlite.read() as work:
        bens = work.session.scalars(select(PasskeyRecord.id).order_by(PasskeyRecord.id.desc())).first()
    assert ada.post(f"/account/passkeys/{bens}/remove", {"current": PASSWORD}).status_code == 404


def test_a_removed_passkey_opens_nothing_and_the_last_one_takes_the_codes_along(
    ada: Visitor, app: Flask, key: Authenticator, sqlite: Database, visitor: Callable[[str | None], Visitor]
) -> None:
    enroll(ada, key)
    enroll(ada, Authenticator())
    with sqlite.read() as work:
        first, second = work.session.scalars(select(PasskeyRecord.id).order_by(PasskeyRecord.id))
    assert ada.post(f"/account/passkeys/{first}/remove", {"current": "wrong"}).status_code == 422
    assert ada.post(f"/account/passkeys/{first}/remove", {"current": PASSWORD}).status_code == 302
    someone, options = half_in(app)
    assert not signs(someone, key.sign(options))
    ada.post(f"/account/passkeys/{second}/remove", {"current": PASSWORD})
    assert is_in(visitor("ada@example.org")), "the password is enough again"
    assert "recovery codes left" not in ada.get("/account").text


def test_where_the_clinic_asks_for_a_second_factor_a_passkey_is_one_and_the_last_stays(
    ada: Visitor, key: Authenticator, sqlite: Database, sqlite_cast: Cast, visitor: Callable[[str | None], Visitor]
) -> None:
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "root@example.org", "Ros Root", Access.ADMINISTRATOR, NOW)
    root = visitor("root@example.org")
    root.post("/users/sign-in-policy", {"factor": "on", "idle_minutes": "60"})
    assert ada.get("/patients").status_code == 302
    enroll(ada, key)
    assert ada.get("/patients").status_code == 200
    with sqlite.read() as work:
        only = work.session.scalars(select(PasskeyRecord.id)).one()
    refused = ada.post(f"/account/passkeys/{only}/remove", {"current": PASSWORD})
    assert (refused.status_code, "asks for a second factor" in refused.text) == (403, True)
    enroll(root, Authenticator())
    assert root.get("/users").text.count("shield-check") == 2 + 1, "two of the users, and the menu's own"


def test_an_administrator_resets_a_lost_factor_but_not_that_of_who_works_elsewhere_too(
    ada: Visitor, key: Authenticator, sqlite: Database, sqlite_cast: Cast, visitor: Callable[[str | None], Visitor]
) -> None:
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "root@example.org", "Ros Root", Access.ADMINISTRATOR, NOW)
    root = visitor("root@example.org")
    enroll(ada, key)
    reset = f"/users/{sqlite_cast.ada.user_id}/second-factor/reset"
    assert ada.post(reset).status_code == 403
    with sqlite.write() as work:
        elsewhere = MembershipRecord(
            clinic_id=sqlite_cast.other_clinic_id, user_id=sqlite_cast.ada.user_id, access="clinician"
        )
        work.session.add(elsewhere)
    root.post(reset)
    assert "works at other clinics too" in root.get("/users").text and is_in(ada)
    with sqlite.write() as work:
        work.session.delete(work.session.get_one(MembershipRecord, elsewhere.id))
    root.post(reset)
    assert not is_in(ada)
    assert is_in(visitor("ada@example.org")), "the password is enough, until a new factor is set up"
    with sqlite.read() as work:
        assert not work.session.scalars(select(PasskeyRecord)).all()
        assert not work.session.scalars(select(RecoveryCodeRecord)).all()
    enroll(root, Authenticator())
    root.post(f"/users/{id_of(sqlite, 'root@example.org')}/second-factor/reset")
    assert "your own second factor" in root.get("/users").text


def id_of(sqlite: Database, email: str) -> int:
    with sqlite.read() as work:
        return work.session.scalars(select(UserRecord.id).where(UserRecord.email == email)).one()


def test_tries_with_a_passkey_are_counted_like_codes(
    ada: Visitor, app: Flask, key: Authenticator, clock: HandClock
) -> None:
    enroll(ada, key)
    clock.forward(minutes=1)
    thief, _ = half_in(app)
    for _ in range(sign_in.FREE_ATTEMPTS):
        thief.get("/sign-in/code")
        assert thief.post("/sign-in/passkey", {"answer": "{}"}).status_code == 422
    options = options_in(thief.get("/sign-in/code").text)
    assert not signs(thief, key.sign(options)), "too many tries"


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", "null", "1", '{"id": 1}', "{" * 9_000, "[" * 19_000, '{"rawId": "!"}', '{"id":"é","rawId":"é"}'],
)
def test_nonsense_adds_nothing_and_opens_nothing(ada: Visitor, app: Flask, key: Authenticator, answer: str) -> None:
    ada.post("/account/passkeys/new", {"name": "Key", "current": PASSWORD})
    assert ada.post("/account/passkeys", {"answer": answer}).status_code == 422
    enroll(ada, key)
    someone, _ = half_in(app)
    assert someone.post("/sign-in/passkey", {"answer": answer}).status_code == 422


def test_an_answer_that_was_bent_anywhere_never_breaks_the_site(ada: Visitor, app: Flask, key: Authenticator) -> None:
    page = ada.post("/account/passkeys/new", {"name": "Key", "current": PASSWORD}).text
    made = json.loads(key.make(options_in(page)))
    for part in ("clientDataJSON", "attestationObject"):
        for bent in (None, 7, "", "AA", made["response"][part][:-9], {"a": 1}):
            answer = json.dumps(made | {"response": made["response"] | {part: bent}})
            assert ada.post("/account/passkeys", {"answer": answer}).status_code in {422, 302}
            page = ada.post("/account/passkeys/new", {"name": "Key", "current": PASSWORD}).text
    assert "Blue key" not in ada.get("/account").text


def test_who_does_not_know_the_password_adds_none(ada: Visitor) -> None:
    refused = ada.post("/account/passkeys/new", {"name": "", "current": "wrong"})
    assert refused.status_code == 422
    assert refused.text.count('aria-invalid="true"') == 2
    assert ada.post("/account/passkeys", {"answer": "{}"}).location == "/account/passkeys/new"


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://plan.example.org", Site("plan.example.org", "https://plan.example.org")),
        ("http://127.0.0.1:5000", Site("localhost", "http://localhost:5000")),
        ("https://plan.example.org:8443/", Site("plan.example.org", "https://plan.example.org:8443")),
    ],
)
def test_passkeys_belong_to_the_name_in_the_sites_address(address: str, site: Site) -> None:
    assert site_of(address) == site
