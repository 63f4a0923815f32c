"""What a subscriber gets: the right visits at the right level, in bytes that change only when what is shown does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cast import NOW, Cast
from showing import events_of, fetched, person_of, put, shift, show, text_of, touch, withdraw
from sqlalchemy import event

from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import InvalidInput, NotAllowed
from coordinator.services import bookings, clinics, feed_views, feeds
from coordinator.services.bookings import BookingDetails
from coordinator.services.feed_answers import fetch
from coordinator.store import feeds as feed_store
from coordinator.store.clinics import ClinicRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.rooms import RoomRecord
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitRecord

DAY = datetime(2027, 1, 6, 18, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
NAMES = ("Pat Lee", "Pat", "Lee")


def open_feed(database: Database, cast: Cast, privacy: str = "code", owner: tuple[str, int] | None = None) -> str:
    kind, number = owner or ("staff", cast.ben_staff)
    with database.write() as work:
        work.session.get_one(ClinicRecord, cast.clinic_id).feed_ceiling = "full"
        return feeds.add(work, cast.ada, NOW, kind, number, "Work", privacy).token


def test_a_feed_shows_its_persons_visits_and_nobody_elses(database: Database, cast: Cast) -> None:
    token = open_feed(database, cast)
    with database.write() as work:
        show(work, cast, NOW, DAY)
        show(work, cast, NOW, DAY, staff=cast.dana_staff, code="c1.d1")
    (seen,) = events_of(database, token, NOW)
    assert seen.start == DAY
    assert seen.end == DAY + timedelta(hours=1)
    assert (str(seen["SUMMARY"]), str(seen["LOCATION"])) == ("p01 · 60 min", "Therapy room 1")


@pytest.mark.parametrize("privacy", ["busy", "code", "kind", "initials"])
def test_no_level_below_full_holds_a_patients_name(sqlite: Database, sqlite_cast: Cast, privacy: str) -> None:
    token = open_feed(sqlite, sqlite_cast, privacy)
    with sqlite.write() as work:
        show(work, sqlite_cast, NOW, DAY)
    shown = text_of(sqlite, token, NOW)
    assert not [name for name in NAMES if name in shown]


def test_busy_shows_neither_place_nor_code_nor_kind(sqlite: Database, sqlite_cast: Cast) -> None:
    token = open_feed(sqlite, sqlite_cast, "busy")
    with sqlite.write() as work:
        show(work, sqlite_cast, NOW, DAY)
    shown = text_of(sqlite, token, NOW)
    assert "SUMMARY:Clinic visit\r\n" in shown
    assert not [word for word in ("p01", "e01", "LOCATION", "Therapy", "reparation", "DESCRIPTION") if word in shown]


def test_a_lowered_ceiling_counts_at_once(sqlite: Database, sqlite_cast: Cast) -> None:
    token = open_feed(sqlite, sqlite_cast, "full")
    with sqlite.write() as work:
        show(work, sqlite_cast, NOW, DAY)
    assert "Pat Lee" in text_of(sqlite, token, NOW)
    with sqlite.write() as work:
        work.session.get_one(ClinicRecord, sqlite_cast.clinic_id).feed_ceiling = "busy"
    assert "p01" not in text_of(sqlite, token, NOW)


def test_a_person_there_for_parts_is_busy_for_those_parts_only(sqlite: Database, sqlite_cast: Cast) -> None:
    token = open_feed(sqlite, sqlite_cast, "code", ("staff", sqlite_cast.eve_staff))
    with sqlite.write() as work:
        show(work, sqlite_cast, NOW, DAY, minutes=120, staff=sqlite_cast.eve_staff, parts=[[0, 30], [90, 30]])
    first, last = events_of(sqlite, token, NOW)
    assert (first.start, first.end) == (DAY, DAY + timedelta(minutes=30))
    assert (last.start, last.end) == (DAY + timedelta(minutes=90), DAY + timedelta(minutes=120))
    assert first["UID"] != last["UID"]


def test_a_person_who_fills_two_needs_has_one_event(sqlite: Database, sqlite_cast: Cast) -> None:
    token = open_feed(sqlite, sqlite_cast)
    with sqlite.write() as work:
        visit = show(work, sqlite_cast, NOW, DAY)
        put(work, sqlite_cast, NOW, visit, sqlite_cast.ben_staff, "co")
    assert len(events_of(sqlite, token, NOW)) == 1


def test_a_fetch_with_nothing_changed_gives_the_same_bytes_days_later(database: Database, cast: Cast) -> None:
    token = open_feed(database, cast)
    with database.write() as work:
        show(work, cast, NOW, DAY)
    first, later = fetched(database, token, NOW), fetched(database, token, NOW + timedelta(days=3))
    assert (first.body, first.etag, first.modified_at) == (later.body, later.etag, later.modified_at)


def test_moved_moved_back_canceled_and_added_again_raise_the_sequence(database: Database, cast: Cast) -> None:
    token = open_feed(database, cast, "busy")
    with database.write() as work:
        visit = show(work, cast, NOW, DAY)
    seen = [events_of(database, token, NOW)[0]]

    def step(hours: int, start: datetime, status: str) -> None:
        now = NOW + timedelta(hours=hours)
        with database.write() as work:
            shift(work, cast, now, visit, start)
            work.session.get_one(VisitRecord, visit).status = status
            person_of(work, visit, cast.ben_staff).canceled_at = now if status == "canceled" else None
        seen.append(events_of(database, token, now)[0])

    step(1, DAY + timedelta(hours=2), "scheduled")
    step(2, DAY, "scheduled")
    step(3, DAY, "canceled")
    step(4, DAY, "scheduled")
    assert [int(each["SEQUENCE"]) for each in seen] == [0, 1, 2, 3, 4]
    assert len({str(each["UID"]) for each in seen}) == 1
    assert [str(each["STATUS"]) for each in seen] == ["CONFIRMED"] * 3 + ["CANCELLED", "CONFIRMED"]
    stamps = [each["DTSTAMP"].dt for each in seen]
    assert stamps == sorted(set(stamps)) == [NOW + timedelta(hours=hour) for hour in range(5)]


def test_a_replaced_persons_event_is_canceled_and_the_colleagues_appears(database: Database, cast: Cast) -> None:
    ben, dana = open_feed(database, cast), open_feed(database, cast, owner=("staff", cast.dana_staff))
    with database.write() as work:
        visit = show(work, cast, NOW, DAY)
    before = events_of(database, ben, NOW)[0]
    assert events_of(database, dana, NOW) == []
    with database.write() as work:
        withdraw(work, cast, LATER, visit, cast.ben_staff)
        put(work, cast, LATER, visit, cast.dana_staff, "co")
    (gone,), (come,) = events_of(database, ben, LATER), events_of(database, dana, LATER)
    assert (gone["STATUS"], come["STATUS"]) == ("CANCELLED", "CONFIRMED")
    assert gone["UID"] == before["UID"] != come["UID"]
    assert gone["SEQUENCE"] > before["SEQUENCE"]


def test_a_canceled_visit_is_shown_for_two_weeks(sqlite: Database, sqlite_cast: Cast) -> None:
    token = open_feed(sqlite, sqlite_cast)
    with sqlite.write() as work:
        visit = show(work, sqlite_cast, NOW, DAY)
        withdraw(work, sqlite_cast, LATER, visit, sqlite_cast.ben_staff)
    assert events_of(sqlite, token, LATER + timedelta(days=14))
    assert not events_of(sqlite, token, LATER + timedelta(days=15))


@pytest.mark.parametrize(("status", "shown"), [("late_cancel", "CANCELLED"), ("no_show", "CONFIRMED")])
def test_only_an_outcome_that_gives_the_time_back_cancels(
    sqlite: Database, sqlite_cast: Cast, status: str, shown: str
) -> None:
    token = open_feed(sqlite, sqlite_cast)
    with sqlite.write() as work:
        visit = show(work, sqlite_cast, NOW, DAY)
    before = events_of(sqlite, token, NOW)[0]
    with sqlite.write() as work:
        record = work.session.get_one(VisitRecord, visit)
        record.status, record.changed_at = status, LATER
        touch(work, sqlite_cast, LATER, sqlite_cast.ben_staff)
    after = events_of(sqlite, token, LATER)[0]
    assert after["STATUS"] == shown
    assert (after["SEQUENCE"] > before["SEQUENCE"]) == (shown == "CANCELLED")


def test_the_window_reaches_28_days_back_and_400_ahead(sqlite: Database, sqlite_cast: Cast) -> None:
    token = open_feed(sqlite, sqlite_cast)
    days = (-29, -28, 400, 401)
    with sqlite.write() as work:
        for number, day in enumerate(days):
            show(work, sqlite_cast, NOW, NOW + timedelta(days=day, hours=1), code=f"v{number}")
    starts = [each.start for each in events_of(sqlite, token, NOW)]
    assert starts == [NOW + timedelta(days=day, hours=1) for day in (-28, 400)]


def test_a_clinic_may_set_the_window(sqlite: Database, sqlite_cast: Cast) -> None:
    token = open_feed(sqlite, sqlite_cast)
    with sqlite.write() as work:
        show(work, sqlite_cast, NOW, NOW + timedelta(days=40))
        work.session.get_one(ClinicRecord, sqlite_cast.clinic_id).settings = {"feed_future_days": 30}
    assert events_of(sqlite, token, NOW) == []


def test_a_new_room_shows_where_rooms_are_shown_and_nowhere_else(database: Database, cast: Cast) -> None:
    busy, code = open_feed(database, cast, "busy"), open_feed(database, cast, "code")
    dana = open_feed(database, cast, "code", ("staff", cast.dana_staff))
    with database.write() as work:
        visit = show(work, cast, NOW, DAY)
        show(work, cast, NOW, DAY, staff=cast.dana_staff, code="c1.i1", enrollment=cast.second)
    before = [fetched(database, token, NOW) for token in (busy, code, dana)]
    with database.write() as work:
        record = work.session.get_one(VisitRecord, visit)
        record.room_id, record.changed_at = cast.dosing_1, LATER
        record.revision += 1
        touch(work, cast, LATER, cast.ben_staff)
    after = [fetched(database, token, LATER) for token in (busy, code, dana)]
    assert (before[0].body, before[0].etag) == (after[0].body, after[0].etag)
    assert before[1].body != after[1].body
    assert before[1].etag != after[1].etag
    assert before[1].modified_at < after[1].modified_at
    assert before[2] == after[2]
    assert f"LAST-MODIFIED:{LATER:%Y%m%dT%H%M%SZ}" in text_of(database, code, LATER)


def test_a_renamed_room_shows_with_a_new_stamp(sqlite: Database, sqlite_cast: Cast) -> None:
    token = open_feed(sqlite, sqlite_cast)
    with sqlite.write() as work:
        show(work, sqlite_cast, NOW, DAY)
    before = events_of(sqlite, token, NOW)[0]
    with sqlite.write() as work:
        work.session.get_one(RoomRecord, sqlite_cast.therapy_1).name = "Garden room"
        feed_store.raise_all(work, sqlite_cast.clinic_id, LATER)
    after = events_of(sqlite, token, LATER)[0]
    assert after["LOCATION"] == "Garden room"
    assert (before["DTSTAMP"].dt, after["DTSTAMP"].dt) == (NOW, LATER)


def test_a_patients_new_name_changes_only_what_shows_names(sqlite: Database, sqlite_cast: Cast) -> None:
    code, full = open_feed(sqlite, sqlite_cast, "code"), open_feed(sqlite, sqlite_cast, "full")
    with sqlite.write() as work:
        show(work, sqlite_cast, NOW, DAY)
    before = [fetched(sqlite, token, NOW).body for token in (code, full)]
    with sqlite.write() as work:
        work.session.get_one(PatientRecord, sqlite_cast.pat).name = "Pat Moore"
        feed_store.raise_all(work, sqlite_cast.clinic_id, LATER)
    after = [fetched(sqlite, token, LATER).body for token in (code, full)]
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_dead_and_unknown_tokens_answer_alike(database: Database, cast: Cast) -> None:
    rotated, revoked, left, unknown = (open_feed(database, cast) for _ in range(4))
    with database.write() as work:
        first, second, *_ = feed_views.list_for(work, cast.ada, NOW, "staff", cast.ben_staff).feeds
        fresh = feeds.rotate(work, cast.ada, NOW, first.id).token
        feeds.revoke(work, cast.ada, NOW, second.id)
    assert fetch(database, fresh, NOW) is not None
    assert fetch(database, left, NOW) is not None
    with database.write() as work:
        work.session.get_one(StaffRecord, cast.ben_staff).left_at = LATER
    for token in (rotated, revoked, left, unknown + "x", "", "é" * 300):
        assert fetch(database, token, LATER) is None


def test_an_unchanged_feed_costs_one_read_and_no_body_for_who_has_it(sqlite: Database, sqlite_cast: Cast) -> None:
    token = open_feed(sqlite, sqlite_cast)
    with sqlite.write() as work:
        show(work, sqlite_cast, NOW, DAY)
    kept = fetched(sqlite, token, NOW)
    statements: list[str] = []
    event.listen(sqlite.engine, "checkout", lambda driver, *_: driver.set_trace_callback(statements.append))
    again = fetch(sqlite, token, NOW, lambda etag, _at: etag == kept.etag)
    assert again is not None
    assert again.body is None
    (statement,) = statements
    assert statement.startswith("SELECT feeds.id")
    assert "feed_bodies.body," not in statement
    assert "feed_bodies.body " not in statement


def test_rooms_and_the_whole_clinic_can_be_shown(sqlite: Database, sqlite_cast: Cast) -> None:
    room = open_feed(sqlite, sqlite_cast, "code", ("room", sqlite_cast.therapy_1))
    whole = open_feed(sqlite, sqlite_cast, "code", ("clinic", sqlite_cast.clinic_id))
    with sqlite.write() as work:
        visit = show(work, sqlite_cast, NOW, DAY)
        show(work, sqlite_cast, NOW, DAY, staff=sqlite_cast.dana_staff, room=sqlite_cast.dosing_1, code="c1.d1")
    (seen,) = events_of(sqlite, room, NOW)
    assert str(seen["UID"]).startswith(f"visit-{visit}@")
    assert len(events_of(sqlite, whole, NOW)) == 2
    with sqlite.write() as work:
        work.session.get_one(RoomRecord, sqlite_cast.therapy_1).retired_at = LATER
    assert fetch(sqlite, room, LATER) is None


def test_other_bookings_stand_in_the_feeds_of_those_they_take_and_leave_with_them(
    sqlite: Database, sqlite_cast: Cast
) -> None:
    cast = sqlite_cast
    bens, busy = open_feed(sqlite, cast), open_feed(sqlite, cast, "busy")
    room, danas = (
        open_feed(sqlite, cast, owner=("room", cast.therapy_1)),
        open_feed(sqlite, cast, owner=("staff", cast.dana_staff)),
    )
    assert events_of(sqlite, bens, NOW) == []
    day = DAY.date()
    meeting = BookingDetails("meeting", "Team meeting", [cast.ben_staff], cast.therapy_1, None, day, 540, 600)
    with sqlite.write() as work:
        series = bookings.book(work, cast.ada, NOW, meeting).series_id
    (seen,) = events_of(sqlite, bens, NOW)
    assert (str(seen["SUMMARY"]), str(seen["LOCATION"])) == ("Team meeting", "Therapy room 1")
    assert [str(each["SUMMARY"]) for each in events_of(sqlite, busy, NOW)] == ["Clinic booking"]
    assert len(events_of(sqlite, room, NOW)) == 1
    assert events_of(sqlite, danas, NOW) == []
    with sqlite.write() as work:
        bookings.cancel_day(work, cast.ada, LATER, series, day)
    assert events_of(sqlite, bens, LATER) == []


def test_a_clinic_that_changes_its_zone_moves_nothing_in_anybodys_calendar(database: Database, cast: Cast) -> None:
    administrator = Actor(cast.clinic_id, Access.ADMINISTRATOR, "Root")
    token = open_feed(database, cast)
    with database.write() as work:
        for day in (DAY, datetime(2027, 3, 13, 17, tzinfo=UTC), datetime(2027, 3, 14, 17, tzinfo=UTC)):
            show(work, cast, NOW, day, code=f"c1.d{day.day}")
    before = fetched(database, token, NOW)
    # In Sydney it is the next day by then.
    with database.write() as work:
        assert clinics.change_zone(work, administrator, LATER, "Australia/Sydney") == "America/Los_Angeles"
        with pytest.raises(NotAllowed, match="Only an administrator"):
            clinics.change_zone(work, cast.ada, LATER, "Europe/London")
        with pytest.raises(InvalidInput, match="not known"):
            clinics.change_zone(work, administrator, LATER, "Mars/Olympus")
    after = fetched(database, token, LATER)
    assert (after.etag, after.body, after.modified_at) == (before.etag, before.body, before.modified_at)
    assert (before.day.isoformat(), after.day.isoformat()) == ("2027-01-04", "2027-01-05")
