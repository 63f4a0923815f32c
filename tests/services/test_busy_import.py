"""Private calendars: read in a process of their own, kept as times, never planned over, and attacked in vain."""

from __future__ import annotations

import resource
import time
from datetime import timedelta

import pytest
from cast import NOW, Cast
from programs import at, changes, program, put, visit_row
from sqlalchemy import text

from coordinator.domain.errors import Conflict, InvalidInput, NotAllowed
from coordinator.services import busy, worklist_sources
from coordinator.services.busy_reading import Found, Question, ask
from coordinator.services.schedule import apply_changes, move_visit
from coordinator.store.unit_of_work import Database

ONE_MINUTE = "DTSTART:20270105T170000Z\r\nDURATION:PT1M"
HEAD, TAIL = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n", "END:VCALENDAR\r\n"


def event(facts: str, number: int = 0) -> str:
    return f"BEGIN:VEVENT\r\nUID:{number}\r\n{facts}\r\nEND:VEVENT\r\n"


def question(*events: str) -> Question:
    content = (HEAD + "".join(events) + TAIL).encode()
    return Question("America/Los_Angeles", NOW - timedelta(days=1), NOW + timedelta(days=400), content=content)


def test_a_file_is_read_in_a_process_of_its_own() -> None:
    found = ask(question(event("DTSTART:20270105T170000Z\r\nDTEND:20270105T180000Z\r\nSUMMARY:Dentist")))
    assert found.spans is not None
    assert [start.hour for start, _ in found.spans] == [17]


NEVER = event(f"{ONE_MINUTE}\r\nRRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30")
"""A date that never comes: who looks for it looks for ever."""


def test_a_bomb_is_ended_in_time() -> None:
    began = time.monotonic()
    with pytest.raises(InvalidInput, match="too long"):
        ask(question(NEVER), seconds=1.5)
    assert time.monotonic() - began < 3


@pytest.mark.soak
@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([NEVER], "too long"),
        ([event("DTSTART:19700105T170000Z\r\nDURATION:PT1M\r\nRRULE:FREQ=SECONDLY")], "too long"),
        ([event(ONE_MINUTE, number) for number in range(40_000)], "too long"),
        (["BEGIN:VEVENT\r\n" * 200_000], "too long|cannot be read|memory"),
    ],
)
def test_bombs_cost_less_than_five_seconds_and_256_megabytes(events: list[str], words: str) -> None:
    began = time.monotonic()
    with pytest.raises(InvalidInput, match=words):
        ask(question(*events))
    assert time.monotonic() - began < 5
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 < 256


def spans(day: int, hour: int) -> Found:
    start = NOW.replace(hour=8) + timedelta(days=day, hours=hour)
    return Found(((start, start + timedelta(hours=1)),), '"1"')


def test_no_visit_is_published_over_a_busy_time_and_one_that_stands_goes_on_the_worklist(
    database: Database, cast: Cast
) -> None:
    with database.write() as work:
        busy.add_address(work, cast.ben, NOW, cast.ben_staff, "", "https://calendar.example/secret.ics")
    assert busy.read_due(database, lambda: NOW, lambda _question: spans(1, 9)) == 1
    with database.write() as work, pytest.raises(Conflict, match="Ben Ito booked"):
        apply_changes(work, cast.ada, NOW, changes(cast.first, program("e01", 1, 9)))
    put(database, cast, cast.first, program("e01", 1, 10))
    later = NOW + timedelta(hours=1)
    assert busy.read_due(database, lambda: later, lambda _question: spans(1, 10)) == 1
    with database.read() as work:
        items = worklist_sources.worklist(work, cast.ada, later)
    assert [item for item in items if "Ben Ito booked" in item.title + item.detail]
    visit = visit_row(database, cast.first, "p1")
    with database.write() as work:
        move_visit(work, cast.ada, later, visit.id, at(1, 14), "therapy-1")
    with database.read() as work:
        items = worklist_sources.worklist(work, cast.ada, later)
    assert not [item for item in items if "booked" in item.title + item.detail]


def test_only_times_are_kept_and_the_address_is_told_to_nobody(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    with sqlite.write() as work:
        busy.add_address(work, cast.ben, NOW, cast.ben_staff, "Home", "https://calendar.example/secret-key.ics")
        found = ask(question(event("DTSTART:20270105T170000Z\r\nDURATION:PT1H\r\nSUMMARY:Dentist\r\nLOCATION:Main St")))
        busy.add_file(work, cast.ben, NOW, cast.ben_staff, "", found)
    with sqlite.read() as work:
        person = busy.person(work, cast.ada, NOW, cast.ben_staff)
        audit = str(work.session.execute(text("SELECT * FROM audit")).all())
        rows = str(work.session.execute(text("SELECT * FROM busy_times")).all())
    assert [(each.host, each.ahead) for each in person.calendars] == [("calendar.example", 0), ("", 1)]
    assert "secret-key" not in audit + repr(person)
    assert not [word for word in ("Dentist", "Main") if word in rows + audit]


def test_what_cannot_be_read_keeps_what_was_known_and_says_why(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    with sqlite.write() as work:
        busy.add_address(work, cast.ben, NOW, cast.ben_staff, "", "https://calendar.example/x.ics")
    busy.read_due(sqlite, lambda: NOW, lambda _question: spans(1, 9))

    def fail(_question: Question) -> Found:
        raise InvalidInput("The calendar's server answers with 404. Check the address.", "address")

    assert busy.read_due(sqlite, lambda: NOW, fail) == 0
    later = NOW + timedelta(hours=1)
    assert busy.read_due(sqlite, lambda: later, fail) == 1
    with sqlite.read() as work:
        (calendar,) = busy.person(work, cast.ben, NOW, cast.ben_staff).calendars
    assert (calendar.ahead, "404" in calendar.failure) == (1, True)


def test_a_calendar_that_is_removed_is_forgotten(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    with sqlite.write() as work:
        number = busy.add_file(work, cast.ben, NOW, cast.ben_staff, "", spans(1, 9))
        with pytest.raises(NotAllowed):
            busy.add_file(work, cast.ben, NOW, cast.dana_staff, "", spans(1, 9))
    with sqlite.write() as work:
        assert busy.remove(work, cast.ben, NOW, number) == cast.ben_staff
        assert work.session.execute(text("SELECT count(*) FROM busy_times")).scalar() == 0


def test_an_address_inside_is_refused_by_the_process_itself(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        busy.add_address(work, sqlite_cast.ben, NOW, sqlite_cast.ben_staff, "", "https://127.0.0.1/x.ics")
    busy.read_due(sqlite, lambda: NOW)
    with sqlite.read() as work:
        (calendar,) = busy.person(work, sqlite_cast.ben, NOW, sqlite_cast.ben_staff).calendars
    assert "private network" in calendar.failure


def test_a_calendar_that_was_added_before_the_list_is_read_no_more(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        busy.add_address(work, sqlite_cast.ben, NOW, sqlite_cast.ben_staff, "", "https://calendar.example/x.ics")
    busy.read_due(sqlite, lambda: NOW, hosts=("calendar.google.com",))
    with sqlite.read() as work:
        (calendar,) = busy.person(work, sqlite_cast.ben, NOW, sqlite_cast.ben_staff).calendars
    assert "not read from calendar.example, only from calendar.google.com" in calendar.failure
