"""The ledger as people read it, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from booking import add_reminders, book, cancel, move
from cast import NOW, Cast
from sqlalchemy import select

from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.errors import NotFound
from coordinator.services import notice_again, notice_bells, notice_log, notice_rules, notice_words
from coordinator.services.notice_bells import Bell
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.store import notices
from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Database

START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)
BETWEEN = START - timedelta(hours=24)


@pytest.fixture
def visit(database: Database, cast: Cast) -> int:
    """A visit whose first two reminders have left."""
    with database.write() as work:
        add_reminders(work, cast.clinic_id)
        visit_id = book(work, cast, NOW, START)
    deliver_due(Courier(database, RecordingMailer(), lambda: BETWEEN, "w1", 60))
    return visit_id


def test_a_visit_shows_each_reminder_its_channel_and_its_fate(database: Database, cast: Cast, visit: int) -> None:
    with database.read() as work:
        lines = notice_log.log_for_visit(work, cast.ada, visit)
    assert [(line.recipient_kind, line.rule, line.channel, line.status) for line in lines] == [
        ("patient", "48 hours before", "mail", "sent"),
        ("staff", "48 hours before", "mail", "sent"),
        ("patient", "2 hours before", "mail", "queued"),
        ("staff", "2 hours before", "mail", "queued"),
    ]
    assert [line.recipient for line in lines[:2]] == ["p01", "Ben Ito"]
    assert lines[0].due == datetime(2027, 1, 6, 10, 0)
    assert [each.result for each in lines[0].tries] == ["sent"]


def test_what_was_withdrawn_says_why(database: Database, cast: Cast, visit: int) -> None:
    with database.write() as work:
        cancel(work, cast, BETWEEN, visit)
    with database.read() as work:
        lines = notice_log.log_for_visit(work, cast.ada, visit)
    assert [line.reason for line in lines] == ["", "", "The visit was canceled.", "The visit was canceled."]


def test_the_log_begins_with_what_fell_due_last_and_ends_with_what_is_far_away(
    database: Database, cast: Cast, visit: int
) -> None:
    with database.write() as work:
        book(work, cast, BETWEEN, START + timedelta(days=7), "c1.i1")
    with database.read() as work:
        log = notice_log.log(work, cast.ada, START - timedelta(hours=1))
    dues = [line.due for line in log.lines if line.recipient_kind == "staff"]
    hours = [(due - datetime(2027, 1, 8, 10, 0)).total_seconds() / 3600 for due in dues]
    assert hours == [-2, -48, 7 * 24 - 48, 7 * 24 - 2]
    assert log.counts == {"sent": 2, "queued": 6}


def test_the_log_is_read_in_pages(database: Database, cast: Cast, visit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_log, "PAGE", 3)
    with database.read() as work:
        pages = [notice_log.log(work, cast.ada, NOW, page=number) for number in (1, 2, 99)]
    assert [len(page.lines) for page in pages] == [3, 1, 1]
    assert {page.last_page for page in pages} == {2}


FILTERED = (
    (notice_log.Filter(), 4),
    (notice_log.Filter(status="sent", recipient="P01"), 1),
    (notice_log.Filter(recipient=" ben "), 2),
    (notice_log.Filter(recipient="%"), 0),
    (notice_log.Filter(kind="visit_ahead", channel="mail"), 4),
    (notice_log.Filter(kind="changes"), 0),
    (notice_log.Filter(day=date(2027, 1, 6)), 2),
    (notice_log.Filter(day=date(2027, 1, 7)), 0),
    (notice_log.Filter(status="sent", day=date(2027, 1, 8)), 0),
    (notice_log.Filter(kind="nonsense", status="nonsense", channel="nonsense"), 4),
)


def test_the_log_is_filtered(database: Database, cast: Cast, visit: int) -> None:
    with database.read() as work:
        for wanted, number in FILTERED:
            found = notice_log.log(work, cast.ada, NOW, wanted)
            assert len(found.lines) == number, wanted
            assert found.counts == {"sent": 2, "queued": 2}


def test_a_day_of_the_log_is_the_clinics(database: Database, cast: Cast) -> None:
    evening = datetime(2027, 1, 9, 4, 30, tzinfo=UTC)  # half past eight on Friday in Los Angeles, Saturday in UTC
    with database.write() as work:
        add_reminders(work, cast.clinic_id)
        book(work, cast, NOW, evening + timedelta(hours=48))
    with database.read() as work:
        friday, saturday = (
            notice_log.log(work, cast.ada, NOW, notice_log.Filter(day=date(2027, 1, day))).lines for day in (8, 9)
        )
    assert {line.due for line in friday} == {datetime(2027, 1, 8, 20, 30)}
    assert saturday == ()


def test_another_clinic_reads_nothing_of_it(database: Database, cast: Cast, visit: int) -> None:
    with database.read() as work:
        assert notice_log.log_for_visit(work, cast.cy, visit) == ()
        assert notice_log.log(work, cast.cy, NOW).lines == ()
        assert notice_log.log(work, cast.cy, NOW, notice_log.Filter(recipient="p01")).lines == ()
        assert notice_rules.listed(work, cast.cy) == ()
        mine = notice_log.log_for_visit(work, cast.ada, visit)[0].id
        with pytest.raises(NotFound):
            notice_log.notice(work, cast.cy, NOW, mine)
    with database.write() as work, pytest.raises(NotFound):
        notice_again.retry(work, cast.cy, NOW, mine)


def test_reading_the_log_is_in_the_audit_log(database: Database, cast: Cast, visit: int) -> None:
    with database.read() as work:
        notice_log.log(work, cast.ada, NOW)
    with database.read() as work:
        assert "notice.list" in work.session.scalars(select(AuditRecord.action)).all()


@pytest.mark.parametrize(
    ("minutes", "words"), [(2880, "48 hours before"), (60, "1 hour before"), (30, "30 minutes before")]
)
def test_a_rule_in_words(minutes: int, words: str) -> None:
    assert notice_words.before_words(minutes) == words


def test_the_bell_of_a_visit_counts_reminders_and_news_of_it_and_no_other_clinics(
    database: Database, cast: Cast, visit: int
) -> None:
    with database.write() as work:
        notices.add_default_rules(work, cast.clinic_id)
        other = book(work, cast, BETWEEN, START + timedelta(days=7), "c1.i1")
        move(work, cast, BETWEEN, visit, START + timedelta(hours=2))
    with database.read() as work:
        bells = notice_bells.of_visits(work, cast.ada, [visit, other, 999])
        assert notice_bells.of_visits(work, cast.cy, [visit, other]) == {}
    # Two left; those of two hours before were withdrawn and owed anew; two are told that it was moved.
    assert bells == {visit: Bell(2, 4, 0), other: Bell(0, 4, 0)}
    assert bells[visit].words == "2 sent, 4 to come"
