"""Other bookings: they repeat, they block and are blocked like visits, and what is canceled is free again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from cast import NOW, Cast
from programs import at, changes, program, put
from sqlalchemy import func, select

from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.domain.repeating import Rhythm
from coordinator.domain.rules import violations
from coordinator.services import booking_changes, booking_views, bookings, timeline, transfer
from coordinator.services.bookings import BookingDetails, DatesTaken
from coordinator.services.schedule import apply_changes
from coordinator.services.visit_changes import RulesBroken
from coordinator.store.claims import ClaimRecord
from coordinator.store.clinics import ClosureRecord
from coordinator.store.unit_of_work import Database

TUESDAY = date(2027, 1, 5)


def meeting(cast: Cast, **more: object) -> BookingDetails:
    """Ben and Dana in the therapy room on Tuesday, nine to ten."""
    usual = BookingDetails(
        "meeting", "Team meeting", [cast.ben_staff, cast.dana_staff], cast.therapy_1, None, TUESDAY, 540, 600
    )
    return replace(usual, **more)  # type: ignore[arg-type]


def book(database: Database, cast: Cast, details: BookingDetails, leave_out: bool = False) -> bookings.Booked:
    with database.write() as work:
        return bookings.book(work, cast.ada, NOW, details, leave_out)


def test_a_booking_refuses_a_visit_and_a_visit_a_booking_each_with_its_reason(database: Database, cast: Cast) -> None:
    book(database, cast, meeting(cast))
    with pytest.raises(RulesBroken, match=r"(?i)book"), database.write() as work:
        apply_changes(work, cast.ada, NOW, changes(cast.first, program("e01", 1, 9)))
    put(database, cast, cast.first, program("e01", 1, 10))
    with pytest.raises(DatesTaken) as refusal:
        book(database, cast, meeting(cast, starts=630, ends=660))
    said = str(refusal.value)
    assert "Ben Ito has Preparation 1 of p01 Pat Lee on Tue, Jan 5, 10:00–11:00 AM" in said
    assert said.endswith("Choose another time, other people or another room.")


def test_every_other_week_until_a_date_with_days_of_closure_skipped(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        work.session.add(ClosureRecord(clinic_id=sqlite_cast.clinic_id, day=date(2027, 1, 19), reason="Training"))
    booked = book(sqlite, sqlite_cast, meeting(sqlite_cast, rhythm=Rhythm(2, date(2027, 3, 16))))
    assert booked.days == (TUESDAY, date(2027, 2, 2), date(2027, 2, 16), date(2027, 3, 2), date(2027, 3, 16))
    assert [line.day for line in booked.left_out] == [date(2027, 1, 19)]
    with sqlite.read() as work:
        hours = {claim.starts_at.hour for claim in work.session.scalars(select(ClaimRecord))}
    assert hours == {16, 17}  # nine in the morning, before and after clocks go forward


def test_of_dates_that_are_taken_the_others_can_be_booked(sqlite: Database, sqlite_cast: Cast) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 8, 9))
    weekly = meeting(sqlite_cast, rhythm=Rhythm(1, date(2027, 1, 26)))
    with pytest.raises(DatesTaken, match="or leave out the taken date"):
        book(sqlite, sqlite_cast, weekly)
    booked = book(sqlite, sqlite_cast, weekly, leave_out=True)
    assert [day.day for day in booked.days] == [5, 19, 26]
    with sqlite.read() as work:
        [view] = booking_views.to_come(work, sqlite_cast.ada, NOW)
    assert view.days == booked.days
    assert view.left_out == (date(2027, 1, 12),)


def test_one_date_canceled_is_free_again_and_the_others_stay(database: Database, cast: Cast) -> None:
    booked = book(database, cast, meeting(cast, rhythm=Rhythm(1, date(2027, 1, 19))))
    with database.write() as work:
        bookings.cancel_day(work, cast.ada, NOW, booked.series_id, TUESDAY)
    put(database, cast, cast.first, program("e01", 1, 9))
    with pytest.raises(Conflict, match="nothing to cancel"), database.write() as work:
        bookings.cancel_day(work, cast.ada, NOW, booked.series_id, TUESDAY)
    with database.write() as work:
        assert bookings.cancel_rest(work, cast.ada, NOW, booked.series_id) == 2
        left = select(func.count()).select_from(ClaimRecord).where(ClaimRecord.booking_id.is_not(None))
        assert work.session.scalar(left) == 0


def test_one_date_or_all_that_follow_are_changed_and_what_was_before_stays(database: Database, cast: Cast) -> None:
    weekly = meeting(cast, rhythm=Rhythm(1, date(2027, 1, 26)))
    first = book(database, cast, weekly).series_id

    def changed(day: date, details: BookingDetails, *, following: bool) -> bookings.Booked:
        with database.write() as work:
            return booking_changes.change(work, cast.ada, NOW, first, day, details, and_following=following)

    alone = changed(date(2027, 1, 12), replace(weekly, day=date(2027, 1, 13)), following=False)
    assert [each.day for each in alone.days] == [13]
    later = changed(date(2027, 1, 19), replace(weekly, day=date(2027, 1, 19), starts=660, ends=720), following=True)
    assert [each.day for each in later.days] == [19, 26]
    with database.read() as work:
        views = booking_views.to_come(work, cast.ada, NOW)
        claimed = work.session.scalar(select(func.count()).select_from(ClaimRecord)) or 0
    assert [(each.start.hour, [day.day for day in each.days]) for each in views] == [
        (9, [5]),
        (9, [13]),
        (11, [19, 26]),
    ]
    assert claimed == 4 * 3
    put(database, cast, cast.first, program("e01", 1, 10))
    with pytest.raises(DatesTaken):
        changed(TUESDAY, meeting(cast, starts=630, ends=660), following=True)
    with database.read() as work:
        assert booking_views.one(work, cast.ada, NOW, first).days == (TUESDAY,)
    changed(TUESDAY, meeting(cast, title="Rounds"), following=True)
    with database.read() as work, pytest.raises(NotFound):
        booking_views.one(work, cast.ada, NOW, first)


def test_a_patient_outside_programs_is_taken_too_and_the_export_says_so(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    details = replace(
        meeting(cast),
        purpose="outside",
        title="Consultation",
        patient_id=cast.pat,
        staff_ids=[cast.dana_staff],
        room_id=None,
    )
    book(sqlite, cast, details)
    with pytest.raises(RulesBroken, match=r"the patient.s absence"), sqlite.write() as work:
        apply_changes(work, cast.ada, NOW, changes(cast.first, program("e01", 1, 9)))
    put(sqlite, cast, cast.second, program("e02", 1, 9))
    with sqlite.read() as work:
        problem, plan = transfer.export(work, cast.ada, NOW)
    assert violations(problem, plan) == []
    dana = next(each for each in problem.staff if each.id == "th-dana")
    assert [(each.start, each.end) for each in dana.booked] == [(at(1, 9), at(1, 10))]
    pat = next(each for each in problem.enrollments if each.id == "e01")
    assert [each.start for each in pat.unavailable] == [at(1, 9)]


def test_the_schedule_shows_it_by_its_title_in_every_row_it_takes(sqlite: Database, sqlite_cast: Cast) -> None:
    book(sqlite, sqlite_cast, meeting(sqlite_cast))
    with sqlite.read() as work:
        for by, rows in (
            ("staff", {sqlite_cast.ben_staff, sqlite_cast.dana_staff}),
            ("rooms", {sqlite_cast.therapy_1}),
        ):
            shown = timeline.timeline(work, sqlite_cast.ben, NOW, TUESDAY, TUESDAY, by)  # type: ignore[arg-type]
            booked = [each for each in shown.shades if each.why == "booked"]
            assert {int(each.row.split(":")[1]) for each in booked} == rows
            assert {(each.words, each.start.hour) for each in booked} == {("Team meeting", 9)}
        mine = booking_views.of_person(work, sqlite_cast.ben, sqlite_cast.ben_staff, TUESDAY, TUESDAY)
    assert [(each.title, each.room) for each in mine] == [("Team meeting", "Therapy room 1")]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"ends": 540}, "ends"),
        ({"day": date(2027, 1, 3)}, "day"),
        ({"staff_ids": []}, "staff"),
        ({"purpose": "maintenance", "room_id": None}, "room"),
        ({"purpose": "outside"}, "patient"),
        ({"rhythm": Rhythm(1, None)}, "until"),
        ({"rhythm": Rhythm(1, date(2027, 1, 4))}, "until"),
        ({"rhythm": Rhythm(1, date(2031, 1, 4))}, "until"),
        ({"day": date(2027, 3, 14), "starts": 150, "ends": 200}, "starts"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    sqlite: Database, sqlite_cast: Cast, more: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        book(sqlite, sqlite_cast, meeting(sqlite_cast, **more))
    assert refusal.value.field == field


def test_another_clinic_finds_nothing_and_cannot_take_what_is_not_its_own(sqlite: Database, sqlite_cast: Cast) -> None:
    booked = book(sqlite, sqlite_cast, meeting(sqlite_cast))
    for act in (
        lambda work: booking_views.one(work, sqlite_cast.cy, NOW, booked.series_id),
        lambda work: bookings.cancel_rest(work, sqlite_cast.cy, NOW, booked.series_id),
        lambda work: bookings.book(work, sqlite_cast.cy, NOW, meeting(sqlite_cast)),
    ):
        with pytest.raises(NotFound), sqlite.write() as work:
            act(work)
    with sqlite.read() as work:
        assert booking_views.to_come(work, sqlite_cast.cy, NOW) == []
        later = datetime(2027, 1, 5, 19, tzinfo=UTC) + timedelta(hours=1)
        assert booking_views.to_come(work, sqlite_cast.ada, later) == []
