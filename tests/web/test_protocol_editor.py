"""The protocol editor: what is sent as it was opened is the same, a change is a version, a refusal names its field."""

from __future__ import annotations

import re
from html import unescape

import pytest
from cast import Cast
from form_fields import fields_of
from sqlalchemy import select
from visitor import Visitor

from coordinator.domain.protocol_library import TEMPLATES
from coordinator.store.audit import AuditRecord
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.unit_of_work import Database


@pytest.fixture
def path(ada: Visitor) -> str:
    """The page of the adopted kap-3x6."""
    return str(ada.post("/protocols/library/kap-3x6").location)


def versions(sqlite: Database, path: str) -> list[ProtocolVersionRecord]:
    with sqlite.read() as work:
        mine = ProtocolVersionRecord.protocol_id == int(path.rsplit("/", 1)[1])
        query = select(ProtocolVersionRecord).where(mine).order_by(ProtocolVersionRecord.number)
        return list(work.session.scalars(query))


@pytest.mark.parametrize("code", TEMPLATES)
def test_what_is_sent_as_it_was_opened_is_the_same(ada: Visitor, code: str) -> None:
    own = str(ada.post(f"/protocols/library/{code}", {"sessions": TEMPLATES[code].compact.sessions.standard}).location)
    page = ada.get(f"{own}/edit")
    assert "to change</span>" not in page.text
    refused = ada.post(f"{own}/edit", fields_of(page.text))
    assert refused.status_code == 409
    assert "Nothing is different from the newest version" in refused.text


def test_a_change_is_a_new_version_that_programs_do_not_notice(
    ada: Visitor, path: str, sqlite: Database, sqlite_cast: Cast
) -> None:
    [first] = versions(sqlite, path)
    with sqlite.write() as work:
        work.session.get_one(EnrollmentRecord, sqlite_cast.first).protocol_version_id = first.id
    typed = fields_of(ada.get(f"{path}/edit").text) | {"sessions": "4", "session-least": "5", "session-ideal": "7"}
    assert ada.post(f"{path}/edit", typed).location == path
    before, after = versions(sqlite, path)
    assert before.body == first.body
    assert [visit["id"] for visit in after.body["visits"]].count("c3.d4") == 1
    assert not any(visit["id"] == "c1.d5" for visit in after.body["visits"])
    left = {visit["id"] for visit in after.body["visits"]}
    assert after.gates == {visit: gates for visit, gates in before.gates.items() if visit in left}
    assert after.gates
    page = unescape(ada.get(path).text)
    assert "Version 2" in page and "; used by 1 program" in page
    assert f'href="/enrollments/{sqlite_cast.first}">e01</a>' in page, "which program uses it"
    compared = unescape(ada.get(f"{path}/compare?earlier=1&later=2").text)
    assert "18 × dosing" in compared and "12 × dosing" in compared
    assert "5 to 7 days, ideally 7" in compared
    with sqlite.read() as work:
        assert work.session.get_one(EnrollmentRecord, sqlite_cast.first).protocol_version_id == first.id
        newest = work.session.scalars(select(AuditRecord).where(AuditRecord.action == "protocol.publish")).all()[-1]
        assert newest.detail == {"code": "kap-3x6", "version": 2}


def test_gates_are_ticked_for_each_type_of_visit(ada: Visitor, path: str, sqlite: Database) -> None:
    sent = fields_of(ada.get(f"{path}/edit").text)
    dosing = next(row for row in (f"meeting-{at}" for at in range(9)) if sent[f"{row}-kind"] == "dosing")
    left = [each for each in sent[f"{dosing}-gates"] if each != "ride"]
    assert ada.post(f"{path}/edit", sent | {f"{dosing}-gates": left, "meeting-0-gates": ["consent"]}).location == path
    before, after = versions(sqlite, path)
    assert after.body == before.body
    kinds = {visit: [gate["kind"] for gate in gates] for visit, gates in after.gates.items()}
    assert kinds["eval"] == ["consent"]
    assert "ride" not in kinds["c2.d2"] and set(kinds["c2.d2"]) == set(left)
    kept = [gate for gate in before.gates["c2.d2"] if gate["kind"] != "ride"]
    assert after.gates["c2.d2"] == kept, "when they are due, and who opens them, stays"
    compared = unescape(ada.get(f"{path}/compare?earlier=1&later=2").text)
    assert "18 × dosing asks for ride" in compared and "1 × evaluation asks for consent" in compared


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("session-most", "1", "The most (1) is less than the least (3). Raise one of them."),
        ("session-ideal", "9", "The ideal lies outside the least and the most."),
        ("session-meeting", "dozing", "There is no visit type “dozing”. Choose one of: evaluation"),
        ("meeting-2-people", "a therapist", "“a therapist” cannot be read."),
        ("meeting-2-people", "lead: therapist 0-500", "must be minutes inside the visit"),
        ("meeting-2-people", "", "Nobody is there."),
        ("meeting-0-minutes", "-5", "The length in minutes must be a whole number from 5 to 720."),
        ("before-1-name", "eval", "“eval” stands twice."),
        ("before-1-name", "1 2", "A name has letters, figures and hyphens"),
        ("name", "", "The name is missing. Fill it in."),
    ],
)
def test_a_refusal_stands_beside_its_field_and_nothing_is_lost(
    ada: Visitor, path: str, sqlite: Database, field: str, typed: str, said: str
) -> None:
    sent = fields_of(ada.get(f"{path}/edit").text) | {field: typed, "courses": "2"}
    answer = ada.post(f"{path}/edit", sent)
    assert answer.status_code == 422
    page = unescape(answer.text)
    beside = re.search(rf'id="{field}-error"[^>]*>(.*?)</p>', page, re.DOTALL)
    assert beside is not None
    assert said in beside[1]
    kept = fields_of(answer.text)
    assert (kept[field], kept["courses"]) == (typed, "2")
    assert len(versions(sqlite, path)) == 1


