"""The composed feed says what the icalendar library says, for every feed there can be."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.calendars.feed import REFRESH, Feed, FeedEvent, compose
from coordinator.calendars.text import clean, clean_line

GOLDEN = Path(__file__).parent.parent / "golden" / "feed.ics"
AT = datetime(2027, 1, 4, 15, 0, tzinfo=UTC)
TEXT = st.text(max_size=120)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))
EVENTS = st.builds(
    FeedEvent,
    uid=st.integers(1, 10**9).map(lambda number: f"visit-{number}@example.coordinator"),
    sequence=st.integers(0, 10**6),
    changed_at=MOMENTS,
    starts=MOMENTS,
    ends=MOMENTS,
    summary=TEXT,
    location=TEXT,
    description=TEXT,
    canceled=st.booleans(),
    busy=st.booleans(),
    url=st.just(""),
    alarm_minutes=st.none(),
)
FEEDS = st.builds(Feed, name=TEXT, events=st.lists(EVENTS, max_size=5).map(tuple))


def event(**changes: object) -> FeedEvent:
    facts: dict[str, object] = {
        "uid": "visit-1-2@example.coordinator", "sequence": 0, "changed_at": AT, "starts": AT + timedelta(days=1),
        "ends": AT + timedelta(days=1, hours=1), "summary": "Clinic visit",
    }  # fmt: skip
    return FeedEvent(**(facts | changes))  # type: ignore[arg-type]


def by_library(feed: Feed) -> bytes:
    """The same feed, rendered by icalendar."""
    calendar = icalendar.Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("X-WR-CALNAME", clean_line(feed.name))
    for each in feed.events:
        written = icalendar.Event()
        for name, value in facts_of(each).items():
            written.add(name, value)
        calendar.add_component(written)
    return calendar.to_ical()


def facts_of(each: FeedEvent) -> dict[str, object]:
    busy = each.busy and not each.canceled
    facts: dict[str, object] = {
        "UID": each.uid, "DTSTAMP": each.changed_at, "LAST-MODIFIED": each.changed_at, "SEQUENCE": each.sequence,
        "DTSTART": each.starts, "DTEND": each.ends, "SUMMARY": clean_line(each.summary),
        "STATUS": "CANCELLED" if each.canceled else "CONFIRMED", "TRANSP": "OPAQUE" if busy else "TRANSPARENT",
        "X-MICROSOFT-CDO-BUSYSTATUS": "BUSY" if busy else "FREE",
    }  # fmt: skip
    optional = {"LOCATION": clean_line(each.location), "DESCRIPTION": clean(each.description)}
    return facts | {name: text for name, text in optional.items() if getattr(each, name.lower())}


def read(content: bytes) -> list[dict[str, str]]:
    """Each event's properties as icalendar reads them, in their order."""
    events = icalendar.Calendar.from_ical(content).walk("VEVENT")
    return [{name: _plain(value) for name, value in each.items()} for each in events]


def _plain(value: object) -> str:
    moment = getattr(value, "dt", None)
    return moment.isoformat() if moment else str(value)


@given(FEEDS)
def test_composed_and_library_rendered_feeds_hold_equal_events(feed: Feed) -> None:
    assert read(compose(feed)) == read(by_library(feed))


@given(FEEDS)
def test_every_line_ends_and_fits_as_the_standard_says(feed: Feed) -> None:
    content = compose(feed)
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n")
    assert all(len(line) <= 75 and line.strip() for line in content.split(b"\r\n")[:-1])


@given(FEEDS)
def test_no_text_can_end_an_event_or_begin_another(feed: Feed) -> None:
    lines = compose(feed).split(b"\r\n")
    assert lines.count(b"BEGIN:VEVENT") == lines.count(b"END:VEVENT") == len(feed.events)


def test_the_calendar_says_its_name_method_and_how_often_to_look() -> None:
    head = compose(Feed('Ben, "the; best"', ())).decode()
    for line in (
        "VERSION:2.0", "METHOD:PUBLISH", 'NAME:Ben\\, "the\\; best"', 'X-WR-CALNAME:Ben\\, "the\\; best"',
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}", f"X-PUBLISHED-TTL:{REFRESH}",
    ):  # fmt: skip
        assert f"{line}\r\n" in head


def test_times_are_utc_whatever_zone_they_came_in() -> None:
    starts = datetime(2027, 3, 14, 1, 30, tzinfo=timezone(timedelta(hours=-8)))
    content = compose(Feed("x", (event(starts=starts, ends=starts + timedelta(hours=1)),)))
    assert b"DTSTART:20270314T093000Z\r\nDTEND:20270314T103000Z" in content
    assert b"TZID" not in content


@pytest.mark.parametrize(
    ("changes", "status", "transparency", "busy"),
    [
        ({}, b"CONFIRMED", b"OPAQUE", b"BUSY"),
        ({"busy": False}, b"CONFIRMED", b"TRANSPARENT", b"FREE"),
        ({"canceled": True}, b"CANCELLED", b"TRANSPARENT", b"FREE"),
    ],
)
def test_a_canceled_or_free_event_takes_no_time(
    changes: dict[str, bool], status: bytes, transparency: bytes, busy: bytes
) -> None:
    content = compose(Feed("x", (event(**changes),)))
    assert b"STATUS:" + status in content
    assert b"TRANSP:" + transparency in content
    assert b"X-MICROSOFT-CDO-BUSYSTATUS:" + busy in content


def test_the_same_feed_gives_the_same_bytes() -> None:
    feed = Feed("x", (event(), event(uid="visit-2@example.coordinator")))
    assert compose(feed) == compose(feed)


def test_no_attendee_and_no_alarm_is_ever_written() -> None:
    content = compose(Feed("x", (event(description="ATTENDEE:mailto:x@example.org\nBEGIN:VALARM"),)))
    assert not re.search(rb"^(ATTENDEE|ORGANIZER|BEGIN:VALARM)", content, re.MULTILINE)


def test_a_feed_looks_as_it_was_reviewed() -> None:
    feed = Feed(
        "Harbor Clinic, Ben",
        (
            event(summary="p01 · 60 min", location="Therapy room 1"),
            event(
                uid="visit-7-2@example.coordinator",
                sequence=3,
                summary="p02 · 120 min, with a long title that has to be folded: 漢字 and 👩🏽‍⚕️ stay whole",
                location="Dosing room 1; upstairs",
                canceled=True,
            ),
        ),
    )
    assert compose(feed) == GOLDEN.read_bytes()
