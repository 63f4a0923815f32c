"""One's own page: the day with one's own part, other work, what is next; only for staff, and only their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from cast import NOW, Cast, add_user
from programs import program, put
from visitor import HandClock, Visitor

from coordinator.domain.actor import Access
from coordinator.domain.gates import CLEARANCE, LABS, RIDE
from coordinator.exchange.gates import write_visit_gates
from coordinator.services import bookings
from coordinator.services.bookings import BookingDetails
from coordinator.store.protocols import ProtocolVersionRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.users import MembershipRecord


@pytest.fixture
def published(sqlite: Database, sqlite_cast: Cast) -> None:
    """Pat with Ben from Tuesday, Quinn with Dana at the same time, and a meeting of Ben's on Wednesday."""
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    put(sqlite, sqlite_cast, sqlite_cast.second, program("e02", 1, 13, "dosing-2", "th-dana"))
    meeting = BookingDetails("meeting", "Team lunch", [sqlite_cast.ben_staff], None, None, date(2027, 1, 6), 720, 765)
    with sqlite.write() as work:
        bookings.book(work, sqlite_cast.ada, NOW, meeting)


def test_a_clinicians_first_page_is_their_own_day(
    visitor: Callable[[str | None], Visitor], published: None, clock: HandClock
) -> None:
    clock.forward(days=2)
    ben = visitor("ben@example.org")
    assert ben.get("/").location == "/me"
    page = ben.get("/me").text
    assert "Next at 9:00 AM" in page
    assert page.index("p01 Pat Lee") < page.index("Team lunch") < page.index("<h3>Thursday, January 7</h3>")
    assert "Lead, all of it" in page
    assert "with <bdi>Eve Okafor</bdi>" in page
    assert "Quinn" not in page
    assert ">Today</span>" not in page  # the whole clinic's page is not offered


def test_the_gates_that_are_ones_own_to_open_are_listed(
    visitor: Callable[[str | None], Visitor], ben: Visitor, sqlite: Database, sqlite_cast: Cast
) -> None:
    with sqlite.write() as work:
        version = work.session.get_one(ProtocolVersionRecord, sqlite_cast.protocol_version)
        version.gates = write_visit_gates({"c1.d1": (CLEARANCE, LABS, RIDE)})
        add_user(work, sqlite_cast.clinic_id, "eve@example.org", "Eve", Access.CLINICIAN, NOW, sqlite_cast.eve_staff)
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 8, 9))
    page = visitor("eve@example.org").get("/me").text
    assert "My gates to open" in page
    assert "Medical clearance, Labs (electrolytes, ECG); due Sun, Jan 10" in page
    assert "My gates to open" not in ben.get("/me").text


def test_every_piece_of_ones_own_part_is_told(
    visitor: Callable[[str | None], Visitor], published: None, sqlite: Database, sqlite_cast: Cast
) -> None:
    with sqlite.write() as work:
        eve = work.session.get_one(StaffRecord, sqlite_cast.eve_staff)
        member = work.session.get_one(MembershipRecord, 1)
        member.staff_id = eve.id
    page = visitor("ada@example.org").get("/me?day=2027-01-06").text
    assert "Supervisor 9:00–9:30 AM, Supervisor 10:30–11:00 AM" in page
    assert "Dana Roy" in page
    assert "My day" in visitor("ada@example.org").get("/team").text


def test_other_days_are_a_step_away_and_nonsense_is_today(ben: Visitor, published: None) -> None:
    page = ben.get("/me?day=2027-01-05").text
    assert "Preparation 1" in page
    assert "/me?day=2027-01-06" in page
    assert "You have no visits today." in ben.get("/me?day=soon").text
    assert ben.get("/me?day=2031-01-01").status_code == 422


def test_who_is_not_staff_is_told_so_and_an_outsider_sees_nothing(ada: Visitor, cy: Visitor, published: None) -> None:
    for someone in (ada, cy):
        page = someone.get("/me").text
        assert "You are not linked to anybody of the team" in page
        assert "Pat Lee" not in page
