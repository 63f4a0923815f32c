"""Claims: whoever asks, and however, no two that collide can stand; and nothing is refused that has a place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from coordinator.domain.errors import Conflict
from coordinator.store.claims import Claim, ClaimRecord, Collision, Part, give_back_bookings, take
from coordinator.store.clinics import found
from coordinator.store.resources import BLOCK, new_resource
from coordinator.store.staff import BookingRecord
from coordinator.store.unit_of_work import Database, Work

EIGHT = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return EIGHT + timedelta(minutes=minutes)


def claim(resource: int, part: Part, start: int, end: int, places: int = 1, booking: int | None = None) -> Claim:
    return Claim(resource, part, at(start), at(end), places=places, booking_id=booking)


def room_visit(room: int, start: int, end: int, turnover: int = 15) -> list[Claim]:
    return [claim(room, Part.USE, start, end), claim(room, Part.TURNOVER, start, end + turnover)]


class Desk:
    """One clinic with one person and one room, and claims taken there in transactions of their own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.write() as work:
            self.clinic = found(work, EIGHT, "Harbor Clinic", "America/Los_Angeles").id
            self.person = new_resource(work, "person")
            self.room = new_resource(work, "room")

    def take(self, *wanted: Claim) -> None:
        with self.database.write() as work:
            take(work, self.clinic, wanted)

    def supervise(self, start: int, end: int, places: int = 2) -> None:
        self.take(claim(self.person, Part.SHARED, start, end, places))

    def standing(self) -> int:
        with self.database.read() as work:
            return work.session.scalar(select(func.count()).select_from(ClaimRecord)) or 0


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_a_person_is_taken_once_and_touching_times_do_not_collide(desk: Desk) -> None:
    desk.take(claim(desk.person, Part.WHOLE, 0, 60))
    desk.take(claim(desk.person, Part.WHOLE, 60, 90))
    with pytest.raises(Collision) as refused:
        desk.take(claim(desk.person, Part.WHOLE, 89, 120))
    assert (refused.value.resource_id, refused.value.starts_at) == (desk.person, at(60))


def test_the_refusal_leaves_nothing_behind(desk: Desk) -> None:
    desk.take(claim(desk.person, Part.WHOLE, 60, 90))
    with pytest.raises(Conflict):
        desk.take(claim(desk.person, Part.WHOLE, 0, 60), claim(desk.person, Part.WHOLE, 89, 120))
    assert desk.standing() == 1


def test_two_wanted_at_once_may_not_collide_with_each_other(desk: Desk) -> None:
    with pytest.raises(Conflict):
        desk.take(claim(desk.person, Part.WHOLE, 0, 60), claim(desk.person, Part.WHOLE, 30, 90))
    assert desk.standing() == 0


def test_a_visit_waits_for_the_turnover_of_the_one_before(desk: Desk) -> None:
    desk.take(*room_visit(desk.room, 0, 60))
    with pytest.raises(Collision):
        desk.take(*room_visit(desk.room, 74, 100))
    desk.take(*room_visit(desk.room, 75, 100))


def test_a_visit_leaves_time_for_its_own_turnover(desk: Desk) -> None:
    desk.take(*room_visit(desk.room, 60, 90))
    with pytest.raises(Collision):
        desk.take(*room_visit(desk.room, 0, 46))
    desk.take(*room_visit(desk.room, 0, 45))


def test_a_booking_may_lie_in_the_turnover_but_not_in_the_visit(desk: Desk) -> None:
    desk.take(*room_visit(desk.room, 0, 60))
    desk.take(claim(desk.room, Part.USE, 60, 120))
    with pytest.raises(Collision):
        desk.take(claim(desk.room, Part.USE, 59, 60))


def test_a_person_supervises_as_many_as_there_are_places(desk: Desk) -> None:
    desk.supervise(0, 60)
    desk.supervise(30, 90)
    with pytest.raises(Collision):
        desk.supervise(45, 50)
    desk.supervise(60, 120)


def test_nobody_supervises_during_ordinary_work_nor_works_while_supervising(desk: Desk) -> None:
    desk.take(claim(desk.person, Part.WHOLE, 0, 60))
    with pytest.raises(Collision):
        desk.supervise(59, 90)
    desk.supervise(60, 90)
    with pytest.raises(Collision):
        desk.take(claim(desk.person, Part.WHOLE, 89, 120))


def test_supervision_is_seated_anew_where_fixed_seats_would_fragment(desk: Desk) -> None:
    desk.supervise(0, 30)
    desk.supervise(20, 60)
    desk.supervise(50, 90)
    desk.supervise(90, 120)
    with desk.database.write() as work:
        swap_to_fragment(work, desk.person)
    desk.supervise(60, 110)
    assert desk.standing() == 5


def swap_to_fragment(work: Work, person: int) -> None:
    """Puts 50–90 on place 0 and 90–120 on place 1, so that no fixed place is free from 60 to 110."""
    for row in work.session.scalars(select(ClaimRecord).order_by(ClaimRecord.starts_at)):
        place = {at(0): 0, at(20): 1, at(50): 0, at(90): 1}[row.starts_at]
        row.first = row.last = person * BLOCK + place
        work.session.flush()


def test_what_a_booking_takes_is_given_back(desk: Desk) -> None:
    with desk.database.write() as work:
        booking = BookingRecord(clinic_id=desk.clinic, starts_at=at(0), ends_at=at(60))
        work.session.add(booking)
        work.session.flush()
        take(work, desk.clinic, [claim(desk.person, Part.WHOLE, 0, 60, booking=booking.id)])
    with desk.database.write() as work:
        give_back_bookings(work, [booking.id])
    desk.take(claim(desk.person, Part.WHOLE, 0, 60))


def test_the_database_refuses_a_collision_that_is_written_past_us(desk: Desk) -> None:
    desk.take(claim(desk.person, Part.WHOLE, 0, 60), claim(desk.person, Part.WHOLE, 60, 90))
    row = {"clinic_id": desk.clinic, "first": desk.person * BLOCK + 7, "last": desk.person * BLOCK + 7}
    with pytest.raises(IntegrityError), desk.database.write() as work:
        work.session.add(ClaimRecord(**row, starts_at=at(59), ends_at=at(61)))
    with pytest.raises(IntegrityError), desk.database.write() as work:
        last = work.session.scalars(select(ClaimRecord).where(ClaimRecord.starts_at == at(60))).one()
        last.starts_at = at(59)
    assert desk.standing() == 2


def test_a_claim_stays_inside_its_resource(desk: Desk) -> None:
    with pytest.raises(IntegrityError), desk.database.write() as work:
        first = desk.person * BLOCK
        record = ClaimRecord(clinic_id=desk.clinic, first=first, last=first + BLOCK, starts_at=at(0), ends_at=at(1))
        work.session.add(record)


def test_many_claims_are_taken_at_once(desk: Desk) -> None:
    desk.take(*(claim(desk.person, Part.WHOLE, 10 * each, 10 * each + 10) for each in range(1200)))
    assert desk.standing() == 1200
