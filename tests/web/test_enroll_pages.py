"""Enrolling and planning over HTTP: what the pages keep, refuse and lead to."""

from __future__ import annotations

from typing import Any

import pytest
from cast import NOW, Cast
from programs import program, put, visit_row
from query_count import counted
from sqlalchemy import select
from visitor import HTMX, Visitor
from werkzeug.datastructures import MultiDict

from coordinator.store.audit import AuditRecord
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.proposals import PlanningJobRecord, ProposalRecord
from coordinator.store.unit_of_work import Database

PLAN: dict[str, Any] = {
    "format": "kap-plan/1", "status": "planned", "cost": 0, "bound": 0, "unplanned": [],
    "visits": [
        {"enrollment": "e01", "visit": "p1", "start": "2027-01-05T09:00", "room": "therapy-1",
         "staff": {"lead": "th-ben"}},
        {"enrollment": "e01", "visit": "c1.d1", "start": "2027-01-06T09:00", "room": "dosing-1",
         "staff": {"lead": "th-ben", "supervisor": "dr-eve"}},
        {"enrollment": "e01", "visit": "c1.i1", "start": "2027-01-07T09:00", "room": None, "staff": {"lead": "th-ben"}},
    ],
}  # fmt: skip


@pytest.fixture
def proposal(sqlite: Database, sqlite_cast: Cast) -> int:
    """A proposal for Pat's program."""
    with sqlite.write() as work:
        record = ProposalRecord(
            clinic_id=sqlite_cast.clinic_id,
            enrollments=[sqlite_cast.first],
            plan=PLAN,
            clinic_revision=0,
            created_at=NOW,
        )
        work.session.add(record)
        work.session.flush()
        return record.id


def form(cast: Cast, **changes: str) -> dict[str, str]:
    sent = {"patient_id": "", "patient_name": "Robin Vale", "patient_email": "", "patient_phone": ""}
    return sent | {"protocol": str(cast.protocol_version), "earliest": "2027-01-11", "then": "plan"} | changes


