"""Somebody falls ill: from the phone, over the repair, to one message each and changed calendars."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import pytest
from house import SECRET, SignIn, Site
from icalendar import Calendar
from playwright.sync_api import expect
from sqlalchemy import select
from surfer import Surfer

from coordinator.domain.actor import system
from coordinator.services.demo.sign_ins import USERS, password_of
from coordinator.services.worklist_sources import worklist
from coordinator.store import clinics
from coordinator.store.notices import NoticeRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.visits import VisitRecord, VisitStaffRecord

pytestmark = pytest.mark.browser
WORKED_OUT_WITHIN = 120_000
ZONE = ZoneInfo("America/Los_Angeles")


def test_a_sick_call_from_a_phone_to_one_message_each(
    site: Site, surfer: Callable[..., Surfer], tmp_path: Path
) -> None:
    physician = next(user for user in USERS if user.staff == "dr-grace")
    last = next_day_with_visits(site, "dr-grace")
    address = re.search(r"http\S+\.ics", site.command("feed", "add", "--staff", "dr-grace"))
    assert address is not None
    before = on_the_calendar(address[0], last)
    assert before, "the physician has visits on that day"

    waited = waits(site)

    grace = surfer(None, width="phone")
    grace.sign_in(SignIn(physician.email, password_of(physician, SECRET)))
    call_in_sick(grace, last)
    ada = surfer("coordinator")
    publish_the_repair(ada)

    assert_one_message_each(site)
    left = on_the_calendar(address[0], last)
    assert len(left) < len(before)
    if not left:
        ada.go("/")
        expect(ada.page.get_by_text("Grace Kowalski called in sick")).to_have_count(0)
        assert waits(site) == waited, "the worklist holds what it held before, and nothing else"
    problem, plan = str(tmp_path / "problem.json"), str(tmp_path / "plan.json")
    site.command("export", "--problem", problem, "--plan", plan)
    assert site.command("check", problem, plan).startswith("ok cost=")


def call_in_sick(grace: Surfer, last: str) -> None:
    page = grace.page
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    assert page.url.endswith("/me")
    assert grace.accessibility_faults() == []
    assert not grace.is_wider_than_its_window()
    grace.shoot("me-phone")
    small = page.locator(".own a, .own button, .own-bar a").evaluate_all(
        "all => all.filter(a => a.getClientRects().length && a.getBoundingClientRect().height < 44)"
        ".map(a => a.textContent.trim())"
    )
    assert small == [], "every target is large enough for a thumb"
    page.get_by_role("link", name="Call in sick").click()
    page.get_by_label("Until the end of").fill(last)
    page.get_by_role("button", name="I am away from now on").click()
    expect(page.get_by_text(re.compile(r"Touches \d+ visits?; \d+ can move"))).to_be_visible(timeout=WORKED_OUT_WITHIN)
    grace.settle()
    assert grace.accessibility_faults() == []
    assert not grace.is_wider_than_its_window()
    grace.shoot("impact-phone")


def publish_the_repair(ada: Surfer) -> None:
    page = ada.page
    ada.go("/")
    item = page.get_by_role("listitem").filter(has_text="Grace Kowalski called in sick")
    item.get_by_role("link", name=re.compile("Review")).click()
    expect(page.get_by_text(re.compile(r"Touches \d+ visits?; \d+ can move"))).to_be_visible()
    ada.shoot("impact-desk")
    page.get_by_role("link", name="See and publish the repair").click()
    page.get_by_role("button", name=re.compile(r"Publish \d+ visit")).click()
    page.get_by_role("dialog").get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text(re.compile(r"Published \d+ visits?\."))).to_be_visible()


def assert_one_message_each(site: Site) -> None:
    """Of the changes that wait to be told, nobody has two by one way."""
    database = site.database()
    with database.read() as work:
        waiting = work.session.execute(
            select(NoticeRecord.recipient_kind, NoticeRecord.recipient_id, NoticeRecord.channel).where(
                NoticeRecord.what == "changes", NoticeRecord.status == "queued"
            )
        ).all()
    database.dispose()
    assert waiting
    assert set(Counter(tuple(each) for each in waiting).values()) == {1}


def waits(site: Site) -> set[str]:
    """The coordinators' whole worklist."""
    database = site.database()
    with database.read() as work:
        [(clinic_id, _)] = clinics.all_clinics(work)
        found = {f"{each.kind} {each.key}" for each in worklist(work, system(clinic_id), datetime.now(UTC))}
    database.dispose()
    return found


def next_day_with_visits(site: Site, code: str) -> str:
    """The next day, from tomorrow on, on which somebody has visits."""
    database = site.database()
    with database.read() as work:
        query = (
            select(VisitStaffRecord.starts_at)
            .join(VisitRecord, VisitRecord.id == VisitStaffRecord.visit_id)
            .join(StaffRecord, StaffRecord.id == VisitStaffRecord.staff_id)
            .where(
                StaffRecord.code == code,
                VisitRecord.status == "scheduled",
                VisitStaffRecord.canceled_at.is_(None),
                VisitStaffRecord.starts_at > datetime.now(UTC) + timedelta(days=1),
            )
            .order_by(VisitStaffRecord.starts_at)
        )
        starts = work.session.scalars(query).first()
    database.dispose()
    assert starts is not None
    return str(starts.astimezone(ZONE).date())


def on_the_calendar(address: str, until: str) -> list[str]:
    """What a subscribed calendar shows from now until the end of a day, canceled events apart."""
    with urlopen(address) as answer:
        calendar = Calendar.from_ical(answer.read())
    return [
        str(event["uid"])
        for event in calendar.walk("VEVENT")
        if event.get("status") != "CANCELLED"
        and event.decoded("dtstart").astimezone(UTC) > datetime.now(UTC)
        and str(event.decoded("dtstart").astimezone(ZONE).date()) <= until
    ]
