"""Over HTTP with real processes: one of many wins a slot, and a process that is killed leaves all or nothing behind."""

from __future__ import annotations

import http.client
import multiprocessing
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from booking import book
from cast import Cast, add_user
from racing import more_enrollments
from sqlalchemy import func, select
from web_served import HELD, ZONE, Surfing, books, moves, pages_of, weekday

from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import from_utc
from coordinator.domain.schedule import PlacedVisit
from coordinator.services import drafts
from coordinator.services.desk import read_desk
from coordinator.services.schedule import VisitChange, apply_changes
from coordinator.store.audit import AuditRecord, verify
from coordinator.store.claims import ClaimRecord
from coordinator.store.notice_changes import NoticeChangeRecord
from coordinator.store.notices import add_default_rules
from coordinator.store.publications import PublicationRecord
from coordinator.store.staff import BookingRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitRecord, VisitStaffRecord

PATIENCE = HELD + 60
TRIES = int(os.environ.get("SOAK_TRIES", "10000"))
VISITS = 100
PLACES = ((8, "dosing-1"), (10, "dosing-2"), (13, "dosing-1"), (15, "dosing-2"))
"""When each of four programs has its visits, and where its dosing visit is."""
VISITS_OF_PROGRAM = ("p1", "c1.d1", "c1.i1")


def race(
    database: Database, folder: Path, what: Callable[..., None], tries: Sequence[Any], processes: int
) -> list[Any]:
    """What became of so many tries in so many processes, all with the session of one coordinator."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["web_served"])
    gun, results = context.Barrier(processes), context.Queue()
    with pages_of(database.engine.url.render_as_string(hide_password=False), folder) as web:
        ada = Surfing(web.port)
        ada.sign_in("ada@example.org")
        running = [
            context.Process(target=what, args=(ada, tries[n::processes], gun, results)) for n in range(processes)
        ]
        for process in running:
            process.start()
        found = [results.get(timeout=PATIENCE) for _ in tries]
        for process in running:
            process.join(PATIENCE)
    assert Counter(status for _, status in found) == {302: 1, 409: len(tries) - 1}
    return found


def test_of_300_who_book_one_hour_one_gets_it(database: Database, cast: Cast, tmp_path: Path) -> None:
    race(database, tmp_path, books, [(cast.therapy_1, cast.ben_staff)] * 300, processes=12)
    with database.read() as work:
        booked = work.session.scalars(select(BookingRecord)).all()
        assert {each.room_id for each in booked} | {each.staff_id for each in booked} == {
            cast.therapy_1, cast.ben_staff, None
        }  # fmt: skip
        assert len(booked) == 2 and len({each.series_id for each in booked}) == 1
        assert set(work.session.scalars(select(ClaimRecord.booking_id))) == {each.id for each in booked}
        written = select(func.count(AuditRecord.id)).where(AuditRecord.action == "booking.add")
        assert work.session.scalar(written) == 1
        assert verify(work, cast.clinic_id) is None


@pytest.mark.soak
def test_of_10000_who_move_visits_into_one_hour_one_gets_it(database: Database, cast: Cast, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with database.write() as work:
        enrollments = more_enrollments(work, cast.clinic_id, cast.protocol_version, VISITS)
        ids = [
            book(work, cast, now, now + timedelta(days=100, hours=2 * number), enrollment=key)
            for number, (key, _) in enumerate(enrollments)
        ]
    tries = [(visit_id, 1) for visit_id in ids for _ in range(TRIES // VISITS)]
    random.Random(5).shuffle(tries)
    began = time.monotonic()
    found = race(database, tmp_path, moves, tries, processes=32)
    print(f"{len(tries):,} tries of 32 processes in {time.monotonic() - began:.0f} s")
    (winner,) = [visit_id for visit_id, status in found if status == 302]
    with database.read() as work:
        moved = work.session.scalars(select(VisitRecord).where(VisitRecord.revision > 1)).all()
        assert [each.id for each in moved] == [winner]
        assert set(work.session.scalars(select(ClaimRecord.visit_id))) == {winner}
        assert work.session.scalar(select(func.count(AuditRecord.id)).where(AuditRecord.action == "visit.move")) == 1
        assert verify(work, cast.clinic_id) is None


def coordinators(database: Database, cast: Cast, port: int) -> list[tuple[Actor, Surfing]]:
    """Ada and Gus, who both coordinate the clinic, signed in."""
    with database.write() as work:
        gus = add_user(work, cast.clinic_id, "gus@example.org", "Gus Lind", Access.COORDINATOR, datetime.now(UTC))
    found = []
    for actor, email in ((cast.ada, "ada@example.org"), (gus, "gus@example.org")):
        session = Surfing(port)
        session.sign_in(email)
        found.append((actor, session))
    return found


def program_of(code: str, weeks: int, hour: int, room: str = "dosing-1") -> list[PlacedVisit]:
    """The three visits of a program on Tuesday to Thursday."""
    placed = []
    for day, visit in enumerate(VISITS_OF_PROGRAM, start=1):
        start = weekday(weeks, day).toordinal() * 1440 + hour * 60
        staff = {"lead": "th-ben"} | ({"supervisor": "dr-eve"} if visit == "c1.d1" else {})
        placed.append(PlacedVisit(code, visit, start, {"p1": "therapy-1", "c1.d1": room}.get(visit), staff))
    return placed


def drafted(database: Database, actor: Actor, placed: Sequence[PlacedVisit]) -> None:
    """Puts visits into somebody's draft."""
    for each in placed:
        with database.write() as work:
            desk = read_desk(work, actor, datetime.now(UTC))
            held = desk.snapshot.held[desk.snapshot.by_code[each.enrollment].id].get(each.visit)
            drafts.put(desk, (each.enrollment, each.visit), each, held.revision if held else None)


