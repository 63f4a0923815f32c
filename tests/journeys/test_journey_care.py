"""Days of a small clinic: a gate, a late visit, a missed integration, each from what happens to what comes of it.

After each the export passes, and the worklist holds exactly what it should.
"""

from __future__ import annotations

import re

import pytest
from cast_clinic import CastClinic
from playwright.sync_api import expect
from programs import visit_row
from sqlalchemy import select
from surfer import Surfer

from coordinator.services import outcomes
from coordinator.services.no_go import note_no_gos
from coordinator.store.audit import AuditRecord
from coordinator.store.notices import NoticeRecord

pytestmark = pytest.mark.browser


def settle(clinic: CastClinic, code: str) -> None:
    """Pat was there, as far as this visit goes."""
    visit = visit_row(clinic.database, clinic.cast.first, code)
    with clinic.database.write() as work:
        outcomes.record(work, clinic.cast.ada, visit.ends_at, visit.id, "attended")


def refused_opening(clinic: CastClinic, who: Surfer, visit: int) -> None:
    """Somebody who is no physician sends what the physician's button would send."""
    token = who.page.locator("input[name=csrf_token]").first.get_attribute("value") or ""
    answer = who.page.request.post(f"/visits/{visit}/gates/clearance/open", form={"csrf_token": token})
    assert answer.status == 403
    with clinic.database.read() as work:
        newest = work.session.scalars(select(AuditRecord).order_by(AuditRecord.id.desc())).first()
        assert newest is not None
        assert newest.action == "access.refuse"
        assert newest.detail["asked"] == {"visit_id": visit, "kind": "clearance"}


def test_a_missing_gate_is_a_no_go_until_the_physician_opens_it(clinic: CastClinic) -> None:
    visit = visit_row(clinic.database, clinic.cast.first, "c1.d1").id
    settle(clinic, "p1")
    clinic.be(1, 22)
    assert note_no_gos(clinic.database, clinic.now) == 1
    assert clinic.waits() == ["gate.no_go p01 Pat Lee"]
    ada = clinic.window("ada")
    item = ada.page.get_by_role("listitem").filter(has_text="p01 Pat Lee: no-go")
    expect(item).to_contain_text("Still shut: Medical clearance (Eve Okafor), Ride home named (Coordinator)")
    item.get_by_role("link", name=re.compile("Decide")).click()
    expect(ada.page.get_by_text("A physician opens it")).to_be_visible()
    ada.page.get_by_role("button", name=re.compile(r"^Open\s*: Ride home named")).click()
    refused_opening(clinic, ada, visit)
    refused_opening(clinic, clinic.window("ben"), visit)

    eve = clinic.window("eve", "phone")
    waits = eve.page.get_by_role("region", name=re.compile("Waits for me"))
    expect(waits.get_by_text("p01 Pat Lee: Medical clearance", exact=True)).to_be_visible()
    eve.shoot("me-gate-phone")
    waits.get_by_role("link", name=re.compile("See the gate")).click()
    eve.page.get_by_role("button", name=re.compile(r"^Open\s*: Medical clearance")).click()
    expect(eve.page.get_by_text("Go", exact=True)).to_be_visible()
    assert not eve.is_wider_than_its_window()
    assert clinic.waits() == []
    with clinic.database.read() as work:
        told = select(NoticeRecord.status).where(NoticeRecord.topic.like("no-go:%"))
        assert set(work.session.scalars(told)) == {"withdrawn"}
    ada.go("/")
    expect(ada.page.get_by_text("Nothing. Everything is planned, told and recorded.")).to_be_visible()
    clinic.be(2, 13)
    ben = clinic.window("ben", "phone")
    ben.go(f"/visits/{visit}")
    for step in ("Arrived", "In the room", "Started"):
        ben.page.get_by_role("button", name=step, exact=True).click()
    expect(ben.page.get_by_role("button", name=re.compile("^Undo"))).to_have_count(3)
    clinic.assert_export_passes()


def test_a_dosing_visit_that_runs_forty_minutes_late_says_what_it_pushes(clinic: CastClinic) -> None:
    visit = visit_row(clinic.database, clinic.cast.first, "c1.d1").id
    settle(clinic, "p1")
    clinic.be(2, 14, 30)
    ben = clinic.window("ben", "phone")
    ben.go(f"/visits/{visit}")
    ben.page.get_by_role("button", name="40 min", exact=True).click()
    pushed = ben.page.get_by_role("region", name="Ends about 3:40 PM")
    expect(pushed).to_contain_text("p02 Quinn Diaz, Preparation 1")
    expect(pushed).to_contain_text("waits for Ben Ito")
    expect(pushed).to_contain_text("about 3:40 PM")
    ben.shoot("late-phone")
    assert ben.accessibility_faults() == []
    assert not ben.is_wider_than_its_window()
    late = "visit.late p01 Pat Lee"
    assert clinic.waits() == [late]
    ben.page.get_by_role("button", name="Tell those who wait").click()
    expect(ben.page.get_by_text("1 message leaves now.")).to_be_visible()
    ada = clinic.window("ada")
    expect(ada.page.get_by_role("listitem").filter(has_text="p01 Pat Lee: 40 minutes late")).to_be_visible()
    ben.page.get_by_role("button", name="It is on time after all").click()
    assert clinic.waits() == []
    clinic.assert_export_passes()


def test_a_missed_integration_gets_a_new_time_in_its_window_or_the_reason(clinic: CastClinic) -> None:
    for code in ("p1", "c1.d1"):
        settle(clinic, code)
    clinic.be(3, 13, 30)
    ben = clinic.window("ben", "phone")
    ben.go(f"/visits/{visit_row(clinic.database, clinic.cast.first, 'c1.i1').id}")
    ben.page.get_by_role("button", name="No-show").click()
    ada = clinic.window("ada")
    alert, quinns = "integration.missing p01 Pat Lee", ["visit.outcome p02 Quinn Diaz"] * 2
    assert clinic.waits() == [alert, *quinns]
    repair(clinic, ada)
    ada.page.get_by_role("button", name="Publish 1 visit").click()
    ada.page.get_by_role("dialog").get_by_role("button", name="Publish", exact=True).click()
    expect(ada.page.get_by_text("Published 1 visit. All calendars")).to_be_visible()
    assert clinic.waits() == quinns
    again = visit_row(clinic.database, clinic.cast.first, "c1.i1", attempt=2)
    clinic.assert_export_passes()

    clinic.be(4, 16, 30)
    ben, ada = clinic.window("ben", "phone"), clinic.window("ada")
    ben.go(f"/visits/{again.id}")
    ben.page.get_by_role("button", name="No-show").click()
    repair(clinic, ada)
    expect(ada.page.get_by_text(re.compile("Ben Ito is not there on Saturdays"))).to_be_visible()
    ada.shoot("integration-no-time")
    assert clinic.waits() == [alert, "proposal.open p01 Pat Lee", *quinns, quinns[0]]
    clinic.assert_export_passes()


def repair(clinic: CastClinic, ada: Surfer) -> None:
    """From the alert on the worklist to the proposal."""
    ada.go("/")
    item = ada.page.get_by_role("listitem").filter(has_text="p01 Pat Lee: integration not in its window")
    item.get_by_role("button", name=re.compile("Repair")).click()
    clinic.plan()
    ada.page.wait_for_url("**/proposals/*")
