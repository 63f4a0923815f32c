"""The insights page: figures without names, each with its table and file, for those who run the clinic."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cast import NOW, Cast, add_user
from programs import program, put, visit_row
from query_count import counted
from visitor import HandClock, Visitor

from coordinator.domain.actor import Access
from coordinator.services import outcomes
from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Database

MOST_QUERIES = 26


@pytest.fixture
def after(sqlite: Database, sqlite_cast: Cast, clock: HandClock) -> None:
    """A week later: Pat's program went as planned, Quinn missed her integration."""
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 0, 9))
    put(sqlite, sqlite_cast, sqlite_cast.second, program("e02", 0, 14))
    for enrollment, last in ((sqlite_cast.first, "attended"), (sqlite_cast.second, "no_show")):
        for code in ("p1", "c1.d1", "c1.i1"):
            visit = visit_row(sqlite, enrollment, code)
            with sqlite.write() as work:
                outcomes.record(work, sqlite_cast.ada, visit.ends_at, visit.id, last if code == "c1.i1" else "attended")
    clock.at = NOW + timedelta(days=7)


def test_the_figures_are_those_of_the_visits(after: None, ada: Visitor, sqlite: Database) -> None:
    with counted(sqlite) as asked:
        page = ada.get("/insights?weeks=4")
    assert page.status_code == 200
    assert len(asked) <= MOST_QUERIES, len(asked)
    for said in ("<strong>50%</strong> took place inside the window: 1 of 2", "<strong>17%</strong> no-shows (1)"):
        assert said in page.text
    assert "Pat Lee" not in page.text and "Quinn" not in page.text
    with sqlite.read() as work:
        assert work.session.query(AuditRecord).filter_by(action="insight.read").count() == 1


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("stages", "finished,1"), ("spacing", "0,1"), ("integrations", "2027-01-04,1,0,1,0"),
        ("attendance", "2027-01-04,5,0,1"), ("waits", "0,2"), ("team-load", "Ben Ito,2027-01-11,"),
        ("room-load", "Therapy room 1,2027-01-11,"),
    ],
)  # fmt: skip
def test_each_table_is_a_file(after: None, ada: Visitor, name: str, line: str) -> None:
    answer = ada.get(f"/insights/{name}.csv?weeks=4")
    assert answer.mimetype == "text/csv"
    assert line in answer.text


def test_an_empty_clinic_says_what_to_do(ada: Visitor) -> None:
    page = ada.get("/insights?weeks=nonsense").text
    assert page.count("Choose a longer period.") == 4
    assert ada.get("/insights/nonsense.csv").status_code == 404


def test_clinicians_and_other_clinics_see_none_of_it(
    after: None, ben: Visitor, cy: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "al@example.org", "Al", Access.AUDITOR, NOW)
    assert ben.get("/insights").status_code == 403
    assert "2027-01-04,0,0,0" in cy.get("/insights/attendance.csv?weeks=4").text
