"""The editor of visits: nothing is lost, rows obey their buttons, a refusal names its field, nobody is overwritten."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from cast import NOW, Cast
from form_fields import fields_of
from sqlalchemy import select
from visitor import HTMX, Visitor

from coordinator.domain.expand import expand, gates_of
from coordinator.domain.protocol_library import TEMPLATES
from coordinator.services import protocol_library
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.unit_of_work import Database

P1, D1, I1 = "visit-0", "visit-1", "visit-2"


@pytest.fixture
def path(sqlite: Database, sqlite_cast: Cast) -> str:
    """The page of mini, which was brought in visit by visit: p1, c1.d1, c1.i1."""
    with sqlite.read() as work:
        mini = work.session.scalars(select(ProtocolRecord.id).where(ProtocolRecord.code == "mini")).one()
    return f"/protocols/{mini}/visits"


def bring_in(sqlite: Database, cast: Cast, code: str) -> str:
    """A protocol of the library as if a file had brought its visits; the address of its editor."""
    compact = TEMPLATES[code].compact
    with sqlite.write() as work:
        record = ProtocolRecord(source="A file.")
        protocol_library.add(work, cast.ada, NOW, expand(compact), record, gates_of(compact))
        return f"/protocols/{record.id}/visits"


def versions(sqlite: Database, path: str) -> list[ProtocolVersionRecord]:
    with sqlite.read() as work:
        mine = ProtocolVersionRecord.protocol_id == int(path.split("/")[2])
        query = select(ProtocolVersionRecord).where(mine).order_by(ProtocolVersionRecord.number)
        return list(work.session.scalars(query))


def opened(someone: Visitor, path: str) -> dict[str, Any]:
    page = someone.get(f"{path}/edit")
    assert page.status_code == 200
    return typed_in(page.text)


def typed_in(page: str) -> dict[str, Any]:
    """The fields of the form but for its token, which is another each second."""
    return {name: value for name, value in fields_of(page).items() if name != "csrf_token"}


def acted(someone: Visitor, path: str, sent: dict[str, Any], act: str) -> dict[str, Any]:
    """The form after a button, without a script."""
    answer = someone.post(f"{path}/edit", sent | {"act": act})
    assert answer.status_code == 200
    return typed_in(answer.text)


@pytest.mark.parametrize("code", TEMPLATES)
def test_what_is_sent_as_it_was_opened_is_the_same(
    ada: Visitor, sqlite: Database, sqlite_cast: Cast, code: str
) -> None:
    path = bring_in(sqlite, sqlite_cast, code)
    page = ada.get(f"{path}/edit").text
    assert "to change</span>" not in page
    refused = ada.post(f"{path}/edit", fields_of(page))
    assert refused.status_code == 409
    assert "Nothing is different from the newest version" in refused.text


def test_a_change_is_a_new_version_that_programs_do_not_notice(
    ada: Visitor, path: str, sqlite: Database, sqlite_cast: Cast
) -> None:
    sent = opened(ada, path)
    assert sent[f"{D1}-people"] == "lead: therapist\nsupervisor: physician shared 0-30 90-120"
    sent |= {f"{D1}-minutes": "150", f"{D1}-people": "lead: therapist\nsupervisor: physician shared 0-45 105-150"}
    sent |= {f"{D1}-gates": ["labs", "ride"], "gap-0-most": "9", "gap-1-least_minutes": "600", f"{I1}-room": "therapy"}
    assert ada.post(f"{path}/edit", sent).location == path.removesuffix("/visits")
    before, after = versions(sqlite, path)
    dosing, integration = after.body["visits"][1:]
    assert (dosing["minutes"], integration["room"]) == (150, "therapy")
    assert dosing["needs"][1:] == [
        {"as": "supervisor", "role": "physician", "shared": True, "minutes": 45},
        {"as": "supervisor", "role": "physician", "shared": True, "from": 105},
    ]
    assert after.body["gaps"] == [
        {"from": "p1", "to": "c1.d1", "min_days": 1, "max_days": 9},
        {"from": "c1.d1", "to": "c1.i1", "min_days": 1, "max_days": 3, "ideal_days": 1, "min_minutes": 600},
    ]
    assert [gate["kind"] for gate in after.gates["c1.d1"]] == ["labs", "ride"]
    page = unescape(ada.get(path.removesuffix("/visits")).text)
    assert "Version 2" in page and "Which programs use it" in page
    compared = unescape(ada.get(f"{path.removesuffix('/visits')}/compare?earlier=1&later=2").text)
    assert "p1 to c1.d1: 1 to 9 days" in compared
    with sqlite.read() as work:
        assert work.session.get_one(EnrollmentRecord, sqlite_cast.first).protocol_version_id == before.id


def test_gates_keep_how_they_stand_though_a_visit_gets_another_code_or_a_duplicate(
    ada: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    path = bring_in(sqlite, sqlite_cast, "iv-series")
    [before] = versions(sqlite, path)
    number = next(at for at, visit in enumerate(before.body["visits"]) if visit["id"] == "v1")
    own = [gate | {"due_minutes": 77} for gate in before.gates["v1"]]
    with sqlite.write() as work:
        work.session.get_one(ProtocolVersionRecord, before.id).gates = before.gates | {"v1": own}
    sent = opened(ada, path) | {f"visit-{number}-code": "first"}
    sent = acted(ada, path, sent, f"visit-{number}-copy")
    assert ada.post(f"{path}/edit", sent).status_code == 302
    after = versions(sqlite, path)[1]
    assert after.gates["first"] == own and after.gates["first-2"] == own
    assert "v1" not in after.gates and after.gates["v2"] == before.gates["v2"]


def test_gaps_go_along_where_a_visit_gets_another_code(ada: Visitor, path: str, sqlite: Database) -> None:
    sent = opened(ada, path) | {f"{D1}-code": "dose"}
    assert ada.post(f"{path}/edit", sent).status_code == 302
    gaps = versions(sqlite, path)[1].body["gaps"]
    assert [(gap["from"], gap["to"]) for gap in gaps] == [("p1", "dose"), ("dose", "c1.i1")]
    shown = acted(ada, path, sent, "look")
    assert shown["gap-0-to"] == "dose"


def test_visits_are_put_in_order_by_buttons(ada: Visitor, path: str, sqlite: Database) -> None:
    sent = acted(ada, path, opened(ada, path), "visit-2-up")
    assert sent["visit"] == "0 2 1"
    assert acted(ada, path, sent, "visit-0-up")["visit"] == "0 2 1", "there is nothing above the first"
    sent = acted(ada, path, sent, "visit-0-down")
    assert sent["visit"] == "2 0 1"
    assert ada.post(f"{path}/edit", sent).status_code == 302
    assert [visit["id"] for visit in versions(sqlite, path)[1].body["visits"]] == ["c1.i1", "p1", "c1.d1"]


def test_a_duplicate_stands_below_and_follows_as_its_original_does(ada: Visitor, path: str, sqlite: Database) -> None:
    sent = acted(ada, path, opened(ada, path), "visit-1-copy")
    assert (sent["visit"], sent["visit-3-code"]) == ("0 1 3 2", "c1.d2")
    assert ada.post(f"{path}/edit", sent).status_code == 302
    body = versions(sqlite, path)[1].body
    first, second = body["visits"][1:3]
    assert second == first | {"id": "c1.d2"}
    assert {"from": "c1.d1", "to": "c1.d2", "min_days": 1, "max_days": 7} in body["gaps"]


def test_a_visit_is_removed_with_its_gaps(ada: Visitor, path: str, sqlite: Database) -> None:
    page = ada.post(f"{path}/edit", opened(ada, path) | {"act": "visit-1-remove"}).text
    assert "c1.d1 and 2 gaps are removed." in page
    sent = fields_of(page)
    assert (sent["visit"], sent["gap"]) == ("0 2", "")
    sent = acted(ada, path, sent, "gap-add")
    assert (sent["gap-0-from"], sent["gap-0-to"]) == ("p1", "c1.i1"), "what no gap leads to is offered"
    assert ada.post(f"{path}/edit", sent | {"gap-0-least": "2"}).status_code == 302
    body = versions(sqlite, path)[1].body
    assert [visit["id"] for visit in body["visits"]] == ["p1", "c1.i1"]
    assert body["gaps"] == [{"from": "p1", "to": "c1.i1", "min_days": 2}]


def test_a_visit_and_a_rule_are_added(ada: Visitor, path: str, sqlite: Database) -> None:
    sent = acted(ada, path, acted(ada, path, opened(ada, path), "visit-add"), "stay-add")
    sent |= {"visit-3-code": "call", "visit-3-kind": "Review", "visit-3-people": "doctor: physician"}
    sent |= {"stay-1-name": "doctor", "stay-1-scope": "course", "stay-1-how": "if possible"}
    assert ada.post(f"{path}/edit", sent).status_code == 302
    body = versions(sqlite, path)[1].body
    assert body["visits"][3] == {
        "id": "call", "kind": "review", "minutes": 60, "room": None,
        "needs": [{"as": "doctor", "role": "physician"}],
    }  # fmt: skip
    assert body["continuity"][1] == {"as": "doctor", "scope": "course", "hard": False}
    assert acted(ada, path, opened(ada, path), "stay-0-remove")["stay"] == "1"


def test_htmx_gets_the_rows_alone_with_the_focus_and_what_to_say(ada: Visitor, path: str) -> None:
    answer = ada.post(f"{path}/edit", opened(ada, path) | {"act": "visit-1-up"}, headers=HTMX)
    assert answer.headers["HX-Trigger-After-Swap"] == "rows-changed"
    assert "<html" not in answer.text
    assert re.search(r'id="visit-1-down"[^>]* autofocus', answer.text), "it stands at the top, so only down is left"
    assert re.search(r'id="said"[^>]*>c1.d1 is 1 of 3 now\.<', answer.text)
    checked = ada.post(f"{path}/edit", opened(ada, path) | {"act": "look", "gap-1-most": "0"}, headers=HTMX).text
    assert re.search(r'id="gap-1-most"[^>]* autofocus', checked) and "1 field is to be changed." in checked


@pytest.mark.parametrize("act", ["", "visit-99-up", "gap-0-fly", "rooms-0-remove", "visit-add-copy"])
def test_a_button_that_is_none_changes_nothing(ada: Visitor, path: str, sqlite: Database, act: str) -> None:
    sent = opened(ada, path)
    if act:
        assert acted(ada, path, sent, act) == sent
    assert len(versions(sqlite, path)) == 1


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        (f"{P1}-code", "", "The code is missing."),
        (f"{I1}-code", "p1", "“p1” stands twice."),
        (f"{P1}-kind", "", "The kind is missing."),
        (f"{P1}-minutes", "0", "The length in minutes must be a whole number from 1 to 1,440."),
        (f"{P1}-course", "x", "The course must be a whole number"),
        (f"{P1}-people", "", "Nobody is there."),
        (f"{P1}-people", "a therapist", "“a therapist” cannot be read."),
        (f"{P1}-people", "lead: therapist 0-70", "must be minutes inside the visit"),
        (f"{P1}-people", "lead: therapist 0-40\nlead: nurse 30-60", "Two parts of “lead” overlap."),
        ("gap-0-from", "", "The visit is missing."),
        ("gap-0-to", "nowhere", "There is no visit “nowhere”."),
        ("gap-0-to", "p1", "leads from “p1” to itself."),
        ("gap-1-least", "4", "The most (3) is less than the least (4)."),
        ("gap-1-ideal", "0", "The ideal lies outside the least and the most."),
        ("gap-1-most", "ten", "The most days must be a whole number from −400 to 400."),
        ("gap-1-least_minutes", "5760", "So many minutes do not fit into 3 days."),
        ("stay-0-name", "pilot", "Nobody is called “pilot” at any visit."),
        ("name", "", "The name is missing. Fill it in."),
    ],
)
def test_a_refusal_stands_beside_its_field_and_nothing_is_lost(
    ada: Visitor, path: str, sqlite: Database, field: str, typed: str, said: str
) -> None:
    answer = ada.post(f"{path}/edit", opened(ada, path) | {field: typed, "most_a_day": "3"})
    assert answer.status_code == 422
    page = unescape(answer.text)
    beside = {"gap-1-least": "gap-1-most"}.get(field, field)
    found = re.search(rf'id="{beside}-error"[^>]*>(.*?)</p>', page, re.DOTALL)
    assert found is not None and said in found[1]
    kept = fields_of(answer.text)
    assert (kept[field], kept["most_a_day"]) == (typed, "3")
    assert len(versions(sqlite, path)) == 1


def test_gaps_that_cannot_all_be_kept_are_named_beside_one_of_them(ada: Visitor, path: str) -> None:
    sent = acted(ada, path, opened(ada, path), "gap-add")
    sent |= {"gap-2-from": "c1.i1", "gap-2-to": "p1", "gap-2-least": "-1", "gap-2-most": "5", "gap-2-ideal": ""}
    page = unescape(ada.post(f"{path}/edit", sent).text)
    found = re.search(r'id="gap-\d-least-error"[^>]*>(.*?)</p>', page, re.DOTALL)
    assert found is not None
    assert "These gaps cannot all be kept" in found[1] and "c1.i1 to p1" in found[1]


def test_the_preview_draws_what_is_typed_or_leads_to_what_is_in_its_way(ada: Visitor, path: str) -> None:
    sent = opened(ada, path)
    assert "3 visits" in ada.post(f"{path}/preview", sent).text
    wrong = unescape(ada.post(f"{path}/preview", sent | {f"{D1}-minutes": ""}).text)
    assert f'<a href="#{D1}-minutes">Visit c1.d1</a>: The length' in wrong and "<svg" not in wrong
    sent = acted(ada, path, sent, "gap-1-remove")
    assert "No gap ties c1.i1: any day will do" in ada.post(f"{path}/preview", sent).text


def test_two_who_edit_at_once_do_not_overwrite_each_other(ada: Visitor, path: str, sqlite: Database) -> None:
    sent = opened(ada, path)
    assert ada.post(f"{path}/edit", sent | {"gap-0-most": "5"}).status_code == 302
    late = ada.post(f"{path}/edit", sent | {"gap-0-most": "6"})
    assert late.status_code == 409
    assert "Version 2 was published meanwhile." in late.text
    assert "/compare?earlier=1&amp;later=2" in late.text
    assert fields_of(late.text)["gap-0-most"] == "6", "what was typed stays"
    del sent["based_on"]
    assert ada.post(f"{path}/edit", sent | {"gap-0-most": "6"}).status_code == 409
    assert len(versions(sqlite, path)) == 2


def test_what_the_compact_form_says_just_the_same_is_offered_in_it(
    ada: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    path = bring_in(sqlite, sqlite_cast, "kap-3x6")
    own = path.removesuffix("/visits")
    for page in (ada.get(own).text, ada.get(f"{path}/edit").text):
        assert "The compact form says just the same." in page and "3 courses of 6 sessions" in page
    sent = opened(ada, path)
    assert ada.post(f"{path}/compact", {"based_on": "1"}).location == f"{own}/edit"
    assert ada.get(f"{own}/edit").status_code == 200
    before, after = versions(sqlite, path)
    assert after.compact is not None
    assert {each["id"]: each for each in after.body["visits"]} == {each["id"]: each for each in before.body["visits"]}
    assert "They are the same" in ada.get(f"{own}/compare?earlier=1&later=2").text
    assert "compact form says" not in ada.get(own).text
    assert ada.get(f"{path}/edit").status_code == 409, "it is edited in compact form now"
    late = ada.post(f"{path}/edit", sent | {"gap-0-most": "90"})
    assert late.status_code == 409 and fields_of(late.text)["gap-0-most"] == "90"


def test_what_the_compact_form_cannot_say_is_not_put_into_it(ada: Visitor, path: str, sqlite: Database) -> None:
    assert "The compact form says" not in ada.get(f"{path}/edit").text
    refused = ada.post(f"{path}/compact", {"based_on": "1"}, follow_redirects=True)
    assert "cannot say exactly" in refused.text
    assert len(versions(sqlite, path)) == 1


def test_whether_it_fits_is_asked_of_what_is_typed(ada: Visitor, path: str) -> None:
    fit, sent = path.replace("/visits", "/fit"), opened(ada, path)
    refused = ada.post(fit, sent | {"gap-0-to": "x"}, headers=HTMX)
    assert refused.status_code == 422 and "There is no visit “x”." in unescape(refused.text)
    asked = ada.post(fit, sent | {"name": "As typed"}, headers=HTMX)
    assert asked.status_code == 200 and "Planning 3 patients" in asked.text


def test_only_coordinators_of_the_clinic_edit(ben: Visitor, cy: Visitor, path: str) -> None:
    assert ben.get(f"{path}/edit").status_code == 403
    assert cy.get(f"{path}/edit").status_code == 404
    assert cy.post(f"{path}/edit", {"based_on": "1", "visit": "0"}).status_code == 404
    assert cy.post(f"{path}/compact", {"based_on": "1"}).status_code == 404
