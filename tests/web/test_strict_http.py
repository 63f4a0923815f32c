"""What holds for every address at once: what is served and what is not, under which name, and what cannot be sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from belongings import belongings
from cast import NOW, Cast, add_user
from flask import Flask
from query_count import counted
from sqlalchemy import select
from test_access_map import Place, ask, places
from visitor import Visitor

from coordinator.domain.actor import Access
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Database
from coordinator.web import security

NOTED = {"audit", "audit_heads", "sign_ins"}
"""What reading may write: that it was read, and that somebody is there."""
WRITES = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)")


@pytest.fixture
def pages(app: Flask, sqlite: Database, sqlite_cast: Cast) -> list[Place]:
    """Every address that is read after signing in, each of its rows being there."""
    return [each for each in places(app, belongings(sqlite, sqlite_cast)) if each[1] == "GET"]


@pytest.fixture
def root(visitor: Callable[[str | None], Visitor], sqlite: Database, sqlite_cast: Cast) -> Visitor:
    """An administrator, who may read nearly all."""
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "root@example.org", "Root", Access.ADMINISTRATOR, NOW)
    return visitor("root@example.org")


def written(statements: list[str]) -> Iterator[str]:
    """The tables that statements write to."""
    for each in statements:
        found = WRITES.match(each)
        if found is not None:
            yield found[2]


def test_reading_a_page_writes_nothing_but_that_it_was_read(
    root: Visitor, sqlite: Database, pages: list[Place]
) -> None:
    changed = {}
    for place in pages:
        with counted(sqlite) as statements:
            ask(root, place)
        if tables := set(written(statements)) - NOTED:
            changed[place] = tables
    assert not changed


def test_each_answer_says_what_it_is_and_in_which_encoding(root: Visitor, anybody: Visitor, pages: list[Place]) -> None:
    answers = [(place[2], ask(root, place)) for place in pages]
    answers += [
        (path, anybody.get(path))
        for path in ("/sign-in", "/no-such-page", "/healthz", "/readyz", "/metrics", "/static/layout/page.js")
    ]
    seen = set()
    for path, answer in answers:
        kind, _, more = answer.headers.get("Content-Type", "").partition(";")
        if answer.data:
            assert kind in {"text/html", "text/csv", "text/plain", "text/javascript", "application/json"}, path
            assert kind == "application/json" or "charset=utf-8" in more, path
            answer.data.decode("utf-8")
            seen.add(kind)
    assert seen == {"text/html", "text/csv", "text/plain", "text/javascript", "application/json"}


def test_every_page_lets_one_sign_out(root: Visitor, pages: list[Place]) -> None:
    found = [(place, ask(root, place)) for place in pages]
    whole = [(place, each) for place, each in found if each.status_code == 200 and "<html" in each.text[:200]]
    assert len(whole) > 30
    assert not [place for place, answer in whole if 'action="/sign-out"' not in answer.text]


def test_files_come_with_a_name_of_ours(root: Visitor, sqlite_cast: Cast) -> None:
    for path in ("/audit-log.csv", "/insights/arrived.csv", "/insights/a%22%0d%0aX:1.csv"):
        answer = root.get(path)
        if answer.status_code == 200:
            assert re.fullmatch(
                r'attachment; filename="[a-z-]+-\d{4}-\d\d-\d\d\.csv"', answer.headers["Content-Disposition"]
            )
    assert root.get("/audit-log.csv").status_code == 200
    assert root.get("/insights/a%22%0d%0aX:1.csv").status_code == 404


def test_an_address_is_decoded_once_and_never_again(root: Visitor, sqlite_cast: Cast) -> None:
    assert root.get(f"/patients/{sqlite_cast.pat}").status_code == 200
    assert root.get(f"/%70atients/{sqlite_cast.pat}").status_code == 200
    for twice in (f"/%2570atients/{sqlite_cast.pat}", "/static/%252e%252e/config.py", "/patients/%2531"):
        assert root.get(twice).status_code == 404
    assert "%2541da" in root.post("/sign-in", {"email": "%2541da", "password": "x"}).text


@pytest.mark.parametrize(
    "path",
    [
        "/.git/config", "/.git/HEAD", "/.env", "/config.py", "/static/", "/static/layout/", "/static/../config.py",
        "/static/%2e%2e/config.py", "/static/..%2fconfig.py", "/assets/", "/assets/bootstrap/", "/assets/../.git/HEAD",
        "/instance/secret-key", "/static/.git/HEAD", "/console", "/debug", "/docs/security.md",
    ],
)  # fmt: skip
def test_nothing_but_pages_and_listed_files_can_be_had(sqlite_cast: Cast, anybody: Visitor, path: str) -> None:
    assert anybody.get(path).status_code == 404


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PUT", "DELETE", "PATCH", "PROPFIND"])
def test_methods_that_nobody_needs_are_refused(sqlite_cast: Cast, anybody: Visitor, method: str) -> None:
    for path in ("/sign-in", "/healthz", "/static/layout/page.js"):
        answer = anybody.client.open(
            path, method=method, headers={"X-CSRFToken": anybody.token(), "X-Echo": "say it again"}
        )
        assert answer.status_code == 405
        assert "say it again" not in answer.text


def test_what_is_too_large_is_refused(ada: Visitor) -> None:
    answer = ada.post("/patients", {"sought": "x" * (security.LARGEST_REQUEST + 1)})
    assert answer.status_code == 413
    many = {f"field-{number}": "x" for number in range(2500)}
    parts = ada.post("/patients", many, content_type="multipart/form-data")
    assert parts.status_code == 413


def test_nothing_is_left_on_from_development(app: Flask) -> None:
    assert not app.debug
    assert not app.config["EXPLAIN_TEMPLATE_LOADING"]
    assert not app.jinja_env.auto_reload
    rules = {str(rule) for rule in app.url_map.iter_rules()}
    assert not [each for each in rules if re.search(r"debug|console|test|swagger|openapi|graphql", each)]


def test_fields_that_a_form_does_not_have_change_nothing(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    stranger = {
        "id": "77",
        "clinic_id": str(sqlite_cast.other_clinic_id),
        "clinic": "2",
        "code": "mine",
        "erased_at": "x",
    }
    typed = {"name": "Pat Lee-Moss", "email": "pat@example.org", "phone": "", **stranger}
    before = _patient(sqlite, sqlite_cast.pat)
    assert ada.post(f"/patients/{sqlite_cast.pat}/edit", typed).status_code == 302
    after = _patient(sqlite, sqlite_cast.pat)
    assert after["name"] == "Pat Lee-Moss"
    same = {"id", "clinic_id", "code", "created_at"} & before.keys()
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert len(same) >= 3


def test_a_field_in_the_address_is_no_field_of_the_form(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    twice = "name=Second&email=second@example.org"
    answer = ada.post(
        f"/patients/{sqlite_cast.pat}/edit?{twice}", {"name": "First", "email": "first@example.org", "phone": ""}
    )
    assert answer.status_code == 302
    assert _patient(sqlite, sqlite_cast.pat)["name"] == "First"
    assert ada.post("/sign-out?next=//evil.example").location == "/sign-in"


def _patient(sqlite: Database, number: int) -> dict[str, object]:
    with sqlite.read() as work:
        found = work.session.scalars(select(PatientRecord).where(PatientRecord.id == number)).one()
        return {column.key: getattr(found, column.key) for column in PatientRecord.__table__.columns}
