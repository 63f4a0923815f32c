"""The pages of cover: a sick call, what it touches, and answering an offer, each for whom it concerns."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cast import NOW, Cast, add_staff, add_user
from programs import program, put, visit_row
from sqlalchemy import select
from visitor import Visitor

from coordinator.domain.actor import Access
from coordinator.services import swaps
from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Database


@pytest.fixture
def published(sqlite: Database, sqlite_cast: Cast) -> None:
    """Pat with Ben from Tuesday on; Eve supervises, and Finn could."""
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    with sqlite.write() as work:
        for name in ("Finn", "Gus"):
            staff = add_staff(work, sqlite_cast.clinic_id, f"dr-{name.lower()}", f"{name} Bay", ["physician"])
            mail = f"{name.lower()}@example.org"
            add_user(work, sqlite_cast.clinic_id, mail, f"{name} Bay", Access.CLINICIAN, NOW, staff)


def test_a_sick_call_shows_what_it_touches_and_can_be_taken_back(
    ben: Visitor, ada: Visitor, published: None, sqlite_cast: Cast
) -> None:
    form = ben.get(f"/team/{sqlite_cast.ben_staff}/sick").text
    assert "from now on" in form
    refused = ben.post(f"/team/{sqlite_cast.ben_staff}/sick", {"last": "2027-01-01"})
    assert (refused.status_code, "This day is over." in refused.text) == (422, True)
    called = ben.post(f"/team/{sqlite_cast.ben_staff}/sick", {"last": "2027-01-06"})
    page = ben.get(called.location).text
    assert "Touches 2 visits; what can become of them is being worked out." in page
    assert 'hx-trigger="every 2s"' in ben.get(f"{called.location}/impact").text
    assert "Ben Ito called in sick" in ada.get("/").text
    assert "I am back" in page
    assert ben.post(called.location, {"status": "withdrawn"}).location == "/me"
    assert "Ben Ito called in sick" not in ada.get("/").text


def test_nobody_calls_in_sick_for_a_colleague(ben: Visitor, cy: Visitor, published: None, sqlite_cast: Cast) -> None:
    assert ben.post(f"/team/{sqlite_cast.dana_staff}/sick", {}).status_code == 403
    assert cy.post(f"/team/{sqlite_cast.ben_staff}/sick", {}).status_code == 404


def test_the_second_yes_is_told_who_was_first(
    visitor: Callable[[str | None], Visitor], ada: Visitor, ben: Visitor, cy: Visitor, published: None,
    sqlite: Database, sqlite_cast: Cast,
) -> None:  # fmt: skip
    visit = visit_row(sqlite, sqlite_cast.first, "c1.d1").id
    offered = ada.post(f"/visits/{visit}/offer", {"need": "supervisor"})
    assert "Offered to Finn Bay and Gus Bay. The first yes takes it." in ada.get(offered.location).text
    finn, gus = visitor("finn@example.org"), visitor("gus@example.org")
    assert "Eve Okafor asks for cover" in finn.get("/me").text
    assert "Pat Lee" not in finn.get(offered.location).text
    assert finn.post(f"{offered.location}/accept").location == f"/visits/{visit}"
    late = gus.post(f"{offered.location}/accept")
    assert late.status_code == 409
    assert "Finn Bay was first and took this over." in late.text
    with sqlite.read() as work:
        refused = work.session.scalars(select(AuditRecord).where(AuditRecord.action == "access.refuse")).one()
    assert (refused.actor, refused.detail["endpoint"], refused.detail["status"]) == ("Gus Bay", "swaps.accept", 409)
    assert refused.detail["reason"].startswith("Finn Bay was first")
    assert "asks for cover" not in gus.get("/me").text
    for stranger in (ben, cy):
        assert stranger.get(offered.location).status_code == 404
        assert stranger.post(f"{offered.location}/accept").status_code == 404


def test_an_offer_that_nobody_may_take_says_why(
    ben: Visitor, published: None, sqlite: Database, sqlite_cast: Cast
) -> None:
    visit = visit_row(sqlite, sqlite_cast.first, "p1").id
    assert "Ask colleagues to cover" in ben.get(f"/visits/{visit}").text
    refused = ben.post(f"/visits/{visit}/offer", {"need": "lead"}, follow_redirects=True)
    said = refused.text.partition("No colleague can take this over as the visit stands.")[2].partition("</p>")[0]
    assert "Dana Roy: " in said
    assert "/p1" not in said, "people read no codes of visits"
    assert "2027-" not in said
    with sqlite.read() as work:
        assert swaps.views(work, sqlite_cast.ada, NOW, []) == []