def test_of_two_drafts_that_overlap_one_is_published_and_the_other_leaves_nothing(
    database: Database, cast: Cast, tmp_path: Path
) -> None:
    """Gus's dosing visit needs Ben and Eve, of whom Ada's takes Ben: nothing of his is kept, Eve's part neither."""
    with pages_of(database.engine.url.render_as_string(hide_password=False), tmp_path) as web:
        both = coordinators(database, cast, web.port)
        for weeks in (3, 4):
            for (actor, _), code in zip(both, ("e01", "e02"), strict=True):
                drafted(database, actor, program_of(code, weeks, 9, {"e01": "dosing-1", "e02": "dosing-2"}[code]))
            with ThreadPoolExecutor(len(both)) as at_once:
                answers = at_once.map(
                    lambda each: each.ask("POST", "/draft/publish", {})[0], [each for _, each in both]
                )
            assert sorted(answers) == [302, 409]
            with database.write() as work:
                there = work.session.scalars(select(VisitRecord).where(VisitRecord.status == "scheduled")).all()
                assert len({each.enrollment_id for each in there}) == 1 and len(there) == 3
                claimed = set(work.session.scalars(select(ClaimRecord.visit_id)))
                assert claimed == {each.id for each in there}
                for (actor, _), mine in zip(both, (cast.first, cast.second), strict=True):
                    drafts.discard(read_desk(work, actor, datetime.now(UTC)))
                    kept = [each for each in there if each.enrollment_id == mine]
                    gone = [VisitChange(mine, each.code, None, "canceled") for each in kept]
                    if gone:
                        apply_changes(work, actor, datetime.now(UTC), gone)


def kill_while_publishing(database: Database, cast: Cast, folder: Path, kills: int, chance: random.Random) -> None:
    """Publishes twelve visits, again and again, while the processes that publish are killed: all twelve or none."""
    with database.write() as work:
        add_default_rules(work, cast.clinic_id)
        more = more_enrollments(work, cast.clinic_id, cast.protocol_version, 2)
    codes = ["e01", "e02", *(code for _, code in more)]
    with pages_of(database.engine.url.render_as_string(hide_password=False), folder, preloaded=True) as web:
        ada = Surfing(web.port)
        ada.sign_in("ada@example.org")
        published, takes = 0, 0.0
        for number in range(kills + 1):
            places = zip(codes, PLACES, strict=True)
            wanted = [each for code, place in places for each in program_of(code, 3 + number % 2, *place)]
            drafted(database, cast.ada, wanted)
            publishing = threading.Thread(target=_publish, args=(ada,))
            began = time.monotonic()
            publishing.start()
            if number == 0:  # how long it takes when nobody is killed
                publishing.join()
                takes = time.monotonic() - began
            else:
                time.sleep(chance.uniform(0, 1.2 * takes))
                assert web.kill_processes()
                publishing.join()
                web.until_ready()
            published += agree(database, cast, wanted)
            with database.write() as work:
                drafts.discard(read_desk(work, cast.ada, datetime.now(UTC)))
    assert published


def _publish(session: Surfing) -> None:
    with suppress(OSError, http.client.HTTPException):  # it was killed
        session.ask("POST", "/draft/publish", {})


def agree(database: Database, cast: Cast, wanted: Sequence[PlacedVisit]) -> bool:
    """Whether all of it is published; otherwise none is. Claims, publications, notices and audit say the same."""
    with database.read() as work:
        visits = work.session.scalars(select(VisitRecord).where(VisitRecord.status == "scheduled")).all()
        starts = {from_utc(each.starts_at, ZONE) for each in visits}
        hits = [each.start in starts for each in wanted]
        assert all(hits) or not any(hits), "some of the twelve"
        assert len(visits) in (0, 12)
        claimed = set(work.session.scalars(select(ClaimRecord.visit_id)))
        assert claimed == {each.id for each in visits}
        parts = work.session.scalars(select(VisitStaffRecord).where(VisitStaffRecord.canceled_at.is_(None))).all()
        assert {each.visit_id for each in parts} == {each.id for each in visits}
        told = set(work.session.scalars(select(NoticeChangeRecord.visit_id)))
        assert told in (set(), {each.id for each in visits})
        changes = work.session.scalar(select(func.count(PublicationRecord.id))) or 0
        audited = work.session.scalar(
            select(func.count(AuditRecord.id)).where(AuditRecord.action.in_(("visit.publish", "visit.move")))
        )
        assert audited == 12 * changes
        assert verify(work, cast.clinic_id) is None
        return all(hits)


def test_ten_kills_in_the_middle_of_publishing_leave_all_or_nothing(
    sqlite: Database, sqlite_cast: Cast, tmp_path: Path
) -> None:
    kill_while_publishing(sqlite, sqlite_cast, tmp_path, 10, random.Random(3))


@pytest.mark.soak
def test_two_hundred_kills_in_the_middle_of_publishing_leave_all_or_nothing(
    database: Database, cast: Cast, tmp_path: Path
) -> None:
    kill_while_publishing(database, cast, tmp_path, 200, random.Random(4))
