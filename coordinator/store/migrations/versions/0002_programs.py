"""Programs: enrollments, proposals, visits and claims, which cannot collide."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store import claims_guard
from coordinator.store.base import BigId, UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _planning_jobs()
    _proposals()
    _enrollments()
    _care_team()
    _enrollment_patients()
    _visits()
    _claims()
    _visit_staff()
    for statement in claims_guard.up(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Back to the revision before."""
    for statement in claims_guard.down(op.get_bind().dialect.name):
        op.execute(statement)
    op.drop_table("visit_staff")
    op.drop_table("claims")
    op.drop_table("visits")
    op.drop_table("enrollment_patients")
    op.drop_table("care_team")
    op.drop_table("enrollments")
    op.drop_table("proposals")
    op.drop_table("planning_jobs")


def _planning_jobs() -> None:
    op.create_table(
        "planning_jobs",
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("leased_until", UtcTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("created_by", BigId, nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_planning_jobs_clinic_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_planning_jobs_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planning_jobs")),
    )
    op.create_index(op.f("ix_planning_jobs_clinic_id"), "planning_jobs", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_planning_jobs_status"), "planning_jobs", ["status"], unique=False)


def _proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("job_id", BigId, nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("enrollments", sa.JSON(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("clinic_revision", sa.Integer(), nullable=False),
        sa.Column("held_until", UtcTime(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("published_at", UtcTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_proposals_clinic_id")),
        sa.ForeignKeyConstraint(["job_id"], ["planning_jobs.id"], name=op.f("fk_proposals_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index(op.f("ix_proposals_clinic_id"), "proposals", ["clinic_id"], unique=False)


def _enrollments() -> None:
    op.create_table(
        "enrollments",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("protocol_version_id", BigId, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("earliest", sa.Date(), nullable=False),
        sa.Column("latest", sa.Date(), nullable=True),
        sa.Column("weekly", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("preferred", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("unavailable", sa.JSON(), nullable=False),
        sa.Column("avoid", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_enrollments_clinic_id")),
        sa.ForeignKeyConstraint(
            ["protocol_version_id"], ["protocol_versions.id"], name=op.f("fk_enrollments_protocol_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollments")),
        sa.UniqueConstraint("clinic_id", "code", name=op.f("uq_enrollments_clinic_id_code")),
    )
    op.create_index(op.f("ix_enrollments_clinic_id"), "enrollments", ["clinic_id"], unique=False)


def _care_team() -> None:
    op.create_table(
        "care_team",
        sa.Column("enrollment_id", BigId, nullable=False),
        sa.Column("need", sa.String(), nullable=False),
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_care_team_clinic_id")),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name=op.f("fk_care_team_enrollment_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_care_team_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_team")),
        sa.UniqueConstraint("enrollment_id", "need", name=op.f("uq_care_team_enrollment_id_need")),
    )
    op.create_index(op.f("ix_care_team_clinic_id"), "care_team", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_care_team_enrollment_id"), "care_team", ["enrollment_id"], unique=False)


def _enrollment_patients() -> None:
    op.create_table(
        "enrollment_patients",
        sa.Column("enrollment_id", BigId, nullable=False),
        sa.Column("patient_id", BigId, nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_enrollment_patients_clinic_id")),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_enrollment_patients_enrollment_id")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_enrollment_patients_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment_patients")),
        sa.UniqueConstraint(
            "enrollment_id", "patient_id", name=op.f("uq_enrollment_patients_enrollment_id_patient_id")
        ),
    )
    op.create_index(op.f("ix_enrollment_patients_clinic_id"), "enrollment_patients", ["clinic_id"], unique=False)
    op.create_index(
        op.f("ix_enrollment_patients_enrollment_id"), "enrollment_patients", ["enrollment_id"], unique=False
    )
    op.create_index(op.f("ix_enrollment_patients_patient_id"), "enrollment_patients", ["patient_id"], unique=False)


def _visits() -> None:
    op.create_table(
        "visits",
        sa.Column("enrollment_id", BigId, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("course", sa.Integer(), nullable=True),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("room_id", BigId, nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("overrides", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_visits_clinic_id")),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name=op.f("fk_visits_enrollment_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_visits_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        sa.UniqueConstraint("enrollment_id", "code", "attempt", name=op.f("uq_visits_enrollment_id_code_attempt")),
    )
    op.create_index(op.f("ix_visits_clinic_id"), "visits", ["clinic_id"], unique=False)
    op.create_index("ix_visits_clinic_time", "visits", ["clinic_id", "starts_at"], unique=False)
    op.create_index(op.f("ix_visits_enrollment_id"), "visits", ["enrollment_id"], unique=False)
    op.create_index(op.f("ix_visits_room_id"), "visits", ["room_id"], unique=False)


def _claims() -> None:
    op.create_table(
        "claims",
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("visit_id", BigId, nullable=True),
        sa.Column("booking_id", BigId, nullable=True),
        sa.Column("proposal_id", BigId, nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.CheckConstraint("first / 64 = last / 64", name=op.f("ck_claims_block")),
        sa.CheckConstraint("first <= last", name=op.f("ck_claims_numbers")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_claims_times")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_claims_booking_id")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_claims_clinic_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_claims_proposal_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_claims_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_booking_id"), "claims", ["booking_id"], unique=False)
    op.create_index(op.f("ix_claims_clinic_id"), "claims", ["clinic_id"], unique=False)
    op.create_index("ix_claims_first_time", "claims", ["first", "starts_at"], unique=False)
    op.create_index(op.f("ix_claims_proposal_id"), "claims", ["proposal_id"], unique=False)
    op.create_index(op.f("ix_claims_visit_id"), "claims", ["visit_id"], unique=False)


def _visit_staff() -> None:
    op.create_table(
        "visit_staff",
        sa.Column("visit_id", BigId, nullable=False),
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("need", sa.String(), nullable=False),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("canceled_at", UtcTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_visit_staff_clinic_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_visit_staff_staff_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_visit_staff_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_staff")),
        sa.UniqueConstraint("visit_id", "staff_id", "need", name=op.f("uq_visit_staff_visit_id_staff_id_need")),
    )
    op.create_index(op.f("ix_visit_staff_clinic_id"), "visit_staff", ["clinic_id"], unique=False)
    op.create_index("ix_visit_staff_person_time", "visit_staff", ["staff_id", "starts_at"], unique=False)
    op.create_index(op.f("ix_visit_staff_visit_id"), "visit_staff", ["visit_id"], unique=False)
