"""Every address of the site × every access × another clinic: what RULES promises is what the site does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from belongings import belongings, rows_of
from cast import NOW, PASSWORD, Cast, add_user
from flask import Flask
from visitor import HTMX, Visitor
from werkzeug.test import TestResponse

from coordinator.domain.actor import Access
from coordinator.store.unit_of_work import Database
from coordinator.web.access import RULES, Open

SECURITY = Path(__file__).resolve().parents[2] / "docs" / "security.md"
PEOPLE = (Access.ADMINISTRATOR, Access.COORDINATOR, Access.CLINICIAN, Access.AUDITOR)
WORDS = {"kind": "ride", "name": "arrived", "day": "2027-01-05", "act": "accept"}
FIELDS = {
    "account.end_sign_in": {"current": PASSWORD},
    "bookings.cancel": {"day": "rest"},
    "identities.remove": {"current": PASSWORD},
    "passkeys.remove": {"current": PASSWORD},
    "protocols.compare": {"earlier": 1, "later": 1},
    "protocols.copy": {"name": "Ours"},
    "time_off.decide": {"status": "approved"},
    "users.change_access": {"access": "auditor"},
    "visit_day.late": {"minutes": 10},
    "visits.starts": {"day": "2027-01-05"},
}
"""What must be sent to come as far as the row; everything else looks for the row first."""
OTHER_NAMES = {
    "what_if": {"job_id": "study_id"},
    "protocol_fit": {"job_id": "fit_id"},
    "notice_rules": {"code": "rule"},
    "visits.freed_time": {"visit_id": "canceled_id"},
}
NAMES_NO_ROW = {
    "protocols.template", "protocols.adopt", "insights.export", "gateways.save", "gateways.drop", "gateways.test"
}  # fmt: skip
"""Of the library that comes with the program, and tables of one's own clinic by name."""

Ids = dict[str, int | str]
Place = tuple[str, str, str]
"""Endpoint, method and path."""


def places(app: Flask, ids: Ids) -> Iterator[Place]:
    """Every address that needs a sign-in, with each of its methods."""
    address = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if isinstance(RULES[rule.endpoint], Open):
            continue
        other = OTHER_NAMES.get(rule.endpoint) or OTHER_NAMES.get(rule.endpoint.split(".")[0], {})
        values: dict[str, Any] = WORDS | {
            name: ids.get(other.get(name, name)) for name in rule.arguments - WORDS.keys()
        }
        owned = {"staff": "staff_id", "room": "room_id", "team": "enrollment_id", "enrollment": "enrollment_id"}
        owners = [{"kind": kind, "owner_id": ids[name]} for kind, name in owned.items()]
        for more in owners if "owner_id" in rule.arguments else [{}]:
            filled = {name: (values | more)[name] for name in rule.arguments}
            if rule.endpoint in NAMES_NO_ROW:
                filled = dict.fromkeys(filled, "x")
            for method in sorted({"GET", "POST"} & (rule.methods or set())):
                yield rule.endpoint, method, address.build(rule.endpoint, filled)


def ask(visitor: Visitor, place: Place, **more: Any) -> TestResponse:
    endpoint, method, path = place
    fields = FIELDS.get(endpoint, {})
    if method == "GET":
        return visitor.get(path, query_string=fields, **more)
    return visitor.post(path, fields, **more)


def allowed(endpoint: str) -> frozenset[Access]:
    rule = RULES[endpoint]
    assert not isinstance(rule, Open)
    return rule


@pytest.fixture
def ids(sqlite: Database, sqlite_cast: Cast) -> Ids:
    return belongings(sqlite, sqlite_cast)


@pytest.fixture
def of_clinic(sqlite: Database, visitor: Callable[[str | None], Visitor]) -> Callable[[int], dict[Access, Visitor]]:
    """Somebody of each access in a clinic, signed in."""

    def seated(clinic: int) -> dict[Access, Visitor]:
        with sqlite.write() as work:
            for access in PEOPLE:
                add_user(work, clinic, f"{access}@example.org", f"Some {access}", access, NOW)
        return {access: visitor(f"{access}@example.org") for access in PEOPLE}

    return seated


