"""Who fits freed time, as the page of a canceled visit shows it: a button each, which puts the visit into the draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cast import NOW, Cast
from programs import at, program, put, visit_row

from coordinator.domain.errors import NotFound
from coordinator.services.draft_forms import Wish, place
from coordinator.services.drafts import publish
from coordinator.services.freed_time import FreedTime, who_fits
from coordinator.services.schedule import cancel_visit
from coordinator.services.visits import TypedMove
from coordinator.store.enrollments import set_status
from coordinator.store.outlooks import OutlookRecord
from coordinator.store.unit_of_work import Database


@pytest.fixture
def gone(database: Database, cast: Cast) -> int:
    """Pat's integration, Thursday at nine with Ben, which is canceled; Quinn's is on Friday, a day later than ideal."""
    put(database, cast, cast.first, program("e01", 1, 9))
    preparation, dosing, integration = program("e02", 1, 13, "dosing-2")
    put(database, cast, cast.second, [preparation, dosing, replace(integration, start=at(4, 13))])
    visit_id = visit_row(database, cast.first, "c1.i1").id
    with database.write() as work:
        cancel_visit(work, cast.ada, NOW, visit_id)
    return visit_id


def found(database: Database, cast: Cast, visit_id: int, later: timedelta = timedelta()) -> FreedTime:
    with database.read() as work:
        return who_fits(work, cast.ada, NOW + later, visit_id)


def test_who_is_better_off_there_is_offered_and_moves_by_the_draft(database: Database, cast: Cast, gone: int) -> None:
    offered = found(database, cast, gone)
    assert [(each.program.who, each.title, each.days_sooner) for each in offered.visits] == [
        ("p02 Quinn Diaz", "Integration 1, course 1", 1)
    ]
    first = offered.visits[0]
    assert (first.room, first.people) == (None, (("lead", "th-ben", "Ben Ito"),))
    typed = TypedMove(str(first.start.date()), f"{first.start:%H:%M}", "", {"lead": "th-ben"})
    with database.write() as work:
        place(work, cast.ada, NOW, Wish(first.program.id, first.code, typed, first.revision))
    with database.write() as work:
        publish(work, cast.ada, NOW)
    assert visit_row(database, cast.second, "c1.i1").starts_at == visit_row(database, cast.first, "c1.i1").starts_at


def test_programs_that_could_begin_sooner_by_now_are_named(database: Database, cast: Cast, gone: int) -> None:
    with database.write() as work:
        from_now = NOW.date() + timedelta(days=3)
        for enrollment, status in ((cast.first, "active"), (cast.second, "waiting")):
            work.session.add(
                OutlookRecord(
                    clinic_id=cast.clinic_id,
                    enrollment_id=enrollment,
                    starts=from_now,
                    ends=from_now,
                    before=from_now + timedelta(days=2),
                    computed_at=NOW,
                )
            )
            set_status(work, cast.clinic_id, enrollment, status, NOW)
    assert [each.id for each in found(database, cast, gone).waiting] == [cast.second]


def test_time_that_is_over_fits_nobody(database: Database, cast: Cast, gone: int) -> None:
    assert found(database, cast, gone, timedelta(days=5)).visits == ()


def test_a_visit_that_stands_has_freed_nothing(database: Database, cast: Cast, gone: int) -> None:
    with pytest.raises(NotFound):
        found(database, cast, visit_row(database, cast.second, "c1.i1").id)
    with pytest.raises(NotFound), database.read() as work:
        who_fits(work, cast.cy, NOW, gone)
