"""Somebody falls ill: from the phone, over the repair, to one message each and changed calendars."""

from __future__ import annotations

import re
from urllib.request import urlopen

import pytest
from cast import add_staff
from cast_clinic import CastClinic
from icalendar import Calendar
from playwright.sync_api import expect
from sqlalchemy import select
from surfer import Surfer

from coordinator.services import feeds
from coordinator.store.notices import NoticeRecord, add_default_rules

pytestmark = pytest.mark.browser


def test_a_sick_call_from_a_phone_to_one_message_each(clinic: CastClinic) -> None:
    flo = substitute(clinic)
    clinic.be(1, 7)
    calendars = {staff: subscribe(clinic, staff) for staff in (clinic.cast.eve_staff, flo)}
    before = {staff: shown(address) for staff, address in calendars.items()}
    waited = clinic.waits()

    call_in_sick(clinic, clinic.window("eve", "phone"))
    assert clinic.waits() != waited
    publish_the_repair(clinic)

    assert told(clinic) == [("staff", clinic.cast.eve_staff), ("staff", flo)], "nothing changes for the patients"
    assert before[clinic.cast.eve_staff]
    assert shown(calendars[clinic.cast.eve_staff]) == []
    assert shown(calendars[flo]) == before[clinic.cast.eve_staff]
    assert clinic.waits() == waited, "the worklist holds what it held before, and nothing else"
    clinic.assert_export_passes()


def substitute(clinic: CastClinic) -> int:
    """A second physician, so that the visits can stay where they are (the row id); from now on changes are told."""
    with clinic.database.write() as work:
        add_default_rules(work, clinic.cast.clinic_id)
        return add_staff(work, clinic.cast.clinic_id, "dr-flo", "Flo Reyes", ["physician"], supervises=2)


def subscribe(clinic: CastClinic, staff: int) -> str:
    """The address of a new calendar of somebody's visits."""
    with clinic.database.write() as work:
        made = feeds.add(work, clinic.cast.ada, clinic.now, "staff", staff)
    return f"{clinic.site.url}/calendars/{made.token}.ics"


def shown(address: str) -> list[str]:
    """When the events of a subscribed calendar begin, canceled events apart."""
    with urlopen(address) as answer:
        calendar = Calendar.from_ical(answer.read())
    events = [event for event in calendar.walk("VEVENT") if event.get("status") != "CANCELLED"]
    return sorted(event.decoded("dtstart").isoformat() for event in events)


def call_in_sick(clinic: CastClinic, eve: Surfer) -> None:
    page = eve.page
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    assert page.url.endswith("/me")
    assert eve.accessibility_faults() == []
    assert not eve.is_wider_than_its_window()
    eve.shoot("me-phone")
    small = page.locator(".own a, .own button, .own-bar a").evaluate_all(
        "all => all.filter(a => a.getClientRects().length && a.getBoundingClientRect().height < 44)"
        ".map(a => a.textContent.trim())"
    )
    assert small == [], "every target is large enough for a thumb"
    page.get_by_role("link", name="Call in sick").click()
    page.get_by_label("Until the end of").fill("2027-01-08")
    page.get_by_role("button", name="I am away from now on").click()
    clinic.plan()
    expect(page.get_by_text("Touches 2 visits; 2 can")).to_be_visible()
    eve.settle()
    assert eve.accessibility_faults() == []
    assert not eve.is_wider_than_its_window()
    eve.shoot("impact-phone")


def publish_the_repair(clinic: CastClinic) -> None:
    ada = clinic.window("ada")
    page = ada.page
    item = page.get_by_role("listitem").filter(has_text="Eve Okafor called in sick")
    item.get_by_role("link", name=re.compile("Review")).click()
    expect(page.get_by_text("Touches 2 visits; 2 can")).to_be_visible()
    ada.shoot("impact-desk")
    page.get_by_role("link", name="See and publish the repair").click()
    page.get_by_role("button", name="Publish 2 visits").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Published 2 visits.")).to_be_visible()


def told(clinic: CastClinic) -> list[tuple[str, int]]:
    """To whom the messages about the changes go."""
    query = select(NoticeRecord.recipient_kind, NoticeRecord.recipient_id).where(
        NoticeRecord.what == "changes", NoticeRecord.status == "queued"
    )
    with clinic.database.read() as work:
        return sorted((kind, number) for kind, number in work.session.execute(query))
