"""Cover: what time off touches is worked out before anybody decides, and a repair brings the time off with it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from cast import NOW, SECRET, Cast
from programs import at, program, put
from racing import Approves, Publishes, race
from sqlalchemy import select

from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from coordinator.domain.events import StaffAway
from coordinator.domain.rules import violations
from coordinator.services import cover, cover_impact, feeds, repairs, schedule, time_off, transfer
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.services.planning import Runner, run_next_job
from coordinator.services.schedule import apply_changes
from coordinator.services.time_off import AbsenceDetails
from coordinator.services.worklist_sources import worklist
from coordinator.store import proposal_queries, staff_queries
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.feeds import FeedOwnerRecord
from coordinator.store.notices import add_default_rules
from coordinator.store.unit_of_work import Database

DELAY = timedelta(minutes=3)
BEN_OWNS = (FeedOwnerRecord.owner_kind == "staff") & (FeedOwnerRecord.owner_id == 1)
WEEK = AbsenceDetails(date(2027, 1, 5), date(2027, 1, 8))


def asked(database: Database, cast: Cast) -> int:
    """Ben asks for Tuesday to Friday."""
    with database.write() as work:
        return cover.ask(work, cast.ben, NOW, cast.ben_staff, WEEK)


def seen(database: Database, cast: Cast, time_off_id: int) -> cover_impact.Impact:
    with database.read() as work:
        return cover_impact.one(work, cast.ada, NOW, time_off_id)


def kinds(database: Database, cast: Cast) -> list[str]:
    with database.read() as work:
        return [each.kind for each in worklist(work, cast.ada, NOW)]


def test_time_off_is_asked_for_planned_shown_published_and_approved_at_once(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    time_off_id = asked(database, cast)
    assert cover_impact.in_words(seen(database, cast, time_off_id)).startswith("Touches 3 visits; what can become")
    assert "time_off.request" in kinds(database, cast)
    assert run_next_job(Runner(database, lambda: NOW, "p1", lease_seconds=60))
    found = seen(database, cast, time_off_id)
    assert cover_impact.in_words(found) == "Touches 3 visits; 3 can move."
    assert found.proposal_id is not None
    for fate in found.fates:
        assert fate.becomes is not None
        assert fate.moves or "Ben Ito" not in fate.becomes.people
    with database.write() as work:
        schedule.publish(work, cast.ada, NOW, found.proposal_id)
    with database.read() as work:
        [record] = staff_queries.time_off(work, cast.clinic_id, NOW, cast.ben_staff)
        assert record.status == "approved"
        problem, plan = transfer.export(work, cast.ada, NOW)
    assert violations(problem, plan) == []
    assert not [each for each in plan.visits if "th-ben" in each.staff.values() and each.start < at(5, 0)]
    assert kinds(database, cast) == ["program.waiting"]  # the other program, which nobody planned


def test_a_sick_call_flags_what_is_left_of_today_and_needs_no_approval(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    at_eight = datetime(2027, 1, 5, 16, 0, tzinfo=UTC)
    with database.write() as work:
        time_off_id = cover.call_in_sick(work, cast.ben, at_eight, cast.ben_staff)
    with database.read() as work:
        [record] = staff_queries.time_off(work, cast.clinic_id, NOW, cast.ben_staff)
        items = {each.kind: each for each in worklist(work, cast.ada, at_eight)}
        found = cover_impact.one(work, cast.ben, at_eight, time_off_id)
    assert (record.status, record.cause) == ("approved", "sick")
    assert record.ends_at == datetime(2027, 1, 6, 8, 0, tzinfo=UTC)
    assert found.touched == 1
    assert items["time_off.sick"].title == "Ben Ito called in sick"
    assert items["time_off.sick"].detail.startswith("Touches 1 visit")
    assert "visit.broken" not in items  # one cause, one thing to see to


def test_a_sick_day_that_is_repaired_is_told_once_to_each_and_leaves_nothing_to_do(
    database: Database, cast: Cast
) -> None:
    with database.write() as work:
        add_default_rules(work, cast.clinic_id)
        feeds.add(work, cast.ada, NOW, "staff", cast.ben_staff)
    put(database, cast, cast.first, program("e01", 1, 9))
    told(database, NOW + DELAY)
    eight = datetime(2027, 1, 5, 16, 0, tzinfo=UTC)
    with database.write() as work:
        time_off_id = cover.call_in_sick(work, cast.ben, eight, cast.ben_staff)
    assert run_next_job(Runner(database, lambda: eight, "p1", lease_seconds=60))
    with database.read() as work:
        found = cover_impact.one(work, cast.ada, eight, time_off_id)
        before = work.session.scalars(select(FeedOwnerRecord.revision).where(BEN_OWNS)).one()
    assert cover_impact.in_words(found).startswith("Touches 1 visit; 1 can move.")
    with database.write() as work:
        schedule.publish(work, cast.ada, eight, found.proposal_id or 0)
    mails = told(database, eight + DELAY)
    assert mails == ["th-ben@example.org", "th-dana@example.org"]  # for the patient nothing changes but who is there
    with database.read() as work:
        assert work.session.scalars(select(FeedOwnerRecord.revision).where(BEN_OWNS)).one() > before
        assert [each.kind for each in worklist(work, cast.ada, eight)] == ["program.waiting"]
        problem, plan = transfer.export(work, cast.ada, eight)
    assert violations(problem, plan) == []


def test_what_a_published_repair_could_not_mend_still_waits_for_somebody(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    with sqlite.write() as work:
        tied = work.session.get_one(EnrollmentRecord, cast.second)
        tied.avoid, tied.latest = ["th-dana"], date(2027, 1, 12)
    put(sqlite, cast, cast.first, program("e01", 1, 9))
    put(sqlite, cast, cast.second, program("e02", 1, 13, "dosing-2"))
    with sqlite.write() as work:
        time_off_id = cover.call_in_sick(work, cast.ben, NOW, cast.ben_staff, date(2027, 1, 20))
    assert run_next_job(Runner(sqlite, lambda: NOW, "p1", lease_seconds=60))
    found = seen(sqlite, cast, time_off_id)
    assert cover_impact.in_words(found) == "Touches 6 visits; 3 can move; 3 need you."
    with sqlite.write() as work:
        schedule.publish(work, cast.ada, NOW, found.proposal_id or 0)
    left = seen(sqlite, cast, time_off_id)
    assert (left.state, cover_impact.in_words(left)) == ("left", "3 visits still need you.")
    assert "time_off.sick" in kinds(sqlite, cast)


def told(database: Database, now: datetime) -> list[str]:
    """Who is sent news by then, one line for each mail; reminders apart."""
    mailer = RecordingMailer()
    while deliver_due(Courier(database, mailer, lambda: now, "w1", 60)):
        pass
    return sorted(mail.to for mail in mailer.sent if not mail.subject.startswith("Reminder"))


@pytest.mark.parametrize(("last", "field"), [(date(2027, 1, 3), "last"), (date(2027, 4, 4), "last")])
def test_a_sick_call_for_a_day_that_cannot_be_is_refused(
    sqlite: Database, sqlite_cast: Cast, last: date, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal, sqlite.write() as work:
        cover.call_in_sick(work, sqlite_cast.ben, NOW, sqlite_cast.ben_staff, last)
    assert refusal.value.field == field


def test_nobody_calls_in_sick_for_a_colleague_or_another_clinic(sqlite: Database, sqlite_cast: Cast) -> None:
    with pytest.raises(NotAllowed), sqlite.write() as work:
        cover.call_in_sick(work, sqlite_cast.ben, NOW, sqlite_cast.dana_staff)
    with pytest.raises(NotFound), sqlite.write() as work:
        cover.call_in_sick(work, sqlite_cast.cy, NOW, sqlite_cast.ben_staff)
    with sqlite.write() as work:
        cover.call_in_sick(work, sqlite_cast.ada, NOW, sqlite_cast.ben_staff)
    with pytest.raises(InvalidInput, match="noted as off already"), sqlite.write() as work:
        cover.call_in_sick(work, sqlite_cast.ben, NOW, sqlite_cast.ben_staff)


@pytest.mark.parametrize("asked_from", [date(2027, 1, 4), date(2027, 1, 7)])
def test_a_repair_approves_no_other_time_off_that_ends_with_it(
    sqlite: Database, sqlite_cast: Cast, asked_from: date
) -> None:
    cast = sqlite_cast
    put(sqlite, cast, cast.first, program("e01", 1, 9))
    other = AbsenceDetails(asked_from, date(2027, 1, 8), starts=8 * 60)
    with sqlite.write() as work:
        time_off_id = time_off.request(work, cast.ben, NOW, cast.ben_staff, other)
        job_id = repairs.request(work, cast.ada, NOW, StaffAway(cast.ben_staff, at(2, 0), at(5, 0)))
    assert run_next_job(Runner(sqlite, lambda: NOW, "p1", lease_seconds=60))
    with sqlite.write() as work:
        made = proposal_queries.of_job(work, cast.clinic_id, job_id)
        assert made is not None
        schedule.publish(work, cast.ada, NOW, made.id)
    with sqlite.read() as work:
        found = {each.id: each for each in staff_queries.time_off(work, cast.clinic_id, NOW, cast.ben_staff)}
    assert found.pop(time_off_id).status == "requested"
    assert [(each.status, each.starts_at) for each in found.values()] == [
        ("approved", datetime(2027, 1, 6, 8, 0, tzinfo=UTC))
    ]


def test_declined_time_off_takes_its_repair_along(sqlite: Database, sqlite_cast: Cast) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    time_off_id = asked(sqlite, sqlite_cast)
    assert run_next_job(Runner(sqlite, lambda: NOW, "p1", lease_seconds=60))
    proposal_id = seen(sqlite, sqlite_cast, time_off_id).proposal_id
    assert proposal_id is not None
    with sqlite.write() as work:
        time_off.decide(work, sqlite_cast.ada, NOW, time_off_id, "declined")
    with pytest.raises(Conflict, match="discarded already"), sqlite.write() as work:
        schedule.publish(work, sqlite_cast.ada, NOW, proposal_id)


def test_of_an_approval_and_a_publication_into_it_one_is_refused(database: Database, cast: Cast) -> None:
    """Whichever comes second is told why, however the two meet, each in a process of its own."""
    monday = AbsenceDetails(date(2027, 1, 4), date(2027, 1, 12))
    publishes = Publishes(cast.clinic_id, cast.first, "e01")
    for turn in range(2):
        with database.write() as work:
            asked = time_off.request(work, cast.ben, NOW, cast.ben_staff, monday)
        both = [Approves(cast.ada, asked), publishes]
        came = race(database.url, SECRET, both if turn else both[::-1], processes=2)
        [said] = [each for each in came if each != "won"]
        assert "was published into this time meanwhile" in said or "time off of Ben Ito" in said
        with database.write() as work:
            for each in staff_queries.time_off(work, cast.clinic_id, NOW, cast.ben_staff):
                if each.status in ("requested", "approved"):
                    time_off.decide(work, cast.ada, NOW, each.id, "withdrawn")
            if "published" in said:
                for visit in ("p1", "c1.d1", "c1.i1"):
                    apply_changes(work, cast.ada, NOW, [schedule.VisitChange(cast.first, visit, status="canceled")])
