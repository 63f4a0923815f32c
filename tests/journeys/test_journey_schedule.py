"""On the schedule a visit is dragged into the draft, published, undone; two coordinators see each other's changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from house import Site
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select
from surfer import Surfer

from coordinator.store.drafts import DraftEditRecord
from coordinator.store.enrollments import EnrollmentPatientRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.publications import PublicationRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.visits import VisitRecord

pytestmark = pytest.mark.browser


T = TypeVar("T")


def asked(site: Site, question: Callable[[Work], T]) -> T:
    """What the database says."""
    database = site.database()
    with database.read() as work:
        found = question(work)
    database.dispose()
    return found


def nutrition(site: Site, skip: int) -> VisitRecord:
    """A nutrition visit some days ahead: nothing is tied to it closely, so it can be moved within its day."""
    query = (
        select(VisitRecord)
        .where(VisitRecord.status == "scheduled", VisitRecord.kind == "nutrition")
        .where(VisitRecord.starts_at > datetime.now(UTC) + timedelta(days=2))
        .order_by(VisitRecord.starts_at, VisitRecord.id)
    )
    return asked(site, lambda work: work.session.scalars(query.offset(skip)).first()) or pytest.fail("no such visit")


def reread(site: Site, visit: VisitRecord) -> VisitRecord:
    return asked(site, lambda work: work.session.get_one(VisitRecord, visit.id))


def open_day(surfer: Surfer, visit: VisitRecord) -> Locator:
    """The day of a visit by staff; gives the visit's block."""
    day = (visit.starts_at - timedelta(hours=8)).date()
    surfer.page.goto(f"/schedule?date={day}&view=day&rows=staff")
    expect(surfer.page.locator("#schedule")).to_have_attribute("data-drawn", re.compile(f"^{day} staff day"))
    return block_of(surfer.page, visit)


def block_of(page: Page, visit: VisitRecord, more: str = "") -> Locator:
    link = f"[data-enrollment='{visit.enrollment_id}'][data-code='{visit.code}']"
    return page.locator(f".visit-block{more}:has({link})").first


def lift(page: Page, block: Locator) -> None:
    """Presses on a block and moves a little: the lights go on."""
    block.scroll_into_view_if_needed()
    area = block.bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + 8, area["y"] + 8)
    page.mouse.down()
    page.mouse.move(area["x"] + 20, area["y"] + 10, steps=3)
    expect(page.locator("#schedule")).to_have_attribute("data-lit", re.compile(r"."))


def point_at_last(page: Page, light: Locator) -> None:
    """Carries the block, which was taken 8 pixels from its start, to the last start that a light allows."""
    area, lane = light.bounding_box(), page.locator("[data-cell]").first.bounding_box()
    assert area is not None
    assert lane is not None
    quarter = lane["width"] / page.locator(".grid-hours span").count() / 4
    page.mouse.move(area["x"] + area["width"] - quarter + 8, area["y"] + area["height"] / 2, steps=3)


