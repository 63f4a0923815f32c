"""How somebody wants to be told, on their pages; and STOP through the gateway's door."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from cast import NOW, Cast, add_user
from sqlalchemy import select, update
from visitor import Visitor

from coordinator.domain.actor import Access
from coordinator.store.audit import AuditRecord
from coordinator.store.contact_choices import ContactChoiceRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Database


@pytest.fixture
def root(sqlite: Database, sqlite_cast: Cast, visitor: Callable[[str | None], Visitor]) -> Visitor:
    """An administrator, whom the rules' page shows the gateway's door."""
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "root@example.org", "Ros Root", Access.ADMINISTRATOR, NOW)
    return visitor("root@example.org")


def choices(sqlite: Database) -> list[ContactChoiceRecord]:
    with sqlite.read() as work:
        return list(work.session.scalars(select(ContactChoiceRecord)))


def test_consent_is_noted_and_stop_ends_it(ada: Visitor, root: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        work.session.execute(
            update(PatientRecord).where(PatientRecord.id == sqlite_cast.pat).values(phone="2065550126")
        )
    path = f"/patients/{sqlite_cast.pat}/telling"
    refused = ada.post(path, {"channel": "sms"})
    assert (refused.status_code, "Text messages need consent" in refused.text) == (422, True)
    assert choices(sqlite) == []
    assert ada.post(path, {"channel": "sms", "consents": "on"}).status_code == 302
    assert "Noted by Ada Moss" in ada.get(path).text
    shown = re.search(r'value="(http[^"]*/text-messages/[^"]+)"', unescape(root.get("/notices/rules").text))
    assert shown is not None
    door = "/text-messages/" + shown[1].split("/text-messages/")[1]
    answer = ada.client.post(door, data={"From": "+12065550126", "Body": "Stop"})
    assert (answer.status_code, answer.text) == (200, "<Response/>")
    assert "Stopped on" in ada.get(path).text
    with sqlite.read() as work:
        actions = work.session.scalars(select(AuditRecord.action)).all()
    assert {"contact.choose", "contact.stop"} <= set(actions)


def test_the_gateways_door_is_shut_to_guesses(ada: Visitor, sqlite_cast: Cast) -> None:
    guess = f"/text-messages/{sqlite_cast.clinic_id}/guess"
    assert ada.client.post(guess, data={"From": "+12065550126", "Body": "STOP"}).status_code == 404
    assert ada.client.get(guess).status_code == 405


def test_everybody_chooses_for_themselves(ben: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    assert "As the rules say" in ben.get("/account/telling").text
    refused = ben.post("/account/telling", {"channel": "chat"})
    assert (refused.status_code, "The name in the chat is missing" in refused.text) == (422, True)
    ben.post("/account/telling", {"channel": "chat", "chat": "ben.ito"})
    [chosen] = choices(sqlite)
    assert (chosen.recipient_kind, chosen.recipient_id, chosen.chat) == ("staff", sqlite_cast.ben_staff, "ben.ito")
    assert ben.get(f"/patients/{sqlite_cast.pat}/telling").status_code == 403


def test_another_clinics_patient_is_not_there(cy: Visitor, sqlite_cast: Cast) -> None:
    assert cy.post(f"/patients/{sqlite_cast.pat}/telling", {"channel": "mail"}).status_code == 404
