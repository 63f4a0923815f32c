"""News of changes: one message to each person, three minutes later, that says what was and what is so now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from booking import ledger
from cast import NOW, Cast
from programs import at, changes, program, visit_row
from sqlalchemy import select, update

from coordinator.delivery.mail import Mail, Outcome, Sent, TemporaryFailure
from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.errors import InvalidInput
from coordinator.domain.schedule import PlacedVisit
from coordinator.services import notices as service
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.services.notices import Message, Recipient
from coordinator.services.schedule import VisitChange, apply_changes, cancel_visit, move_visit
from coordinator.store.notice_changes import NoticeChangeRecord
from coordinator.store.notices import NoticeRuleRecord, add_default_rules
from coordinator.store.unit_of_work import Database

PATIENT, BEN, DANA, EVE = "p01@example.org", "th-ben@example.org", "th-dana@example.org", "dr-eve@example.org"
DELAY = timedelta(minutes=3)


class News:
    """The fixed clinic with a published program of Pat's that everybody has been told of, and a clock."""

    def __init__(self, database: Database, cast: Cast) -> None:
        self.database, self.cast, self.now = database, cast, NOW
        self.mailer = RecordingMailer()
        with database.write() as work:
            add_default_rules(work, cast.clinic_id)
            apply_changes(work, cast.ada, NOW, changes(cast.first, program("e01", 1, 9)))
        self.first = self.after(DELAY)

    def after(self, pause: timedelta) -> list[Mail]:
        """Lets time pass; the news that left, reminders apart, by recipient."""
        self.now += pause
        before = len(self.mailer.sent)
        courier = Courier(self.database, self.mailer, lambda: self.now, "w1", 60)
        while deliver_due(courier):
            pass
        news = [mail for mail in self.mailer.sent[before:] if not mail.subject.startswith("Reminder")]
        return sorted(news, key=lambda mail: mail.to)

    def move(self, code: str, day: int, hour: int, room: str | None, staff: dict[str, str] | None = None) -> None:
        visit = visit_row(self.database, self.cast.first, code)
        with self.database.write() as work:
            move_visit(work, self.cast.ada, self.now, visit.id, at(day, hour), room, staff)

    def cancel(self, code: str) -> None:
        visit = visit_row(self.database, self.cast.first, code)
        with self.database.write() as work:
            cancel_visit(work, self.cast.ada, self.now, visit.id)

    def statuses(self) -> list[str]:
        return [each.status for each in ledger(self.database) if each.what == "changes"]


@pytest.fixture
def news(database: Database, cast: Cast) -> News:
    return News(database, cast)


def test_a_published_program_is_told_in_one_message_to_each(news: News) -> None:
    assert [mail.to for mail in news.first] == [EVE, PATIENT, BEN]
    assert [mail.subject for mail in news.first] == [
        "New: a visit on Wednesday, January 6, at 9:00 AM",
        "Your next 3 visits",
        "New for you: 3 visits",
    ]
    assert "  Thursday, January 7, 2027, 9:00 AM to 10:00 AM PST, by video\n" in news.first[1].text
    assert "Changed:" not in news.first[1].text and "e01: Tuesday, January 5" in news.first[2].text


def test_a_move_is_told_three_minutes_later_with_before_and_after(news: News) -> None:
    news.move("c1.i1", 4, 10, None)
    assert news.after(DELAY - timedelta(seconds=1)) == []
    to_pat, to_ben = news.after(timedelta(seconds=1))
    assert (to_pat.to, to_ben.to) == (PATIENT, BEN)
    assert to_pat.subject == "Changed: your visit on Thursday, January 7, at 9:00 AM"
    assert (
        "Changed:\n"
        "  before: Thursday, January 7, 2027, 9:00 AM to 10:00 AM PST, by video\n"
        "  now:    Friday, January 8, 2027, 10:00 AM to 11:00 AM PST, by video\n"
    ) in to_pat.text
    assert news.after(timedelta(hours=1)) == []