def test_a_visit_is_dragged_into_the_draft_published_and_undone(site: Site, surfer: Callable[..., Surfer]) -> None:
    visit = nutrition(site, 2)
    ada = surfer("coordinator")
    page = ada.page
    block = open_day(ada, visit)
    draft = page.get_by_role("region", name="Your draft")
    lift(page, block)
    page.evaluate("document.dispatchEvent(new PointerEvent('pointercancel'))")
    expect(page.locator("#schedule")).not_to_have_attribute("data-lit", re.compile(r"."))
    page.mouse.move(1, 1)  # or letting go would be a click on the visit, which a pointer that was canceled never makes
    page.mouse.up()
    with ada.within(1, "moving a visit by dragging"):
        lift(page, block)
        expect(page.locator(".light.is-refused").first).to_be_visible()
        light = page.locator(".light.is-legal").last
        point_at_last(page, light)
        expect(page.locator(".carry-hint")).to_contain_text("Keeps every rule")
        ada.shoot("schedule-drag", full_page=False)
        page.mouse.up()
        expect(draft).to_contain_text("Nobody else sees this")
    foot = page.locator("#draft-bar")
    expect(foot).to_contain_text("1 change in your draft")
    page.set_viewport_size({"width": 1366, "height": 800})
    page.evaluate("scrollTo(0, 0)")
    expect(foot.get_by_role("link", name="Look and publish")).to_be_in_viewport()
    expect(draft).not_to_be_in_viewport()
    expect(block_of(page, visit, ".stage-draft")).to_be_visible()
    expect(block_of(page, visit, ".is-leaving")).to_be_visible()
    assert reread(site, visit).starts_at == visit.starts_at
    assert ada.accessibility_faults() == []
    ada.shoot("schedule-draft")
    with ada.within(2, "publishing a draft"):
        draft.get_by_role("link", name="Publish …").click()
        expect(page.get_by_role("region", name="Who is told")).to_contain_text("patient")
        assert ada.accessibility_faults() == []
        ada.shoot("draft-publish")
        page.get_by_role("button", name="Publish 1 change").click()
    bar = page.get_by_role("region", name="Undo")
    expect(bar).to_contain_text("Published 1 change")
    moved = reread(site, visit)
    assert moved.starts_at != visit.starts_at
    assert asked(site, lambda work: work.session.scalars(select(DraftEditRecord)).all()) == []
    ada.shoot("undo-bar", full_page=False)
    bar.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("region", name="Undo")).to_contain_text("Undone")
    assert reread(site, visit).starts_at == visit.starts_at
    kinds = asked(
        site, lambda work: work.session.scalars(select(PublicationRecord.kind).order_by(PublicationRecord.id)).all()
    )
    assert kinds[-2:] == ["draft", "undo"]


def test_a_visit_that_is_sought_has_the_focus(site: Site, surfer: Callable[..., Surfer]) -> None:
    visit = nutrition(site, 3)
    page = surfer("coordinator").page
    page.goto(f"/enrollments/{visit.enrollment_id}")
    page.get_by_role("link", name="Show on the schedule").click()
    sought = page.locator(".visit-block.is-sought")
    expect(sought).to_be_in_viewport()
    expect(sought.locator(f"[data-enrollment='{visit.enrollment_id}']")).to_be_focused()


def test_where_a_rule_refuses_the_reason_and_the_choices_are_shown(site: Site, surfer: Callable[..., Surfer]) -> None:
    visit = nutrition(site, 4)
    ada = surfer("coordinator")
    page = ada.page
    lift(page, open_day(ada, visit))
    area = page.locator("#calendar [data-cell]").first.bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + area["width"] - 20, area["y"] + 10, steps=3)
    hint = page.locator(".carry-hint")
    expect(hint).to_have_class(re.compile("is-refused"))
    words = hint.locator("span").inner_text()
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(words)
    assert ada.accessibility_faults() == []
    ada.shoot("schedule-why", full_page=False)
    dialog.get_by_role("button", name="Back, leave it where it was").click()
    assert asked(site, lambda work: work.session.scalars(select(DraftEditRecord)).all()) == []


def test_without_a_mouse_the_dialog_does_what_dragging_does(site: Site, surfer: Callable[..., Surfer]) -> None:
    visit = nutrition(site, 6)
    ada = surfer("coordinator")
    page = ada.page
    open_day(ada, visit).locator("a").press("Enter")  # three acts in all, by keys here
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Point at a place").press("Enter")
    panel = page.locator("#carry")
    expect(panel).to_contain_text("Placing Nutrition")
    panel.get_by_role("button").nth(1).press("Enter")
    expect(page.get_by_role("region", name="Your draft")).to_be_visible()
    edits = asked(site, lambda work: work.session.scalars(select(DraftEditRecord)).all())
    assert [(each.enrollment_id, each.code) for each in edits] == [(visit.enrollment_id, visit.code)]
    page.get_by_role("button", name=re.compile("^Take out")).click()
    expect(page.get_by_role("region", name="Your draft")).to_have_count(0)


