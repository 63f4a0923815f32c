"""The pages of notes: a panel beside a program and a visit, the inbox, and tomorrow's sheet."""

from __future__ import annotations

import pytest
from cast import Cast
from programs import program, put, visit_row
from visitor import HTMX, Visitor

from coordinator.store.unit_of_work import Database


@pytest.fixture
def visit(sqlite: Database, sqlite_cast: Cast) -> int:
    """Pat's first visit with Ben, on Tuesday."""
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    return visit_row(sqlite, sqlite_cast.first, "p1").id


def test_from_the_panel_to_the_inbox_and_back_as_read(
    ada: Visitor, ben: Visitor, visit: int, sqlite_cast: Cast
) -> None:
    assert f"/visits/{visit}/notes" in ada.get(f"/visits/{visit}").text
    page = f"/enrollments/{sqlite_cast.first}/notes"
    assert "No clinical detail here" in ada.get(page).text
    refused = ada.post(page, {"text": " ", "visit": str(visit)}, headers=HTMX)
    assert (refused.status_code, "The note is empty." in refused.text) == (422, True)
    written = ada.post(page, {"text": "<b>Ride at eleven</b>", "visit": str(visit)}, headers=HTMX)
    assert "&lt;b&gt;Ride at eleven&lt;/b&gt;" in written.text
    assert "1 new note for me" in ben.get("/me").text
    assert "Ride at eleven" in ben.get("/inbox").text
    ben.post("/inbox", {"note": "1"})
    assert "new note" not in ben.get("/me").text
    assert "Read by Ben Ito" in ada.get(f"/visits/{visit}/notes").text
    assert "Ride at eleven" in ben.get("/handoff").text
    assert "Pat Lee" not in ben.get("/handoff?day=2027-01-09").text
    assert ada.post("/notes/1/remove").status_code == 302


def test_another_clinic_finds_nothing(cy: Visitor, visit: int, sqlite_cast: Cast) -> None:
    for path in (f"/enrollments/{sqlite_cast.first}/notes", f"/visits/{visit}/notes"):
        assert cy.get(path).status_code == 404
    assert cy.post(f"/enrollments/{sqlite_cast.first}/notes", {"text": "x"}).status_code == 404
    assert "Pat Lee" not in cy.get("/handoff?day=2027-01-05").text
