"""Whoever leaves a page open is signed out: the page is covered, and what was typed is still there afterwards."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from cast_clinic import CastClinic
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_page_that_was_left_is_covered_and_what_was_typed_waits_beneath(clinic: CastClinic) -> None:
    ada = clinic.window("ada")
    page = ada.page
    page.clock.install()
    ada.go(f"/patients/{clinic.cast.pat}/edit")
    title = page.title()
    page.get_by_label("Name", exact=True).fill("Pat Lee-Moss")
    page.clock.fast_forward("11:59:00")
    expect(page.get_by_role("dialog", name="Are you still there?")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.clock.fast_forward("00:02:00")
    expect(page.get_by_role("dialog", name="You were signed out")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_hidden()
    expect(page.get_by_label("Name", exact=True)).to_be_hidden()
    assert page.title() == "Signed out · Coordinator"
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Pat Lee-Moss")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.title() == title


def test_a_schedule_that_was_left_open_knows_the_new_day(clinic: CastClinic) -> None:
    ada = clinic.window("ada")
    ada.page.clock.install()
    ada.go("/schedule?view=day")
    schedule = ada.page.locator("#schedule")
    expect(schedule).to_have_attribute("data-drawn", re.compile("staff day"))
    today = date.fromisoformat(schedule.get_attribute("data-today") or "")
    ada.page.clock.fast_forward("24:00:00")
    expect(schedule).to_have_attribute("data-today", str(today + timedelta(days=1)))