def test_whoever_may_not_is_refused_at_every_address(
    app: Flask, ids: Ids, sqlite_cast: Cast, of_clinic: Callable[[int], dict[Access, Visitor]]
) -> None:
    people = of_clinic(sqlite_cast.clinic_id)
    wrong = {}
    for place in places(app, ids):
        for access in people.keys() - allowed(place[0]):
            status = ask(people[access], place).status_code
            if status != 403:
                wrong[access, *place] = status
    assert not wrong


def test_whoever_is_not_signed_in_is_sent_to_sign_in_from_every_address(app: Flask, ids: Ids, anybody: Visitor) -> None:
    wrong = {}
    for place in places(app, ids):
        plain, part = ask(anybody, place), ask(anybody, place, headers=HTMX)
        if (plain.status_code, (plain.location or "")[:8], part.status_code) != (302, "/sign-in", 401):
            wrong[place] = plain.status_code, part.status_code
    assert not wrong


def test_another_clinic_finds_none_of_our_rows_at_any_address_and_changes_none(
    app: Flask, sqlite: Database, ids: Ids, sqlite_cast: Cast, of_clinic: Callable[[int], dict[Access, Visitor]]
) -> None:
    people = of_clinic(sqlite_cast.other_clinic_id)
    before = rows_of(sqlite, sqlite_cast.clinic_id)
    wrong, asked = {}, set()
    for place in naming_rows(app, ids):
        for access in people.keys() & allowed(place[0]):
            asked.add(place[0])
            status = ask(people[access], place).status_code
            if status != 404:
                wrong[access, *place] = status
    assert not wrong
    assert rows_of(sqlite, sqlite_cast.clinic_id) == before
    assert len(asked) > 100


def test_the_rows_that_another_clinic_does_not_find_are_there(
    app: Flask, ids: Ids, sqlite_cast: Cast, of_clinic: Callable[[int], dict[Access, Visitor]]
) -> None:
    administrator = of_clinic(sqlite_cast.clinic_id)[Access.ADMINISTRATOR]
    read = [place for place in naming_rows(app, ids) if place[1] == "GET" and Access.ADMINISTRATOR in allowed(place[0])]
    statuses = {place: ask(administrator, place).status_code for place in read}
    found = {200, 302, 409, 422}  # or what it refuses, it has found
    assert {place: status for place, status in statuses.items() if status not in found} == {}


def naming_rows(app: Flask, ids: Ids) -> list[Place]:
    """The addresses that say which row they are about."""
    named = {rule.endpoint for rule in app.url_map.iter_rules() if rule.arguments} - NAMES_NO_ROW
    return [place for place in places(app, ids) if place[0] in named]


def may(endpoints: dict[str, bool], access: Access) -> str:
    """How the table of docs/security.md says what an access may of these endpoints; True marks those that change."""
    mine = {endpoint for endpoint in endpoints if access in allowed(endpoint)}
    if mine == endpoints.keys():
        return "all"
    if not mine:
        return "—"
    return "part" if any(endpoints[endpoint] for endpoint in mine) else "reads"


def test_the_table_of_access_in_the_documentation_is_that_of_the_site(app: Flask) -> None:
    section = SECURITY.read_text().partition("| area | names in `access.py` |")[2].partition("\n\n")[0]
    areas = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines()[2:]]
    changes: dict[str, dict[str, bool]] = {}
    for rule in app.url_map.iter_rules():
        if not isinstance(RULES[rule.endpoint], Open):
            group = changes.setdefault(rule.endpoint.split(".")[0], {})
            group[rule.endpoint] = group.get(rule.endpoint, False) or "POST" in (rule.methods or ())
    names = [re.findall(r"`(\w+)`", cells[1]) for cells in areas]
    assert sorted(name for group in names for name in group) == sorted(changes), (
        "each name of access.py stands in one area"
    )
    for cells, groups in zip(areas, names, strict=True):
        endpoints = {endpoint: posts for name in groups for endpoint, posts in changes[name].items()}
        assert cells[2:] == [may(endpoints, access) for access in PEOPLE], cells[0]
