"""The protocols' pages: every sheet says where it comes from, and what is a clinic's default."""

from __future__ import annotations

from html import unescape

import pytest
from cast import Cast
from sqlalchemy import select
from visitor import Visitor

from coordinator.domain.protocol_library import TEMPLATES
from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord
from coordinator.store.unit_of_work import Database


@pytest.mark.parametrize("code", TEMPLATES)
def test_each_template_of_the_library_can_be_read(ada: Visitor, code: str) -> None:
    template = TEMPLATES[code]
    page = unescape(ada.get(f"/protocols/library/{code}").text)
    for text in (template.compact.name, template.source, template.evidence, *template.clinic_defaults):
        assert text in page
    assert "Clinic defaults" in page
    assert page.count("<circle") >= template.compact.sessions.standard


def test_a_template_is_adopted_once(ada: Visitor, sqlite: Database) -> None:
    adopted = ada.post("/protocols/library/kap-3x6")
    assert adopted.status_code == 302
    assert ada.post("/protocols/library/kap-3x6").location == adopted.location
    with sqlite.read() as work:
        record = work.session.scalars(select(ProtocolRecord).where(ProtocolRecord.code == "kap-3x6")).one()
        version = work.session.scalars(
            select(ProtocolVersionRecord).where(ProtocolVersionRecord.protocol_id == record.id)
        ).one()
    assert len(version.body["visits"]) == 48
    page = ada.get(adopted.location).text
    assert "48 visits" in page
    assert "Version 1" in page
    assert "/protocols/library/kap-3x6" not in ada.get("/protocols").text


def test_the_number_of_sessions_is_chosen_on_adoption_within_its_bounds(ada: Visitor) -> None:
    assert ada.post("/protocols/library/iv-series", {"sessions": "4"}).status_code == 302
    assert "iv-series-4" in ada.get("/protocols").text
    refused = ada.post("/protocols/library/iv-series", {"sessions": "16"})
    assert refused.status_code == 422
    assert "has 2 to 15 sessions in a course, not 16" in unescape(refused.text)


def test_an_own_protocol_shows_its_spacing_and_people_in_words(ada: Visitor) -> None:
    page = ada.get("/protocols").text
    path = page[page.index('href="/protocols/') + 6 :].split('"', 1)[0]
    sheet = unescape(ada.get(path).text)
    assert "1 to 3 days, ideally 1" in sheet
    assert "Supervisor: physician for minutes 0–30 and 90–120, may supervise several" in sheet
    assert "The same person as lead throughout the program, always." in sheet
    assert "By video" in sheet


def test_another_clinics_protocol_answers_like_none(
    ada: Visitor, cy: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    with sqlite.read() as work:
        record = work.session.scalars(select(ProtocolRecord)).one()
    assert ada.get(f"/protocols/{record.id}").status_code == 200
    assert cy.get(f"/protocols/{record.id}").data == cy.get("/protocols/99999").data
    assert cy.get("/protocols/library/nothing").status_code == 404


def test_a_clinician_reads_but_adopts_nothing(ben: Visitor) -> None:
    page = ben.get("/protocols/library/kap-3x6")
    assert page.status_code == 200
    assert "Adopt" not in page.text
    assert ben.post("/protocols/library/kap-3x6").status_code == 403