def test_several_changes_become_one_message(news: News) -> None:
    news.move("c1.i1", 4, 10, None)
    news.after(timedelta(minutes=2))
    news.move("c1.i1", 4, 11, None)
    news.cancel("c1.d1")
    assert news.after(timedelta(minutes=2)) == []
    to_eve, to_pat, to_ben = news.after(timedelta(minutes=1))
    assert to_eve.subject == "Canceled: a visit on Wednesday, January 6, at 9:00 AM"
    assert to_pat.subject == "Changed: 2 of your visits"
    assert "now:    Friday, January 8, 2027, 11:00 AM" in to_pat.text and "10:00 AM to 11:00 AM" not in to_pat.text
    assert "Canceled:\n  Wednesday, January 6, 2027, 9:00 AM" in to_pat.text
    assert to_ben.to == BEN
    assert news.after(timedelta(hours=1)) == []


def test_changes_that_never_end_put_a_message_off_for_nine_minutes_at_most(news: News) -> None:
    for minute in range(9):
        news.move("c1.i1", 4, 9 + minute % 2, None)
        assert news.after(timedelta(minutes=1)) == [] or minute == 8
    assert len(news.mailer.sent) >= 5


@pytest.mark.parametrize("urgent_first", [True, False])
def test_what_begins_within_quiet_hours_is_told_though_more_is_to_be_told_after_them(
    sqlite: Database, sqlite_cast: Cast, urgent_first: bool
) -> None:
    news = News(sqlite, sqlite_cast)
    with sqlite.write() as work:
        night = {"quiet_first": 20 * 60, "quiet_last": 10 * 60}
        work.session.execute(update(NoticeRuleRecord).where(NoticeRuleRecord.audience == "patient").values(night))
    news.after(datetime(2027, 1, 5, 5, 0, tzinfo=UTC) - news.now)  # nine in the evening before the first visit
    acts = [lambda: news.cancel("p1"), lambda: news.move("c1.i1", 4, 11, None)]
    for act in acts if urgent_first else reversed(acts):
        act()
        news.after(timedelta(minutes=1))
    told = [mail for mail in news.after(timedelta(minutes=9)) if mail.to == PATIENT]
    assert [mail.subject for mail in told] == ["Changed: 2 of your visits"]
    assert "Canceled:\n  Tuesday, January 5, 2027, 9:00 AM" in told[0].text


def test_what_was_undone_within_the_three_minutes_is_withdrawn(news: News) -> None:
    news.move("c1.i1", 4, 10, None)
    news.after(timedelta(minutes=1))
    news.move("c1.i1", 3, 9, None)
    assert news.after(timedelta(hours=1)) == []
    assert news.statuses().count("withdrawn") == 2


def test_who_is_replaced_and_who_comes_instead_are_told_and_the_patient_is_not(news: News) -> None:
    with news.database.write() as work:
        placed = program("e01", 1, 9, lead="th-dana")
        apply_changes(work, news.cast.ada, news.now, changes(news.cast.first, placed))
    to_ben, to_dana = news.after(DELAY)
    assert (to_ben.to, to_dana.to) == (BEN, DANA)
    assert (to_ben.subject, to_dana.subject) == ("Canceled: 3 visits", "New for you: 3 visits")


def test_another_room_is_told_to_staff_alone(news: News) -> None:
    news.move("c1.d1", 2, 9, "dosing-2")
    assert [mail.to for mail in news.after(DELAY)] == [EVE, BEN]


def test_a_change_during_sending_is_told_next_from_what_was_just_said(news: News) -> None:
    def change_again(mail: Mail) -> Outcome:
        if mail.to == PATIENT and len(news.mailer.tried) < 6:
            news.move("c1.i1", 4, 13, None)
        return Sent()

    news.move("c1.i1", 4, 10, None)
    news.mailer.answer = change_again
    assert [mail.to for mail in news.after(DELAY)][-1] == BEN
    (to_pat,) = [mail for mail in news.after(DELAY) if mail.to == PATIENT]
    assert (
        "before: Friday, January 8, 2027, 10:00 AM" in to_pat.text
        and "now:    Friday, January 8, 2027, 1:00 PM" in (to_pat.text)
    )


def test_a_message_that_waits_for_the_server_takes_in_what_changes_meanwhile(news: News) -> None:
    news.mailer.answer = lambda _mail: TemporaryFailure("451 busy")
    news.move("c1.i1", 4, 10, None)
    assert news.after(DELAY) == []
    news.move("c1.i1", 4, 11, None)
    news.mailer.answer = lambda _mail: Sent()
    (to_pat,) = [mail for mail in news.after(timedelta(minutes=5)) if mail.to == PATIENT]
    assert "before: Thursday, January 7, 2027, 9:00 AM" in to_pat.text and "11:00 AM to 12:00 PM" in to_pat.text
    assert news.after(timedelta(hours=2)) == []


