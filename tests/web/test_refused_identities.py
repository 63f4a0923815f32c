"""Signing in by a provider of identities: every answer that opens nothing, and what is said of it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from arriving import Ask, changed, entries, is_in, said
from cast import NOW, Cast
from flask import Flask
from identity_provider import Running
from sqlalchemy import select
from visitor import HandClock, Visitor

from coordinator.services import identities as service
from coordinator.services import users
from coordinator.store.identities import IdentityRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.users import MembershipRecord, UserRecord


@pytest.mark.parametrize("person", [{"email_verified": False}, {"email_verified": None}, {"email": None}])
def test_an_address_that_is_not_verified_finds_nobody(
    nia: int, anybody: Visitor, ask: Ask, there: Running, person: dict[str, Any], sqlite: Database
) -> None:
    there.behave(person=person)
    assert said(anybody, anybody.get(ask(anybody, "nia@example.org"))) == service.UNVERIFIED.format("Harbor ID")
    assert "user.identity_add" not in entries(sqlite)


def test_nobody_is_made_an_account_and_nobody_learns_which_there_are(
    nia: int, sqlite_cast: Cast, anybody: Visitor, app: Flask, ask: Ask, sqlite: Database
) -> None:
    before = anybody.get(ask(anybody, "stranger@example.org"))
    with sqlite.write() as work:
        users.disable_user(work, sqlite_cast.ada, NOW, "nia@example.org")
        cy = work.session.scalars(select(MembershipRecord).where(MembershipRecord.user_id == sqlite_cast.cy.user_id))
        work.session.delete(cy.one())
    nobody = service.NO_ACCOUNT.format("Harbor ID")
    assert said(anybody, before) == nobody
    for email in ("nia@example.org", "cy@example.org"):
        assert said(anybody, anybody.get(ask(anybody, email))) == nobody
    with sqlite.read() as work:
        assert len(work.session.scalars(select(UserRecord)).all()) == 4
        assert not work.session.scalars(select(IdentityRecord)).all()


def test_who_is_disabled_is_out_at_once_and_stays_out(
    nia: int, sqlite_cast: Cast, anybody: Visitor, app: Flask, ask: Ask, sqlite: Database
) -> None:
    anybody.get(ask(anybody, "nia@example.org"))
    assert is_in(anybody)
    back = ask(late := Visitor(app), "nia@example.org")
    with sqlite.write() as work:
        users.disable_user(work, sqlite_cast.ada, NOW, "nia@example.org")
    assert not is_in(anybody)
    assert said(late, late.get(back)) == service.NO_ACCOUNT.format("Harbor ID")


def test_an_address_that_has_passed_to_somebody_else_opens_nothing(
    nia: int, anybody: Visitor, app: Flask, ask: Ask, there: Running
) -> None:
    anybody.get(ask(anybody, "nia@example.org"))
    there.behave(person={"sub": "the next to have that address"})
    other = Visitor(app)
    assert said(other, other.get(ask(other, "nia@example.org"))) == service.ANOTHER.format("Harbor ID")


WRONG = "What Harbor ID answered does not belong to this sign-in."


@pytest.mark.parametrize(
    "lie",
    [
        {"claims": {"nonce": "of another sign-in"}},
        {"claims": {"aud": "another-site"}},
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"exp": int(NOW.timestamp()) - 120}},
        {"signs": "none"},
        {"signs": "secret"},
        {"signs": "stranger"},
        {"answer": {"iss": "https://evil.example"}},
    ],
)
def test_a_lie_anywhere_opens_nothing_and_is_told_in_one_sentence(
    nia: int, anybody: Visitor, ask: Ask, there: Running, lie: dict[str, Any], sqlite: Database
) -> None:
    there.behave(**lie)
    assert said(anybody, anybody.get(ask(anybody, "nia@example.org"))).startswith(WRONG)
    assert entries(sqlite)[-1] != "user.sign_in"


def test_a_forged_or_missing_state_opens_nothing(nia: int, anybody: Visitor, app: Flask, ask: Ask) -> None:
    back = ask(anybody, "nia@example.org")
    victim = Visitor(app)
    assert "begun in another window" in said(victim, victim.get(back)), "a link that somebody else has begun"
    ask(victim, "ada@example.org")
    assert said(victim, victim.get(back)).startswith(WRONG), "the state of another browser"
    assert said(anybody, anybody.get(changed(back, state="forged"))).startswith(WRONG)
    assert "begun in another window" in said(anybody, anybody.get(back)), "a state is good for one answer, right or not"


def test_an_answer_works_once_whoever_kept_the_cookie_and_however_lax_the_provider(
    nia: int, anybody: Visitor, app: Flask, ask: Ask, there: Running
) -> None:
    there.behave(keeps_codes=True)
    anybody.get(ask(anybody, "nia@example.org"))
    back = ask(second := Visitor(app), "nia@example.org")
    stolen = second.client.get_cookie("coordinator")
    assert stolen is not None
    assert second.get(back).location == "/account"
    thief = Visitor(app)
    thief.client.set_cookie("coordinator", stolen.value)
    assert said(thief, thief.get(back)) == service.VOID
    there.behave(keeps_codes=False)
    back = ask(third := Visitor(app), "nia@example.org")
    stolen = third.client.get_cookie("coordinator")
    assert stolen is not None and third.get(back).location == "/account"
    thief.client.set_cookie("coordinator", stolen.value)
    assert said(thief, thief.get(back)).startswith(WRONG), "the provider takes a code once"


def test_whoever_takes_longer_than_ten_minutes_starts_again(
    nia: int, anybody: Visitor, ask: Ask, clock: HandClock
) -> None:
    back = ask(anybody, "nia@example.org")
    clock.forward(minutes=10, seconds=1)
    assert "took too long" in said(anybody, anybody.get(back))


def test_who_says_no_there_and_a_provider_that_is_down_are_told_in_one_sentence(
    nia: int, anybody: Visitor, app: Flask, ask: Ask, there: Running
) -> None:
    refused = said(anybody, anybody.get(ask(anybody, "nia@example.org", refuses=True)))
    assert refused.startswith("Harbor ID did not let you in, or you chose not to go on.")
    back = ask(anybody, "nia@example.org")
    there.behave(status=503)
    assert said(anybody, anybody.get(back)).startswith("Harbor ID does not answer as it should.")


def test_a_provider_that_was_never_there_is_told_and_the_password_still_works(
    sqlite_cast: Cast, anybody: Visitor, there: Running
) -> None:
    there.behave(status=500)
    answer = anybody.get("/sign-in/provider?next=/team")
    assert answer.location == "/sign-in?next=/team"
    assert said(anybody, answer).startswith("Harbor ID does not answer as it should.")
    assert anybody.sign_in("ada@example.org").status_code == 302


def test_the_log_has_the_reason_and_nothing_of_who_it_was(
    nia: int, anybody: Visitor, ask: Ask, there: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    there.behave(claims={"aud": "another-site"})
    back = ask(anybody, "nia@example.org")
    anybody.get(back)
    log = capsys.readouterr().err
    lines = [json.loads(each) for each in log.splitlines() if each.startswith("{")]
    refused = [(each["what"], each["user"], each["why"]) for each in lines if each["event"] == "refused"]
    assert refused == [("provider", None, "ID token: InvalidClaimError aud")]
    for secret in ("nia@", *dict(parse_qsl(urlsplit(back).query)).values()):
        assert secret not in log


def test_it_leads_to_no_other_site(nia: int, anybody: Visitor, there: Running, clock: HandClock) -> None:
    for target in ("https://evil.example", "//evil.example", "/\\evil.example", "/" + "x" * 600):
        clock.forward(seconds=1)
        there.behave(now=clock.at.timestamp())
        page = anybody.get("/sign-in/provider", query_string={"next": target})
        back = urlsplit(there.sign_in(page.location, "nia@example.org"))
        answer = anybody.get(f"{back.path}?{back.query}")
        assert (answer.status_code, answer.location) == (302, "/")
        anybody.post("/sign-out")
    forged = anybody.get("/sign-in/provider", headers={"Host": "evil.example"}).location
    assert forged.startswith(there.issuer) and "evil" not in forged
