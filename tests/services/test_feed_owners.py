"""Feeds of every kind: whom each shows, who may have one, and when it is dead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cast import NOW, Cast, add_enrollment, add_patient
from showing import events_of, fetched, put, show, text_of, touch
from sqlalchemy import select

from coordinator.domain.errors import InvalidInput, NotAllowed, NotFound
from coordinator.services import feed_views, feeds, team
from coordinator.services.feed_answers import fetch
from coordinator.services.feeds import Wishes
from coordinator.store import enrollments
from coordinator.store.clinics import ClinicRecord
from coordinator.store.feeds import GRACE, FeedRecord
from coordinator.store.unit_of_work import Database

DAY = datetime(2027, 1, 6, 18, 0, tzinfo=UTC)


def opened(database: Database, cast: Cast, kind: str, number: int, level: str = "code", **wishes: int) -> str:
    with database.write() as work:
        work.session.get_one(ClinicRecord, cast.clinic_id).feed_ceiling = "full"
        return feeds.add(work, cast.ada, NOW, kind, number, "Work", level, Wishes(**wishes)).token


def test_each_kind_of_owner_sees_its_own_visits(database: Database, cast: Cast) -> None:
    with database.write() as work:
        show(work, cast, NOW, DAY)
        show(
            work, cast, NOW, DAY + timedelta(hours=2), enrollment=cast.second, room=cast.dosing_1, staff=cast.dana_staff
        )
    both = [DAY, DAY + timedelta(hours=2)]
    wanted = {
        ("staff", cast.ben_staff): both[:1], ("room", cast.dosing_1): both[1:], ("team", cast.first): both[:1],
        ("enrollment", cast.second): both[1:], ("clinic", cast.clinic_id): both,
    }  # fmt: skip
    for (kind, number), starts in wanted.items():
        token = opened(database, cast, kind, number)
        assert [each.start for each in events_of(database, token, NOW)] == starts, kind


def test_a_visit_has_one_uid_in_all_feeds_but_a_persons_own(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    with sqlite.write() as work:
        visit = show(work, cast, NOW, DAY)
        put(work, cast, NOW, visit, cast.dana_staff, "co")
    owners = [("room", cast.therapy_1), ("team", cast.first), ("enrollment", cast.first), ("clinic", cast.clinic_id)]
    uids = {str(events_of(sqlite, opened(sqlite, cast, *owner), NOW)[0]["UID"]) for owner in owners}
    own = {
        str(events_of(sqlite, opened(sqlite, cast, "staff", each), NOW)[0]["UID"])
        for each in (cast.ben_staff, cast.dana_staff)
    }
    assert len(uids) == 1
    assert len(own | uids) == 3


def test_a_patients_calendar_names_nobody_and_leads_to_no_page(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        show(work, sqlite_cast, NOW, DAY)
    token = opened(sqlite, sqlite_cast, "enrollment", sqlite_cast.first, "kind")
    found = fetch(sqlite, token, NOW, site="https://clinic.example")
    assert found is not None
    assert found.body is not None
    text = found.body.decode()
    assert "SUMMARY:Preparation · 60 min\r\nLOCATION:Therapy room 1\r\n" in text
    assert not [word for word in ("Pat", "p01", "e01", "Ben", "clinic.example") if word in text]


def test_the_others_link_to_the_visits_page(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        visit = show(work, sqlite_cast, NOW, DAY)
    token = opened(sqlite, sqlite_cast, "room", sqlite_cast.therapy_1, "busy")
    found = fetch(sqlite, token, NOW, site="https://clinic.example")
    assert found is not None
    assert f"URL:https://clinic.example/visits/{visit}\r\n".encode() in (found.body or b"")


def test_a_teams_calendar_says_who_is_there(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        visit = show(work, sqlite_cast, NOW, DAY)
        put(work, sqlite_cast, NOW, visit, sqlite_cast.dana_staff, "co")
    assert "DESCRIPTION:With Ben Ito\\, Dana Roy" in text_of(sqlite, opened(sqlite, sqlite_cast, "team", 1), NOW)
    assert "With" not in text_of(sqlite, opened(sqlite, sqlite_cast, "team", 1, "busy"), NOW)


def test_a_feeds_own_window_and_alarm(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        for days in (-3, 2, 9):
            show(work, sqlite_cast, NOW, DAY + timedelta(days=days), code=f"v{days}")
    token = opened(sqlite, sqlite_cast, "staff", sqlite_cast.ben_staff, past_days=0, future_days=7, alarm_minutes=10)
    (seen,) = events_of(sqlite, token, NOW)
    assert seen.start == DAY + timedelta(days=2)
    (alarm,) = seen.walk("VALARM")
    assert (str(alarm["ACTION"]), str(alarm["DESCRIPTION"])) == ("DISPLAY", "p01 · 60 min")
    assert alarm["TRIGGER"].dt == timedelta(minutes=-10)


def test_a_changed_feed_keeps_its_address_and_what_is_new_shows_as_changed(sqlite: Database, sqlite_cast: Cast) -> None:
    token = opened(sqlite, sqlite_cast, "staff", sqlite_cast.ben_staff)
    with sqlite.write() as work:
        show(work, sqlite_cast, NOW, DAY)
    before = events_of(sqlite, token, NOW)[0]
    later = NOW + timedelta(minutes=1)
    with sqlite.write() as work:
        (feed,) = feed_views.list_for(work, sqlite_cast.ben, NOW, "staff", sqlite_cast.ben_staff).feeds
        feeds.change(work, sqlite_cast.ben, later, feed.id, "Phone", "busy", Wishes(alarm_minutes=0))
    after = events_of(sqlite, token, later)[0]
    assert str(after["SUMMARY"]) == "Clinic visit"
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert "X-WR-CALNAME:Phone" in text_of(sqlite, token, later)


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        (Wishes(past_days=9999), "past_days"),
        (Wishes(future_days=-1), "future_days"),
        (Wishes(alarm_minutes=7), "alarm_minutes"),
        (Wishes(holder_staff_id=9999), "holder"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    sqlite: Database, sqlite_cast: Cast, wishes: Wishes, field: str
) -> None:
    with sqlite.write() as work, pytest.raises(InvalidInput) as refused:
        feeds.add(work, sqlite_cast.ada, NOW, "room", sqlite_cast.dosing_1, wishes=wishes)
    assert refused.value.field == field


def test_a_clinician_has_a_feed_of_the_teams_she_is_in_and_of_no_other(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    with sqlite.write() as work:
        show(work, cast, NOW, DAY)
        feeds.add(work, cast.ben, NOW, "team", cast.first)
        held = work.session.scalars(select(FeedRecord.holder_staff_id)).one()
        others = feeds.add(work, cast.ada, NOW, "team", cast.first)
        for kind, number in (("team", cast.second), ("room", cast.dosing_1), ("enrollment", cast.first)):
            with pytest.raises(NotAllowed):
                feeds.add(work, cast.ben, NOW, kind, number)
        with pytest.raises(NotAllowed):
            feeds.rotate(work, cast.ben, NOW, others.id)
    assert held == cast.ben_staff


def test_another_clinics_owners_are_not_there(database: Database, cast: Cast) -> None:
    for kind, number in (("room", cast.dosing_1), ("team", cast.first), ("enrollment", 1), ("clinic", cast.clinic_id)):
        with database.write() as work, pytest.raises(NotFound):
            feeds.add(work, cast.cy, NOW, kind, number)


def test_all_addresses_that_somebody_has_die_with_this_persons_leaving(database: Database, cast: Cast) -> None:
    own = opened(database, cast, "staff", cast.dana_staff)
    rooms = opened(database, cast, "room", cast.dosing_1, holder_staff_id=cast.dana_staff)
    wall = opened(database, cast, "room", cast.dosing_1)
    with database.write() as work:
        team.leave(work, cast.ada, NOW, cast.dana_staff)
    assert [fetch(database, each, NOW) is None for each in (own, rooms, wall)] == [True, True, False]


def test_a_programs_feeds_outlive_it_by_a_month(database: Database, cast: Cast) -> None:
    tokens = [opened(database, cast, kind, cast.first) for kind in ("team", "enrollment")]
    with database.write() as work:
        enrollments.set_status(work, cast.clinic_id, cast.first, "finished", NOW)
    for moment, alive in ((NOW + GRACE - timedelta(minutes=1), True), (NOW + GRACE, False)):
        assert [fetch(database, token, moment) is not None for token in tokens] == [alive, alive]
    with database.write() as work, pytest.raises(NotFound):
        feeds.add(work, cast.ada, NOW + GRACE, "enrollment", cast.first)


def test_another_programs_change_leaves_a_programs_feed_as_it_was(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        patient = add_patient(work, sqlite_cast.clinic_id, "p03", "Rae Fox", NOW)
        other = add_enrollment(work, sqlite_cast.clinic_id, "e03", sqlite_cast.protocol_version, [patient], NOW)
        show(work, sqlite_cast, NOW, DAY)
    token = opened(sqlite, sqlite_cast, "enrollment", sqlite_cast.first)
    before = fetched(sqlite, token, NOW).etag
    with sqlite.write() as work:
        show(work, sqlite_cast, NOW, DAY + timedelta(days=1), enrollment=other)
        touch(work, sqlite_cast, NOW, sqlite_cast.ben_staff)
    assert fetched(sqlite, token, NOW).etag == before
