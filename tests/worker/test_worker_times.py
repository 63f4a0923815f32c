"""A real worker and a real mail server: each reminder leaves at its moment of clinic time, not before."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from booking import add_reminders, book
from cast import NOW, Cast
from mail_server import running
from workers import PATIENCE, shifted, working

from coordinator.store.unit_of_work import Database

CLINIC = ZoneInfo("America/Los_Angeles")
AFTER_THE_CHANGE = datetime(2027, 3, 15, 10, 0, tzinfo=CLINIC)  # the Monday after clocks went forward
SECONDS_EARLY = 4


def test_reminders_leave_at_their_time_and_say_it_in_clinic_time(
    sqlite: Database, sqlite_cast: Cast, tmp_path: Path
) -> None:
    with sqlite.write() as work:
        add_reminders(work, sqlite_cast.clinic_id)
        book(work, sqlite_cast, NOW, AFTER_THE_CHANGE)
    due = datetime(2027, 3, 15, 8, 0, tzinfo=CLINIC)
    with running() as server, working(sqlite, server, tmp_path, shifted(due - timedelta(seconds=SECONDS_EARLY))):
        deadline = time.monotonic() + PATIENCE
        while len(server.ids) < 4 and time.monotonic() < deadline:
            time.sleep(0.1)
    two_days, two_hours = server.messages[:2], server.messages[2:]
    assert sorted(message["To"] for message in two_days) == ["p01@example.org", "th-ben@example.org"]
    assert sorted(message["To"] for message in two_hours) == ["p01@example.org", "th-ben@example.org"]
    # The first two were due long before this worker was started; the last two not until `due`.
    assert all(message["Date"].datetime >= due for message in two_hours)
    assert all(message["Date"].datetime < due + timedelta(seconds=PATIENCE) for message in two_hours)
    assert all("Monday, March 15, at 10:00 AM" in message["Subject"] for message in server.messages)
    assert all("(Los Angeles time, PDT)" in message.get_content() for message in server.messages)
