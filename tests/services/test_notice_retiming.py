"""A clinic's clock is set to another zone: what waits to be told gets its time anew, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from booking import book, ledger, move
from cast import NOW, Cast
from sqlalchemy import update

from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.actor import Access, Actor
from coordinator.domain.reminding import CHANGE_DELAY, Quiet, Rule
from coordinator.services import clinics
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.services.notice_retiming import TOO_LATE
from coordinator.store import notice_rules, notices
from coordinator.store.notice_people import Recipient as To
from coordinator.store.notices import NoticeRecord
from coordinator.store.unit_of_work import Database

START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)  # ten in Los Angeles, one in New York, eight in Honolulu
EVE = Rule("eve", "patient", days_before=1, at=18 * 60)
EVE_LOS_ANGELES = datetime(2027, 1, 8, 2, 0, tzinfo=UTC)
EVE_NEW_YORK = datetime(2027, 1, 7, 23, 0, tzinfo=UTC)


def set_up(database: Database, cast: Cast, *rules: Rule) -> int:
    """The rules, and a visit of Pat's with what it owes."""
    with database.write() as work:
        for rule in rules:
            notice_rules.save(work, cast.clinic_id, rule, True, None)
        return book(work, cast, NOW, START)


def go_to(database: Database, cast: Cast, zone: str, at: datetime = NOW) -> None:
    with database.write() as work:
        clinics.change_zone(work, Actor(cast.clinic_id, Access.ADMINISTRATOR, "Root"), at, zone)


def dues(database: Database) -> list[tuple[str, str, datetime]]:
    return [(each.rule, each.status, each.due_at) for each in ledger(database)]


def test_a_reminder_at_a_time_of_day_goes_by_the_new_clock_and_one_hours_before_stays(
    database: Database, cast: Cast
) -> None:
    set_up(database, cast, EVE, Rule("hours", "patient", 120))
    assert dues(database)[0] == ("eve", "queued", EVE_LOS_ANGELES)
    go_to(database, cast, "America/New_York")
    assert dues(database) == [("eve", "queued", EVE_NEW_YORK), ("hours", "queued", START - timedelta(hours=2))]
    mailer, at = RecordingMailer(), EVE_NEW_YORK - timedelta(minutes=1)
    deliver_due(Courier(database, mailer, lambda: at, "w1", 60))
    assert mailer.sent == []
    deliver_due(Courier(database, mailer, lambda: EVE_NEW_YORK, "w1", 60))
    (mail,) = mailer.sent
    assert "1:00 PM" in mail.text and "10:00 AM" not in mail.text


def test_one_that_is_late_by_the_new_clock_waits_until_the_zone_cannot_be_a_slip_any_more(
    database: Database, cast: Cast
) -> None:
    set_up(database, cast, EVE)
    late = EVE_NEW_YORK + timedelta(minutes=30)
    go_to(database, cast, "America/New_York", late)
    assert dues(database) == [("eve", "queued", late + CHANGE_DELAY)]
    go_to(database, cast, "America/Los_Angeles", late + timedelta(minutes=1))
    assert dues(database) == [("eve", "queued", EVE_LOS_ANGELES)]


def test_one_whose_time_would_come_after_the_visit_is_withdrawn_and_owed_again_when_the_zone_is_taken_back(
    database: Database, cast: Cast
) -> None:
    set_up(database, cast, Rule("morning", "patient", days_before=0, at=9 * 60))
    nine = datetime(2027, 1, 8, 17, 0, tzinfo=UTC)
    assert dues(database) == [("morning", "queued", nine)]
    go_to(database, cast, "Pacific/Honolulu")
    assert [(each.status, each.reason) for each in ledger(database)] == [("withdrawn", TOO_LATE)]
    go_to(database, cast, "America/Los_Angeles")
    assert [(each.status, each.reason, each.settled_at) for each in ledger(database)] == [("queued", "", None)]
    assert dues(database) == [("morning", "queued", nine)]


def test_one_that_the_old_clock_did_not_owe_is_owed_by_the_new(database: Database, cast: Cast) -> None:
    set_up(database, cast, Rule("eleven", "patient", days_before=0, at=11 * 60))
    assert dues(database) == []
    go_to(database, cast, "America/New_York")
    assert dues(database) == [("eleven", "queued", datetime(2027, 1, 8, 16, 0, tzinfo=UTC))]


def test_what_was_tried_keeps_its_time(database: Database, cast: Cast) -> None:
    set_up(database, cast, EVE)
    with database.write() as work:
        tried = [{"at": NOW.isoformat(), "result": "later", "reason": "451 busy"}]
        work.session.execute(update(NoticeRecord).values(tries=1, attempts=tried, next_try_at=NOW))
    go_to(database, cast, "America/New_York")
    assert dues(database) == [("eve", "queued", EVE_LOS_ANGELES)]


def test_quiet_hours_of_the_new_clock_put_news_off(database: Database, cast: Cast) -> None:
    night, by_day = Quiet(21 * 60, 8 * 60), datetime(2027, 1, 5, 6, 0, tzinfo=UTC)  # ten at night in Los Angeles
    visit = set_up(database, cast, Rule("news", "patient", what="visit_changed", quiet=night))
    with database.write() as work:
        move(work, cast, by_day, visit, START + timedelta(hours=2))
    assert dues(database) == [("changes", "queued", datetime(2027, 1, 5, 16, 0, tzinfo=UTC))]
    go_to(database, cast, "America/New_York", by_day)
    assert dues(database) == [("changes", "queued", datetime(2027, 1, 5, 13, 0, tzinfo=UTC))]
    go_to(database, cast, "Asia/Tokyo", by_day)
    assert dues(database) == [("changes", "queued", by_day + CHANGE_DELAY)]


def test_a_days_schedule_is_of_use_until_that_day_is_over_by_the_new_clock(database: Database, cast: Cast) -> None:
    day = date(2027, 1, 5)
    with database.write() as work:
        row = notices.new_row(cast.clinic_id, To("staff", cast.ben_staff), NOW) | {
            "what": "schedule_tomorrow",
            "rule": "schedule",
            "topic": "schedule:2027-01-05",
            "content": {"day": day.toordinal()},
            "due_at": NOW,
            "expires_at": datetime(2027, 1, 6, 8, 0, tzinfo=UTC),
        }
        notices.insert(work, [row])
    go_to(database, cast, "America/New_York")
    assert [each.expires_at for each in ledger(database)] == [datetime(2027, 1, 6, 5, 0, tzinfo=UTC)]


def test_another_clinics_reminders_stay(database: Database, cast: Cast) -> None:
    set_up(database, cast, EVE)
    with database.write() as work:
        clinics.change_zone(work, Actor(cast.other_clinic_id, Access.ADMINISTRATOR, "Root"), NOW, "Asia/Tokyo")
    assert dues(database) == [("eve", "queued", EVE_LOS_ANGELES)]
