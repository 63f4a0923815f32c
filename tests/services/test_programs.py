"""The roadmap of a program: its visits with their state, gaps against ideal, team and history."""

from __future__ import annotations

import pytest
from cast import NOW, Cast
from programs import at, program, put, visit_row

from coordinator.domain.errors import NotFound
from coordinator.domain.schedule import PlacedVisit
from coordinator.services import proposals
from coordinator.services.outcomes import record
from coordinator.services.programs import ProgramView
from coordinator.services.programs import program as roadmap
from coordinator.services.schedule import cancel_visit
from coordinator.store.enrollments import CareTeamRecord
from coordinator.store.unit_of_work import Database


def seen(database: Database, cast: Cast, actor: str = "ada") -> ProgramView:
    with database.read() as work:
        return roadmap(work, getattr(cast, actor), NOW, cast.first)


def test_a_program_that_waits_shows_its_visits_without_times(database: Database, cast: Cast) -> None:
    view = seen(database, cast)
    assert [(lane.number, [stop.title for stop in lane.stops]) for lane in view.lanes] == [
        (None, ["Preparation 1"]),
        (1, ["Dosing 1", "Integration 1"]),
    ]
    assert {stop.state for lane in view.lanes for stop in lane.stops} == {"unplanned"}
    assert (view.visits, view.done, view.may_plan, view.next_visit) == (3, 0, True, None)


def test_published_visits_show_their_gaps_against_the_ideal(database: Database, cast: Cast) -> None:
    late = [*program("e01", 1, 9)[:2], PlacedVisit("e01", "c1.i1", at(4, 9), None, {"lead": "th-ben"})]
    put(database, cast, cast.first, late)
    view = seen(database, cast)
    dosing, integration = view.lanes[1].stops
    assert [(gap.before, gap.days, gap.fit) for gap in dosing.gaps] == [("Preparation 1", 1, "ideal")]
    assert [(gap.before, gap.days, gap.ideal, gap.fit) for gap in integration.gaps] == [("Dosing 1", 2, 1, "near")]
    assert view.next_visit is not None
    assert view.next_visit.code == "p1"
    assert [(line.need, line.names) for line in view.team] == [("lead", ("Ben Ito",)), ("supervisor", ("Eve Okafor",))]


def test_a_missed_attempt_is_remembered_beside_its_visit(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    with database.write() as work:
        cancel_visit(work, cast.ada, NOW, visit_row(database, cast.first, "c1.d1").id)
    view = seen(database, cast)
    dosing = next(stop for stop in view.lanes[1].stops if stop.code == "c1.d1")
    assert (dosing.state, [each.stage for each in dosing.missed]) == ("unplanned", ["canceled"])
    assert "canceled the visit" in [line.words for line in view.history]


def test_the_visits_of_one_publication_are_one_line_of_history(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    assert [line.words for line in seen(database, cast).history] == ["published 3 visits"]


def test_what_took_place_is_counted(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 0, 9))
    noon = NOW.replace(hour=20)
    with database.write() as work:
        record(work, cast.ada, noon, visit_row(database, cast.first, "p1").id, "attended")
    assert seen(database, cast).done == 1


def test_who_is_pinned_is_said(database: Database, cast: Cast) -> None:
    with database.write() as work:
        work.session.add(
            CareTeamRecord(clinic_id=cast.clinic_id, enrollment_id=cast.first, need="lead", staff_id=cast.dana_staff)
        )
    lead = seen(database, cast).team[0]
    assert (lead.names, lead.is_pinned) == (("Dana Roy",), True)


def test_a_clinician_sees_only_programs_with_a_part_in_them(database: Database, cast: Cast) -> None:
    with pytest.raises(NotFound):
        seen(database, cast, "ben")
    put(database, cast, cast.first, program("e01", 1, 9))
    assert seen(database, cast, "ben").visits == 3


def test_only_who_plans_sees_what_is_being_planned(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    with database.write() as work:
        proposals.request(work, cast.ada, NOW, [cast.first])
    assert len(seen(database, cast).jobs) == 1
    assert seen(database, cast, "ben").jobs == ()


def test_another_clinics_program_is_not_there(database: Database, cast: Cast) -> None:
    with pytest.raises(NotFound):
        seen(database, cast, "cy")
