"""A visit is moved by its form, refused with the reason, and canceled after saying what that does."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from house import Site
from playwright.sync_api import expect
from sqlalchemy import select
from surfer import Surfer

from coordinator.store.notices import NoticeRecord
from coordinator.store.visits import VisitRecord

pytestmark = pytest.mark.browser


def upcoming(site: Site, kind: str, skip: int = 0) -> VisitRecord:
    """A visit that is still ahead, some days from now."""
    database = site.database()
    with database.read() as work:
        query = select(VisitRecord).where(
            VisitRecord.status == "scheduled", VisitRecord.kind == kind, VisitRecord.starts_at > datetime.now(UTC)
        )
        found = work.session.scalars(query.order_by(VisitRecord.starts_at).offset(8 + skip)).first()
    database.dispose()
    assert found is not None
    return found


def visit(site: Site, visit_id: int) -> VisitRecord:
    database = site.database()
    with database.read() as work:
        found = work.session.get_one(VisitRecord, visit_id)
    database.dispose()
    return found


def test_a_visit_is_moved_to_a_time_that_keeps_every_rule(site: Site, surfer: Callable[..., Surfer]) -> None:
    before = upcoming(site, "nutrition")
    ada = surfer("coordinator")
    page = ada.page
    ada.go(f"/visits/{before.id}")
    page.get_by_role("button", name="Times that work that day").click()
    now_at = page.get_by_label("Starts at").input_value()
    others = page.locator(f"[data-start]:not([data-start='{now_at}'])")
    expect(others.first).to_be_visible()
    wanted = others.first.get_attribute("data-start")
    others.first.click()
    expect(page.get_by_label("Starts at")).to_have_value(wanted or "")
    ada.shoot("visit-times")
    page.get_by_role("button", name="Move the visit").click()
    expect(page.get_by_text("Moved. The calendars")).to_be_visible()
    after = visit(site, before.id)
    assert after.starts_at != before.starts_at
    assert after.revision == before.revision + 1
    expect(page.get_by_role("region", name="History")).to_contain_text("moved the visit")


def test_a_place_that_breaks_a_rule_is_refused_with_the_reason(site: Site, surfer: Callable[..., Surfer]) -> None:
    before = upcoming(site, "dosing")
    ada = surfer("coordinator")
    page = ada.page
    ada.go(f"/visits/{before.id}")
    page.get_by_label("Starts at").fill("23:00")
    page.get_by_role("button", name="Move the visit").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose another time or other people.")
    expect(page.get_by_label("Starts at")).to_have_value("23:00")
    ada.shoot("visit-refused")
    assert ada.accessibility_faults() == []
    assert visit(site, before.id).starts_at == before.starts_at


def test_half_past_two_on_the_night_of_the_spring_change_is_refused(site: Site, surfer: Callable[..., Surfer]) -> None:
    before = upcoming(site, "dosing")
    ada = surfer("coordinator")
    page = ada.page
    ada.go(f"/visits/{before.id}")
    page.get_by_label("Date").fill("2027-03-14")
    page.get_by_label("Starts at").fill("02:30")
    page.get_by_role("button", name="Move the visit").click()
    expect(
        page.get_by_text(re.compile(r"March 14, 2027 has no 02:30: clocks in America/Los_Angeles go forward"))
    ).to_be_visible()
    assert visit(site, before.id).starts_at == before.starts_at


def test_canceling_says_what_it_does_and_does_it(site: Site, surfer: Callable[..., Surfer]) -> None:
    before = upcoming(site, "integration", skip=6)
    ada = surfer("coordinator")
    page = ada.page
    ada.go(f"/visits/{before.id}")
    page.get_by_role("button", name="Cancel this visit").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("shown as canceled in their calendars")
    ada.shoot("visit-cancel", full_page=False)
    dialog.get_by_role("button", name="Cancel the visit").click()
    expect(page.get_by_text("Canceled. Its room and people are free again.")).to_be_visible()
    assert visit(site, before.id).status == "canceled"
    database = site.database()
    with database.read() as work:
        left = work.session.scalars(
            select(NoticeRecord.status).where(NoticeRecord.visit_id == before.id, NoticeRecord.status == "queued")
        ).all()
    database.dispose()
    assert left == []
