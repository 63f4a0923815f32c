"""The patients' pages: names stay inside the clinic, out of addresses, and do nothing however odd they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from booking import book
from cast import NOW, Cast, add_enrollment, add_patient, add_user
from query_count import counted
from sqlalchemy import select
from visitor import HTMX, Visitor

from coordinator.domain.actor import Access
from coordinator.services.patients import PER_PAGE
from coordinator.store.audit import AuditRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Database


def test_the_list_shows_progress_and_the_next_visit(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        book(work, sqlite_cast, NOW, datetime(2027, 1, 6, 18, 0, tzinfo=UTC))
    page = ada.get("/patients").text
    assert "Pat Lee" in page
    assert "0 of 3" in page
    assert "Wed, Jan 6," in page and "10:00 AM" in page
    assert "Waiting for a plan" in page


def test_the_list_asks_as_much_for_forty_patients_as_for_two(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    with counted(sqlite) as few:
        ada.get("/patients")
    with sqlite.write() as work:
        for number in range(40):
            patient = add_patient(work, sqlite_cast.clinic_id, f"x{number}", f"Somebody {number}", NOW)
            add_enrollment(work, sqlite_cast.clinic_id, f"ex{number}", sqlite_cast.protocol_version, [patient], NOW)
    with counted(sqlite) as many:
        ada.get("/patients")
    assert len(many) == len(few) <= 16


def test_long_lists_have_pages(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        for number in range(PER_PAGE):
            add_patient(work, sqlite_cast.clinic_id, f"x{number}", f"Somebody {number:02}", NOW)
    first, second = ada.get("/patients").text, ada.get("/patients?page=2").text
    assert "Page 1 of 2" in first
    assert "Somebody 49" not in first
    assert "Somebody 49" in second
    for page in ("0", "-1", "9999999999999999999999", "x"):
        assert ada.get(f"/patients?page={page}").status_code == 200


@pytest.mark.parametrize("sought", ["quinn", "P02", "DIAZ", "P02@Example.org"])
def test_searching_finds_by_name_code_and_address_in_any_case(ada: Visitor, sought: str) -> None:
    part = ada.post("/patients", {"sought": sought}, headers=HTMX).text
    assert "Quinn Diaz" in part
    assert "Pat Lee" not in part
    assert "<html" not in part


@pytest.mark.parametrize("sought", ["%", "_", "\\", "'; DROP TABLE patients; --", "zzz"])
def test_signs_that_mean_something_to_a_database_mean_nothing_here(ada: Visitor, sought: str) -> None:
    assert "Nobody matches" in ada.post("/patients", {"sought": sought}, headers=HTMX).text
    assert "Pat Lee" in ada.get("/patients").text


def test_no_name_ever_stands_in_an_address(ada: Visitor) -> None:
    page = ada.get("/patients").text
    assert 'method="post" class="search"' in page
    assert ada.get("/patients?sought=Pat").text.count("Quinn Diaz") == 1


HOSTILE = ("<script>alert(1)</script>", "😀" * 100, "\u202eeviL yllaeR", '" onmouseover="alert(1)', "{{ 7 * 7 }}")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_looks_odd_and_does_nothing(ada: Visitor, name: str) -> None:
    answer = ada.post("/patients/new", {"name": name, "email": "", "phone": ""})
    assert answer.status_code == 302
    for page in (ada.get(answer.location).text, ada.get("/patients").text, ada.get(f"{answer.location}/edit").text):
        assert "<script>alert" not in page
        assert ' onmouseover="' not in page
        assert "49" not in page.split("<h1", 1)[1][:200]
    assert f"<bdi>{name[:1]}" in ada.get("/patients").text.replace("&lt;", "<").replace("&#34;", '"')


def test_a_patient_is_added_and_changed_and_each_is_audited(ada: Visitor, sqlite: Database) -> None:
    added = ada.post("/patients/new", {"name": "Robin Fox", "email": "robin@example.org", "phone": "555 0100"})
    assert "Robin Fox" in ada.get(added.location).text
    assert ada.post(f"{added.location}/edit", {"name": "Robin Fox", "email": "", "phone": ""}).status_code == 302
    with sqlite.read() as work:
        patient = work.session.scalars(select(PatientRecord).where(PatientRecord.name == "Robin Fox")).one()
        entries = work.session.scalars(select(AuditRecord).where(AuditRecord.subject_id == str(patient.id))).all()
    actions = [each.action for each in entries if each.action.startswith("patient.")]
    assert patient.email == ""
    assert {"patient.add", "patient.edit", "patient.read"} <= set(actions)
    assert "Robin" not in str([each.detail for each in entries])


def test_every_reading_of_the_list_is_audited(ada: Visitor, sqlite: Database) -> None:
    ada.get("/patients")
    with sqlite.read() as work:
        entry = work.session.scalars(select(AuditRecord).where(AuditRecord.action == "patient.list")).one()
    assert len(entry.detail["patients"]) == 2


def test_wrong_addresses_are_refused_beside_their_field(ada: Visitor) -> None:
    answer = ada.post("/patients/new", {"name": " ", "email": "robin at home", "phone": ""})
    assert answer.status_code == 422
    assert "The name is missing. Fill it in." in answer.text
    answer = ada.post("/patients/new", {"name": "Robin", "email": "robin at home", "phone": "1" * 41})
    assert "is no e-mail address" in answer.text


def test_another_clinics_patient_answers_like_none(cy: Visitor, sqlite_cast: Cast) -> None:
    assert cy.get(f"/patients/{sqlite_cast.pat}").data == cy.get("/patients/99999").data
    assert cy.post(f"/patients/{sqlite_cast.pat}/edit", {"name": "X"}).status_code == 404
    assert "Pat Lee" not in cy.get("/patients").text
    assert "Pat Lee" not in cy.post("/patients", {"sought": "Pat"}).text


def test_an_auditor_sees_codes_in_place_of_names(
    visitor: Callable[[str | None], Visitor], sqlite: Database, sqlite_cast: Cast
) -> None:
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "dee@example.org", "Dee Ash", Access.AUDITOR, NOW)
    dee = visitor("dee@example.org")
    for page in (
        dee.get("/patients"), dee.get(f"/patients/{sqlite_cast.pat}"), dee.post("/patients", {"sought": "Pat Lee"})
    ):  # fmt: skip
        assert "p01" in page.text
        assert "Pat Lee" not in page.text
        assert "p01@example.org" not in page.text
    assert dee.get(f"/patients/{sqlite_cast.pat}/edit").status_code == 403


def test_a_clinician_sees_the_patients_in_whose_programs_they_have_a_part(
    ben: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    assert "No patients yet" in ben.get("/patients").text
    assert ben.get(f"/patients/{sqlite_cast.pat}").data == ben.get("/patients/99999").data
    with sqlite.write() as work:
        book(work, sqlite_cast, NOW, datetime(2027, 1, 6, 18, 0, tzinfo=UTC))
    page = ben.get("/patients").text
    assert "Pat Lee" in page
    assert "Quinn Diaz" not in page
    assert ben.get(f"/patients/{sqlite_cast.pat}").status_code == 200
    assert ben.get(f"/patients/{sqlite_cast.quinn}").status_code == 404
    assert "Quinn Diaz" not in ben.post("/patients", {"sought": "Quinn"}).text


def test_a_mistaken_entry_is_removed_from_its_page(ada: Visitor) -> None:
    added = ada.post("/patients/new", {"name": "Robin Fox", "email": "", "phone": ""}).location
    assert "Entered by mistake?" in ada.get(f"{added}/edit").text
    assert ada.post(f"{added}/remove").location == "/patients"
    assert "Robin Fox" not in ada.get("/patients").text
    assert ada.get(added).status_code == 404


def test_an_administrator_says_for_how_long_patients_are_kept(
    visitor: Callable[[str | None], Visitor], sqlite: Database, sqlite_cast: Cast
) -> None:
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "max@example.org", "Max Orr", Access.ADMINISTRATOR, NOW)
    administrator = visitor("max@example.org")
    assert "For good" in administrator.get("/patients/kept").text
    assert administrator.post("/patients/kept", {"years": "7"}).status_code == 302
    assert '<option value="7" selected>7 years' in administrator.get("/patients/kept").text
    assert administrator.post("/patients/kept", {"years": "1"}).status_code == 422
