"""Notice rules: who may write them, what they refuse, and that what is published follows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from booking import add_reminders, book, ledger
from cast import NOW, Cast, add_user
from visitor import Visitor

from coordinator.domain.actor import Access
from coordinator.store.unit_of_work import Database

START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)
EVENING = {
    "what": "visit_ahead", "audience": "patient", "timing": "day", "days_before": "1", "at": "18:00", "channel": "mail",
    "subject": "", "text": "",
}  # fmt: skip


@pytest.fixture
def root(sqlite: Database, sqlite_cast: Cast, visitor: Callable[[str | None], Visitor]) -> Visitor:
    """An administrator of a clinic with a visit on Friday at ten and its four reminders."""
    with sqlite.write() as work:
        add_reminders(work, sqlite_cast.clinic_id)
        add_user(work, sqlite_cast.clinic_id, "root@example.org", "Ros Root", Access.ADMINISTRATOR, NOW)
        book(work, sqlite_cast, NOW, START)
    return visitor("root@example.org")


def test_only_an_administrator_turns_rules_off(root: Visitor, ada: Visitor) -> None:
    assert ada.post("/notices/rules/patient-2h", {"active": "off"}).status_code == 403
    assert "Turn off" not in ada.get("/notices/rules").text
    root.post("/notices/rules/patient-2h", {"active": "off"})
    assert root.get("/notices/rules").text.count("Turn on") == 1
    assert root.post("/notices/rules/no-such", {"active": "on"}).status_code == 404


def test_a_rule_turned_on_is_owed_for_visits_already_published(
    root: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    root.post("/notices/rules/staff-2h", {"active": "off"})
    with sqlite.write() as work:
        book(work, sqlite_cast, NOW, START, "c1.i1")
    assert len(ledger(sqlite)) == 7
    root.post("/notices/rules/staff-2h", {"active": "on"})
    assert len(ledger(sqlite)) == 8


def test_a_new_rule_is_owed_at_its_time_of_day_and_a_changed_one_anew(root: Visitor, sqlite: Database) -> None:
    assert root.post("/notices/rules/new", EVENING).status_code == 302
    (owed,) = [each for each in ledger(sqlite) if each.rule.startswith("rule-")]
    assert owed.due_at == datetime(2027, 1, 8, 2, 0, tzinfo=UTC)  # Thursday, six in the evening
    assert "At 6:00 PM, 1 day before a visit" in root.get("/notices/rules").text
    assert root.post(f"/notices/rules/{owed.rule}/edit", EVENING | {"at": "17:00"}).status_code == 302
    found = {each.due_at.hour: each.status for each in ledger(sqlite) if each.rule.startswith("rule-")}
    assert found == {2: "withdrawn", 1: "queued"}


def test_words_alone_change_nothing_that_is_owed(root: Visitor, sqlite: Database) -> None:
    before = [(each.rule, each.status) for each in ledger(sqlite)]
    typed = EVENING | {"timing": "hours", "hours": "48", "text": "See you on {day}.\nCode: {code}"}
    assert root.post("/notices/rules/patient-48h/edit", typed).status_code == 302
    assert [(each.rule, each.status) for each in ledger(sqlite)] == before
    assert "in your own words" in root.get("/notices/rules").text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"text": "Your ketamine visit."}, "must not say “ketamine”"),
        ({"text": "Dear Pat Lee,"}, "must not say “Pat Lee”"),
        ({"text": "One dosing visit and what surrounds it"}, "must not say “One dosing visit and what surrounds it”"),
        ({"text": "On {weekday}"}, "“{weekday}” is not a field here"),
        ({"audience": "owner"}, "cannot be told to them"),
        ({"channel": "pigeon"}, "Choose one"),
        ({"channel": "app"}, "Patients do not sign in"),
        ({"at": "25:00"}, "must be a time"),
        ({"timing": "hours", "hours": ""}, "Choose from 1 minute"),
        ({"quiet_from": "21:00"}, "must be a time"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_in_the_preview(
    root: Visitor, wrong: dict[str, str], said: str
) -> None:
    answer = root.post("/notices/rules/new", EVENING | wrong)
    assert answer.status_code == 422 and said in answer.text
    assert said in root.post("/notices/rules/preview", EVENING | wrong).text


def test_the_preview_says_what_leaves_and_when(root: Visitor) -> None:
    page = root.post("/notices/rules/preview", EVENING | {"text": "See you on {day}, {time}.\nCode: {code}"}).text
    assert "See you on Wednesday, January 6, 10:00 AM." in page and "Code" not in page
    assert "Leaves on Tuesday, January 5" in page


def test_a_rule_is_removed_and_what_it_owed_withdrawn(root: Visitor, sqlite: Database) -> None:
    root.post("/notices/rules/patient-48h/remove", {})
    assert {each.status for each in ledger(sqlite) if each.rule == "patient-48h"} == {"withdrawn"}
    assert root.post("/notices/rules/patient-48h/remove", {}).status_code == 404


def test_another_clinics_rules_are_not_there(root: Visitor, cy: Visitor) -> None:
    assert "48 hours" not in cy.get("/notices/rules").text
