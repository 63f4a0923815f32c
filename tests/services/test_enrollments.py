"""Enrolling: what is written, and one sentence beside each field that is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cast import NOW, Cast
from sqlalchemy import func, select

from coordinator.domain.errors import InvalidForm
from coordinator.services.enrollment_form import TypedAbsence, TypedEnrollment, TypedPatient
from coordinator.services.enrollments import enroll, enroll_choices
from coordinator.store.audit import AuditRecord
from coordinator.store.enrollments import CareTeamRecord, EnrollmentPatientRecord, EnrollmentRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Database

NEW = TypedPatient(name="Robin Vale", email="robin@example.org", phone="555 0100")


def typed(cast: Cast, **changes: Any) -> TypedEnrollment:
    form = TypedEnrollment(patients=(NEW,), protocol=str(cast.protocol_version), earliest="2027-01-11")
    return replace(form, **changes)


def refused(database: Database, cast: Cast, **changes: Any) -> dict[str, str]:
    """The sentences by field; nothing may have been written."""
    with pytest.raises(InvalidForm) as refusal, database.write() as work:
        enroll(work, cast.ada, NOW, typed(cast, **changes))
    with database.read() as work:
        assert work.session.scalar(select(func.count()).select_from(EnrollmentRecord)) == 2
        assert work.session.scalar(select(func.count()).select_from(PatientRecord)) == 2
    return refusal.value.fields


def test_a_new_patient_is_enrolled_with_a_code_and_an_audit_entry(database: Database, cast: Cast) -> None:
    with database.write() as work:
        found = enroll(
            work, cast.ada, NOW, typed(cast, team={"lead": str(cast.ben_staff)}, avoid=(str(cast.eve_staff),))
        )
    with database.read() as work:
        enrollment = work.session.get_one(EnrollmentRecord, found)
        assert (enrollment.code, enrollment.status, enrollment.avoid) == ("E-0001", "waiting", ["dr-eve"])
        patient = work.session.scalars(select(PatientRecord).order_by(PatientRecord.id.desc())).first()
        assert patient is not None
        assert (patient.code, patient.name, patient.email) == ("P-1001", "Robin Vale", "robin@example.org")
        pinned = work.session.scalars(select(CareTeamRecord).where(CareTeamRecord.enrollment_id == found)).one()
        assert (pinned.need, pinned.staff_id) == ("lead", cast.ben_staff)
        actions = work.session.scalars(select(AuditRecord.action)).all()
        assert actions[-2:] == ["patient.add", "enrollment.add"]


def test_the_next_patient_gets_the_next_code(database: Database, cast: Cast) -> None:
    with database.write() as work:
        enroll(work, cast.ada, NOW, typed(cast))
        enroll(work, cast.ada, NOW, typed(cast, patients=(TypedPatient(name="Sam Roe"),)))
    with database.read() as work:
        codes = work.session.scalars(select(PatientRecord.code).order_by(PatientRecord.id)).all()
        assert codes == ["p01", "p02", "P-1001", "P-1002"]


def test_a_group_attends_together(database: Database, cast: Cast) -> None:
    lines = (TypedPatient(id=str(cast.pat)), TypedPatient(id=str(cast.quinn)), NEW)
    with database.write() as work:
        found = enroll(work, cast.ada, NOW, typed(cast, patients=lines))
    with database.read() as work:
        query = select(EnrollmentPatientRecord.patient_id).where(EnrollmentPatientRecord.enrollment_id == found)
        members = set(work.session.scalars(query))
        assert {cast.pat, cast.quinn} < members
        assert len(members) == 3


def test_hours_and_absences_are_kept_as_the_exchange_format_writes_them(database: Database, cast: Cast) -> None:
    away = TypedAbsence(first="2027-02-01", last="2027-02-05")
    part = TypedAbsence(first="2027-02-10", last="2027-02-10", starts="09:00", ends="12:00")
    hours = {"mon": [["08:00", "12:00"]], "tue": [["13:00", "17:00"]]}
    with database.write() as work:
        found = enroll(
            work, cast.ada, NOW, typed(cast, weekly=hours, preferred={}, absences=(away, part, TypedAbsence()))
        )
    with database.read() as work:
        enrollment = work.session.get_one(EnrollmentRecord, found)
        assert (enrollment.weekly, enrollment.preferred) == (hours, None)
        assert enrollment.unavailable == [
            ["2027-02-01T00:00", "2027-02-06T00:00"],
            ["2027-02-10T09:00", "2027-02-10T12:00"],
        ]


@pytest.mark.parametrize(
    ("changes", "field", "word"),
    [
        ({"patients": ()}, "patient-0-name", "name"),
        ({"patients": (TypedPatient(),)}, "patient-0-name", "name"),
        ({"patients": (replace(NEW, email="nobody"),)}, "patient-0-email", "mail"),
        ({"patients": (TypedPatient(id="999"),)}, "patient-0", "list"),
        ({"patients": (NEW,) * 13}, "patient-0", "at most 12"),
        ({"protocol": "999"}, "protocol", "Choose"),
        ({"protocol": ""}, "protocol", "Choose"),
        ({"earliest": ""}, "earliest", "date"),
        ({"earliest": "2027-13-40"}, "earliest", "date"),
        ({"earliest": "2027-01-03"}, "earliest", "past"),
        ({"earliest": "9999-12-31"}, "earliest", "date"),
        ({"earliest": "2072-02-01"}, "earliest", "five years"),
        ({"latest": "2072-02-01"}, "latest", "five years"),
        ({"absences": (TypedAbsence(first="9999-12-31"),)}, "absence-0", "date"),
        ({"latest": "2027-01-10"}, "latest", "before the earliest"),
        ({"weekly": {}}, "weekly", "at least one hour"),
        ({"weekly": {"mon": [["12:00", "08:00"]]}}, "weekly", "Monday"),
        ({"preferred": {"fri": [["8", "x"]]}}, "preferred", "Friday"),
        ({"absences": (TypedAbsence(first="2027-02-05", last="2027-02-01"),)}, "absence-0", "ends before"),
        ({"absences": (TypedAbsence(first="2027-02-05", starts="9 am"),)}, "absence-0", "14:30"),
        ({"team": {"lead": "999"}}, "team-lead", "therapist"),
        ({"avoid": ("999",)}, "avoid", "of this clinic"),
    ],
)
def test_each_fault_stands_beside_its_field(
    database: Database, cast: Cast, changes: dict[str, Any], field: str, word: str
) -> None:
    assert word in refused(database, cast, **changes)[field]


def test_somebody_is_not_both_wished_for_and_avoided(database: Database, cast: Cast) -> None:
    wish = {"team": {"lead": str(cast.ben_staff)}, "avoid": (str(cast.ben_staff),)}
    assert "Ben Ito" in refused(database, cast, **wish)["avoid"]


def test_one_patient_does_not_stand_in_the_list_twice(database: Database, cast: Cast) -> None:
    twice = (TypedPatient(id=str(cast.pat)), TypedPatient(id=str(cast.pat)))
    assert set(refused(database, cast, patients=twice)) == {"patient-0", "patient-1"}


def test_all_faults_are_named_at_once(database: Database, cast: Cast) -> None:
    fields = refused(database, cast, patients=(TypedPatient(),), protocol="", earliest="")
    assert set(fields) == {"patient-0-name", "protocol", "earliest"}


def test_a_time_that_the_spring_change_skips_is_refused_with_the_reason(database: Database, cast: Cast) -> None:
    night = TypedAbsence(first="2027-03-14", last="2027-03-14", starts="02:30", ends="10:00")
    sentence = refused(database, cast, absences=(night,))["absence-0"]
    assert sentence.startswith("March 14, 2027 has no 02:30: clocks in America/Los_Angeles go forward then.")


def test_today_is_the_clinics_and_not_utcs(database: Database, cast: Cast) -> None:
    late_evening = datetime(2027, 1, 5, 4, 0, tzinfo=UTC)  # still January 4 in Los Angeles
    with database.write() as work:
        enroll(work, cast.ada, late_evening, typed(cast, earliest="2027-01-04"))


def test_another_clinics_patients_staff_and_protocols_are_not_there(database: Database, cast: Cast) -> None:
    with database.read() as work:
        choices = enroll_choices(work, cast.cy, NOW)
    assert (choices.patients, choices.protocols, choices.staff) == ((), (), ())
    with pytest.raises(InvalidForm) as refusal, database.write() as work:
        enroll(work, cast.cy, NOW, typed(cast, patients=(TypedPatient(id=str(cast.pat)),)))
    assert {"patient-0", "protocol"} <= set(refusal.value.fields)


def test_the_form_offers_who_has_all_roles_of_a_need(database: Database, cast: Cast) -> None:
    with database.read() as work:
        choices = enroll_choices(work, cast.ada, NOW)
    protocol = choices.protocol(str(cast.protocol_version))
    assert protocol is not None
    assert (protocol.visits, protocol.courses, protocol.weeks) == (3, 1, 1)
    assert {need.name: [name for _, name in need.people] for need in protocol.needs} == {
        "lead": ["Ben Ito", "Dana Roy"],
        "supervisor": ["Eve Okafor"],
    }
