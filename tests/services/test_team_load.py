"""What the team's page counts: hours at work, time with patients, and visits that do not fit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from booking import book
from cast import NOW, Cast
from sqlalchemy import select

from coordinator.domain.errors import InvalidInput
from coordinator.services import hours, team
from coordinator.services.team import MemberDetails
from coordinator.store.clinics import ClosureRecord
from coordinator.store.staff import TimeOffRecord
from coordinator.store.unit_of_work import Database, Work
from coordinator.store.visits import VisitStaffRecord

NINE = datetime(2027, 1, 6, 17, 0, tzinfo=UTC)  # 9:00 in Los Angeles, a Wednesday


def page(work: Work, cast: Cast) -> team.MemberPage:
    """Ben's page as Ada sees it."""
    return team.member_page(work, cast.ada, NOW, cast.ben_staff)


def part_of(work: Work, visit_id: int) -> VisitStaffRecord:
    """Ben's part in a visit."""
    return work.session.scalars(select(VisitStaffRecord).where(VisitStaffRecord.visit_id == visit_id)).one()


def test_hours_without_closures_and_approved_time_off_are_what_is_available(database: Database, cast: Cast) -> None:
    with database.write() as work:
        work.session.add(ClosureRecord(clinic_id=cast.clinic_id, day=date(2027, 1, 5)))
        for status, day in (("approved", 7), ("requested", 8)):
            start = datetime(2027, 1, day, 8, 0, tzinfo=UTC)
            work.session.add(
                TimeOffRecord(
                    clinic_id=cast.clinic_id, staff_id=cast.ben_staff, starts_at=start,
                    ends_at=start + timedelta(days=1), status=status, created_at=NOW,
                )
            )  # fmt: skip
        work.session.flush()
        weeks = page(work, cast).member.weeks
    assert [each.available for each in weeks[:2]] == [3 * 480, 5 * 480]


def test_time_with_patients_counts_once_where_visits_are_supervised_at_once(database: Database, cast: Cast) -> None:
    with database.write() as work:
        book(work, cast, NOW, NINE)
        book(work, cast, NOW, NINE + timedelta(minutes=30), code="c1.d1", enrollment=cast.second)
        assert page(work, cast).member.weeks[0].booked == 90


def test_only_the_pieces_of_a_part_count_and_must_fit(database: Database, cast: Cast) -> None:
    """A part from 11:30 to 13:30 in two pieces spans the lunch break without needing anybody in it."""
    with database.write() as work:
        visit = book(work, cast, NOW, datetime(2027, 1, 6, 19, 30, tzinfo=UTC))
        part = part_of(work, visit)
        part.ends_at = part.starts_at + timedelta(minutes=120)
        assert [each.id for each in page(work, cast).misfits] == [visit]
        part.parts = [[0, 30], [90, 30]]
        work.session.flush()
        seen = page(work, cast)
    assert seen.misfits == ()
    assert seen.member.weeks[0].booked == 60


def test_a_visit_outside_new_hours_shows_at_once(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        visit = book(work, sqlite_cast, NOW, NINE)
        assert page(work, sqlite_cast).misfits == ()
        short: dict[str, Any] = {"wed": [["13:00", "17:00"]]}
        details = hours.PatternDetails(date(2027, 1, 4), None, 1, short)
        hours.add_pattern(work, sqlite_cast.ada, NOW, sqlite_cast.ben_staff, details)
        assert [each.id for each in page(work, sqlite_cast).misfits] == [visit]
        assert team.member_page(work, sqlite_cast.ben, NOW, sqlite_cast.dana_staff).misfits == ()


def test_a_day_cannot_hold_more_than_a_week(sqlite: Database, sqlite_cast: Cast) -> None:
    details = MemberDetails("Gus", "", ["nurse"], 600, 300, 1, 0)
    with pytest.raises(InvalidInput, match="more than that of a week") as refusal, sqlite.write() as work:
        team.edit_member(work, sqlite_cast.ada, NOW, sqlite_cast.ben_staff, details)
    assert refusal.value.field == "max_hours_per_day"


def test_codes_of_people_with_the_same_letters_differ(sqlite: Database, sqlite_cast: Cast) -> None:
    with sqlite.write() as work:
        for name in ("Zoë Ek", "Zoe  Ek!", "李"):
            details = MemberDetails(name, "", ["nurse"], None, None, 1, 0)
            team.add_member(work, sqlite_cast.ada, NOW, details, {}, date(2027, 1, 4))
        codes = {each.name: each.code for each in team.list_team(work, sqlite_cast.ada, NOW)}
    assert (codes["Zoë Ek"], codes["Zoe  Ek!"], codes["李"]) == ("zoe-ek", "zoe-ek-2", "staff")
