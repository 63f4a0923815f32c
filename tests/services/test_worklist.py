"""The worklist: what needs somebody, whose it is, how old it is, and that it goes with its cause."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from cast import NOW, Cast
from programs import at, program, put, visit_row

from coordinator.domain.actor import Access, Actor
from coordinator.services import proposals, time_off
from coordinator.services.schedule import Override, cancel_visit, move_visit
from coordinator.services.worklist import Action, Item, Urgency, sifted
from coordinator.services.worklist_sources import worklist
from coordinator.store.notices import NoticeRecord, add_default_rules
from coordinator.store.unit_of_work import Database

WEDNESDAY_NOON = datetime(2027, 1, 6, 20, 0, tzinfo=UTC)


def seen(database: Database, actor: Actor, now: datetime = NOW) -> tuple[Item, ...]:
    with database.read() as work:
        return worklist(work, actor, now)


def of(items: tuple[Item, ...], kind: str) -> list[Item]:
    return [each for each in items if each.kind == kind]


def item(key: str, urgency: Urgency, minutes: int, due: datetime | None = None, *staff: int) -> Item:
    act = Action("Open", "today.page")
    since = NOW - timedelta(minutes=minutes)
    return Item("a.kind", key, key, "", "Coordinator", since, act, urgency, due, frozenset(staff))


def test_the_most_urgent_comes_first_then_what_is_due_then_what_is_old(sqlite_cast: Cast) -> None:
    items = [
        item("late", Urgency.LATER, 900),
        item("old", Urgency.SOON, 60),
        item("new", Urgency.SOON, 1),
        item("due", Urgency.SOON, 1, NOW + timedelta(hours=1)),
        item("now", Urgency.NOW, 1),
    ]
    assert [each.key for each in sifted(items, sqlite_cast.ada)] == ["now", "due", "old", "new", "late"]


def test_a_clinician_sees_what_names_them_and_nobody_without_staff_sees_any(sqlite_cast: Cast) -> None:
    mine, others = item("mine", Urgency.NOW, 1, None, sqlite_cast.ben_staff), item("others", Urgency.NOW, 1, None, 99)
    assert sifted([mine, others], sqlite_cast.ben) == (mine,)
    nobody = Actor(sqlite_cast.clinic_id, Access.CLINICIAN, "Nobody's account")
    assert sifted([mine, others], nobody) == ()


def test_programs_wait_for_a_plan_until_one_is_asked_for(database: Database, cast: Cast) -> None:
    waiting = of(seen(database, cast.ada), "program.waiting")
    assert [each.title for each in waiting] == ["p01 Pat Lee", "p02 Quinn Diaz"]
    assert {(each.owner, each.since, each.action.endpoint) for each in waiting} == {
        ("Coordinator", NOW, "enrollments.plan")
    }
    with database.write() as work:
        proposals.request(work, cast.ada, NOW, [cast.first])
    items = seen(database, cast.ada, NOW + timedelta(minutes=1))
    assert [each.title for each in of(items, "program.waiting")] == ["p02 Quinn Diaz"]
    assert [(each.title, each.since) for each in of(items, "planning.job")] == [("p01 Pat Lee", NOW)]
    assert seen(database, cast.ben) == ()


def test_visits_that_time_off_touches_wait_until_they_are_mended(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    with database.write() as work:
        details = time_off.AbsenceDetails(date(2027, 1, 6), date(2027, 1, 6))
        asked = time_off.request(work, cast.ben, NOW, cast.ben_staff, details)
    assert of(seen(database, cast.ada), "visit.broken") == []
    with database.write() as work:
        time_off.decide(work, cast.ada, NOW, asked, "approved")
    dosing = visit_row(database, cast.first, "c1.d1").id
    (broken,) = of(seen(database, cast.ada), "visit.broken")
    assert (broken.key, broken.title, broken.since) == (str(dosing), "p01 Pat Lee: cannot stay so", NOW)
    assert "meets the time off of Ben Ito" in broken.detail
    with database.write() as work:
        move_visit(work, cast.ada, NOW, dosing, at(3, 13), "dosing-1", overrides=[Override("gap", "He is back then.")])
    assert of(seen(database, cast.ada), "visit.broken") == []


def test_a_program_that_lost_a_visit_waits_for_a_plan_again(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    assert of(seen(database, cast.ada), "program.incomplete") == []
    with database.write() as work:
        cancel_visit(work, cast.ada, NOW, visit_row(database, cast.first, "c1.i1").id)
    (lacking,) = of(seen(database, cast.ada), "program.incomplete")
    assert (lacking.key, lacking.detail, lacking.since) == (str(cast.first), "1 visit without a time", NOW)
    with database.write() as work:
        proposals.request(work, cast.ada, NOW, [cast.first])
    assert of(seen(database, cast.ada), "program.incomplete") == []


def test_a_visit_that_is_over_waits_for_its_outcome(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    put(database, cast, cast.second, program("e02", 1, 13, "dosing-2", "th-dana"))
    wednesday = of(seen(database, cast.ada, WEDNESDAY_NOON), "visit.outcome")
    assert [(each.detail, each.owner, each.urgency) for each in wednesday if "Pat" in each.title] == [
        ("Preparation 1, Tue, Jan 5", "Ben Ito", Urgency.NOW),
        ("Dosing 1, course 1, Wed, Jan 6", "Ben Ito", Urgency.SOON),
    ]
    own = of(seen(database, cast.ben, WEDNESDAY_NOON), "visit.outcome")
    assert {each.title for each in own} == {"p01 Pat Lee: how did it go?"}


def test_a_reminder_that_failed_is_shown_while_the_visit_is_ahead(database: Database, cast: Cast) -> None:
    with database.write() as work:
        add_default_rules(work, cast.clinic_id)
    put(database, cast, cast.first, program("e01", 1, 9))
    dosing = visit_row(database, cast.first, "c1.d1")
    with database.write() as work:
        notice = work.session.query(NoticeRecord).filter_by(visit_id=dosing.id).first()
        assert notice is not None
        notice.status, notice.reason, notice.settled_at = "failed", "The mailbox is full.", NOW
    (failed,) = of(seen(database, cast.ada), "notice.failed")
    assert (failed.detail, failed.since, failed.due) == ("The mailbox is full.", NOW, dosing.starts_at)
    assert of(seen(database, cast.ada, WEDNESDAY_NOON), "notice.failed") == []
    assert of(seen(database, cast.ben), "notice.failed") == []


def test_another_clinic_sees_nothing(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    assert seen(database, cast.cy, WEDNESDAY_NOON) == ()
