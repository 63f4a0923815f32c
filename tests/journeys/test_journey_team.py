"""The team in a real browser: hours painted on the week grid, and time off approved with what it touches in sight."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from house import Site
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select
from surfer import Surfer

from coordinator.store.staff import StaffHoursRecord, StaffRecord, TimeOffRecord

pytestmark = pytest.mark.browser


def cell(page: Page, day: str, times: str) -> Locator:
    """A cell of the week grid, by its name for a screen reader."""
    return page.get_by_role("gridcell", name=f"{day} {times}", exact=True)


def paint(page: Page, start: Locator, end: Locator) -> None:
    """Presses in one cell and releases in another."""
    for number, place in enumerate((start, end)):
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=8)
        if number == 0:
            page.mouse.down()
    page.mouse.up()


def test_hours_are_painted_typed_and_kept(site: Site, surfer: Callable[..., Surfer]) -> None:
    ada = surfer("coordinator")
    page = ada.page
    ada.go("/team/new")
    page.get_by_label("Name", exact=True).fill("Robin Vale")
    page.get_by_text("Nurse", exact=True).click()
    paint(page, cell(page, "Monday", "8 AM to 8:30 AM"), cell(page, "Wednesday", "11:30 AM to 12 PM"))
    expect(page.get_by_text("12 h a week")).to_be_visible()
    cell(page, "Friday", "9 AM to 9:30 AM").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    expect(cell(page, "Friday", "9:30 AM to 10 AM")).to_have_attribute("aria-selected", "true")
    page.get_by_text("Type the hours").click()
    page.get_by_label("Sunday", exact=True).fill("10:15-11")
    expect(page.get_by_text("13 h 45 min a week")).to_be_visible()
    saturday = page.get_by_label("Saturday", exact=True)
    saturday.fill("9 until noon")
    cell(page, "Friday", "10 AM to 10:30 AM").click()
    cell(page, "Friday", "10 AM to 10:30 AM").click()
    expect(saturday).to_have_value("9 until noon")
    saturday.fill("")
    ada.shoot("week-grid")
    assert ada.accessibility_faults() == []
    page.get_by_role("button", name="Add to the team").dblclick()
    expect(page.get_by_role("heading", name="Robin Vale")).to_be_visible()
    with_hours = select(StaffHoursRecord).join(StaffRecord, StaffRecord.id == StaffHoursRecord.staff_id)
    database = site.database()
    with database.read() as work:
        hours = work.session.scalars(with_hours.where(StaffRecord.name == "Robin Vale")).one()
    database.dispose()
    morning = [["08:00", "12:00"]]
    assert hours.weekly == {"mon": morning, "tue": morning, "wed": morning, "fri": [["09:00", "10:00"]],
                            "sun": [["10:15", "11:00"]]}  # fmt: skip


def test_time_off_is_approved_in_three_clicks_and_a_feed_handed_out_in_two(
    site: Site, surfer: Callable[..., Surfer]
) -> None:
    ada = surfer("coordinator")
    page = ada.page
    ada.go("/team")
    page.locator("tbody a").nth(3).click()
    name = page.get_by_role("heading", level=1).inner_text()
    with ada.within(3, "approving time off"):
        page.get_by_role("link", name="Time off", exact=True).click()
        page.get_by_label("First day").fill("2199-01-07")
        page.get_by_role("button", name="See what it touches").click()
        expect(page.get_by_text("It touches no visit to come.")).to_be_visible()
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_text("The time off is approved.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    with ada.within(2, "handing out a feed"):
        page.get_by_role("link", name="Feeds", exact=True).last.click()
        page.get_by_role("button", name="New feed").click()
        expect(page.get_by_label("Address", exact=True)).to_have_value(re.compile(r"/calendars/\S+\.ics$"))
    database = site.database()
    with database.read() as work:
        query = select(TimeOffRecord, StaffRecord).join(StaffRecord, StaffRecord.id == TimeOffRecord.staff_id)
        kept = [(off, person) for off, person in work.session.execute(query) if off.starts_at.year == 2199]
    database.dispose()
    assert [(person.name, off.status) for off, person in kept] == [(name, "approved")]


def test_a_time_that_the_spring_change_skips_is_refused_beside_its_field(surfer: Callable[..., Surfer]) -> None:
    ada = surfer("coordinator")
    page = ada.page
    ada.go("/team")
    page.locator("tbody a").first.click()
    page.get_by_role("link", name="Extra hours").click()
    page.get_by_label("Date").fill("2027-03-14")
    page.get_by_label("From").fill("02:30")
    page.get_by_label("To", exact=True).fill("05:00")
    page.get_by_role("button", name="Add extra hours").click()
    refused = page.get_by_label("From")
    expect(refused).to_be_focused()
    expect(refused).to_have_accessible_description(re.compile(r"March 14, 2027 has no 02:30"))


def test_searching_patients_leaves_no_name_in_the_address(surfer: Callable[..., Surfer]) -> None:
    ada = surfer("coordinator")
    page = ada.page
    ada.go("/patients")
    everybody = page.locator("#found tbody tr").count()
    name = page.locator("#found tbody tr bdi").first.inner_text()
    page.get_by_role("searchbox").press_sequentially(name)
    expect(page.locator("#found tbody tr")).not_to_have_count(everybody)
    expect(page.locator("#found tbody tr").first).to_contain_text(name)
    assert page.url.endswith("/patients")
    kept = page.evaluate("() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
    assert name not in kept
    assert "history-cache" not in kept, "htmx keeps pages in the browser's storage"
