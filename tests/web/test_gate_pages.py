"""Gates on pages: what each may open, refused attempts in the audit log, and the clinic's policy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cast import NOW, Cast, add_user
from programs import program, put, visit_row
from visitor import Visitor

from coordinator.domain.actor import Access
from coordinator.domain.gates import CLEARANCE, RIDE
from coordinator.exchange.gates import write_visit_gates
from coordinator.services.no_go import note_no_gos
from coordinator.store.audit import AuditRecord
from coordinator.store.protocols import ProtocolVersionRecord
from coordinator.store.unit_of_work import Database


@pytest.fixture
def gated(sqlite: Database, sqlite_cast: Cast) -> int:
    """Pat's dosing visit on Wednesday, before which clearance and a ride home must be open."""
    with sqlite.write() as work:
        version = work.session.get_one(ProtocolVersionRecord, sqlite_cast.protocol_version)
        version.gates = write_visit_gates({"c1.d1": (CLEARANCE, RIDE)})
        add_user(work, sqlite_cast.clinic_id, "eve@example.org", "Eve", Access.CLINICIAN, NOW, sqlite_cast.eve_staff)
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    return visit_row(sqlite, sqlite_cast.first, "c1.d1").id


def refusals(database: Database) -> list[tuple[str, str, int]]:
    with database.read() as work:
        found = work.session.query(AuditRecord).filter_by(action="access.refuse").order_by(AuditRecord.id)
        return [(each.actor, each.detail["endpoint"], each.detail["status"]) for each in found]


def test_a_gate_is_opened_on_the_visits_page_and_shows_by_whom(
    gated: int, ada: Visitor, visitor: Callable[[str | None], Visitor]
) -> None:
    page = ada.get(f"/visits/{gated}").text
    assert "0 of 2 gates open" in page
    assert "0 of 2 gates open" in ada.get("/patients").text
    assert "A physician opens it" in page
    assert "gates/ride/open" in page
    assert "gates/clearance/open" not in page
    physician = visitor("eve@example.org")
    late = physician.post(f"/visits/{gated}/gates/clearance/open", {"until-clearance": "2028-01-01", "back": "gates"})
    assert late.status_code == 422
    assert "holds until February 1 at most" in late.text
    sent = {"until-clearance": "2027-01-20", "back": "visit"}
    answer = physician.post(f"/visits/{gated}/gates/clearance/open", sent)
    assert answer.location == f"/visits/{gated}#gates"
    assert ada.post(f"/visits/{gated}/gates/ride/open", {"back": "gates"}).location == f"/visits/{gated}/gates#gates"
    page = ada.get(f"/visits/{gated}/gates").text
    assert "valid until Wed, Jan 20, 2027" in page
    for path in ("/gates", f"/visits/{gated}", f"/enrollments/{1}"):
        assert "Go</span>" in ada.get(path).text, path
    assert ada.post(f"/visits/{gated}/gates/ride/shut", {"back": "gates"}).status_code == 302
    assert "1 of 2 gates open" in ada.get(f"/visits/{gated}/gates").text


def test_each_refused_attempt_is_in_the_audit_log(
    gated: int, sqlite: Database, sqlite_cast: Cast, ben: Visitor, visitor: Callable[[str | None], Visitor]
) -> None:
    refused = ben.post(f"/visits/{gated}/gates/clearance/open", {"back": "gates"})
    assert refused.status_code == 403
    assert "opened by a physician" in refused.text
    put(sqlite, sqlite_cast, sqlite_cast.second, program("e02", 1, 13, "dosing-2", "th-dana"))
    other = visit_row(sqlite, sqlite_cast.second, "p1").id
    for path in (f"/visits/{other}", f"/enrollments/{sqlite_cast.second}", f"/patients/{sqlite_cast.quinn}"):
        assert ben.get(path).status_code == 404, path
    assert visitor("cy@example.org").get(f"/visits/{gated}/gates").status_code == 404
    assert refusals(sqlite) == [
        ("Ben Ito", "gates.open_gate", 403),
        ("Ben Ito", "visits.page", 404),
        ("Ben Ito", "enrollments.page", 404),
        ("Ben Ito", "patients.show", 404),
        ("Cy Frost", "gates.page", 404),
    ]


def test_the_administrator_decides_when_a_visit_is_a_no_go(
    gated: int, sqlite: Database, sqlite_cast: Cast, ada: Visitor, visitor: Callable[[str | None], Visitor]
) -> None:
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "max@example.org", "Max", Access.ADMINISTRATOR, NOW)
    administrator = visitor("max@example.org")
    assert "must be a whole number" in administrator.post("/gates/policy", {"hours": "x", "releases": "no"}).text
    assert administrator.post("/gates/policy", {"hours": "60", "releases": "yes"}).status_code == 302
    page = ada.get("/gates").text
    assert "still shut 60 hours before, the visit is a no-go and its time is released" in page
    assert "No-go</span>" in page
    assert "/gates/policy" not in page
    assert ada.post("/gates/policy", {"hours": "1", "releases": "no"}).status_code == 403


def test_the_administrator_says_which_gates_stand_before_which_visits(
    gated: int, sqlite: Database, sqlite_cast: Cast, ada: Visitor, visitor: Callable[[str | None], Visitor]
) -> None:
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "max@example.org", "Max", Access.ADMINISTRATOR, NOW)
    administrator = visitor("max@example.org")
    mine = "/gates/rules?protocol=1&visits=dosing"
    form = administrator.get(mine).text
    assert 'name="asked-clearance" value="1" checked' in form
    assert 'name="asked-labs" value="1">' in form
    labs = {"asked-labs": "1", "owner-labs": "nurse", "hours-labs": "30", "days-labs": "", "may-labs": ["nurse"]}
    wrong = administrator.post(mine, labs | {"may-labs": [], "hours-labs": "0"})
    assert wrong.status_code == 422
    assert "who may open it is missing" in wrong.text
    assert administrator.post(mine, labs).status_code == 302
    page = ada.get(f"/visits/{gated}/gates").text
    assert "0 of 1 gates open" in ada.get("/gates").text
    assert "A nurse opens it" in page
    assert "due Tue, Jan 5, 3:00 AM" in page
    assert administrator.post("/gates/rules/1/no-go", {"hours": "x"}).status_code == 422
    assert administrator.post("/gates/rules/1/no-go", {"hours": "60", "releases": "yes"}).status_code == 302
    assert "No-go</span>" in ada.get("/gates").text
    assert note_no_gos(sqlite, NOW) == 1
    assert visit_row(sqlite, sqlite_cast.first, "c1.d1").status == "canceled"
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9)[1:2])
    assert administrator.post("/gates/rules/1/no-go", {"reset": "1"}).status_code == 302
    gated = visit_row(sqlite, sqlite_cast.first, "c1.d1", attempt=2).id
    assert "0 of 1 gates open" in ada.get("/gates").text
    assert administrator.post("/gates/rules?visits=preparation", labs).status_code == 302
    preparation = visit_row(sqlite, sqlite_cast.first, "p1").id
    assert "A nurse opens it" in ada.get(f"/visits/{preparation}/gates").text
    assert administrator.post(mine, {"reset": "1"}).status_code == 302
    assert "Medical clearance" in ada.get(f"/visits/{gated}/gates").text
    assert administrator.get("/gates/rules?protocol=99").status_code == 404
    assert ada.get("/gates/rules").status_code == 403
