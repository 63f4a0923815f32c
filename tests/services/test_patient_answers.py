"""Patients answer by a link: looking changes nothing, an answer is about the time shown, and somebody sees it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from booking import add_reminders, book, cancel, move
from cast import NOW, Cast
from programs import at, changes, program
from sqlalchemy import select

from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.services import patient_answers, schedule
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.services.planning import Runner, run_next_job
from coordinator.services.repair_form import TypedEvent, read
from coordinator.services.repairs import request
from coordinator.services.worklist import Item
from coordinator.services.worklist_sources import worklist
from coordinator.store.audit import AuditRecord
from coordinator.store.notices import add_default_rules
from coordinator.store.patients import PatientRecord
from coordinator.store.proposals import ProposalRecord
from coordinator.store.unit_of_work import Database

BASE = "https://clinic.example"
START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)
BEFORE = START - timedelta(hours=48)
TOKEN = re.compile(rf"{BASE}/answer/(\S+)")


def mailed(database: Database, now: datetime) -> dict[str, str]:
    """What leaves at a moment, by address."""
    mailer = RecordingMailer()
    while deliver_due(Courier(database, mailer, lambda: now, "w1", 60, base_url=BASE)):
        pass
    assert len({mail.to for mail in mailer.sent}) == len(mailer.sent), "one message to each"
    return {mail.to: mail.text for mail in mailer.sent}


def reminded(database: Database, cast: Cast) -> tuple[int, str]:
    """Pat's visit on Friday at ten, and the token of the link that the reminder carried."""
    with database.write() as work:
        add_reminders(work, cast.clinic_id)
        visit = book(work, cast, NOW, START)
    return visit, token_in(mailed(database, BEFORE)["p01@example.org"])


def token_in(text: str) -> str:
    found = TOKEN.search(text)
    assert found is not None, text
    return found[1]


def say(database: Database, token: str, visit: int, answer: str, start: datetime = START) -> None:
    with database.write() as work:
        patient_answers.answer(work, BEFORE, token, visit, start.isoformat(), answer, "192.0.2.9")


def waits(database: Database, cast: Cast, now: datetime = BEFORE) -> list[Item]:
    with database.read() as work:
        return [each for each in worklist(work, cast.ada, now) if each.kind.startswith("patient_answer")]


def test_only_patients_get_a_link_and_it_shows_a_time_and_the_clinic_alone(database: Database, cast: Cast) -> None:
    with database.write() as work:
        add_reminders(work, cast.clinic_id)
        book(work, cast, NOW, START)
    mails = mailed(database, BEFORE)
    assert TOKEN.search(mails["th-ben@example.org"]) is None
    with database.read() as work:
        asked = patient_answers.look(work, BEFORE, token_in(mails["p01@example.org"]))
    assert asked.clinic == "Harbor Clinic"
    assert [(each.start, each.answer) for each in asked.visits] == [(datetime(2027, 1, 8, 10, 0), "")]
    assert "Pat" not in repr(asked)


def test_looking_changes_nothing(database: Database, cast: Cast) -> None:
    _, token = reminded(database, cast)
    with database.write() as work:
        before = work.session.scalars(select(AuditRecord.id)).all()
        for _ in range(3):
            patient_answers.look(work, BEFORE, token)
    with database.read() as work:
        assert work.session.scalars(select(AuditRecord.id)).all() == before
    assert waits(database, cast) == []


def test_the_newest_answer_counts_and_waits_until_it_is_seen_to(database: Database, cast: Cast) -> None:
    visit, token = reminded(database, cast)
    say(database, token, visit, "confirmed")
    assert waits(database, cast) == []
    say(database, token, visit, "call")
    [item] = waits(database, cast)
    assert item.title == "p01 Pat Lee asks to be called"
    assert item.action.endpoint == "patient_answers.settle"
    with database.write() as work:
        patient_answers.settle(work, cast.ada, BEFORE, int(item.key))
    assert waits(database, cast) == []
    say(database, token, visit, "declined")
    [item] = waits(database, cast)
    assert (item.title, item.action.label) == ("p01 Pat Lee cannot come", "Repair")
    with database.read() as work:
        entry = work.session.scalars(select(AuditRecord).order_by(AuditRecord.id.desc())).first()
        assert entry is not None
        assert (entry.action, entry.detail["answer"]) == ("patient_answer.give", "declined")
        [answer] = patient_answers.of_visit(work, cast.ada, visit)
        assert answer.record.answer == "declined"


