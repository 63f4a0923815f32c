"""The main job, end to end: enroll, watch the plan being made, publish, and see it on the schedule and in the feed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from house import Site
from icalendar import Calendar
from playwright.sync_api import Page, expect
from sqlalchemy import select
from surfer import Surfer

from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.visits import VisitRecord, VisitStaffRecord

pytestmark = pytest.mark.browser
PLANNED_WITHIN = 180_000
VISITS = 48


def test_from_enrolling_to_the_therapists_calendar(site: Site, surfer: Callable[..., Surfer], tmp_path: Path) -> None:
    ada = surfer("coordinator")
    with ada.within(8, "enrolling"):
        enroll(ada)
    watch(ada)
    publish(ada)
    visits, therapist = published(site)
    assert_on_the_schedule(ada, visits)
    assert_in_the_feed(site, visits, therapist)
    assert_the_export_keeps_every_rule(site, tmp_path)


def enroll(ada: Surfer) -> None:
    page = ada.page
    page.get_by_role("link", name="Enroll").first.click()
    page.get_by_label("Name", exact=True).fill("Robin Vale")
    page.get_by_label("E-mail").fill("robin@example.org")
    page.get_by_text("KAP, three courses of six sessions").click()
    expect(page.get_by_label(re.compile("^Lead"))).to_be_visible()
    page.get_by_label("Earliest start").fill(str(date.today() + timedelta(days=14)))
    ada.shoot("enroll-filled")
    page.get_by_role("button", name="Enroll and plan").click()


def watch(ada: Surfer) -> None:
    expect(ada.page.get_by_role("heading", name="Planning", exact=True)).to_be_visible()
    expect(ada.page.get_by_text("Programs planned")).to_be_visible()
    assert ada.accessibility_faults() == []
    ada.shoot("planning")
    ada.page.wait_for_url("**/proposals/*", timeout=PLANNED_WITHIN)


def publish(ada: Surfer) -> None:
    page = ada.page
    expect(page.get_by_role("heading", name="Proposal for")).to_contain_text("Robin Vale")
    for course in ("Course 1", "Course 2", "Course 3"):
        expect(page.get_by_role("region", name=course)).to_contain_text("Dosing 6")
    for theme in ("dark", "light"):
        ada.paint(theme)
        page.reload()
        assert ada.accessibility_faults() == []
        ada.shoot(f"proposal-{theme}")
    with ada.within(2, "publishing"):
        page.get_by_role("button", name=f"Publish {VISITS} visits").click()
        page.get_by_role("dialog").get_by_role("button", name="Publish", exact=True).click()
        expect(page.get_by_text(f"Published {VISITS} visits. All calendars")).to_be_visible()
    expect(page.get_by_role("region", name="Roadmap", exact=True)).to_be_visible()
    ada.shoot("program")


def published(site: Site) -> tuple[list[VisitRecord], StaffRecord]:
    """What the database holds afterwards: every visit of the program, and its therapist."""
    database = site.database()
    try:
        with database.read() as work:
            enrollment = work.session.scalars(select(EnrollmentRecord).order_by(EnrollmentRecord.id.desc())).first()
            assert enrollment is not None
            assert enrollment.status == "active"
            query = select(VisitRecord).where(VisitRecord.enrollment_id == enrollment.id)
            visits = list(work.session.scalars(query.order_by(VisitRecord.starts_at)))
            assert len(visits) == VISITS
            assert {visit.status for visit in visits} == {"scheduled"}
            leads = select(StaffRecord).join(VisitStaffRecord, VisitStaffRecord.staff_id == StaffRecord.id)
            found = set(work.session.scalars(leads.where(
                VisitStaffRecord.visit_id.in_([visit.id for visit in visits]), VisitStaffRecord.need == "lead",
            )))  # fmt: skip
            assert len(found) == 1, "one therapist leads the whole program"
            return visits, found.pop()
    finally:
        database.dispose()


def assert_on_the_schedule(ada: Surfer, visits: list[VisitRecord]) -> None:
    page = ada.page
    dosing = next(visit for visit in visits if visit.kind == "dosing")
    page.get_by_role("link", name="Dosing 1", exact=True).first.click()
    expect(page.get_by_role("heading", name="Dosing 1, course 1")).to_be_visible()
    ada.go(f"/schedule?date={local_date(page, dosing)}")
    expect(page.locator(f'a.visit-link[href="/visits/{dosing.id}"]').first).to_contain_text("Robin Vale")
    ada.shoot("schedule-day-robin")
    page.keyboard.press("w")
    expect(page.locator(f'a.visit-link[href="/visits/{dosing.id}"]').first).to_be_visible()
    page.get_by_role("button", name="Rooms").click()
    expect(page.locator(f'a.visit-link[href="/visits/{dosing.id}"]')).to_have_count(1)


def local_date(page: Page, visit: VisitRecord) -> str:
    """The visit's date in the clinic's zone, by the page's own word."""
    zone = page.locator("[data-zone]").get_attribute("data-zone")
    answer: str = page.evaluate(
        "([at, zone]) => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(new Date(at))",
        [visit.starts_at.isoformat(), zone],
    )
    return answer


def assert_in_the_feed(site: Site, visits: list[VisitRecord], therapist: StaffRecord) -> None:
    """The therapist's calendar client reads each of the visits that she has a part in, at its time."""
    address = re.search(r"http\S+\.ics", site.command("feed", "add", "--staff", therapist.code))
    assert address is not None
    with urlopen(address[0]) as answer:
        calendar = Calendar.from_ical(answer.read())
    shown = {event.decoded("dtstart").astimezone(UTC) for event in calendar.walk("VEVENT")}
    database = site.database()
    with database.read() as work:
        parts = work.session.scalars(select(VisitStaffRecord.starts_at).where(
            VisitStaffRecord.staff_id == therapist.id, VisitStaffRecord.visit_id.in_([each.id for each in visits]),
        )).all()  # fmt: skip
    database.dispose()
    assert parts
    assert {at.astimezone(UTC) for at in parts if at < datetime.now(UTC) + timedelta(days=90)} <= shown


def assert_the_export_keeps_every_rule(site: Site, folder: Path) -> None:
    """The whole clinic, as it is now, passes its own checker."""
    problem, plan = str(folder / "problem.json"), str(folder / "plan.json")
    site.command("export", "--problem", problem, "--plan", plan)
    assert site.command("check", problem, plan).startswith("ok cost=")
