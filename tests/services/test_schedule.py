"""Publishing, moving and canceling: what is written, and what everybody is told through claims, feeds and audit."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cast import NOW, Cast
from programs import at, changes, program, put, visit_row
from sqlalchemy import select

from coordinator.domain.errors import Conflict, InvalidInput, NotFound
from coordinator.domain.schedule import PlacedVisit
from coordinator.services.schedule import Override, apply_changes, cancel_visit, move_visit, publish
from coordinator.services.visit_changes import RulesBroken
from coordinator.store.audit import AuditRecord, verify
from coordinator.store.claims import ClaimRecord
from coordinator.store.clinics import ClinicRecord
from coordinator.store.enrollments import EnrollmentRecord
from coordinator.store.feeds import FeedOwnerRecord
from coordinator.store.proposals import ProposalRecord
from coordinator.store.staff import TimeOffRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitRecord, VisitStaffRecord


def staff_rows(database: Database, visit_id: int) -> dict[str, tuple[int, bool]]:
    """For each need and person at a visit the sequence, and whether it is canceled."""
    with database.read() as work:
        rows = work.session.scalars(select(VisitStaffRecord).where(VisitStaffRecord.visit_id == visit_id))
        return {f"{row.need}/{row.staff_id}": (row.sequence, row.canceled_at is not None) for row in rows}


def claims_of(database: Database, visit_id: int) -> int:
    with database.read() as work:
        return len(work.session.scalars(select(ClaimRecord).where(ClaimRecord.visit_id == visit_id)).all())


def revision_of(database: Database, kind: str, owner_id: int) -> int:
    with database.read() as work:
        query = select(FeedOwnerRecord.revision).where(
            FeedOwnerRecord.owner_kind == kind, FeedOwnerRecord.owner_id == owner_id
        )
        return work.session.scalar(query) or 0


def propose(database: Database, cast: Cast, enrollment_id: int, placed: list[PlacedVisit]) -> int:
    def stamp(minute: int) -> str:
        return datetime.fromordinal(minute // 1440).replace(hour=minute % 1440 // 60).isoformat(timespec="minutes")

    visits = [
        {
            "enrollment": each.enrollment,
            "visit": each.visit,
            "start": stamp(each.start),
            "room": each.room,
            "staff": dict(each.staff),
        }
        for each in placed
    ]
    plan = {"format": "kap-plan/1", "status": "planned", "cost": 0, "bound": 0, "visits": visits, "unplanned": []}
    with database.write() as work:
        proposal = ProposalRecord(
            clinic_id=cast.clinic_id, enrollments=[enrollment_id], plan=plan, clinic_revision=0, created_at=NOW
        )
        work.session.add(proposal)
        work.session.flush()
        return proposal.id


def test_publishing_writes_visits_claims_feeds_and_audit(database: Database, cast: Cast) -> None:
    proposal = propose(database, cast, cast.first, program("e01", 1, 9))
    with database.write() as work:
        published = publish(work, cast.ada, NOW, proposal)
    assert len(published.visits) == 3
    dosing = visit_row(database, cast.first, "c1.d1")
    assert dosing.starts_at.isoformat() == "2027-01-06T17:00:00+00:00"
    assert dosing.ends_at - dosing.starts_at == timedelta(minutes=120)
    assert claims_of(database, dosing.id) == 6  # lead, supervisor twice, room, turnover, patient
    assert staff_rows(database, dosing.id) == {
        f"lead/{cast.ben_staff}": (0, False),
        f"supervisor/{cast.eve_staff}": (0, False),
    }
    assert revision_of(database, "staff", cast.ben_staff) == 1
    assert revision_of(database, "room", cast.dosing_1) == 1
    assert revision_of(database, "staff", cast.dana_staff) == 0
    with database.read() as work:
        assert work.session.get_one(EnrollmentRecord, cast.first).status == "active"
        assert work.session.get_one(ClinicRecord, cast.clinic_id).revision == 1
        assert work.session.get_one(ProposalRecord, proposal).status == "published"
        actions = work.session.scalars(select(AuditRecord.action).order_by(AuditRecord.number)).all()
        assert actions.count("visit.publish") == 3
        assert actions[-1] == "proposal.publish"
        assert verify(work, cast.clinic_id) is None


def test_the_supervisors_row_spans_the_parts(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    dosing = visit_row(database, cast.first, "c1.d1")
    with database.read() as work:
        query = select(VisitStaffRecord).where(
            VisitStaffRecord.visit_id == dosing.id, VisitStaffRecord.need == "supervisor"
        )
        row = work.session.scalars(query).one()
        assert (row.starts_at, row.ends_at) == (dosing.starts_at, dosing.ends_at)
        assert row.parts == [[0, 30], [90, 30]]


def test_publishing_discards_other_open_proposals_of_the_same_program_only(database: Database, cast: Cast) -> None:
    first = propose(database, cast, cast.first, program("e01", 1, 9))
    rival = propose(database, cast, cast.first, program("e01", 2, 9))
    other = propose(database, cast, cast.second, program("e02", 2, 9))
    with database.write() as work:
        publish(work, cast.ada, NOW, first)
    with database.read() as work:
        status = [work.session.get_one(ProposalRecord, each).status for each in (first, rival, other)]
        noted = work.session.scalars(select(AuditRecord.subject_id).where(AuditRecord.action == "proposal.discard"))
        assert (status, [int(each) for each in noted]) == (["published", "discarded", "open"], [rival])


def test_a_proposal_is_published_once(database: Database, cast: Cast) -> None:
    proposal = propose(database, cast, cast.first, program("e01", 1, 9))
    with database.write() as work:
        publish(work, cast.ada, NOW, proposal)
    with pytest.raises(Conflict, match="published already"), database.write() as work:
        publish(work, cast.ada, NOW, proposal)


def test_a_proposal_overtaken_by_another_is_refused_whole(database: Database, cast: Cast) -> None:
    first = propose(database, cast, cast.first, program("e01", 1, 9))
    second = propose(database, cast, cast.second, program("e02", 2, 9))
    with database.write() as work:
        publish(work, cast.ada, NOW, first)
    with pytest.raises(RulesBroken, match="Ben Ito"), database.write() as work:
        publish(work, cast.ada, NOW, second)
    with database.read() as work:
        assert work.session.scalars(select(VisitRecord).where(VisitRecord.enrollment_id == cast.second)).all() == []
        assert work.session.get_one(ProposalRecord, second).status == "open"


def test_moving_keeps_the_visit_and_raises_what_calendars_follow(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    before = visit_row(database, cast.first, "c1.d1")
    with database.write() as work:
        move_visit(work, cast.ada, NOW, before.id, at(2, 13), "dosing-2", revision_seen=before.revision)
    after = visit_row(database, cast.first, "c1.d1")
    assert (after.id, after.attempt, after.revision) == (before.id, 1, 2)
    assert after.starts_at.isoformat() == "2027-01-06T21:00:00+00:00"
    assert set(staff_rows(database, after.id).values()) == {(1, False)}
    assert claims_of(database, after.id) == 6
    assert revision_of(database, "room", cast.dosing_1) == 2
    assert revision_of(database, "room", cast.dosing_2) == 1


def test_who_is_replaced_gets_a_cancellation_and_who_returns_a_higher_sequence(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    visit = visit_row(database, cast.first, "c1.i1")
    ben, dana = f"lead/{cast.ben_staff}", f"lead/{cast.dana_staff}"
    with database.write() as work:
        moved = [
            PlacedVisit("e01", each.visit, each.start, each.room, {**each.staff, "lead": "th-dana"})
            for each in program("e01", 1, 9)
        ]
        apply_changes(work, cast.ada, NOW, changes(cast.first, moved))
    assert staff_rows(database, visit.id) == {ben: (1, True), dana: (0, False)}
    assert revision_of(database, "staff", cast.ben_staff) == 2
    with database.write() as work:
        apply_changes(work, cast.ada, NOW, changes(cast.first, program("e01", 1, 9)))
    assert staff_rows(database, visit.id) == {ben: (2, False), dana: (1, True)}


def test_a_move_that_breaks_a_gap_is_refused_with_the_rule(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    visit = visit_row(database, cast.first, "c1.i1")
    with pytest.raises(RulesBroken, match="within 3 days") as refused, database.write() as work:
        move_visit(work, cast.ada, NOW, visit.id, at(7, 9), None)
    assert [each.name for each in refused.value.violations] == ["gap"]
    assert visit_row(database, cast.first, "c1.i1").starts_at == visit.starts_at


def test_a_gap_may_be_overridden_with_a_reason_that_stays(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    visit = visit_row(database, cast.first, "c1.i1")
    with database.write() as work:
        overrides = [Override("gap", "She is traveling that week.")]
        move_visit(work, cast.ada, NOW, visit.id, at(7, 9), None, overrides=overrides)
    moved = visit_row(database, cast.first, "c1.i1")
    assert moved.starts_at == visit.starts_at + timedelta(days=4)
    assert [(each["rule"], each["reason"], each["by"]) for each in moved.overrides] == [
        ("gap", "She is traveling that week.", "Ada Moss")
    ]


@pytest.mark.parametrize("rule", ["staff-overlap", "room-overlap", "patient-overlap", "supervision", "staff-role"])
def test_a_collision_is_never_overridden(sqlite: Database, sqlite_cast: Cast, rule: str) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    visit = visit_row(sqlite, sqlite_cast.first, "c1.i1")
    with pytest.raises(InvalidInput, match="cannot be overridden"), sqlite.write() as work:
        move_visit(work, sqlite_cast.ada, NOW, visit.id, at(4, 9), None, overrides=[Override(rule, "Because.")])


@pytest.mark.parametrize(
    ("room", "staff", "message"),
    [
        (None, {"lead": "th-ben", "supervisor": "dr-eve"}, "needs a room and has none"),
        ("attic", {"lead": "th-ben", "supervisor": "dr-eve"}, "is no room of it"),
        ("dosing-1", {"lead": "th-ben"}, "must name one known person"),
        ("dosing-1", {"lead": "th-ben", "supervisor": "nobody"}, "must name one known person"),
        ("dosing-1", {"lead": "th-ben", "supervisor": "dr-eve", "guest": "th-dana"}, "must name one known person"),
    ],
)
def test_a_visit_names_the_room_and_the_people_that_it_needs(
    sqlite: Database, sqlite_cast: Cast, room: str | None, staff: dict[str, str], message: str
) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    visit = visit_row(sqlite, sqlite_cast.first, "c1.d1")
    with pytest.raises(RulesBroken, match=message), sqlite.write() as work:
        move_visit(work, sqlite_cast.ada, NOW, visit.id, at(2, 13), room, staff)
    assert visit_row(sqlite, sqlite_cast.first, "c1.d1").revision == 1


@pytest.mark.parametrize(("years", "message"), [(7000, "five years away"), (-2000, "in the past")])
def test_a_mistyped_year_is_refused_at_once(sqlite: Database, sqlite_cast: Cast, years: int, message: str) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    visit = visit_row(sqlite, sqlite_cast.first, "c1.i1")
    with pytest.raises(InvalidInput, match=message), sqlite.write() as work:
        move_visit(work, sqlite_cast.ada, NOW, visit.id, at(years * 365, 9), None)


def test_an_override_needs_a_reason(sqlite: Database, sqlite_cast: Cast) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    visit = visit_row(sqlite, sqlite_cast.first, "c1.i1")
    with pytest.raises(InvalidInput, match="reason"), sqlite.write() as work:
        move_visit(work, sqlite_cast.ada, NOW, visit.id, at(7, 9), None, overrides=[Override("gap", "  ")])


def test_what_is_broken_already_elsewhere_does_not_stand_in_the_way(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    put(sqlite, cast, cast.first, program("e01", 1, 9))
    put(sqlite, cast, cast.second, program("e02", 1, 13, "dosing-2", "th-dana"))
    with sqlite.write() as work:  # Ben falls ill; his visits now stand on the worklist
        work.session.add(
            TimeOffRecord(
                clinic_id=cast.clinic_id,
                staff_id=cast.ben_staff,
                starts_at=NOW,
                ends_at=NOW + timedelta(days=30),
                created_at=NOW,
            )
        )
    mine, his = visit_row(sqlite, cast.second, "c1.i1"), visit_row(sqlite, cast.first, "c1.i1")
    with sqlite.write() as work:
        move_visit(work, cast.ada, NOW, mine.id, at(3, 15), None)
    with pytest.raises(RulesBroken, match="time off of Ben Ito"), sqlite.write() as work:
        move_visit(work, cast.ada, NOW, his.id, at(3, 11), None)


def test_a_stale_revision_is_refused(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    visit = visit_row(database, cast.first, "c1.i1")
    with database.write() as work:
        move_visit(work, cast.ada, NOW, visit.id, at(3, 10), None, revision_seen=1)
    with pytest.raises(Conflict, match="changed by somebody else"), database.write() as work:
        move_visit(work, cast.ada, NOW, visit.id, at(3, 11), None, revision_seen=1)


def test_moving_to_where_it_is_changes_nothing(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    visit = visit_row(database, cast.first, "c1.i1")
    with database.write() as work:
        assert move_visit(work, cast.ada, NOW, visit.id, at(3, 9), None).visits == ()
    assert visit_row(database, cast.first, "c1.i1").revision == 1
    assert revision_of(database, "staff", cast.ben_staff) == 1


def test_a_canceled_visit_frees_its_time_and_comes_back_as_a_new_attempt(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    visit = visit_row(database, cast.first, "c1.i1")
    with database.write() as work:
        cancel_visit(work, cast.ada, NOW, visit.id, visit.revision)
    assert visit_row(database, cast.first, "c1.i1").status == "canceled"
    assert claims_of(database, visit.id) == 0
    assert staff_rows(database, visit.id) == {f"lead/{cast.ben_staff}": (1, True)}
    put(database, cast, cast.first, program("e01", 1, 9))
    again = visit_row(database, cast.first, "c1.i1", attempt=2)
    assert (again.status, again.revision) == ("scheduled", 1)
    with pytest.raises(Conflict, match="canceled already"), database.write() as work:
        cancel_visit(work, cast.ada, NOW, visit.id)


def test_a_visit_that_has_begun_is_neither_moved_nor_canceled(sqlite: Database, sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    put(sqlite, cast, cast.first, program("e01", 1, 9))
    visit = visit_row(sqlite, cast.first, "p1")
    later = visit.starts_at + timedelta(minutes=1)
    with pytest.raises(Conflict, match="has begun already"), sqlite.write() as work:
        move_visit(work, cast.ada, later, visit.id, at(1, 15), "therapy-1")
    with pytest.raises(Conflict, match="has begun already"), sqlite.write() as work:
        cancel_visit(work, cast.ada, later, visit.id)


def test_nothing_is_put_into_the_past(sqlite: Database, sqlite_cast: Cast) -> None:
    put(sqlite, sqlite_cast, sqlite_cast.first, program("e01", 1, 9))
    visit = visit_row(sqlite, sqlite_cast.first, "p1")
    later = visit.starts_at - timedelta(minutes=1)
    with pytest.raises(RulesBroken, match="starts before"), sqlite.write() as work:
        move_visit(work, sqlite_cast.ada, later, visit.id, at(1, 8), "therapy-1")


def test_another_clinics_visit_is_not_there(database: Database, cast: Cast) -> None:
    put(database, cast, cast.first, program("e01", 1, 9))
    visit = visit_row(database, cast.first, "p1")
    proposal = propose(database, cast, cast.second, program("e02", 3, 9))
    for visit_id in (visit.id, 10**6):
        with pytest.raises(NotFound, match=r"^There is no such visit\.$"), database.write() as work:
            cancel_visit(work, cast.cy, NOW, visit_id)
        with pytest.raises(NotFound, match=r"^There is no such visit\.$"), database.write() as work:
            move_visit(work, cast.cy, NOW, visit_id, at(5, 9), None)
    for proposal_id in (proposal, 10**6):
        with pytest.raises(NotFound, match=r"^There is no such proposal\.$"), database.write() as work:
            publish(work, cast.cy, NOW, proposal_id)
    with pytest.raises(NotFound), database.write() as work:
        apply_changes(work, cast.cy, NOW, changes(cast.second, program("e02", 3, 9)))
