"""Busy times out of private calendars: when, and never what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from coordinator.calendars.busy import read
from coordinator.domain.errors import InvalidInput

ZONE = ZoneInfo("America/Los_Angeles")
FIRST = datetime(2027, 1, 4, 8, tzinfo=UTC)
END = FIRST + timedelta(days=100)


def calendar(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\nUID:{n}\r\n{each}\r\nEND:VEVENT\r\n" for n, each in enumerate(events))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{body}END:VCALENDAR\r\n".encode()


def seen(*events: str) -> list[tuple[str, str]]:
    spans = read(calendar(*events), ZONE, FIRST, END)
    return [(f"{start.astimezone(ZONE):%m-%d %H:%M}", f"{end.astimezone(ZONE):%m-%d %H:%M}") for start, end in spans]


@pytest.mark.parametrize(
    "event",
    [
        "DTSTART:20270105T170000Z\r\nDTEND:20270105T180000Z\r\nSUMMARY:Secret",
        "DTSTART;TZID=America/New_York:20270105T120000\r\nDURATION:PT1H",
        "DTSTART:20270105T090000\r\nDTEND:20270105T100000",
    ],
)
def test_a_time_is_the_same_however_it_is_written(event: str) -> None:
    assert seen(event) == [("01-05 09:00", "01-05 10:00")]


@pytest.mark.parametrize("free", ["TRANSP:TRANSPARENT", "STATUS:CANCELLED", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"])
def test_what_leaves_its_owner_free_does_not_count(free: str) -> None:
    assert seen(f"DTSTART:20270105T170000Z\r\nDTEND:20270105T180000Z\r\n{free}") == []


def test_a_visit_of_ours_that_came_back_does_not_count() -> None:
    own = calendar("DTSTART:20270105T170000Z\r\nDTEND:20270105T180000Z")
    own = own.replace(b"UID:0", b"UID:visit-1-2@0123456789abcdef.coordinator")
    assert read(own, ZONE, FIRST, END) == []


def test_a_whole_day_is_the_clinics_day() -> None:
    assert seen("DTSTART;VALUE=DATE:20270105") == [("01-05 00:00", "01-06 00:00")]


def test_what_touches_is_one_time_and_what_is_outside_is_left_out() -> None:
    found = seen(
        "DTSTART:20270105T170000Z\r\nDTEND:20270105T180000Z",
        "DTSTART:20270105T173000Z\r\nDTEND:20270105T190000Z",
        "DTSTART:20200105T173000Z\r\nDTEND:20200105T190000Z",
    )
    assert found == [("01-05 09:00", "01-05 11:00")]


def test_a_repeating_event_keeps_its_wall_clock_over_the_change_and_its_exceptions() -> None:
    weekly = (
        "DTSTART;TZID=America/Los_Angeles:20270308T090000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\n"
        "EXDATE;TZID=America/Los_Angeles:20270322T090000"
    )
    moved = "DTSTART:20270330T220000Z\r\nDTEND:20270330T230000Z\r\nRECURRENCE-ID:20270329T160000Z"
    content = calendar(weekly, moved).replace(b"UID:1", b"UID:0")
    spans = [start.astimezone(ZONE) for start, _ in read(content, ZONE, FIRST, END)]
    assert [f"{each:%m-%d %H:%M}" for each in spans] == ["03-08 09:00", "03-15 09:00", "03-30 15:00"]


def test_free_busy_parts_are_read() -> None:
    content = (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VFREEBUSY\r\nUID:1\r\n"
        b"FREEBUSY;FBTYPE=BUSY:20270105T170000Z/PT1H\r\nFREEBUSY;FBTYPE=FREE:20270106T170000Z/PT1H\r\n"
        b"END:VFREEBUSY\r\nEND:VCALENDAR\r\n"
    )
    assert len(read(content, ZONE, FIRST, END)) == 1


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00\xff", b"<html>sign in</html>", b"BEGIN:VCALENDAR\r\n"])
def test_what_is_no_calendar_is_refused_with_the_remedy(content: bytes) -> None:
    with pytest.raises(InvalidInput, match="Export it as iCalendar"):
        read(content, ZONE, FIRST, END)


def test_too_many_times_are_refused() -> None:
    minutely = "DTSTART:20270105T170000Z\r\nDTEND:20270105T170030Z\r\nRRULE:FREQ=MINUTELY"
    with pytest.raises(InvalidInput, match="more than 5,000 busy times"):
        read(calendar(minutely), ZONE, FIRST, END)
