"""Every page's query budget: what it asks of the database is bounded, and no more for many things than for few."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from booking import book
from cast import NOW, Cast, add_enrollment, add_patient, add_staff, add_user
from flask import Flask
from programs import program, put
from query_count import counted
from visitor import Visitor

from coordinator.domain.actor import Access
from coordinator.store.unit_of_work import Database, Work
from coordinator.web import access

BUDGET = 25
DEARER = {"today.page": 69, "visits.page": 41, "enrollments.page": 32}
"""Pages that gather much: the whole clinic's day and worklist, a visit and a program with all that is around them."""


def pages(app: Flask) -> dict[str, str]:
    """The address of every page that is read after signing in, by endpoint; of each kind of thing the first."""
    found = {}
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and access.RULES[rule.endpoint] is not access.PUBLIC:
                values = {name: "staff" if name == "kind" else 1 for name in rule.arguments}
                found[rule.endpoint] = app.url_map.bind("localhost").build(rule.endpoint, values)
    return found


def asked(visitor: Visitor, database: Database, paths: dict[str, str]) -> dict[str, int]:
    """How many statements each page sends."""
    found = {}
    for endpoint, path in paths.items():
        with counted(database) as sent:
            assert visitor.get(path).status_code < 500, path
        found[endpoint] = len(sent)
    return found


def grow(work: Work, cast: Cast, first: int, last: int) -> None:
    """More of everything: patients with programs that wait for the rest of their plan, visits outside hours, staff."""
    for number in range(first, last):
        patient = add_patient(work, cast.clinic_id, f"x{number}", f"Somebody {number}", NOW)
        mine = add_enrollment(work, cast.clinic_id, f"ex{number}", cast.protocol_version, [patient], NOW)
        add_staff(work, cast.clinic_id, f"st-{number}", f"Staff {number}", ["therapist"])
        book(work, cast, NOW, NOW + timedelta(hours=10 + number), enrollment=mine)


@pytest.fixture
def grace(sqlite: Database, sqlite_cast: Cast, visitor: Callable[[str | None], Visitor]) -> Visitor:
    """An administrator, who sees every page, of a clinic in which each thing is there at least once."""
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "grace@example.org", "Grace Hall", Access.ADMINISTRATOR, NOW)
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    with sqlite.write() as work:
        grow(work, sqlite_cast, 0, 2)
    return visitor("grace@example.org")


def test_every_page_keeps_its_budget_however_much_there_is(
    app: Flask, grace: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    paths = pages(app)
    few = asked(grace, sqlite, paths)
    # The log is asked again: the pages have written into it by now, and each kind of thing in it is one question.
    few |= asked(grace, sqlite, {"audit_log.page": paths["audit_log.page"]})
    with sqlite.write() as work:
        grow(work, sqlite_cast, 2, 14)
    many = asked(grace, sqlite, paths)
    grown = {endpoint: (few[endpoint], count) for endpoint, count in many.items() if count > few[endpoint]}
    assert not grown, "these ask more for many things than for few"
    dear = {endpoint: count for endpoint, count in many.items() if count > DEARER.get(endpoint, BUDGET)}
    assert not dear, "these ask too much"
    assert set(paths) >= DEARER.keys(), "a page that is gone has no budget"
