"""The pages of repairs, proposals and the waiting list: each step from what happened to what is published."""

from __future__ import annotations

from typing import Any

from cast import NOW, Cast
from programs import program, put
from sqlalchemy import select
from visitor import Visitor

from coordinator.exchange.enrollments import write_placed
from coordinator.services.planning import Runner, run_next_job
from coordinator.store import publications
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.proposals import ProposalRecord
from coordinator.store.unit_of_work import Database

AWAY = {"kind": "staff-away", "start": "2027-01-07T00:00", "end": "2027-01-08T00:00"}


def run(database: Database) -> None:
    assert run_next_job(Runner(database, lambda: NOW, "p1", lease_seconds=60))


def stored(database: Database, cast: Cast, **more: Any) -> int:
    visits = [*program("e01", 1, 9), *program("e02", 1, 14)]
    plan = {"format": "kap-plan/1", "status": "planned", "cost": 0, "bound": 0, "visits": write_placed(visits)}
    values = {"enrollments": [cast.first, cast.second], "plan": {**plan, "unplanned": []}, "clinic_revision": 0}
    with database.write() as work:
        record = ProposalRecord(clinic_id=cast.clinic_id, created_at=NOW, **(values | more))
        work.session.add(record)
        work.session.flush()
        return record.id


def test_from_what_happened_to_what_is_published(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    asked = ada.post("/repairs", {**AWAY, "staff": sqlite_cast.ben_staff})
    assert asked.status_code == 302
    run(sqlite)
    page = ada.get(asked.location, follow_redirects=True).text
    assert "Ben Ito is away on Thu, Jan 7." in page
    assert "and no repair changes fewer" in page
    assert "Thu, Jan 7, 9:00" in page
    assert "Who is concerned" in page
    assert "time off is approved, or entered where nobody asked for it" in page
    assert "Every visit stays as it is." in page
    published = ada.post("/proposals/1/publish", follow_redirects=True).text
    assert "Published 1 visit. The time off is approved. All calendars" in published
    assert "approved" in ada.get(f"/team/{sqlite_cast.ben_staff}").text.lower()


def test_what_cannot_be_is_said_beside_its_field(ada: Visitor, sqlite_cast: Cast) -> None:
    nobody = ada.post("/repairs", {**AWAY, "staff": "x"})
    assert nobody.status_code == 422
    assert "Choose a staff" not in nobody.text
    assert "Choose a person." in nobody.text
    nothing = ada.post("/repairs", {**AWAY, "staff": sqlite_cast.dana_staff})
    assert nothing.status_code == 409
    assert "nothing to repair" in nothing.text
    assert 'value="2027-01-07T00:00"' in nothing.text


def test_times_are_held_and_let_go(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    proposal = stored(sqlite, sqlite_cast)
    held = ada.post(f"/proposals/{proposal}/hold", {"days": 3}, follow_redirects=True).text
    assert "These times are held until Jan 7, 2027" in held
    assert "cannot be held" not in ada.post(f"/proposals/{proposal}/release", follow_redirects=True).text
    assert ada.post(f"/proposals/{proposal}/hold", {"days": 400}).status_code == 409


def test_of_several_programs_some_are_accepted(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    proposal = stored(sqlite, sqlite_cast)
    none = ada.post(f"/proposals/{proposal}/publish", {"choose": "1"})
    assert none.status_code == 409
    some = ada.post(f"/proposals/{proposal}/publish", {"choose": "1", "program": sqlite_cast.second})
    assert some.status_code == 302
    with sqlite.read() as work:
        statuses = work.session.scalars(select(EnrollmentRecord.status).order_by(EnrollmentRecord.id)).all()
    assert list(statuses) == ["waiting", "active"]


def test_what_somebody_moved_since_the_page_was_drawn_is_not_moved_back_unseen(
    ada: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    proposal = stored(sqlite, sqlite_cast)
    assert 'name="seen" value="0"' in ada.get(f"/proposals/{proposal}").text
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 10))
    refused = ada.post(f"/proposals/{proposal}/publish", {"seen": 0})
    assert refused.status_code == 409
    assert "e01 was changed by Ada Moss since you looked, so nothing is published yet." in refused.text
    others = {"seen": 0, "choose": "1", "program": sqlite_cast.second}
    assert ada.post(f"/proposals/{stored(sqlite, sqlite_cast)}/publish", others).status_code == 302
    with sqlite.read() as work:
        newest = publications.newest(work, sqlite_cast.clinic_id)
        assert newest is not None
    fresh = stored(sqlite, sqlite_cast)
    assert f'name="seen" value="{newest.id}"' in ada.get(f"/proposals/{fresh}").text
    assert ada.post(f"/proposals/{fresh}/publish", {"seen": newest.id}).status_code == 302


def test_the_waiting_list_and_what_if_are_shown_as_they_come(ada: Visitor, sqlite: Database, sqlite_cast: Cast) -> None:
    assert "Not worked out yet" in ada.get("/waiting").text
    ada.post("/waiting/refresh")
    run(sqlite)
    assert "Mon, Jan 4, 2027" in ada.get("/waiting").text
    refused = ada.post("/what-if", {"more": "2", "weeks": "8", "version": sqlite_cast.protocol_version, "rooms": "3"})
    assert refused.status_code == 422
    assert "Choose at least one thing" in refused.text
    study = {"more": "2", "weeks": "8", "version": sqlite_cast.protocol_version, "room": "dosing", "rooms": "3"}
    asked = ada.post("/what-if", study)
    assert "Planning the clinic as it is" in ada.get(asked.location).text
    ada.post(f"{asked.location}/stop")
    assert "Stop" not in ada.get(f"{asked.location}/outcomes").text


def test_a_clinician_and_another_clinic_are_kept_out(
    ben: Visitor, cy: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    proposal = stored(sqlite, sqlite_cast)
    for path in ("/repairs/new", "/waiting", "/what-if", f"/enrollments/{sqlite_cast.first}/adjust"):
        assert ben.get(path).status_code == 403
    assert cy.get(f"/enrollments/{sqlite_cast.first}/adjust").status_code == 404
    for act in ("hold", "release", "relax", "publish"):
        assert cy.post(f"/proposals/{proposal}/{act}", {"enrollment": sqlite_cast.first}).status_code == 404
    assert cy.post("/repairs", {**AWAY, "staff": sqlite_cast.ben_staff}).status_code in (404, 409)
    assert "Pat Lee" not in cy.get("/waiting").text
