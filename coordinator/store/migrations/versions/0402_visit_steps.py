"""The day of a visit: its steps, who took them and what was undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0402"
down_revision = "0202"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "visit_steps",
        sa.Column("visit_id", BigId, nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("undone_at", UtcTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_visit_steps_clinic_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_visit_steps_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_steps")),
    )
    op.create_index(op.f("ix_visit_steps_clinic_id"), "visit_steps", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_visit_steps_visit_id"), "visit_steps", ["visit_id"], unique=False)


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("visit_steps")
