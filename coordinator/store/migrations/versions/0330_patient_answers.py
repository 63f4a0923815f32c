"""What patients answer by the link of a message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0330"
down_revision = "0410"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "patient_answers",
        sa.Column("visit_id", BigId, nullable=False),
        sa.Column("patient_id", BigId, nullable=False),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_at", UtcTime(), nullable=False),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_patient_answers_clinic_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_patient_answers_patient_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_patient_answers_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_answers")),
        sa.UniqueConstraint(
            "visit_id", "patient_id", "starts_at", name=op.f("uq_patient_answers_visit_id_patient_id_starts_at")
        ),
    )
    op.create_index(op.f("ix_patient_answers_clinic_id"), "patient_answers", ["clinic_id"], unique=False)


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("patient_answers")