def test_what_makes_no_program_is_refused_in_words(ada: Visitor, path: str) -> None:
    sent = fields_of(ada.get(f"{path}/edit").text) | {"side-0-anchor": "nowhere"}
    answer = ada.post(f"{path}/edit", sent)
    assert answer.status_code == 422
    assert "there is no visit “nowhere”" in answer.text


def test_the_preview_draws_what_is_typed_or_says_what_is_in_its_way(ada: Visitor, path: str) -> None:
    sent = fields_of(ada.get(f"{path}/edit").text)
    assert "48 visits" in ada.post(f"{path}/preview", sent).text
    assert "35 visits" in ada.post(f"{path}/preview", sent | {"courses": "2"}).text
    wrong = unescape(ada.post(f"{path}/preview", sent | {"session-most": "1"}).text)
    assert "1 thing to change" in wrong and "<svg" not in wrong


def test_more_rows_can_be_asked_for_without_a_script(ada: Visitor, path: str, sqlite: Database) -> None:
    sent = fields_of(ada.get(f"{path}/edit").text)
    answer = ada.post(f"{path}/edit", sent | {"more": "side", "name": "Renamed"})
    assert "side-4-name" in fields_of(answer.text)
    assert fields_of(answer.text)["name"] == "Renamed"
    assert len(versions(sqlite, path)) == 1


def test_two_who_edit_at_once_do_not_overwrite_each_other(ada: Visitor, path: str) -> None:
    sent = fields_of(ada.get(f"{path}/edit").text)
    assert ada.post(f"{path}/edit", sent | {"courses": "2"}).status_code == 302
    late = ada.post(f"{path}/edit", sent | {"courses": "1"})
    assert late.status_code == 409
    assert "Version 2 was published meanwhile." in late.text


def test_a_copy_begins_as_the_original_is(ada: Visitor, path: str, sqlite: Database) -> None:
    copied = ada.post(f"{path}/copy", {"name": "Our own program"})
    assert copied.location.endswith("/edit")
    own = copied.location.removesuffix("/edit")
    assert len(versions(sqlite, own)[0].body["visits"]) == 48
    assert versions(sqlite, own)[0].gates == versions(sqlite, path)[0].gates
    again = ada.post(f"{path}/copy", {"name": "Our own program"}, follow_redirects=True)
    assert "There is a protocol called “Our own program” already." in again.text


def test_what_was_brought_in_visit_by_visit_has_an_editor_of_its_own(ada: Visitor, sqlite: Database) -> None:
    with sqlite.read() as work:
        mini = work.session.scalars(select(ProtocolRecord.id).where(ProtocolRecord.code == "mini")).one()
    assert f"/protocols/{mini}/edit" in ada.get(f"/protocols/{mini}").text
    assert ada.get(f"/protocols/{mini}/edit").location == f"/protocols/{mini}/visits/edit"
    assert ada.post(f"/protocols/{mini}/edit", {"name": "x"}).status_code == 409


def test_only_coordinators_of_the_clinic_edit(ada: Visitor, ben: Visitor, cy: Visitor, path: str) -> None:
    assert ben.get(f"{path}/edit").status_code == 403
    assert cy.get(f"{path}/edit").status_code == 404
    assert cy.post(f"{path}/copy", {"name": "Theirs"}).status_code == 404
    assert cy.get(f"{path}/compare?earlier=1&later=1").status_code == 404
