"""The page for going live: files are looked through, carried along, and imported; only by an administrator."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO

import pytest
from cast import NOW, Cast, add_user
from visitor import Visitor

from coordinator.domain.actor import Access
from coordinator.store.unit_of_work import Database

STAFF = "name,roles,hours\nZoë Hart,nurse,mon-fri 8:00-12:00\n"


@pytest.fixture
def mo(visitor: Callable[[str | None], Visitor], sqlite: Database, sqlite_cast: Cast) -> Visitor:
    """Mo, who administers Harbor Clinic."""
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "mo@example.org", "Mo Tate", Access.ADMINISTRATOR, NOW)
    return visitor("mo@example.org")


def sheet(text: str, encoding: str = "utf-8") -> dict[str, object]:
    return {"staff": (BytesIO(text.encode(encoding)), "staff.csv")}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_files_are_looked_through_first_and_then_imported_as_they_were(mo: Visitor, encoding: str) -> None:
    assert "/go-live" in mo.get("/team").text
    assert "most_hours_a_day" in mo.get("/go-live").text
    looked = mo.post("/go-live", sheet(STAFF, encoding))
    assert "Nothing is wrong" in looked.text
    assert "Zoë Hart" not in mo.get("/team").text
    carried = re.search(r'<textarea name="staff-text" hidden>\n(.*?)</textarea>', looked.text, re.DOTALL)
    assert carried is not None
    done = mo.post("/go-live", {"staff-text": unescape(carried[1]), "import": "1"}, follow_redirects=True)
    assert "Imported: 1 staff." in done.text
    assert "Zoë Hart" in mo.get("/team").text


def test_faults_are_shown_line_by_line_and_the_files_are_kept(mo: Visitor) -> None:
    answer = mo.post("/go-live", sheet(STAFF + "Ben Ito,,whenever\n"))
    assert answer.status_code == 422
    assert "2 things to change. Nothing was imported." in answer.text
    assert re.search(r"staff\.csv</td><td[^>]*>3</td><td[^>]*><code>hours</code>", answer.text)
    assert "Ben Ito,,whenever" in answer.text
    assert mo.post("/go-live", {}).status_code == 422


@pytest.mark.parametrize("name", ["staff.xlsx", "staff.csv.exe", "staff"])
def test_a_file_whose_name_says_something_else_is_not_read(mo: Visitor, name: str) -> None:
    answer = mo.post("/go-live", {"staff": (BytesIO(STAFF.encode()), name)})
    assert answer.status_code == 422
    assert "A file whose name ends in .csv, .tsv, .txt is read here." in answer.text
    assert "Zoë Hart" not in answer.text


def test_nobody_else_may(ada: Visitor, ben: Visitor, sqlite_cast: Cast) -> None:
    for someone in (ada, ben):
        assert someone.get("/go-live").status_code == 403
        assert someone.post("/go-live", sheet(STAFF)).status_code == 403