def test_two_coordinators_see_each_other_and_lose_nothing(site: Site, surfer: Callable[..., Surfer]) -> None:
    visit = nutrition(site, 8)
    ada, gil = surfer("coordinator"), surfer("administrator")
    day = (visit.starts_at - timedelta(hours=8)).date()
    lift(ada.page, open_day(ada, visit))
    point_at_last(ada.page, ada.page.locator(".light.is-legal").last)
    ada.page.mouse.up()
    draft = ada.page.get_by_role("region", name="Your draft")
    expect(draft).to_be_visible()
    gil.go(f"/visits/{visit.id}")
    gil.page.get_by_role("button", name="Cancel this visit").click()
    gil.page.get_by_role("dialog").get_by_role("button", name="Cancel the visit").click()
    expect(gil.page.get_by_text("Canceled. Its room")).to_be_visible()
    expect(ada.page.locator("#schedule-news")).to_contain_text("canceled visits just now")
    expect(draft).to_contain_text("Changed meanwhile by")
    expect(ada.page).to_have_url(re.compile(f"date={day}"))
    ada.page.goto("/draft")
    expect(ada.page.get_by_role("button", name="Publish 1 change")).to_be_disabled()
    ada.shoot("draft-overtaken")
    ada.page.get_by_role("button", name="Discard", exact=True).click()
    expect(ada.page.get_by_text("Discarded 1 change")).to_be_visible()
    assert reread(site, visit).status == "canceled"


def test_a_hostile_name_looks_odd_and_does_nothing(site: Site, surfer: Callable[..., Surfer]) -> None:
    visit = nutrition(site, 10)
    name = "<script>alert(1)</script>\u202e" + "😀" * 90
    database = site.database()
    with database.write() as work:
        theirs = select(EnrollmentPatientRecord.patient_id).where(
            EnrollmentPatientRecord.enrollment_id == visit.enrollment_id
        )
        for each in work.session.scalars(select(PatientRecord).where(PatientRecord.id.in_(theirs))):
            each.name = name
    database.dispose()
    ada = surfer("coordinator")
    block = open_day(ada, visit)
    expect(block).to_contain_text("<script>alert(1)</script>")
    assert not ada.is_wider_than_its_window()
    for view in ("week", "month", "list"):
        ada.page.get_by_role("button", name=view.capitalize(), exact=True).click()
        expect(ada.page.locator("#schedule")).to_have_attribute("data-drawn", re.compile(view))
        assert not ada.is_wider_than_its_window()
    ada.shoot("schedule-hostile", full_page=False)


def test_search_is_one_key_away_and_walks_by_arrows(site: Site, surfer: Callable[..., Surfer]) -> None:
    ada = surfer("coordinator")
    page = ada.page
    ada.go("/rooms")
    # A page that htmx put in anew has another dialog.
    page.evaluate("const found = document.getElementById('search-dialog'); found.replaceWith(found.cloneNode(true))")
    page.evaluate("htmx.process(document.body)")
    page.keyboard.press("/")
    page.keyboard.type("nutrition")
    expect(page.locator("#search-found")).to_contain_text("Next visits")
    assert ada.accessibility_faults() == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/(visits|team|protocols)/\d+$"))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert ada.accessibility_faults() == []


def test_a_program_is_paused_and_that_is_undone(site: Site, surfer: Callable[..., Surfer]) -> None:
    visit = nutrition(site, 12)
    ada = surfer("coordinator")
    page = ada.page
    ada.go(f"/enrollments/{visit.enrollment_id}")
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Pause …").click()
    expect(page.get_by_role("dialog")).to_contain_text("are canceled; their people and rooms are free again")
    page.get_by_role("dialog").get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("region", name="Undo")).to_contain_text("Paused.")
    assert reread(site, visit).status == "canceled"
    page.get_by_role("region", name="Undo").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("region", name="Undo")).to_contain_text("Undone")
    assert reread(site, visit).status == "scheduled"
    page.get_by_role("button", name="More").click()
    page.get_by_role("link", name="Itinerary for the patient").click()
    expect(page.get_by_role("heading", name="Your visits")).to_be_visible()
    assert ada.accessibility_faults() == []
    ada.shoot("itinerary")
