"""A protocol that was brought in visit by visit is edited by the keyboard, published, and put into compact form."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from house import Site
from playwright.sync_api import Page, expect
from sqlalchemy import select
from surfer import Surfer

from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord

pytestmark = pytest.mark.browser


def press(page: Page, button: str) -> None:
    """Presses a button as somebody without a mouse does."""
    page.get_by_role("button", name=button, exact=True).focus()
    page.keyboard.press("Enter")


def move_there_and_back(page: Page) -> None:
    """Moves m3 down and up again: the page stays where one reads, and the button that is pressed has the focus."""
    page.locator("#visit-2-remove").scroll_into_view_if_needed()
    before = page.evaluate("() => window.scrollY")
    press(page, "Move m3 down")
    expect(page.locator("#said")).to_have_text("m3 is 4 of 9 now.")
    expect(page.locator("#visit-2-down")).to_be_focused()
    expect(page.locator("#visit-2-down")).to_be_in_viewport()
    assert abs(page.evaluate("() => window.scrollY") - before) < 400
    press(page, "Move m3 up")
    expect(page.locator("#said")).to_have_text("m3 is 3 of 9 now.")


def newest(site: Site) -> ProtocolVersionRecord:
    database = site.database()
    with database.read() as work:
        query = select(ProtocolVersionRecord).join(
            ProtocolRecord, ProtocolRecord.id == ProtocolVersionRecord.protocol_id
        )
        mine = query.where(ProtocolRecord.code == "our-group").order_by(ProtocolVersionRecord.number.desc())
        found = work.session.scalars(mine).first()
    database.dispose()
    assert found is not None
    return found


def test_visits_are_edited_by_the_keyboard_and_put_into_compact_form(site: Site, surfer: Callable[..., Surfer]) -> None:
    ada = surfer("coordinator")
    page = ada.page
    ada.go("/protocols")
    page.get_by_role("link", name="Group after a program").click()
    page.get_by_label("Copy under another name").fill("Our group")
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("heading", name="Edit Our group")).to_be_visible()
    assert ada.accessibility_faults() == []
    ada.repaint("dark")
    assert ada.accessibility_faults(("color-contrast",)) == []
    for width in ("phone", "zoomed"):
        ada.resize(width)
        assert not ada.is_wider_than_its_window(), width
    ada.resize("desk")

    preview = page.locator("#preview")
    expect(preview).to_contain_text("8 visits")
    press(page, "Duplicate m8")
    expect(preview).to_contain_text("9 visits")
    expect(page.locator("#said")).to_have_text("A copy stands below m8. A gap leads from m8 to m9.")
    expect(page.locator("#visit-8-code")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("last")
    page.locator("#visit-8-minutes").fill("")
    expect(preview).to_contain_text("Visit last: The length in minutes must be")
    page.locator("#visit-8-code").press("Enter")
    expect(page.locator("#visit-8-minutes-error")).to_be_visible()
    expect(page.locator("#visit-8-minutes")).to_be_focused()
    ada.shoot("protocol-visits-refused")
    assert ada.accessibility_faults() == []
    page.locator("#visit-8-minutes").fill("60")
    move_there_and_back(page)
    press(page, "Move last up")
    expect(page.locator("#said")).to_have_text("last is 8 of 9 now.")
    expect(page.locator("#visit-8-up")).to_be_focused()
    page.get_by_role("button", name="Publish as version 2").click()
    expect(page.get_by_text("Version 2 is published.")).to_be_visible()
    body = newest(site).body
    assert [visit["id"] for visit in body["visits"]][-3:] == ["m7", "last", "m8"]
    assert body["gaps"][-1] == {"from": "m8", "to": "last", "min_days": 6, "max_days": 9, "ideal_days": 7}

    page.get_by_role("button", name="Put it into compact form").click()
    expect(page.get_by_text("Version 3 is the same program in compact form.")).to_be_visible()
    expect(page.get_by_label("Sessions in each")).to_have_value("8")
    version = newest(site)
    assert version.compact is not None and version.number == 3
    assert {visit["id"]: visit for visit in version.body["visits"]} == {visit["id"]: visit for visit in body["visits"]}