def test_an_answer_is_about_the_time_that_was_shown(database: Database, cast: Cast) -> None:
    visit, token = reminded(database, cast)
    say(database, token, visit, "declined")
    with database.write() as work:
        move(work, cast, BEFORE, visit, START + timedelta(days=3))
    assert waits(database, cast) == [], "a new time asks anew"
    with pytest.raises(Conflict, match="The time has changed since"):
        say(database, token, visit, "confirmed")
    with database.read() as work:
        [shown] = patient_answers.look(work, BEFORE, token).visits
    assert (shown.start, shown.answer) == (datetime(2027, 1, 11, 10, 0), "")
    say(database, token, visit, "confirmed", START + timedelta(days=3))


@pytest.mark.parametrize("how", ["canceled", "begun", "forged", "another", "nonsense", "deleted"])
def test_a_dead_link_opens_nothing(sqlite: Database, sqlite_cast: Cast, how: str) -> None:
    visit, token = reminded(sqlite, sqlite_cast)
    now = START if how == "begun" else BEFORE
    with sqlite.write() as work:
        if how == "canceled":
            cancel(work, sqlite_cast, BEFORE, visit)
    number, _, mark = token.partition("-")
    token = {
        "forged": f"{number}-{mark[:-1]}{'A' if mark[-1] != 'A' else 'B'}",
        "another": f"{int(number) + 1}-{mark}",
        "nonsense": "\u00b2-x",
        "deleted": f"999999-{mark}",
    }.get(how, token)
    with sqlite.read() as work, pytest.raises(NotFound):
        patient_answers.look(work, now, token)
    with pytest.raises(NotFound), sqlite.write() as work:
        patient_answers.answer(work, now, token, visit, START.isoformat(), "confirmed", "")


def test_what_is_no_answer_and_what_is_no_visit_of_the_patient_is_refused(sqlite: Database, sqlite_cast: Cast) -> None:
    visit, token = reminded(sqlite, sqlite_cast)
    with sqlite.write() as work:
        others = book(work, sqlite_cast, NOW, START, enrollment=sqlite_cast.second)
    with pytest.raises(InvalidInput):
        say(sqlite, token, visit, "perhaps")
    with pytest.raises(NotFound):
        say(sqlite, token, others, "declined")


def test_another_clinic_cannot_see_to_an_answer(sqlite: Database, sqlite_cast: Cast) -> None:
    visit, token = reminded(sqlite, sqlite_cast)
    say(sqlite, token, visit, "call")
    [item] = waits(sqlite, sqlite_cast)
    with sqlite.write() as work, pytest.raises(NotFound):
        patient_answers.settle(work, sqlite_cast.cy, BEFORE, int(item.key))
    with sqlite.read() as work:
        assert patient_answers.of_visit(work, sqlite_cast.cy, visit) == []
        assert work.session.get_one(PatientRecord, sqlite_cast.pat).name == "Pat Lee"


def test_a_message_about_a_program_is_answered_time_by_time(database: Database, cast: Cast) -> None:
    with database.write() as work:
        add_default_rules(work, cast.clinic_id)
    with database.write() as work:
        visits = schedule.apply_changes(work, cast.ada, NOW, changes(cast.first, program("e01", 1, 9))).visits
    token = token_in(mailed(database, NOW + timedelta(minutes=3))["p01@example.org"])
    with database.read() as work:
        asked = patient_answers.look(work, NOW, token)
    assert [each.id for each in asked.visits] == list(visits)


def test_a_patient_who_cannot_come_gets_another_time_and_one_message(database: Database, cast: Cast) -> None:
    with database.write() as work:
        add_default_rules(work, cast.clinic_id)
    with database.write() as work:
        applied = schedule.apply_changes(work, cast.ada, NOW, changes(cast.first, program("e01", 1, 9)))
    token = token_in(mailed(database, NOW + timedelta(minutes=3))["p01@example.org"])
    later = NOW + timedelta(minutes=10)
    with database.read() as work:
        shown = patient_answers.look(work, later, token).visits[0]
    with database.write() as work:
        patient_answers.answer(work, later, token, shown.id, shown.key, "declined", "")
    [item] = waits(database, cast, later)
    fields = dict(item.action.fields or {})
    with database.write() as work:
        event = read(work, cast.ada, TypedEvent(fields.pop("kind"), fields, (fields.pop("enrollment"),)))
        request(work, cast.ada, later, event)
    assert run_next_job(Runner(database, lambda: later, "p1", lease_seconds=60))
    with database.write() as work:
        [proposal] = work.session.scalars(select(ProposalRecord.id))
        schedule.publish(work, cast.ada, later, proposal)
    assert waits(database, cast, later) == []
    told = mailed(database, later + timedelta(minutes=3))
    assert set(told) == {"p01@example.org", "th-ben@example.org"}
    assert f"before: Tuesday, January 5, 2027, {at(1, 9) // 60 % 24}:00 AM" in told["p01@example.org"]
    assert applied.visits[0] == shown.id
