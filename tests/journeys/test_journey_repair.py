"""Somebody falls ill: that is said once, the repair shows before and after, and publishing it keeps every rule.

And before that: a patient in the middle of a program is enrolled, and the times are held while the patient thinks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from house import Site
from playwright.sync_api import expect
from sqlalchemy import func, select
from surfer import Surfer

from coordinator.store.claims import ClaimRecord
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.staff import StaffRecord, TimeOffRecord
from coordinator.store.visits import VisitRecord, VisitStaffRecord

pytestmark = pytest.mark.browser
PLANNED_WITHIN = 180_000


def test_a_patient_joins_at_the_fourth_session_and_the_times_are_held(
    site: Site, surfer: Callable[..., Surfer]
) -> None:
    iris = surfer("coordinator")
    page = iris.page
    iris.go("/enrollments/new")
    page.get_by_label("Name", exact=True).fill("Sam Ortega")
    page.get_by_text("Infusion series").click()
    expect(page.get_by_label(re.compile("^Lead|^Nurse|^Physician|^Supervisor")).first).to_be_visible()
    page.get_by_text("The patient has had visits of this program already").click()
    options = page.get_by_label("The last visit already held").locator("option")
    page.get_by_label("The last visit already held").select_option(index=options.count() // 2)
    page.get_by_label("Held on").fill(f"{datetime.now(UTC) - timedelta(days=3):%Y-%m-%d}T09:00")
    page.get_by_label("Held on").press("Tab")
    lines = page.locator("#held-lines li")
    expect(lines.first).to_be_visible()
    held = lines.count()
    for select_box in page.locator("#team select").all():
        select_box.select_option(index=1)
    iris.shoot("enroll-held")
    assert iris.accessibility_faults() == []
    page.get_by_role("button", name="Enroll and plan").click()
    page.wait_for_url("**/proposals/*", timeout=PLANNED_WITHIN)
    page.get_by_role("button", name="Hold the times").click()
    page.get_by_role("dialog").get_by_role("button", name="Hold", exact=True).click()
    expect(page.get_by_text("These times are held until").first).to_be_visible()
    iris.shoot("proposal-held")
    assert iris.accessibility_faults() == []
    database = site.database()
    with database.read() as work:
        newest = work.session.scalar(select(func.max(EnrollmentRecord.id)))
        entered = work.session.scalars(select(VisitRecord.status).where(VisitRecord.enrollment_id == newest)).all()
        assert list(entered) == ["attended"] * held
        assert work.session.scalar(select(func.count()).where(ClaimRecord.proposal_id.is_not(None)))
    page.get_by_role("button", name=re.compile("Publish")).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("region", name="Roadmap", exact=True)).to_be_visible()
    with database.read() as work:
        assert not work.session.scalar(select(func.count()).where(ClaimRecord.proposal_id.is_not(None)))
    database.dispose()


def test_a_sick_therapist_is_repaired_and_published_once(
    site: Site, surfer: Callable[..., Surfer], tmp_path: Path
) -> None:
    staff_id, name, day = busiest(site)
    iris = surfer("coordinator")
    page = iris.page
    iris.go("/repairs/new")
    page.get_by_label("Who").select_option(value=str(staff_id))
    page.get_by_label("From").fill(f"{day:%Y-%m-%d}T00:00")
    page.get_by_label("Until").fill(f"{day + timedelta(days=1):%Y-%m-%d}T00:00")
    iris.shoot("repair-asked")
    page.get_by_role("button", name="Find a repair").click()
    page.wait_for_url("**/proposals/*", timeout=PLANNED_WITHIN)
    expect(page.get_by_role("heading", name=f"{name} is away on")).to_be_visible()
    for width, theme in (("desk", "light"), ("desk", "dark"), ("phone", "light")):
        iris.resize(width)
        iris.paint("dark" if theme == "dark" else "light")
        page.reload()
        iris.shoot(f"repair-{theme}-{width}")
        assert iris.accessibility_faults() == []
        assert not iris.is_wider_than_its_window()
    iris.resize("desk")
    page.get_by_role("button", name=re.compile("Publish")).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text(re.compile(r"Published \d+ visit"))).to_be_visible()
    database = site.database()
    with database.read() as work:
        off = select(TimeOffRecord.status).where(TimeOffRecord.staff_id == staff_id).order_by(TimeOffRecord.id.desc())
        assert work.session.scalars(off).first() == "approved"
    database.dispose()
    problem, plan = str(tmp_path / "problem.json"), str(tmp_path / "plan.json")
    site.command("export", "--problem", problem, "--plan", plan)
    assert site.command("check", problem, plan).startswith("ok cost=")


def busiest(site: Site) -> tuple[int, str, datetime]:
    """The therapist with most visits on a day some weeks ahead, and the day."""
    begin = datetime.now(UTC) + timedelta(days=14)
    database = site.database()
    with database.read() as work:
        rows = work.session.execute(
            select(VisitStaffRecord.staff_id, VisitStaffRecord.starts_at)
            .join(VisitRecord, VisitRecord.id == VisitStaffRecord.visit_id)
            .where(
                VisitRecord.status == "scheduled", VisitStaffRecord.need == "lead", VisitRecord.kind == "integration"
            )
            .where(VisitStaffRecord.starts_at.between(begin, begin + timedelta(days=21)))
        ).all()
        (staff_id, day), _ = Counter((each, at.date()) for each, at in rows).most_common(1)[0]
        name = work.session.get_one(StaffRecord, staff_id).name
    database.dispose()
    return staff_id, name, datetime(day.year, day.month, day.day)
