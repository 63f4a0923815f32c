"""How each person last looked at the schedule."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId

revision = "0602"
down_revision = "0601"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "schedule_views",
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("view", sa.String(), nullable=False),
        sa.Column("rows", sa.String(), nullable=False),
        sa.Column("show", sa.String(), nullable=False),
        sa.Column("hidden", sa.JSON(), nullable=False),
        sa.Column("missed", sa.Boolean(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_schedule_views_clinic_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_schedule_views_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_views")),
        sa.UniqueConstraint("clinic_id", "user_id", name=op.f("uq_schedule_views_clinic_id_user_id")),
    )
    op.create_index(op.f("ix_schedule_views_clinic_id"), "schedule_views", ["clinic_id"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("schedule_views")