def test_each_fact_of_a_visit_is_told_once_and_kept_with_what_was_said(news: News) -> None:
    news.move("c1.i1", 4, 10, None)
    news.after(DELAY)
    with news.database.read() as work:
        rows = work.session.scalars(select(NoticeChangeRecord).where(NoticeChangeRecord.recipient_kind == "patient"))
        last = max(rows, key=lambda row: row.id)
    assert last.before is not None and last.before["start"].startswith("2027-01-07T17:00")
    assert last.told is not None and last.told["start"].startswith("2027-01-08T18:00") and last.told_at == news.now


def test_a_rule_that_is_off_tells_nothing(news: News) -> None:
    with news.database.write() as work:
        staff = NoticeRuleRecord.code == "staff-changed"
        work.session.execute(update(NoticeRuleRecord).where(staff).values(active=False))
    news.move("c1.i1", 4, 10, None)
    assert [mail.to for mail in news.after(DELAY)] == [PATIENT]


def test_outcomes_are_no_news_and_a_late_cancellation_is(news: News) -> None:
    later = at(1, 12)
    news.now = datetime.fromordinal(later // 1440).replace(tzinfo=NOW.tzinfo) + timedelta(hours=20)
    with news.database.write() as work:
        apply_changes(work, news.cast.ada, news.now, [VisitChange(news.cast.first, "p1", status="attended")])
        apply_changes(work, news.cast.ada, news.now, [VisitChange(news.cast.first, "c1.d1", status="late_cancel")])
    assert {mail.subject for mail in news.after(DELAY)} == {
        "Canceled: your visit on Wednesday, January 6, at 9:00 AM",
        "Canceled: a visit on Wednesday, January 6, at 9:00 AM",
    }


def test_visits_of_several_programs_reach_their_therapist_in_one_message(news: News) -> None:
    placed: list[PlacedVisit] = program("e02", 1, 13)
    with news.database.write() as work:
        apply_changes(work, news.cast.ada, news.now, changes(news.cast.second, placed))
    news.move("c1.i1", 4, 10, None)
    to_ben = [mail for mail in news.after(DELAY) if mail.to == BEN]
    assert [mail.subject for mail in to_ben] == ["Changed: 4 visits"]


OFFER = Message(
    "swap:1:offered",
    Recipient("staff", 0),
    "A swap is offered to you",
    "Look under My week.\n",
    NOW + timedelta(days=1),
)


@pytest.fixture
def offer(news: News) -> Callable[..., Message]:
    def made(**changed: object) -> Message:
        fields = {name: getattr(OFFER, name) for name in OFFER.__slots__}
        return Message(**(fields | {"recipient": Recipient("staff", news.cast.ben_staff)} | changed))

    return made


def test_a_message_that_is_about_no_visit_is_told_once(news: News, offer: Callable[..., Message]) -> None:
    for _ in range(2):
        with news.database.write() as work:
            service.owe(work, news.cast.clinic_id, news.now, offer())
            service.owe(
                work, news.cast.clinic_id, news.now, offer(recipient=Recipient("user", news.cast.ada.user_id or 0))
            )
    assert [(mail.to, mail.subject) for mail in news.after(DELAY)] == [
        ("ada@example.org", OFFER.subject),
        (BEN, OFFER.subject),
    ]


def test_a_message_that_is_taken_back_or_too_late_does_not_leave(news: News, offer: Callable[..., Message]) -> None:
    with news.database.write() as work:
        service.owe(work, news.cast.clinic_id, news.now, offer(due_at=news.now + DELAY))
        service.owe(work, news.cast.clinic_id, news.now, offer(topic="late", expires_at=news.now + DELAY))
        service.withdraw(work, news.cast.clinic_id, news.now, OFFER.topic, "Somebody else took it.")
    assert news.after(DELAY) == []
    last = {each.topic: (each.status, each.reason) for each in ledger(news.database) if each.topic}
    assert last == {
        OFFER.topic: ("withdrawn", "Somebody else took it."),
        "late": ("expired", "Its time passed before it could be sent."),
    }


def test_a_message_with_a_protected_word_is_refused(news: News, offer: Callable[..., Message]) -> None:
    with news.database.write() as work, pytest.raises(InvalidInput, match="“ketamine”"):
        service.owe(work, news.cast.clinic_id, news.now, offer(text="Bring your ketamine consent."))
