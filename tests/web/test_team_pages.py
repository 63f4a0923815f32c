"""The team's pages: who sees and changes what, errors beside their fields, and time off from request to approval."""

from __future__ import annotations

from datetime import UTC, datetime

from booking import book
from cast import NOW, Cast, add_staff
from query_count import counted
from sqlalchemy import select
from visitor import Visitor

from coordinator.store.audit import AuditRecord
from coordinator.store.staff import ExtraHoursRecord, StaffHoursRecord, StaffRecord, TimeOffRecord
from coordinator.store.unit_of_work import Database

NEW = {"name": "Gus Hall", "email": "", "roles": ["nurse"], "supervises": "1", "turnover": "0",
       "valid_from": "2027-01-04", "weekly-mon": "8–12, 13:00-17:30"}  # fmt: skip

WEDNESDAY = datetime(2027, 1, 6, 18, 0, tzinfo=UTC)


def test_the_list_shows_everybody_with_their_hours_this_week(ada: Visitor) -> None:
    page = ada.get("/team").text
    for name in ("Ben Ito", "Dana Roy", "Eve Okafor"):
        assert name in page
    assert "0 min of 40 h" in page


def test_the_list_asks_as_much_for_forty_people_as_for_three(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    with counted(sqlite) as few:
        ada.get("/team")
    with sqlite.write() as work:
        for number in range(40):
            add_staff(work, sqlite_cast.clinic_id, f"n{number}", f"Nurse {number}", ["nurse"])
    with counted(sqlite) as many:
        ada.get("/team")
    assert len(many) == len(few) <= 11


def test_another_clinics_member_answers_like_one_that_is_not_there(cy: Visitor, sqlite_cast: Cast) -> None:
    assert cy.get(f"/team/{sqlite_cast.ben_staff}").data == cy.get("/team/99999").data
    assert cy.get(f"/team/{sqlite_cast.ben_staff}").status_code == 404
    for path in ("edit", "hours/new", "extra-hours/new", "time-off/new"):
        assert cy.get(f"/team/{sqlite_cast.ben_staff}/{path}").status_code == 404
        assert cy.post(f"/team/{sqlite_cast.ben_staff}/{path}", NEW | {"first": "2027-01-05"}).status_code == 404
    assert cy.post(f"/team/{sqlite_cast.ben_staff}/leave").status_code == 404


def test_a_new_member_can_be_planned_with_at_once(ada: Visitor, sqlite: Database) -> None:
    answer = ada.post("/team/new", NEW)
    assert answer.status_code == 302
    assert "Gus Hall" in ada.get(answer.location).text
    with sqlite.read() as work:
        staff = work.session.scalars(select(StaffRecord).where(StaffRecord.name == "Gus Hall")).one()
        hours = work.session.scalars(select(StaffHoursRecord).where(StaffHoursRecord.staff_id == staff.id)).one()
    assert (staff.code, staff.roles) == ("gus-hall", ["nurse"])
    assert hours.weekly == {"mon": [["08:00", "12:00"], ["13:00", "17:30"]]}


def test_what_is_wrong_stands_beside_its_field_and_the_rest_stays_typed(ada: Visitor) -> None:
    answer = ada.post("/team/new", NEW | {"roles": [], "supervises": "many", "max_hours_per_day": "0"})
    assert answer.status_code == 422
    for sentence in (
        "What this person works as is missing. Choose at least one.",
        "The number of visits at once must be a whole number from 0 to 60.",
        "The limit of a day must be hours from 0.25 to 24",
    ):
        assert sentence in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'value="Gus Hall"' in answer.text
    assert 'value="8–12, 13:00-17:30"' in answer.text


def test_overlapping_hours_are_refused_by_their_day(ada: Visitor, sqlite: Database) -> None:
    answer = ada.post("/team/new", NEW | {"weekly-wed": "8-12, 11-15"})
    assert answer.status_code == 422
    assert "Wednesday: Hours of one day overlap at 11:00." in answer.text
    with sqlite.read() as work:
        assert not work.session.scalars(select(StaffRecord).where(StaffRecord.name == "Gus Hall")).all()


def test_a_clinician_sees_the_team_but_changes_nobody(ben: Visitor, sqlite_cast: Cast) -> None:
    page = ben.get(f"/team/{sqlite_cast.dana_staff}")
    assert page.status_code == 200
    assert "/edit" not in page.text
    assert ben.get("/team/new").status_code == 403
    assert ben.post(f"/team/{sqlite_cast.dana_staff}/edit", NEW).status_code == 403
    assert ben.post(f"/team/{sqlite_cast.dana_staff}/leave").status_code == 403


def test_new_hours_from_a_date_and_extra_hours_on_one(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    path = f"/team/{sqlite_cast.ben_staff}"
    form = {"valid_from": "2027-02-01", "valid_to": "", "every": "1", "weekly-tue": "9-17"}
    assert ada.post(f"{path}/hours/new", form).status_code == 302
    extra = {"day": "2027-01-09", "starts": "09:00", "ends": "11:30"}
    assert ada.post(f"{path}/extra-hours/new", extra).status_code == 302
    page = ada.get(path).text
    assert "From Monday, February 1, 2027" in page
    assert "Saturday, January 9, 2027, 9:00–11:30 AM" in page
    with sqlite.read() as work:
        record = work.session.scalars(select(ExtraHoursRecord)).one()
    assert record.starts_at == datetime(2027, 1, 9, 17, 0, tzinfo=UTC)
    assert ada.post(f"{path}/extra-hours/{record.id}/remove").status_code == 302
    assert "January 9" not in ada.get(path).text


def test_a_time_that_the_spring_change_skips_is_refused_with_the_reason(ada: Visitor, sqlite_cast: Cast) -> None:
    extra = {"day": "2027-03-14", "starts": "02:30", "ends": "05:00"}
    answer = ada.post(f"/team/{sqlite_cast.ben_staff}/extra-hours/new", extra)
    assert answer.status_code == 422
    assert "March 14, 2027 has no 02:30: clocks in America/Los_Angeles go forward then." in answer.text
    off = {"first": "2027-03-14", "last": "", "starts": "02:30", "ends": ""}
    answer = ada.post(f"/team/{sqlite_cast.ben_staff}/time-off/new", off)
    assert answer.status_code == 422
    assert "has no 02:30" in answer.text


def test_time_off_shows_what_it_touches_before_it_is_approved(
    ada: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    with sqlite.write() as work:
        book(work, sqlite_cast, NOW, WEDNESDAY)
    day = "2027-01-06"
    asked = ada.post(f"/team/{sqlite_cast.ben_staff}/time-off/new", {"first": day, "last": day})
    assert asked.status_code == 302
    review = ada.get(asked.location).text
    assert "Touches 1 visit" in review
    assert "Pat Lee" in review
    approved = ada.post(asked.location, {"status": "approved"})
    assert approved.status_code == 302
    page = ada.get(approved.location).text
    assert "1 visit needs somebody else or another time." in page
    assert "1 visit outside hours or in time off" in page
    with sqlite.read() as work:
        assert work.session.scalars(select(TimeOffRecord)).one().status == "approved"


def test_a_clinician_asks_for_time_off_but_a_coordinator_decides(ben: Visitor, ada: Visitor, sqlite_cast: Cast) -> None:
    asked = ben.post(f"/team/{sqlite_cast.ben_staff}/time-off/new", {"first": "2027-02-01", "last": "2027-02-05"})
    assert asked.status_code == 302
    assert "Approve" not in ben.get(asked.location).text
    assert ben.post(asked.location, {"status": "approved"}).status_code == 403
    assert "1 request" in ada.get("/team").text
    assert ada.post(asked.location, {"status": "declined"}).status_code == 302
    assert ada.post(asked.location, {"status": "approved"}).status_code == 409


def test_nobody_asks_for_another_clinicians_time_off(ben: Visitor, sqlite_cast: Cast) -> None:
    asked = ben.post(f"/team/{sqlite_cast.dana_staff}/time-off/new", {"first": "2027-02-01"})
    assert asked.status_code == 403


def test_an_unknown_decision_is_refused(ada: Visitor, sqlite_cast: Cast) -> None:
    asked = ada.post(f"/team/{sqlite_cast.ben_staff}/time-off/new", {"first": "2027-02-01"})
    assert ada.post(asked.location, {"status": "celebrated"}).status_code == 400


def test_who_has_visits_to_come_cannot_leave(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        book(work, sqlite_cast, NOW, WEDNESDAY)
    refused = ada.post(f"/team/{sqlite_cast.ben_staff}/leave")
    assert refused.status_code == 409
    assert "Ben Ito cannot leave yet: 1 visit to come. Give them to somebody else first." in refused.text
    assert ada.post(f"/team/{sqlite_cast.dana_staff}/leave").status_code == 302
    assert "Left" in ada.get(f"/team/{sqlite_cast.dana_staff}").text
    assert ada.post(f"/team/{sqlite_cast.dana_staff}/return").status_code == 302


def test_every_change_of_the_team_is_audited(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    path = f"/team/{sqlite_cast.ben_staff}"
    ada.post(f"{path}/edit", NEW | {"name": "Ben Ito"})
    ada.post(f"{path}/hours/new", {"valid_from": "2027-02-01", "every": "1", "weekly-tue": "9-17"})
    ada.post(f"{path}/extra-hours/new", {"day": "2027-01-09", "starts": "09:00", "ends": "11:30"})
    ada.post(ada.post(f"{path}/time-off/new", {"first": "2027-02-01"}).location, {"status": "approved"})
    with sqlite.read() as work:
        actions = set(work.session.scalars(select(AuditRecord.action)))
    assert {"staff.edit", "hours.add", "hours.add_extra", "time_off.request", "time_off.approved"} <= actions
