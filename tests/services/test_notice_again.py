"""Sending many messages again at once, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from booking import add_reminders, book, ledger, move
from cast import NOW, Cast
from sqlalchemy import select

from coordinator.delivery.mail import Mail, Outcome, PermanentFailure
from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.services import notice_again, notice_items
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.store import audit, notice_queue
from coordinator.store.audit import AuditRecord
from coordinator.store.unit_of_work import Database

START = datetime(2027, 1, 8, 18, 0, tzinfo=UTC)
DUE = START - timedelta(hours=48)
LATER = DUE + timedelta(minutes=30)


def refusing(_mail: Mail) -> Outcome:
    return PermanentFailure("550 relaying denied")


def deliver(database: Database, mailer: RecordingMailer, at: datetime) -> None:
    deliver_due(Courier(database, mailer, lambda: at, "w1", 60))


@pytest.fixture
def failed(database: Database, cast: Cast) -> list[int]:
    """Six reminders of three visits, an hour apart, that the server refused; each visit owes two more."""
    with database.write() as work:
        add_reminders(work, cast.clinic_id)
        for hour, code in enumerate(("p1", "c1.d1", "c1.i1")):
            book(work, cast, NOW, START + timedelta(hours=hour), code)
    deliver(database, RecordingMailer(refusing), DUE + timedelta(hours=2))
    found = [each.id for each in ledger(database) if each.status == "failed"]
    assert len(found) == 6
    return found


def retried(database: Database) -> list[tuple[str, object]]:
    with database.read() as work:
        rows = work.session.scalars(select(AuditRecord).where(AuditRecord.action == "notice.retry"))
        return [(row.subject_id, row.detail) for row in rows]


def test_all_that_are_of_use_leave_once_and_each_is_in_the_audit_log(
    database: Database, cast: Cast, failed: list[int]
) -> None:
    at = DUE + timedelta(hours=3)
    with database.read() as work:
        seen = notice_again.chosen(work, cast.ada, at, failed)
    assert ([each.id for each in seen.leaving], seen.staying) == (failed, ())
    assert {each.status for each in ledger(database) if each.id in failed} == {"failed"}
    with database.write() as work:
        notice_again.send_again(work, cast.ada, at, failed)
    assert retried(database) == [(str(each), {"together": 6}) for each in failed]
    mailer = RecordingMailer()
    deliver(database, mailer, at)
    deliver(database, mailer, at)
    assert sorted(each.key for each in mailer.sent) == sorted(
        each.message_id for each in ledger(database) if each.id in failed
    )


def test_what_is_of_no_use_any_more_stays_and_says_why(database: Database, cast: Cast, failed: list[int]) -> None:
    rows = {each.id: each for each in ledger(database)}
    moved = rows[failed[0]].visit_id
    assert moved is not None
    with database.write() as work:
        move(work, cast, LATER, moved, START + timedelta(days=3))
    with database.write() as work:
        again = notice_again.send_again(work, cast.ada, LATER, [failed[2]])
        assert len(again.leaving) == 1
    past = START + timedelta(hours=1, minutes=30)
    with database.write() as work:
        done = notice_again.send_again(work, cast.ada, past, failed)
    assert [each.id for each in done.leaving] == failed[4:]
    assert {line.id: why for line, why in done.staying} == {
        failed[0]: "Its time has passed.",
        failed[1]: "Its time has passed.",
        failed[2]: "It is queued again already.",
        failed[3]: "Its time has passed.",
    }
    with database.read() as work:
        before = notice_again.chosen(work, cast.ada, LATER, failed[:2])
    assert {why for _, why in before.staying} == {"The visit was changed since."}
    with database.write() as work, pytest.raises(Conflict, match="of no use any more: the visit was changed since"):
        notice_again.retry(work, cast.ada, LATER, failed[0])


def test_a_batch_is_sent_whole_or_not_at_all(
    database: Database, cast: Cast, failed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = audit.append
    calls = iter(range(9))

    def failing(*arguments: object, **more: object) -> None:
        if next(calls) == 4:
            raise RuntimeError("the disk is full")
        noted(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(notice_again.audit, "append", failing)
    with pytest.raises(RuntimeError), database.write() as work:
        notice_again.send_again(work, cast.ada, LATER, failed)
    assert {each.status for each in ledger(database) if each.id in failed} == {"failed"}
    assert retried(database) == []


def test_one_that_may_have_arrived_is_said_to_arrive_twice(database: Database, cast: Cast, failed: list[int]) -> None:
    with database.write() as work:
        row = next(each for each in ledger(database) if each.id == failed[0])
        notice_queue.settle(work.session.merge(row), DUE, "uncertain", "No answer.")
    with database.read() as work:
        assert notice_again.chosen(work, cast.ada, LATER, failed).perhaps_twice == 1


def test_another_clinics_messages_are_as_if_they_were_not_there(
    database: Database, cast: Cast, failed: list[int]
) -> None:
    with database.write() as work:
        for act in (notice_again.chosen, notice_again.send_again):
            with pytest.raises(NotFound, match=r"There is no such message\."):
                act(work, cast.cy, LATER, failed)
        with pytest.raises(NotFound):
            notice_again.chosen(work, cast.ada, LATER, [99999])
        with pytest.raises(InvalidInput, match="200 messages at most"):
            notice_again.send_again(work, cast.ada, LATER, list(range(201)))
    assert {each.status for each in ledger(database) if each.id in failed} == {"failed"}


def test_many_that_failed_for_one_reason_are_one_line_of_the_worklist(
    database: Database, cast: Cast, failed: list[int]
) -> None:
    with database.read() as work:
        (item,) = notice_items.failed_notices(work, cast.ada, LATER, None)
    assert (item.title, item.detail) == ("6 messages failed: to p01, Ben Ito", "550 relaying denied")
    assert (item.action.endpoint, sorted(item.action.values["notice"])) == ("notices.choose", failed)  # type: ignore[arg-type]
    with database.write() as work:
        notice_again.send_again(work, cast.ada, LATER, failed[:3])
        assert len(list(notice_items.failed_notices(work, cast.ada, LATER, None))) == 3


def test_whoever_sends_the_same_again_at_once_sends_each_once(
    database: Database, cast: Cast, failed: list[int]
) -> None:
    start = Barrier(4)

    def send(wanted: list[int]) -> int:
        start.wait()
        with database.write() as work:
            return len(notice_again.send_again(work, cast.ada, LATER, wanted).leaving)

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(send, [failed, failed[::-1], failed[:3], failed[3:]]))
    assert sum(done) == 6
    assert sorted(int(subject) for subject, _ in retried(database)) == failed
    assert {each.status for each in ledger(database) if each.id in failed} == {"queued"}
