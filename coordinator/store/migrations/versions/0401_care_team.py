"""Care teams: who steps in for whom, and whom outside the clinic a patient lets be told what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0401"
down_revision = "0502"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "team_backups",
        sa.Column("enrollment_id", BigId, nullable=False),
        sa.Column("need", sa.String(), nullable=False),
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_team_backups_clinic_id")),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name=op.f("fk_team_backups_enrollment_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_team_backups_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_backups")),
        sa.UniqueConstraint("enrollment_id", "need", name=op.f("uq_team_backups_enrollment_id_need")),
    )
    op.create_index(op.f("ix_team_backups_clinic_id"), "team_backups", ["clinic_id"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("patient_id", BigId, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("may_be_told", sa.JSON(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_contacts_clinic_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_contacts_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_clinic_id"), "contacts", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_contacts_patient_id"), "contacts", ["patient_id"], unique=False)


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("contacts")
    op.drop_table("team_backups")
