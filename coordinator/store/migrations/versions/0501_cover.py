"""Cover: sick calls, the repair of what time off touches, and swaps offered to colleagues."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0501"
down_revision = "0101"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("time_off", sa.Column("cause", sa.String(), nullable=False, server_default="off"))
    # In SQL of its own: SQLite adds a reference only together with its column.
    number = BigId.compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE time_off ADD COLUMN job_id {number} CONSTRAINT fk_time_off_job_id REFERENCES planning_jobs (id)"
    )
    op.create_table(
        "swaps",
        sa.Column("visit_id", BigId, nullable=False),
        sa.Column("need", sa.String(), nullable=False),
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("declined", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("taken_by", BigId, nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_swaps_clinic_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_swaps_visit_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_swaps_staff_id")),
        sa.ForeignKeyConstraint(["taken_by"], ["staff.id"], name=op.f("fk_swaps_taken_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swaps")),
    )
    op.create_index(op.f("ix_swaps_clinic_id"), "swaps", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_swaps_visit_id"), "swaps", ["visit_id"], unique=False)


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("swaps")
    op.drop_column("time_off", "job_id")
    op.drop_column("time_off", "cause")