def test_enrolling_leads_to_the_planning(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    answer = ada.post("/enrollments/new", form(sqlite_cast))
    with sqlite.read() as work:
        job = work.session.scalars(select(PlanningJobRecord)).one()
        enrollment = work.session.scalars(select(EnrollmentRecord).order_by(EnrollmentRecord.id.desc())).first()
    assert answer.location == f"/planning/{job.id}"
    assert enrollment is not None
    assert job.request == {"enrollments": [enrollment.id]}


def test_enrolling_without_planning_leads_to_the_program(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    answer = ada.post("/enrollments/new", form(sqlite_cast, then="wait"))
    page = ada.get(answer.location).text
    assert "Enrolled. The program waits for a plan." in page
    assert "Robin Vale" in page
    with sqlite.read() as work:
        assert work.session.scalars(select(PlanningJobRecord)).first() is None


def test_a_refused_form_keeps_everything_that_was_typed(ada: Visitor, sqlite_cast: Cast) -> None:
    sent = form(sqlite_cast, patient_email="nobody", latest="2027-01-01", weekly_use="painted")
    sent |= {"weekly-mon": "8-12", "team-lead": str(sqlite_cast.dana_staff), "avoid": str(sqlite_cast.eve_staff)}
    sent |= {"away_first": "2027-02-01", "away_last": "", "away_starts": "", "away_ends": ""}
    answer = ada.post("/enrollments/new", sent)
    page = answer.text
    assert answer.status_code == 422
    assert "This is no mail address." in page
    assert '<a href="#latest-error">The latest end is before the earliest start.' in page
    assert 'id="latest-error"' in page
    for kept in ('value="Robin Vale"', 'value="nobody"', 'value="2027-01-01"', 'value="8-12"', 'value="2027-02-01"'):
        assert kept in page
    assert f'<option value="{sqlite_cast.dana_staff}" selected>' in page
    assert f'name="avoid" value="{sqlite_cast.eve_staff}" checked' in page


@pytest.mark.parametrize("typed", ["9", "8-12, x", "9-12-15", "25-26"])
def test_wishes_with_hours_that_are_none_come_back_as_they_were_typed(
    ada: Visitor, sqlite_cast: Cast, typed: str
) -> None:
    wishes = {"earliest": "2027-01-11", "weekly_use": "painted", "weekly-mon": typed, "weekly-tue": "8-12"}
    answer = ada.post(f"/enrollments/{sqlite_cast.first}/adjust", wishes)
    assert answer.status_code == 422
    assert 'id="weekly-error"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert 'value="8-12"' in answer.text


def test_a_form_for_half_past_two_on_the_spring_night_is_refused(ada: Visitor, sqlite_cast: Cast) -> None:
    sent = form(sqlite_cast) | {
        "away_first": "2027-03-14", "away_starts": "02:30", "away_last": "2027-03-14", "away_ends": "12:00",
    }  # fmt: skip
    answer = ada.post("/enrollments/new", sent)
    assert answer.status_code == 422
    assert "March 14, 2027 has no 02:30: clocks in America/Los_Angeles go forward then." in answer.text


def test_several_patients_are_read_line_by_line(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    lines = MultiDict([*form(sqlite_cast, then="wait").items()])
    lines.setlist("patient_id", ["", str(sqlite_cast.pat)])
    lines.setlist("patient_name", ["Robin Vale", ""])
    answer = ada.client.post("/enrollments/new", data=lines, headers={"X-CSRFToken": ada.token()})
    page = ada.get(answer.location).text
    assert "(2 people)" in page
    assert "Pat Lee" in page


def test_markup_in_a_name_stays_text(ada: Visitor, sqlite_cast: Cast) -> None:
    answer = ada.post("/enrollments/new", form(sqlite_cast, patient_name="<script>alert(1)</script>", then="wait"))
    page = ada.get(answer.location).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_team_is_offered_for_the_chosen_protocol(ada: Visitor, sqlite_cast: Cast) -> None:
    part = ada.get(f"/enrollments/new/team?protocol={sqlite_cast.protocol_version}", headers=HTMX).text
    assert "Ben Ito" in part
    assert "<html" not in part
    assert "Choose a program first" in ada.get("/enrollments/new/team?protocol=999", headers=HTMX).text


def test_progress_asks_again_until_the_job_ends_and_then_leads_to_the_proposal(
    ada: Visitor, sqlite: Database, sqlite_cast: Cast, proposal: int
) -> None:
    job = ada.post(f"/enrollments/{sqlite_cast.first}/plan").location
    assert 'hx-get="' in ada.get(f"{job}/progress", headers=HTMX).text
    with sqlite.write() as work:
        record = work.session.scalars(select(PlanningJobRecord)).one()
        record.status = "done"
        work.session.get_one(ProposalRecord, proposal).job_id = record.id
    answer = ada.get(f"{job}/progress", headers=HTMX)
    assert answer.headers["HX-Redirect"] == f"/proposals/{proposal}"
    assert ada.get(job).location == f"/proposals/{proposal}"


def test_a_failed_job_says_why_and_offers_to_try_again(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    job = ada.post(f"/enrollments/{sqlite_cast.first}/plan").location
    with sqlite.write() as work:
        record = work.session.scalars(select(PlanningJobRecord)).one()
        record.status, record.failure = "failed", "The planner failed. Try again."
    page = ada.get(job).text
    assert "The planner failed. Try again." in page
    assert "Plan again" in page
    assert "hx-get" not in page.split('id="progress"')[1].split("</section>")[0]


def test_a_job_can_be_canceled(ada: Visitor, sqlite_cast: Cast) -> None:
    job = ada.post(f"/enrollments/{sqlite_cast.first}/plan").location
    ada.post(f"{job}/cancel")
    assert "Planning was canceled" in ada.get(job).text


def test_publishing_leads_to_the_program(ada: Visitor, sqlite: Database, sqlite_cast: Cast, proposal: int) -> None:
    answer = ada.post(f"/proposals/{proposal}/publish")
    assert answer.location == f"/enrollments/{sqlite_cast.first}"
    assert "Published 3 visits." in ada.get(answer.location).text


def test_a_proposal_that_no_longer_fits_says_why_and_offers_another_plan(
    ada: Visitor, sqlite: Database, sqlite_cast: Cast, proposal: int
) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.second, program("e02", 1, 9))
    answer = ada.post(f"/proposals/{proposal}/publish")
    assert answer.status_code == 409
    assert "Choose another time or other people." in answer.text
    assert "Plan again" in answer.text
    assert "Publish all the same" not in answer.text, "a collision is never overridden"
    with sqlite.read() as work:
        assert work.session.get_one(ProposalRecord, proposal).status == "open"


def test_a_proposal_that_breaks_a_gap_is_published_with_a_reason(
    ada: Visitor, sqlite: Database, sqlite_cast: Cast, proposal: int
) -> None:
    with sqlite.write() as work:
        late = {**PLAN["visits"][2], "start": "2027-01-12T09:00"}
        work.session.get_one(ProposalRecord, proposal).plan = {**PLAN, "visits": [*PLAN["visits"][:2], late]}
    address = f"/proposals/{proposal}/publish"
    assert 'name="override" value="gap"' in ada.post(address).text
    unreasoned = ada.post(address, {"override": "gap", "reason": " "})
    assert (unreasoned.status_code, "needs a reason" in unreasoned.text) == (409, True)
    assert 'name="override" value="gap"' in unreasoned.text
    assert ada.post(address, {"override": "gap", "reason": "She travels."}).status_code == 302
    (note,) = visit_row(sqlite, sqlite_cast.first, "c1.i1").overrides
    assert (note["rule"], note["reason"], note["by"]) == ("gap", "She travels.", "Ada Moss")
    with sqlite.read() as work:
        details = work.session.scalars(select(AuditRecord.detail).where(AuditRecord.action == "visit.publish"))
        assert [each["overrides"] for each in details if "overrides" in each] == [{"gap": "She travels."}] * 2


def test_a_discarded_proposal_cannot_be_published(ada: Visitor, proposal: int) -> None:
    assert ada.post(f"/proposals/{proposal}/discard").location == "/"
    assert ada.post(f"/proposals/{proposal}/publish").status_code == 409


def test_clinicians_neither_enroll_nor_publish(ben: Visitor, sqlite_cast: Cast, proposal: int) -> None:
    for path in ("/enrollments/new", f"/proposals/{proposal}"):
        assert ben.get(path).status_code == 403
    for path in (
        "/enrollments/new",
        "/planning",
        f"/proposals/{proposal}/publish",
        f"/enrollments/{sqlite_cast.first}/plan",
    ):
        assert ben.post(path).status_code == 403


def test_another_clinics_things_answer_like_missing_ones(cy: Visitor, sqlite_cast: Cast, proposal: int) -> None:
    for path in (f"/proposals/{proposal}", f"/enrollments/{sqlite_cast.first}"):
        missing = path.rsplit("/", 1)[0] + "/999999"
        assert (cy.get(path).status_code, cy.get(path).text) == (404, cy.get(missing).text)


def test_pages_ask_the_database_little(ada: Visitor, sqlite: Database, sqlite_cast: Cast, proposal: int) -> None:
    for path, most in (
        ("/enrollments/new", 20),
        (f"/proposals/{proposal}", 20),
        (f"/enrollments/{sqlite_cast.first}", 30),
    ):
        with counted(sqlite) as sent:
            assert ada.get(path).status_code == 200
        assert len(sent) <= most, (path, len(sent))
