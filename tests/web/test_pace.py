"""Whoever opens more pages than a person reads is held back, by whichever process, and administrators are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cast import NOW, PASSWORD, SECRET, Cast, add_user
from sqlalchemy import select
from visitor import HandClock, Visitor

from config import Settings
from coordinator.app import create_app
from coordinator.domain.actor import Access
from coordinator.services import pace
from coordinator.store import audit
from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Database

MOST = 6


@pytest.fixture
def processes(sqlite: Database, sqlite_cast: Cast, settings: Settings, clock: HandClock) -> list[Visitor]:
    """Ada's sign-in at two processes of a site that gives each user six pages a minute."""
    with sqlite.write() as work:
        add_user(work, sqlite_cast.clinic_id, "root@example.org", "Ros Root", Access.ADMINISTRATOR, NOW)
    hasty = replace(settings, pages_per_minute=MOST)
    first, second = (Visitor(create_app(hasty, Database(sqlite.url, SECRET), clock)) for _ in range(2))
    first.sign_in("ada@example.org")
    cookie = first.client.get_cookie("coordinator")
    assert cookie is not None
    second.client.set_cookie("coordinator", cookie.value)
    return [first, second]


def read(visitors: list[Visitor], path: str, times: int, clock: HandClock, apart: float = 1) -> list[int]:
    """Reads a page, by one process after the other; the answers."""
    found = []
    for number in range(times):
        clock.forward(seconds=apart)
        found.append(visitors[number % 2].get(path).status_code)
    return found


def held_back(database: Database) -> list[dict[str, int]]:
    with database.read() as work:
        query = select(AuditRecord.detail).where(AuditRecord.action == "access.hold_back").order_by(AuditRecord.id)
        return list(work.session.scalars(query))


def test_reading_faster_than_a_person_is_held_back_by_every_process_and_told(
    processes: list[Visitor], sqlite: Database, sqlite_cast: Cast, clock: HandClock
) -> None:
    path = f"/patients/{sqlite_cast.pat}"
    clock.forward(minutes=1)  # signing in is in the log, too
    assert read(processes, path, 8, clock) == [200] * MOST + [429] * 2
    answer = processes[0].get(path)
    assert answer.headers["Retry-After"] == "54", "of the last six entries the first was six seconds ago"
    assert "Wait 54 seconds and go on; if it was not you, end your other sign-ins under Your account." in answer.text
    assert "Pat Lee" not in answer.text
    asked = processes[1].get(path, headers={"Accept": "application/json"})
    assert asked.status_code == 429 and "6 pages in a minute" in asked.json["error"]
    assert held_back(sqlite) == [{"pages": MOST, "minutes": 1}], "once, however often it is tried"
    root = Visitor(processes[0].app)
    root.sign_in("root@example.org")
    today = root.get("/").text
    assert "was held back: more pages were asked for than a person reads" in today
    assert root.get("/audit-log").status_code == 200, "others are not held back"
    assert "was held back" not in processes[0].get("/account").text
    clock.forward(seconds=54)
    assert processes[0].get(path).status_code == 200
    clock.forward(days=1)
    assert "was held back: more" not in root.get("/").text


def test_nobody_keeps_up_their_fastest_minute_for_an_hour(
    processes: list[Visitor], sqlite: Database, sqlite_cast: Cast, clock: HandClock
) -> None:
    path = f"/patients/{sqlite_cast.pat}"
    clock.forward(hours=1)
    assert read(processes, path, 61, clock, apart=12) == [200] * 60 + [429]
    answer = processes[0].get(path)
    assert answer.headers["Retry-After"] == str(3600 - 59 * 12)
    assert "60 pages in an hour" in answer.text and "Wait 49 minutes" in answer.text
    assert held_back(sqlite) == [{"pages": 60, "minutes": 60}]


def test_who_is_held_back_can_still_end_sign_ins_and_pages_may_ask_whether_there_is_news(
    processes: list[Visitor], sqlite_cast: Cast, clock: HandClock
) -> None:
    news = read(processes, "/schedule/revision", 3 * MOST, clock)
    assert set(news) == {200}
    assert read(processes, f"/patients/{sqlite_cast.pat}", MOST + 1, clock)[-1] == 429
    assert read(processes, "/schedule/revision", 1, clock) == [200]
    assert processes[0].get("/account").status_code == 200
    assert processes[0].post("/account/sign-ins/end-others", {"current": PASSWORD}).status_code == 302
    assert processes[0].post("/sign-out").status_code == 302


def test_an_act_counts_once_however_many_entries_it_leaves(database: Database, cast: Cast) -> None:
    ada = cast.ada
    assert ada.user_id is not None
    for number in range(3):
        with database.write() as work:
            for each in range(50):
                audit.append(work, ada, NOW + timedelta(seconds=number), "visit.publish", "visit", each)
    late = NOW + timedelta(seconds=10)
    with database.read() as work:
        assert pace.look(work, ada.user_id, late, 4) is None
        hurry = pace.look(work, ada.user_id, late, 3)
        assert hurry is not None and (hurry.most, hurry.seconds) == (3, 50)
        before = NOW - timedelta(days=1)
        assert pace.look(work, ada.user_id, before, 3) is None, "a clock that went back locks nobody out"
