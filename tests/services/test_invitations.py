"""Invitations by mail: sent three minutes after publication, kept true, and answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import icalendar
import pytest
from booking import ledger
from cast import NOW, Cast
from imap_server import imap_server
from programs import at, changes, program, visit_row

from coordinator.delivery.mail import Mail, Sent, Uncertain, compose
from coordinator.delivery.mailbox import ImapMailbox
from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.errors import InvalidInput, NotAllowed
from coordinator.services import feeds, incoming_mail, invitations, worklist_sources
from coordinator.services.feed_answers import fetch
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.services.schedule import apply_changes, cancel_visit, move_visit
from coordinator.store.clinics import ClinicRecord
from coordinator.store.notices import add_default_rules
from coordinator.store.staff import StaffRecord
from coordinator.store.unit_of_work import Database

DELAY = timedelta(minutes=3)
BEN = "th-ben@example.org"
ORGANIZER = "visits@harbor.example"


class Post:
    """The fixed clinic, where Ben has chosen invitations, its mail, and a clock."""

    def __init__(self, database: Database, cast: Cast) -> None:
        self.database, self.cast, self.now = database, cast, NOW
        self.mailer = RecordingMailer()
        with database.write() as work:
            work.session.get_one(ClinicRecord, cast.clinic_id).feed_ceiling = "code"
            add_default_rules(work, cast.clinic_id)
        self.choose(by_mail=True)

    def choose(self, *, by_mail: bool) -> int:
        with self.database.write() as work:
            return invitations.choose(work, self.cast.ben, self.now, self.cast.ben_staff, by_mail)

    def publish(self, lead: str = "th-ben") -> None:
        with self.database.write() as work:
            apply_changes(work, self.cast.ada, self.now, changes(self.cast.first, program("e01", 1, 9, lead=lead)))

    def move(self, code: str, day: int, hour: int) -> None:
        visit = visit_row(self.database, self.cast.first, code)
        with self.database.write() as work:
            move_visit(work, self.cast.ada, self.now, visit.id, at(day, hour), None)

    def cancel(self, code: str) -> None:
        visit = visit_row(self.database, self.cast.first, code)
        with self.database.write() as work:
            cancel_visit(work, self.cast.ada, self.now, visit.id)

    def after(self, pause: timedelta = DELAY) -> list[Mail]:
        """Lets time pass; the mails to Ben that left, reminders apart."""
        self.now += pause
        before = len(self.mailer.sent)
        courier = Courier(self.database, self.mailer, lambda: self.now, "w1", 60, organizer=ORGANIZER)
        while deliver_due(courier):
            pass
        mails = [mail for mail in self.mailer.sent[before:] if mail.to == BEN]
        return [mail for mail in mails if not mail.subject.startswith("Reminder")]

    def answer(self, mail: Mail, partstat: str, sender: str = BEN, **facts: Any) -> bytes:
        """What Ben's calendar sends back."""
        asked = event_of(mail)
        at = (facts.get("at") or self.now).strftime("%Y%m%dT%H%M%SZ")
        sequence = facts.get("sequence", int(asked["SEQUENCE"]))
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = f"Ben Ito <{sender}>", ORGANIZER, f"{partstat}: a visit"
        message.set_content("Ben has answered.")
        text = (
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
            f"UID:{facts.get('uid', asked['UID'])}\r\nDTSTAMP:{at}\r\nSEQUENCE:{sequence}\r\n"
            f"ATTENDEE;PARTSTAT={partstat}:MAILTO:{facts.get('attendee', BEN)}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
        message.add_alternative(text, subtype="calendar", params={"method": "REPLY"})
        return message.as_bytes()

    def answers(self, code: str) -> list[tuple[str, str]]:
        visit = visit_row(self.database, self.cast.first, code)
        with self.database.read() as work:
            return [(each.name, each.answer) for each in invitations.answers(work, self.cast.ada, visit.id)]


def event_of(mail: Mail) -> icalendar.Event:
    assert mail.calendar is not None
    (event,) = icalendar.Calendar.from_ical(mail.calendar.content).events
    return event


def said(mails: list[Mail]) -> list[tuple[str, datetime, int]]:
    """Method, start and sequence of each, by start."""
    found = [(mail.calendar.method, event_of(mail)) for mail in mails if mail.calendar]
    return sorted(((method, event.start, int(event["SEQUENCE"])) for method, event in found), key=lambda each: each[1])


@pytest.fixture
def post(database: Database, cast: Cast) -> Post:
    return Post(database, cast)


@pytest.fixture
def sqlite_post(sqlite: Database, sqlite_cast: Cast) -> Post:
    return Post(sqlite, sqlite_cast)


def test_a_published_program_is_sent_three_minutes_later_and_no_news_beside_it(post: Post) -> None:
    post.publish()
    assert post.after(timedelta(minutes=2, seconds=59)) == []
    mails = post.after(timedelta(seconds=1))
    assert [method for method, _, _ in said(mails)] == ["REQUEST"] * 3
    assert len(mails) == 3


def test_an_invitation_is_as_mail_programs_want_it(post: Post) -> None:
    post.publish()
    mail = post.after()[0]
    message = compose(mail, f"Harbor <{ORGANIZER}>")
    text, calendar = message.iter_parts()
    assert message.get_content_type() == "multipart/alternative"
    assert (calendar.get_content_type(), calendar.get_param("method")) == ("text/calendar", "REQUEST")
    assert calendar.get_content_charset() == "utf-8"
    assert "You are expected" in text.get_content()
    content = calendar.get_content()
    assert "METHOD:REQUEST" in content
    event = event_of(mail)
    assert str(event["ORGANIZER"]) == f"mailto:{ORGANIZER}"
    assert str(event["ATTENDEE"]) == f"mailto:{BEN}"
    assert event["ATTENDEE"].params["RSVP"] == "TRUE"
    assert str(event["SUMMARY"]) == "p01 · 60 min"
    assert not [name for name in ("Pat", "Lee") if name in content + mail.subject + mail.text]


def test_it_has_the_uid_of_the_persons_feed(sqlite_post: Post) -> None:
    sqlite_post.publish()
    mails = sqlite_post.after()
    with sqlite_post.database.write() as work:
        new = feeds.add(work, sqlite_post.cast.ben, sqlite_post.now, "staff", sqlite_post.cast.ben_staff)
    found = fetch(sqlite_post.database, new.token, sqlite_post.now)
    assert found is not None
    shown = icalendar.Calendar.from_ical(found.body or b"").events
    assert {str(each["UID"]) for each in shown} == {str(event_of(mail)["UID"]) for mail in mails}


def test_a_change_is_sent_with_a_higher_sequence_and_a_cancellation_with_a_higher_one_yet(post: Post) -> None:
    post.publish()
    first = said(post.after())[-1]
    post.move("c1.i1", 4, 14)
    (moved,) = said(post.after())
    post.cancel("c1.i1")
    (canceled,) = said(post.after())
    assert (moved[0], canceled[0]) == ("REQUEST", "CANCEL")
    assert first[2] < moved[2] < canceled[2]
    assert moved[1] == canceled[1]


def test_what_is_undone_in_time_is_never_sent(post: Post) -> None:
    post.publish()
    post.after()
    post.move("c1.i1", 4, 14)
    post.now += timedelta(minutes=1)
    post.move("c1.i1", 3, 9)
    assert post.after() == []
    assert post.after() == []
    assert {each.status for each in ledger(post.database) if each.what == "invitation"} == {"sent", "withdrawn"}


def test_two_changes_in_a_row_are_one_mail(post: Post) -> None:
    post.publish()
    post.after()
    post.move("c1.i1", 4, 14)
    post.now += timedelta(minutes=1)
    post.move("c1.i1", 4, 15)
    assert len(post.after(timedelta(minutes=2))) == 1
    assert post.after() == []


def test_who_is_replaced_gets_the_end_of_it(post: Post) -> None:
    post.publish()
    post.after()
    post.publish(lead="th-dana")
    assert [method for method, _, _ in said(post.after())] == ["CANCEL"] * 3


def test_who_goes_back_to_a_feed_gets_the_end_of_all_and_may_choose_again(post: Post) -> None:
    post.publish()
    first = post.after()
    assert post.choose(by_mail=False) == 3
    ended = said(post.after(timedelta(0)))
    assert [method for method, _, _ in ended] == ["CANCEL"] * 3
    post.now += DELAY
    assert post.choose(by_mail=True) == 3
    again = said(post.after(timedelta(0)))
    assert [method for method, _, _ in again] == ["REQUEST"] * 3
    assert min(each[2] for each in again) > max(each[2] for each in said(first))


def test_a_mail_that_may_not_have_arrived_is_taken_back_all_the_same(sqlite_post: Post) -> None:
    sqlite_post.mailer.answer = lambda mail: Uncertain("no answer") if mail.calendar else Sent()
    sqlite_post.publish()
    sqlite_post.after()
    sqlite_post.mailer.answer = lambda _mail: Sent()
    sqlite_post.cancel("p1")
    left = [each for each in said(sqlite_post.after(timedelta(hours=2))) if each[0] == "CANCEL"]
    assert len(left) == 1


def test_a_supervisor_is_told_when_inside_the_visit_she_is_needed(sqlite_post: Post) -> None:
    with sqlite_post.database.write() as work:
        invitations.choose(work, sqlite_post.cast.ada, NOW, sqlite_post.cast.eve_staff, by_mail=True)
    sqlite_post.publish()
    sqlite_post.after()
    (mail,) = [each for each in sqlite_post.mailer.sent if each.to == "dr-eve@example.org"]
    assert "needed from 9:00 AM to 9:30 AM and from 10:30 AM to 11:00 AM" in str(event_of(mail)["DESCRIPTION"])


def test_somebody_elses_choice_is_not_mine_and_nobody_chooses_without_an_address(sqlite_post: Post) -> None:
    with sqlite_post.database.write() as work:
        with pytest.raises(NotAllowed):
            invitations.choose(work, sqlite_post.cast.ben, NOW, sqlite_post.cast.dana_staff, by_mail=True)
        work.session.get_one(StaffRecord, sqlite_post.cast.dana_staff).email = ""
        with pytest.raises(InvalidInput, match="no e-mail address"):
            invitations.choose(work, sqlite_post.cast.ada, NOW, sqlite_post.cast.dana_staff, by_mail=True)


def test_an_answer_is_read_from_the_mailbox_and_shown(post: Post) -> None:
    post.publish()
    mails = sorted(post.after(), key=lambda mail: event_of(mail).start)
    with imap_server() as box:
        spam = b"From: x@example.org\r\n\r\nHello"
        box.mails = [post.answer(mails[0], "ACCEPTED"), spam, post.answer(mails[2], "DECLINED")]
        mailbox = ImapMailbox(box.url)
        assert incoming_mail.collect(post.database, mailbox, post.now) == 3
        assert incoming_mail.collect(post.database, mailbox, post.now) == 0
    assert post.answers("p1") == [("Ben Ito", "accepted")]
    assert post.answers("c1.d1") == [("Ben Ito", "")]
    with post.database.read() as work:
        items = worklist_sources.worklist(work, post.cast.ada, post.now)
    assert [item.title for item in items if item.kind == "invitation.declined"] == [
        "Ben Ito declined a visit on Thursday, January 7, at 9:00 AM"
    ]
    post.now += timedelta(minutes=1)
    post.move("c1.i1", 4, 14)
    post.after()
    assert post.answers("c1.i1") == [("Ben Ito", "")]


def test_answers_that_are_not_to_be_trusted_change_nothing(sqlite_post: Post) -> None:
    post = sqlite_post
    post.publish()
    mail = sorted(post.after(), key=lambda each: event_of(each).start)[0]
    bad = [
        post.answer(mail, "DECLINED", sender="dana@example.org"),
        post.answer(mail, "DECLINED", attendee="th-dana@example.org"),
        post.answer(mail, "DECLINED", sequence=-1),
        post.answer(mail, "DECLINED", at=post.now + timedelta(days=1)),
        post.answer(mail, "DECLINED", uid="visit-1-1@0123456789abcdef.coordinator"),
        post.answer(mail, "DECLINED", uid="somebody else's"),
        post.answer(mail, "NEEDS-ACTION"),
        post.answer(mail, "DECLINED").replace(b"METHOD:REPLY", b"METHOD:COUNTER"),
        post.answer(mail, "DECLINED").replace(b"BEGIN:VEVENT", b"BEGIN:VTODO"),
        post.answer(mail, "DECLINED") + b"x" * 300_000,
        b"\xff\xfe\x00",
    ]
    with imap_server() as box:
        box.mails = bad
        assert incoming_mail.collect(post.database, ImapMailbox(box.url), post.now) == len(bad)
        assert 10 not in box.fetched  # too large
    assert post.answers("p1") == [("Ben Ito", "")]


def test_an_older_answer_does_not_replace_a_newer_one(sqlite_post: Post) -> None:
    post = sqlite_post
    post.publish()
    mail = sorted(post.after(), key=lambda each: event_of(each).start)[0]
    with imap_server() as box:
        box.mails = [post.answer(mail, "ACCEPTED"), post.answer(mail, "DECLINED", at=post.now - timedelta(hours=1))]
        incoming_mail.collect(post.database, ImapMailbox(box.url), post.now)
    assert post.answers("p1") == [("Ben Ito", "accepted")]
