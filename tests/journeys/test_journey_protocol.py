"""A protocol is copied, changed with the roadmap drawn as it is typed, tried on the clinic, and published."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from house import Site
from playwright.sync_api import expect
from sqlalchemy import select
from surfer import Surfer

from coordinator.store.protocols import ProtocolRecord, ProtocolVersionRecord

pytestmark = pytest.mark.browser


def test_a_protocol_is_copied_changed_and_published(site: Site, surfer: Callable[..., Surfer]) -> None:
    ada = surfer("coordinator")
    page = ada.page
    ada.go("/protocols")
    page.get_by_role("link", name="KAP, three courses of six sessions").click()
    page.get_by_label("Copy under another name").fill("Two courses for us")
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("heading", name="Edit Two courses for us")).to_be_visible()
    assert ada.accessibility_faults() == []

    preview = page.locator("#preview")
    expect(preview).to_contain_text("48 visits")
    page.get_by_label("Courses", exact=True).fill("2")
    expect(preview).to_contain_text("35 visits")
    page.locator("#session-most").fill("2")
    expect(preview).to_contain_text("The most (2) is less than the least (3).")
    page.get_by_role("button", name="Publish as version 2").click()
    expect(page.locator("#session-most-error")).to_be_visible()
    ada.shoot("protocol-refused")
    page.get_by_role("button", name="Does it fit?").click()
    expect(page.locator("#fit")).to_contain_text("This makes no program yet")
    page.locator("#session-most").fill("8")
    page.get_by_label("Patients at once").fill("1")
    page.get_by_role("button", name="Does it fit?").click()
    expect(page.locator("#fit")).to_contain_text("Yes: 1 patient finds a place", timeout=30_000)
    ada.shoot("protocol-fits")
    page.get_by_role("button", name="Publish as version 2").click()
    expect(page.get_by_text("Version 2 is published.")).to_be_visible()
    page.get_by_role("link", name="Compare versions").click()
    expect(page.get_by_text(re.compile("12 × dosing, 120 minutes"))).to_be_visible()
    assert ada.accessibility_faults() == []

    database = site.database()
    with database.read() as work:
        query = select(ProtocolVersionRecord).join(
            ProtocolRecord, ProtocolRecord.id == ProtocolVersionRecord.protocol_id
        )
        mine = query.where(ProtocolRecord.code == "two-courses-for-us", ProtocolVersionRecord.number == 2)
        body = work.session.scalars(mine).one().body
    database.dispose()
    assert len(body["visits"]) == 35
    assert {"from": "c1.d1", "to": "c1.d2", "min_days": 3, "max_days": 8, "ideal_days": 4} in body["gaps"]
