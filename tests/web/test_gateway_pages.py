"""The page of a clinic's gateways: saved, tried out and removed, and no address is ever shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from cast import NOW, Cast, add_user
from text_server import TextServer, texting
from visitor import Visitor

from coordinator.delivery.own_gateway import Guard
from coordinator.domain.actor import Access
from coordinator.services import gateways
from coordinator.store.unit_of_work import Database


@pytest.fixture
def root(sqlite: Database, sqlite_cast: Cast, visitor: Callable[[str | None], Visitor]) -> Visitor:
    """An administrator of Harbor Clinic."""
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "root@example.org", "Max Orr", Access.ADMINISTRATOR, NOW)
    return visitor("root@example.org")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextServer]:
    """A gateway on this machine, which the site may reach."""
    monkeypatch.setattr(gateways, "GUARD", Guard(is_allowed=lambda _: True, needs_tls=False))
    with texting() as found:
        yield found


def test_an_address_is_saved_tried_out_and_removed(root: Visitor, server: TextServer) -> None:
    assert "None of the clinic's own" in root.get("/notices/gateways").text.replace("&#39;", "'")
    saved = root.post("/notices/gateways/sms", {"address": server.address}, follow_redirects=True).text
    assert "Saved. Messages of the clinic leave through it" in saved
    assert "By JSON" in saved and "Saved on Jan 4, 2027, 7:00 AM by <bdi>Max Orr</bdi>" in saved
    assert str(server.server_port) not in saved
    tried = root.post("/notices/gateways/sms/trial", {"to": "206-555-0126"}, follow_redirects=True).text
    assert "The gateway took the test message" in tried
    assert server.taken == [("/+12065550126", gateways.TRIAL)]
    server.status = 500
    again = root.post("/notices/gateways/sms/trial", {"to": "206-555-0126"}, follow_redirects=True).text
    assert "The test message did not leave: The gateway did not take it." in again
    gone = root.post("/notices/gateways/sms/remove", follow_redirects=True).text
    assert "Removed." in gone and "By JSON" not in gone


def test_what_is_refused_says_why_beside_its_field_and_is_not_put_back(root: Visitor) -> None:
    answer = root.post("/notices/gateways/sms", {"address": "json://inside.example/very-secret/{to}"})
    assert answer.status_code == 422
    assert "This address is not encrypted." in answer.text
    assert answer.text.count("Type it again: an address holds a secret") == 1
    assert answer.text.count("very-secret") == 0
    assert answer.text.count('aria-invalid="true"') == 1
    assert root.post("/notices/gateways/sms/trial", {"to": "206-555-0126"}).status_code == 404


def test_nobody_is_told_to_nobody(root: Visitor, server: TextServer) -> None:
    root.post("/notices/gateways/sms", {"address": server.address})
    answer = root.post("/notices/gateways/sms/trial", {"to": "nobody"})
    assert (answer.status_code, server.taken) == (422, [])
    assert "There is nobody to send a test message to." in answer.text


def test_a_coordinator_finds_no_way_there(ada: Visitor, root: Visitor) -> None:
    assert ada.get("/notices/gateways").status_code == 403
    assert "/notices/gateways" not in ada.get("/notices/rules").text
    assert "/notices/gateways" in root.get("/notices/rules").text
