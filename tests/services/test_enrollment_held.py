"""A patient who joins in the middle: visits held elsewhere are entered as kept, and the rest is planned after them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from cast import NOW, Cast
from sqlalchemy import select

from coordinator.domain.errors import InvalidForm
from coordinator.domain.rules import misstatements, violations
from coordinator.services import enrollment_adjust, proposals
from coordinator.services.enrollment_form import TypedAbsence, TypedEnrollment, TypedPatient
from coordinator.services.enrollments import enroll, held_choices, held_lines
from coordinator.services.planning import Runner, run_next_job
from coordinator.services.schedule import publish
from coordinator.services.transfer import export
from coordinator.store.claims import ClaimRecord
from coordinator.store.enrollments import CareTeamRecord, EnrollmentRecord
from coordinator.store.proposals import ProposalRecord
from coordinator.store.unit_of_work import Database
from coordinator.store.visits import VisitRecord


def typed(cast: Cast, **more: object) -> TypedEnrollment:
    start = TypedEnrollment(
        patients=(TypedPatient(name="Robin Vale"),),
        protocol=str(cast.protocol_version),
        earliest="2027-01-04",
        team={"lead": str(cast.ben_staff), "supervisor": str(cast.eve_staff)},
        held={"p1": "2026-12-30T09:00", "c1.d1": "2027-01-02T10:30"},
    )
    return replace(start, **more)  # type: ignore[arg-type]


def test_who_joins_in_the_middle_is_planned_from_there(database: Database, cast: Cast) -> None:
    with database.write() as work:
        enrollment = enroll(work, cast.ada, NOW, typed(cast))
        proposals.request(work, cast.ada, NOW, [enrollment])
        held = work.session.scalars(select(VisitRecord).where(VisitRecord.enrollment_id == enrollment)).all()
        assert [(each.code, each.status) for each in held] == [("p1", "attended"), ("c1.d1", "attended")]
        assert work.session.scalars(select(ClaimRecord)).all() == []
    assert run_next_job(Runner(database, lambda: NOW, "p1", lease_seconds=60))
    with database.read() as work:
        proposal = work.session.scalars(select(ProposalRecord)).first()
        assert proposal is not None
    starts = {each["visit"]: each["start"] for each in proposal.plan["visits"]}
    assert starts["c1.d1"] == "2027-01-02T10:30"
    assert datetime.fromisoformat(starts["c1.i1"]).date() <= date(2027, 1, 5)
    with database.write() as work:
        assert len(publish(work, cast.ada, NOW, proposal.id).visits) == 1
    with database.read() as work:
        problem, plan = export(work, cast.ada, NOW)
    assert not violations(problem, plan)
    assert not misstatements(problem, plan)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"held": {"p1": "2027-02-01T09:00"}}, "held-p1"),
        ({"held": {"p1": "yesterday"}}, "held-p1"),
        ({"team": {}}, "team-lead"),
    ],
)
def test_what_cannot_have_been_is_refused_beside_its_field(
    database: Database, cast: Cast, change: dict[str, object], field: str
) -> None:
    with database.write() as work, pytest.raises(InvalidForm) as refused:
        enroll(work, cast.ada, NOW, typed(cast, **change))
    assert field in refused.value.fields


def test_times_are_suggested_at_the_ideal_spacing_before_the_last_one(database: Database, cast: Cast) -> None:
    with database.read() as work:
        assert [code for code, _ in held_choices(work, cast.ada, str(cast.protocol_version))] == [
            "p1",
            "c1.d1",
            "c1.i1",
        ]
        lines = held_lines(work, cast.ada, str(cast.protocol_version), "c1.i1", "2026-12-10T09:00")
        assert held_lines(work, cast.ada, str(cast.protocol_version), "c1.i1", "") == []
    assert [each.suggested for each in lines] == ["2026-12-08T09:00", "2026-12-09T09:00", "2026-12-10T09:00"]


def test_wishes_are_adjusted_and_come_back_as_they_were(database: Database, cast: Cast) -> None:
    wishes = TypedEnrollment(
        patients=(),
        earliest="2027-01-11",
        latest="2027-04-02",
        weekly={"mon": [["08:00", "12:00"]]},
        absences=(TypedAbsence("2027-02-01", "2027-02-03"), TypedAbsence("2027-02-10", "2027-02-10", "09:00", "12:00")),
        team={"lead": str(cast.dana_staff)},
        avoid=(str(cast.ben_staff),),
    )
    with database.write() as work:
        enrollment_adjust.adjust(work, cast.ada, NOW, cast.first, wishes)
    with database.read() as work:
        found = enrollment_adjust.adjusting(work, cast.ada, NOW, cast.first).typed
        assert found == replace(wishes, protocol=found.protocol, preferred=None)
        record = work.session.get_one(EnrollmentRecord, cast.first)
        assert record.unavailable[0] == ["2027-02-01T00:00", "2027-02-04T00:00"]
    with database.write() as work:
        enrollment_adjust.adjust(work, cast.ada, NOW, cast.first, replace(wishes, team={}))
        assert work.session.scalars(select(CareTeamRecord)).all() == []
        with pytest.raises(InvalidForm):
            enrollment_adjust.adjust(work, cast.ada, NOW, cast.first, replace(wishes, avoid=(str(cast.dana_staff),)))
