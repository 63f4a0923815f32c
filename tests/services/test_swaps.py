"""Swaps: offered to whoever may take the part, taken by the first yes, and told to the second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from cast import NOW, SECRET, Cast, add_staff, add_user
from programs import at, program, put, visit_row
from racing import Accepts, race
from sqlalchemy import select

from coordinator.delivery.recording import RecordingMailer
from coordinator.domain.actor import Access, Actor
from coordinator.domain.errors import Conflict, NotAllowed, NotFound
from coordinator.domain.rules import violations
from coordinator.services import swaps, time_off, transfer
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.services.schedule import cancel_visit, move_visit
from coordinator.services.time_off import AbsenceDetails
from coordinator.services.worklist_sources import worklist
from coordinator.store.audit import AuditRecord
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.notices import NoticeRecord
from coordinator.store.swaps import SwapRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitStaffRecord

TAKEN = "was first and took this over. Nothing changes for you."


@pytest.fixture
def finn(database: Database, cast: Cast) -> Actor:
    """A second physician besides Eve, so that somebody can supervise in her place."""
    return _colleague(database, cast, "dr-finn", "Finn Bay")


@pytest.fixture
def gus(database: Database, cast: Cast) -> Actor:
    """A third."""
    return _colleague(database, cast, "dr-gus", "Gus Hale")


def _colleague(database: Database, cast: Cast, code: str, name: str) -> Actor:
    with database.write() as work:
        staff = add_staff(work, cast.clinic_id, code, name, ["physician"], supervises=2)
        return add_user(work, cast.clinic_id, f"{code}@example.org", name, Access.CLINICIAN, NOW, staff)


def offered(database: Database, cast: Cast) -> tuple[int, int]:
    """Eve's part in Pat's dosing visit is offered; the visit and the offer."""
    put(database, cast, cast.first, program("e01", 1, 9))
    visit = visit_row(database, cast.first, "c1.d1").id
    eve = replace(cast.ben, staff_id=cast.eve_staff, name="Eve Okafor")
    with database.write() as work:
        return visit, swaps.offer(work, eve, NOW, visit, "supervisor")


def supervisors(database: Database, visit: int) -> list[int]:
    with database.read() as work:
        query = select(VisitStaffRecord.staff_id).where(
            VisitStaffRecord.visit_id == visit,
            VisitStaffRecord.need == "supervisor",
            VisitStaffRecord.canceled_at.is_(None),
        )
        return list(work.session.scalars(query))


def test_of_two_who_accept_at_the_same_instant_one_wins_and_the_other_is_told(
    database: Database, cast: Cast, finn: Actor, gus: Actor
) -> None:
    visit, swap = offered(database, cast)
    came = race(database.url, SECRET, [Accepts(each, swap) for each in (finn, gus)], processes=2)
    assert came.count("won") == 1
    [winner] = [each for each in (finn, gus) if f"Conflict: {each.name} {TAKEN}" in came]
    assert supervisors(database, visit) == [winner.staff_id]
    with database.read() as work:
        problem, plan = transfer.export(work, cast.ada, NOW)
        actions = list(work.session.scalars(select(AuditRecord.action).where(AuditRecord.action.like("swap.%"))))
    assert violations(problem, plan) == []
    assert actions.count("swap.accept") == 1


def test_it_is_offered_to_those_alone_who_may_take_it_and_each_is_told_once(
    database: Database, cast: Cast, finn: Actor, gus: Actor
) -> None:
    with database.write() as work:
        days = AbsenceDetails(date(2027, 1, 6), date(2027, 1, 6))
        away = time_off.request(work, cast.ada, NOW, gus.staff_id or 0, days)
        time_off.decide(work, cast.ada, NOW, away, "approved")
    visit, swap = offered(database, cast)
    with database.write() as work:
        assert swaps.offer(work, cast.ada, NOW, visit, "supervisor") == swap  # one that is open is kept
        [notice] = work.session.scalars(select(NoticeRecord).where(NoticeRecord.what == "message"))
        items = {actor.name: [each.kind for each in worklist(work, actor, NOW)] for actor in (finn, gus, cast.ben)}
        view = swaps.show(work, finn, NOW, swap)
    assert (notice.recipient_kind, notice.recipient_id) == ("staff", finn.staff_id)
    assert items == {"Finn Bay": ["swap.offer"], "Gus Hale": [], "Ben Ito": []}
    assert (view.asked, view.may_take, view.title) == (("Finn Bay",), True, "Dosing 1, course 1")
    assert "Pat" not in str(view)
    with pytest.raises(NotFound), database.write() as work:
        swaps.accept(work, gus, NOW, swap)


@pytest.mark.parametrize("kind", ["avoided", "role"])
def test_where_nobody_may_take_it_the_reason_is_given(sqlite: Database, sqlite_cast: Cast, kind: str) -> None:
    if kind == "avoided":
        _colleague(sqlite, sqlite_cast, "dr-finn", "Finn Bay")
        with sqlite.write() as work:
            work.session.get_one(EnrollmentRecord, sqlite_cast.first).avoid = ["dr-finn"]
    said = "Finn Bay: .*avoid" if kind == "avoided" else "Nobody else has the role"
    with pytest.raises(Conflict, match=said):
        offered(sqlite, sqlite_cast)


def test_a_lead_who_stays_for_the_whole_program_is_not_swapped_for_one_visit(
    sqlite: Database, sqlite_cast: Cast
) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    visit = visit_row(sqlite, sqlite_cast.first, "p1").id
    with pytest.raises(Conflict, match=r"as the visit stands\. Dana Roy:"), sqlite.write() as work:
        swaps.offer(work, sqlite_cast.ben, NOW, visit, "lead")


Change = Callable[[Database, Cast, int, Actor], None]


def _moved(database: Database, cast: Cast, visit: int, _finn: Actor) -> None:
    with database.write() as work:
        move_visit(work, cast.ada, NOW, visit, at(2, 14), "dosing-1")


def _canceled(database: Database, cast: Cast, visit: int, _finn: Actor) -> None:
    with database.write() as work:
        cancel_visit(work, cast.ada, NOW, visit)


def _fell_ill(database: Database, cast: Cast, _visit: int, finn: Actor) -> None:
    with database.write() as work:
        days = AbsenceDetails(date(2027, 1, 6), date(2027, 1, 6))
        time_off.decide(
            work, cast.ada, NOW, time_off.request(work, cast.ada, NOW, finn.staff_id or 0, days), "approved"
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [(_moved, "changed since"), (_canceled, "changed since"), (_fell_ill, "cannot take this over any more.*time off")],
)
def test_what_changed_since_the_offer_cannot_be_taken(
    database: Database, cast: Cast, finn: Actor, change: Change, said: str
) -> None:
    visit, swap = offered(database, cast)
    change(database, cast, visit, finn)
    with pytest.raises(Conflict, match=said), database.write() as work:
        swaps.accept(work, finn, NOW, swap)
    with database.read() as work:
        assert work.session.get_one(SwapRecord, swap).status == "open"
        shown = swaps.show(work, cast.ada, NOW, swap).state
    assert shown == ("open" if change is _fell_ill else "void")


def test_saying_no_takes_it_off_ones_list_and_withdrawing_off_everybodys(
    database: Database, cast: Cast, finn: Actor, gus: Actor
) -> None:
    _, swap = offered(database, cast)
    with database.write() as work:
        swaps.decline(work, finn, NOW, swap)
        assert worklist(work, finn, NOW) == ()
        assert [each.kind for each in worklist(work, gus, NOW)] == ["swap.offer"]
        swaps.take_back(work, cast.ada, NOW, swap)
        assert worklist(work, gus, NOW) == ()
    with database.read() as work:
        assert {each.status for each in work.session.scalars(select(NoticeRecord))} == {"withdrawn"}
    with pytest.raises(Conflict, match="withdrawn"), database.write() as work:
        swaps.accept(work, gus, NOW, swap)


def test_who_has_nothing_to_do_with_it_is_kept_out(database: Database, cast: Cast, finn: Actor) -> None:
    visit, swap = offered(database, cast)
    for act in (swaps.show, swaps.accept, swaps.decline):
        for stranger in (cast.ben, cast.cy):
            with pytest.raises(NotFound), database.write() as work:
                act(work, stranger, NOW, swap)
    with pytest.raises(NotAllowed), database.write() as work:
        swaps.offer(work, cast.ben, NOW, visit, "supervisor")
    with pytest.raises(NotAllowed), database.write() as work:
        swaps.take_back(work, cast.ben, NOW, swap)
    with pytest.raises(NotFound), database.write() as work:
        swaps.offer(work, cast.cy, NOW, visit, "supervisor")
    with pytest.raises(Conflict, match="has begun"), database.write() as work:
        swaps.offer(work, cast.ada, NOW + timedelta(days=2, hours=3), visit, "supervisor")


def test_an_offer_that_waits_does_not_leave_once_its_visit_was_canceled(
    database: Database, cast: Cast, finn: Actor
) -> None:
    visit, offer = offered(database, cast)
    with database.write() as work:
        cancel_visit(work, cast.ada, NOW, visit)
    mailer = RecordingMailer()
    deliver_due(Courier(database, mailer, lambda: NOW, "w1", 60))
    assert [each for each in mailer.sent if each.subject.startswith("Can you cover")] == []
    with database.read() as work:
        owed = select(NoticeRecord.reason).where(NoticeRecord.rule == f"swap:{offer}:offered")
        assert {reason or "" for reason in work.session.scalars(owed)} == {"The visit was changed."}
