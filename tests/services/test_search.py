"""Searching finds what the reader may see, by a part of its name or code, and leaves an audit entry."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cast import NOW, Cast
from programs import program, put
from sqlalchemy import select

from coordinator.domain.actor import Access, Actor
from coordinator.services.search import Found, search
from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Database


@pytest.fixture
def planned(sqlite: Database, sqlite_cast: Cast) -> Cast:
    """Pat with Ben, Quinn with Dana."""
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    put(sqlite, sqlite_cast, sqlite_cast.second, program("e02", 1, 13, "dosing-2", "th-dana"))
    return sqlite_cast


def found(database: Database, actor: Actor, words: str) -> Found:
    with database.read() as work:
        return search(work, actor, NOW, words)


def test_patients_visits_staff_and_protocols_are_found(sqlite: Database, planned: Cast) -> None:
    pat = found(sqlite, planned.ada, "pat L")
    assert [each.detail for each in pat.patients] == ["Pat Lee"]
    assert [each.code for each in pat.visits] == ["p1", "c1.d1", "c1.i1"]
    assert [each.title for each in found(sqlite, planned.ada, "okaf").staff] == ["Eve Okafor"]
    assert [each.title for each in found(sqlite, planned.ada, "surrounds").protocols] == [
        "One dosing visit and what surrounds it"
    ]
    assert [each.code for each in found(sqlite, planned.ada, "Dosing").visits] == ["c1.d1", "c1.d1"]
    with sqlite.read() as work:
        actions = work.session.scalars(select(AuditRecord).where(AuditRecord.action == "search.list")).all()
    assert len(actions) == 4
    assert "pat" not in str([each.detail for each in actions]).replace("patients", "")


def test_who_may_not_see_finds_nothing(sqlite: Database, planned: Cast) -> None:
    assert [each.title for each in found(sqlite, planned.ben, "p0").patients] == ["p01"]
    assert found(sqlite, planned.ben, "Quinn").is_empty
    assert {each.program for each in found(sqlite, planned.ben, "dosing").visits} == {"e01"}
    assert found(sqlite, planned.cy, "Pat").is_empty
    auditor = replace(planned.ada, access=Access.AUDITOR)
    assert found(sqlite, auditor, "Quinn").is_empty
    assert [(each.title, each.detail) for each in found(sqlite, auditor, "p02").patients] == [("p02", "")]


@pytest.mark.parametrize("words", ["", "   ", "%", "_", "'; DROP TABLE patients; --", "😀" * 90])
def test_odd_words_find_nothing_and_do_nothing(sqlite: Database, planned: Cast, words: str) -> None:
    assert found(sqlite, planned.ada, words).is_empty
