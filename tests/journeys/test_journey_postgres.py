"""The main job again, on PostgreSQL: enroll, plan, publish; the export of the clinic keeps every rule."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from cast import PASSWORD, Cast, seat
from house import SECRET, SignIn, serving
from playwright.sync_api import Browser, expect
from sqlalchemy import select
from surfer import Surfer

from coordinator.store.audit import verify
from coordinator.store.claims import ClaimRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitRecord

pytestmark = [pytest.mark.browser, pytest.mark.postgres]


@pytest.fixture
def clinic(postgres_url: str) -> Cast:
    """The small fixed clinic, in PostgreSQL."""
    database = Database(postgres_url, SECRET)
    found = seat(database)
    database.dispose()
    return found


def test_from_enrolling_to_an_export_that_keeps_every_rule(
    postgres_url: str, clinic: Cast, browser: Browser, tmp_path: Path
) -> None:
    with serving(tmp_path, postgres_url, {}) as site:
        ada = Surfer(browser, site)
        ada.sign_in(SignIn("ada@example.org", PASSWORD))
        page = ada.page
        page.get_by_role("link", name="Enroll").first.click()
        page.get_by_label("Name", exact=True).fill("Robin Vale")
        page.get_by_text("One dosing visit and what surrounds it").click()
        page.get_by_label("Earliest start").fill(str(date.today() + timedelta(days=3)))
        page.get_by_role("button", name="Enroll and plan").click()
        page.wait_for_url("**/proposals/*", timeout=120_000)
        page.get_by_role("button", name="Publish 3 visits").click()
        page.get_by_role("dialog").get_by_role("button", name="Publish", exact=True).click()
        expect(page.get_by_text("Published 3 visits. All calendars")).to_be_visible()
        expect(page.locator(".stop")).to_have_count(3)
        ada.close()
        assert ada.faults == []
        site.command("export", "--clinic", str(clinic.clinic_id), "--problem", str(tmp_path / "problem.json"),
                     "--plan", str(tmp_path / "plan.json"))  # fmt: skip
        assert re.match("ok cost=", site.command("check", str(tmp_path / "problem.json"), str(tmp_path / "plan.json")))
        assert_written(site.database(), clinic)


def assert_written(database: Database, clinic: Cast) -> None:
    """Three visits that hold their time, in an unbroken chain of audit entries."""
    with database.read() as work:
        visits = work.session.scalars(select(VisitRecord)).all()
        assert {visit.code for visit in visits} == {"p1", "c1.d1", "c1.i1"}
        claimed = set(work.session.scalars(select(ClaimRecord.visit_id)))
        assert claimed == {visit.id for visit in visits}
        assert verify(work, clinic.clinic_id) is None
    database.dispose()
