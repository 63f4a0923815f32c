"""A draft collects edits with live violations, is published at once, and overwrites nothing unseen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from cast import NOW, Cast
from programs import at, program, put, visit_row

from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.domain.schedule import PlacedVisit
from coordinator.services import draft_telling, drafts, tray
from coordinator.services.desk import Desk, open_desk, read_desk
from coordinator.services.draft_blocks import draft_blocks
from coordinator.services.drafts import Draft
from coordinator.services.drags import Grab, Landing, Places, Span, land, places
from coordinator.services.schedule import cancel_visit, move_visit
from coordinator.store.staff import StaffRecord, TimeOffRecord
from coordinator.store.unit_of_work import Database

KEY = "e01", "c1.i1"
THURSDAY = date(2027, 1, 7)


@pytest.fixture
def two_programs(sqlite: Database, sqlite_cast: Cast) -> Cast:
    """Pat with Ben at nine, Quinn with Dana at one, on the same days."""
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    put(sqlite, sqlite_cast, sqlite_cast.second, program("e02", 1, 13, "dosing-2", "th-dana"))
    return sqlite_cast


def integration(day: int, hour: int, lead: str = "th-ben", code: str = "e01") -> PlacedVisit:
    return PlacedVisit(code, "c1.i1", at(day, hour), None, {"lead": lead})


def drafting(database: Database, cast: Cast, act: Callable[[Desk], object]) -> None:
    with database.write() as work:
        act(open_desk(work, cast.ada, NOW))


def draft_of(database: Database, cast: Cast) -> Draft:
    with database.read() as work:
        return drafts.load(work, cast.ada, NOW)


def test_edits_are_published_at_once_and_nobody_else_sees_them_before(sqlite: Database, two_programs: Cast) -> None:
    cast = two_programs
    drafting(sqlite, cast, lambda desk: drafts.put(desk, KEY, integration(3, 10), 1))
    drafting(sqlite, cast, lambda desk: drafts.put(desk, ("e02", "c1.i1"), None, 1))
    assert draft_of(sqlite, cast).may_publish
    assert visit_row(sqlite, cast.first, "c1.i1").revision == 1
    with sqlite.read() as work:
        assert drafts.load(work, replace(cast.ada, user_id=cast.ben.user_id), NOW).edits == ()
    with sqlite.write() as work:
        assert len(drafts.publish(work, cast.ada, NOW).visits) == 2
    assert visit_row(sqlite, cast.first, "c1.i1").revision == 2
    assert visit_row(sqlite, cast.second, "c1.i1").status == "canceled"
    assert draft_of(sqlite, cast).edits == ()


def test_two_visits_may_change_places_in_one_draft(sqlite: Database, two_programs: Cast) -> None:
    cast = two_programs
    drafting(sqlite, cast, lambda desk: drafts.put(desk, KEY, integration(3, 13), 1))
    assert draft_of(sqlite, cast).may_publish  # Ben is free then
    drafting(sqlite, cast, lambda desk: drafts.put(desk, ("e02", "c1.i1"), integration(3, 9, "th-dana", "e02"), 1))
    with sqlite.write() as work:
        drafts.publish(work, cast.ada, NOW)
    first, second = visit_row(sqlite, cast.first, "c1.i1"), visit_row(sqlite, cast.second, "c1.i1")
    assert (second.starts_at, first.starts_at) == (first.starts_at.replace(hour=17), first.starts_at)


def test_a_broken_rule_stands_in_the_draft_until_it_is_overridden_with_a_reason(
    sqlite: Database, two_programs: Cast
) -> None:
    cast = two_programs
    drafting(sqlite, cast, lambda desk: drafts.put(desk, KEY, integration(7, 9), 1))
    (edit,) = draft_of(sqlite, cast).edits
    (trouble,) = edit.troubles
    assert (trouble.rule, trouble.may_override) == ("gap", True)
    assert trouble.words.startswith("After Dosing 1 (course 1), Integration 1 (course 1) must follow it within 3 days")
    with pytest.raises(Conflict, match="within 3 days"), sqlite.write() as work:
        drafts.publish(work, cast.ada, NOW)
    with pytest.raises(InvalidInput, match="reason"):
        drafting(sqlite, cast, lambda desk: drafts.give_leave(desk, edit.id, "gap", " "))
    with pytest.raises(InvalidInput, match="cannot be overridden"):
        drafting(sqlite, cast, lambda desk: drafts.give_leave(desk, edit.id, "staff-overlap", "Because."))
    drafting(sqlite, cast, lambda desk: drafts.give_leave(desk, edit.id, "gap", "She travels."))
    with sqlite.write() as work:
        drafts.publish(work, cast.ada, NOW)
    assert [each["reason"] for each in visit_row(sqlite, cast.first, "c1.i1").overrides] == ["She travels."]


def test_leave_for_one_edit_is_no_leave_for_another(sqlite: Database, two_programs: Cast) -> None:
    cast = two_programs
    leave = {"gap": "She travels."}
    drafting(sqlite, cast, lambda desk: drafts.put(desk, KEY, integration(7, 9), 1, leave))
    drafting(sqlite, cast, lambda desk: drafts.put(desk, ("e02", "c1.i1"), integration(7, 13, "th-dana", "e02"), 1))
    assert [len(each.troubles) for each in draft_of(sqlite, cast).edits] == [0, 1]


def test_what_somebody_else_changed_is_said_and_not_overwritten(sqlite: Database, two_programs: Cast) -> None:
    cast = two_programs
    drafting(sqlite, cast, lambda desk: drafts.put(desk, KEY, integration(3, 10), 1))
    visit = visit_row(sqlite, cast.first, "c1.i1")
    with sqlite.write() as work:
        move_visit(work, replace(cast.ada, name="Gil Soto", user_id=cast.ben.user_id), NOW, visit.id, at(3, 11), None)
    (edit,) = draft_of(sqlite, cast).edits
    assert edit.overtaken == "Gil Soto"
    with pytest.raises(Conflict, match="changed meanwhile by Gil Soto"), sqlite.write() as work:
        drafts.publish(work, cast.ada, NOW)
    with pytest.raises(Conflict, match="changed by somebody else"):
        drafting(sqlite, cast, lambda desk: drafts.put(desk, KEY, integration(3, 10), 1))
    drafting(sqlite, cast, lambda desk: drafts.accept(desk, edit.id))
    with sqlite.write() as work:
        drafts.publish(work, cast.ada, NOW)
    assert visit_row(sqlite, cast.first, "c1.i1").starts_at.hour == 18


def test_a_visit_that_has_begun_since_it_was_drafted_is_not_canceled(sqlite: Database, two_programs: Cast) -> None:
    drafting(sqlite, two_programs, lambda desk: drafts.put(desk, ("e01", "p1"), None, 1))
    with sqlite.write() as work, pytest.raises(Conflict, match="e01/p1 has begun already"):
        drafts.publish(work, two_programs.ada, NOW + timedelta(days=1, hours=2))
    assert visit_row(sqlite, two_programs.first, "p1").status == "scheduled"


def test_back_where_it_was_leaves_the_draft_and_edits_can_be_taken_out(sqlite: Database, two_programs: Cast) -> None:
    cast = two_programs
    drafting(sqlite, cast, lambda desk: drafts.put(desk, KEY, integration(3, 10), 1))
    drafting(sqlite, cast, lambda desk: drafts.put(desk, KEY, integration(3, 9), 1))
    assert draft_of(sqlite, cast).edits == ()
    drafting(sqlite, cast, lambda desk: drafts.put(desk, KEY, integration(3, 11), 1))
    (edit,) = draft_of(sqlite, cast).edits
    with pytest.raises(NotFound), sqlite.write() as work:
        drafts.remove(read_desk(work, cast.cy, NOW), edit.id)
    drafting(sqlite, cast, lambda desk: drafts.remove(desk, edit.id))
    assert draft_of(sqlite, cast).edits == ()


def test_everybody_whom_it_touches_is_named_before_publishing(sqlite: Database, two_programs: Cast) -> None:
    cast = two_programs
    moved = PlacedVisit("e01", "p1", at(1, 15), "therapy-1", {"lead": "th-dana"})
    drafting(sqlite, cast, lambda desk: drafts.put(desk, ("e01", "p1"), moved, 1))
    with sqlite.read() as work:
        view = draft_telling.view(work, cast.ada, NOW)
        blocks = draft_blocks(work, cast.ada, NOW, date(2027, 1, 5), date(2027, 1, 5), "staff")
    assert view.first_day == date(2027, 1, 5)
    told = {each.name: each.lines[0] for each in view.told}
    assert list(told) == ["p01 Pat Lee", "Ben Ito", "Dana Roy"]
    assert told["Ben Ito"].after is None
    assert told["Dana Roy"].before is None
    assert [(each.rows, each.is_shown) for each in blocks] == [((f"staff:{cast.dana_staff}",), True)]


def test_what_holds_no_time_lies_in_the_tray(sqlite: Database, two_programs: Cast) -> None:
    cast = two_programs
    with sqlite.write() as work:
        cancel_visit(work, cast.ada, NOW, visit_row(sqlite, cast.first, "c1.i1").id)
    with sqlite.read() as work:
        (loose,) = tray.tray(work, cast.ada, drafts.load(work, cast.ada, NOW)).visits
    assert (loose.program.code, loose.code, loose.title) == ("e01", "c1.i1", "Integration 1, course 1")
    landing = landed(sqlite, cast, Grab(cast.first, "c1.i1", "staff"), f"staff:{cast.ben_staff}", at(3, 10))
    assert landing.placed == integration(3, 10)
    drafting(sqlite, cast, lambda desk: drafts.put(desk, KEY, landing.placed, None))
    with sqlite.read() as work:
        assert tray.tray(work, cast.ada, drafts.load(work, cast.ada, NOW)).visits == ()
    with sqlite.write() as work:
        drafts.publish(work, cast.ada, NOW)
    assert visit_row(sqlite, cast.first, "c1.i1", attempt=2).status == "scheduled"


def carried(database: Database, cast: Cast, grab: Grab, day: date = THURSDAY) -> Places:
    with database.read() as work:
        return places(work, cast.ada, NOW, grab, Span(day, day))


def landed(database: Database, cast: Cast, grab: Grab, row: str, start: int) -> Landing:
    with database.read() as work:
        return land(work, cast.ada, NOW, grab, row, start)


def said(found: Places, row: str, stamp: str) -> str | None:
    """What refuses a start in a row; None where it is legal."""
    run = next(each for each in found.rows[row] if each.first.isoformat() <= stamp <= each.last.isoformat())
    return None if run.reason is None else found.reasons[run.reason].words


def test_every_row_says_where_a_visit_may_go_and_why_not_elsewhere(sqlite: Database, two_programs: Cast) -> None:
    cast = two_programs
    found = carried(sqlite, cast, Grab(cast.first, "c1.i1", "staff", f"staff:{cast.ben_staff}"))
    ben, dana, eve = (f"staff:{each}" for each in (cast.ben_staff, cast.dana_staff, cast.eve_staff))
    assert said(found, ben, "2027-01-07T14:00:00") is None
    assert said(found, ben, "2027-01-07T12:00:00") == "It is outside the hours of Ben Ito."
    assert said(found, eve, "2027-01-07T14:00:00") == "It needs a therapist; Eve Okafor is none."
    assert "one lead throughout the program" in (said(found, dana, "2027-01-07T14:00:00") or "")
    assert (found.revision, found.minutes) == (1, 60)


def test_a_blocker_is_named_by_its_patients_code(sqlite: Database, two_programs: Cast) -> None:
    cast = two_programs
    found = carried(sqlite, cast, Grab(cast.first, "c1.d1", "rooms", f"room:{cast.dosing_1}"), date(2027, 1, 6))
    assert said(found, f"room:{cast.dosing_1}", "2027-01-06T13:00:00") is None
    words = said(found, f"room:{cast.dosing_2}", "2027-01-06T14:00:00")
    assert words == "It overlaps p02: Dosing 1 (course 1) in Dosing room 2."
    assert said(found, f"room:{cast.therapy_1}", "2027-01-06T13:00:00") == (
        "It needs a room for dosing; Therapy room 1 is none."
    )


def test_a_weekly_limit_counts_the_other_days_of_the_week(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    put(sqlite, cast, cast.first, program("e01", 1, 9))
    put(sqlite, cast, cast.second, program("e02", 1, 13, "dosing-2"))
    with sqlite.write() as work:
        work.session.get_one(StaffRecord, cast.ben_staff).max_minutes_per_week = 7 * 60
    found = carried(sqlite, cast, Grab(cast.first, "c1.i1", "staff", f"staff:{cast.ben_staff}"))
    words = said(found, f"staff:{cast.ben_staff}", "2027-01-07T15:00:00")
    assert words == "It would take Ben Ito over 7 h that week."


def test_an_edit_of_the_draft_blocks_like_a_published_visit(sqlite: Database, two_programs: Cast) -> None:
    cast = two_programs
    grab = Grab(cast.first, "c1.d1", "rooms", f"room:{cast.dosing_1}")
    moved = PlacedVisit("e02", "c1.d1", at(2, 13), "dosing-1", {"lead": "th-dana", "supervisor": "dr-eve"})
    drafting(sqlite, cast, lambda desk: drafts.put(desk, ("e02", "c1.d1"), moved, 1))
    found = carried(sqlite, cast, grab, date(2027, 1, 6))
    assert said(found, f"room:{cast.dosing_1}", "2027-01-06T13:00:00") is not None
    assert said(found, f"room:{cast.dosing_2}", "2027-01-06T13:00:00") is None


def test_a_place_that_breaks_a_gap_offers_its_leave(sqlite: Database, two_programs: Cast) -> None:
    cast = two_programs
    landing = landed(sqlite, cast, Grab(cast.first, "c1.i1", "staff"), f"staff:{cast.ben_staff}", at(7, 9))
    assert landing.refusal is not None
    assert (landing.rule, landing.refusal.may_override, landing.placed) == ("gap", True, integration(7, 9))
    assert (landing.may_follow, landing.followers) == (True, 1), "its dosing visit cannot stay"
    day = datetime(2027, 1, 11, 8, tzinfo=UTC)
    with sqlite.write() as work:
        off = {"starts_at": day, "ends_at": day + timedelta(days=1), "status": "approved", "created_at": NOW}
        work.session.add(TimeOffRecord(clinic_id=cast.clinic_id, staff_id=cast.ben_staff, **off))
    landing = landed(sqlite, cast, Grab(cast.first, "c1.i1", "staff"), f"staff:{cast.ben_staff}", at(7, 9))
    assert landing.refusal is not None
    assert (landing.rule, landing.refusal.may_override) == ("staff-time-off", False), "no leave helps here"
    assert not landing.may_follow
    overlapping = landed(sqlite, cast, Grab(cast.first, "c1.d1", "rooms"), f"room:{cast.dosing_1}", at(3, 9))
    assert (overlapping.rule, overlapping.may_follow) == ("patient-overlap", True), "its own integration visit follows"
    with pytest.raises(NotFound, match="no such row"):
        landed(sqlite, cast, Grab(cast.first, "c1.i1", "staff"), "staff:999", at(7, 9))
    with pytest.raises(NotFound), sqlite.read() as work:
        land(work, cast.cy, NOW, Grab(cast.first, "c1.i1", "staff"), f"staff:{cast.ben_staff}", at(7, 9))
