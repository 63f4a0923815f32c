"""The drawn roadmap: where visits lie, and that form, letter and sign say what color says."""

from __future__ import annotations

from datetime import date, timedelta

from cast import NOW, Cast
from programs import at, program, put, visit_row

from coordinator.domain.schedule import PlacedVisit
from coordinator.services.outcomes import record
from coordinator.services.programs import program as roadmap
from coordinator.services.schedule import cancel_visit
from coordinator.store.unit_of_work import Database
from coordinator.web.program_drawing import Drawing, program_drawing

TUESDAY = date(2027, 1, 5)


def drawn(database: Database, cast: Cast) -> Drawing:
    with database.read() as work:
        return program_drawing(roadmap(work, cast.ada, NOW, cast.first).lanes, TUESDAY)


def test_visits_lie_on_their_days_in_the_lane_of_their_course(sqlite: Database, sqlite_cast: Cast) -> None:
    late = [*program("e01", 1, 9)[:2], PlacedVisit("e01", "c1.i1", at(4, 9), None, {"lead": "th-ben"})]
    put(sqlite, sqlite_cast, sqlite_cast.first, late)
    with sqlite.write() as work:
        record(
            work, sqlite_cast.ada, NOW + timedelta(days=2), visit_row(sqlite, sqlite_cast.first, "p1").id, "attended"
        )
    found = drawn(sqlite, sqlite_cast)
    first, dosing, integration = found.marks
    assert [label for label, _ in found.lanes] == ["Around", "Course 1"]
    assert first.x < dosing.x < integration.x and first.y < dosing.y
    assert [(each.letter, each.is_video, each.state) for each in found.marks] == [
        ("P", False, "attended"), ("D", False, "upcoming"), ("I", True, "upcoming"),
    ]  # fmt: skip
    assert integration.title == "Integration 1, course 1: Fri, Jan 8, 2027, by video, upcoming"
    assert found.today == first.x
    assert found.words == ("3 visits from Tue, Jan 5, 2027 to Fri, Jan 8, 2027, 1 took place, 1 gap off the ideal")


def test_a_gap_off_the_ideal_says_by_how_much(sqlite: Database, sqlite_cast: Cast) -> None:
    late = [*program("e01", 1, 9)[:2], PlacedVisit("e01", "c1.i1", at(4, 9), None, {"lead": "th-ben"})]
    put(sqlite, sqlite_cast, sqlite_cast.first, late)
    (arc,) = drawn(sqlite, sqlite_cast).arcs
    assert (arc.fit, arc.label, arc.title) == ("near", "+1", "Integration 1: 2 days after Dosing 1, ideal 1")


def test_what_has_no_time_stands_where_it_would_ideally_fall(sqlite: Database, sqlite_cast: Cast) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    with sqlite.write() as work:
        cancel_visit(work, sqlite_cast.ada, NOW, visit_row(sqlite, sqlite_cast.first, "c1.d1").id)
    found = drawn(sqlite, sqlite_cast)
    dosing = next(each for each in found.marks if each.letter == "D")
    assert (dosing.state, dosing.title) == (
        "unplanned",
        "Dosing 1, course 1: ideally Wed, Jan 6, 2027, in a room, unplanned",
    )
    assert [(x, title) for x, _, title in found.missed] == [(dosing.x, "Dosing 1: canceled on Wed, Jan 6, 2027")]
    assert found.arcs == (), "without a time there is no gap"
