"""Busy times of private calendars: where they come from, and when; never what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0202"
down_revision = "0201"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "busy_calendars",
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("read_at", UtcTime(), nullable=True),
        sa.Column("next_at", UtcTime(), nullable=True),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_busy_calendars_clinic_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_busy_calendars_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_busy_calendars")),
    )
    op.create_index(op.f("ix_busy_calendars_clinic_id"), "busy_calendars", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_busy_calendars_staff_id"), "busy_calendars", ["staff_id"], unique=False)
    op.create_index(op.f("ix_busy_calendars_next_at"), "busy_calendars", ["next_at"], unique=False)
    op.create_table(
        "busy_times",
        sa.Column("calendar_id", BigId, nullable=False),
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_busy_times_clinic_id")),
        sa.ForeignKeyConstraint(["calendar_id"], ["busy_calendars.id"], name=op.f("fk_busy_times_calendar_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_busy_times_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_busy_times")),
    )
    op.create_index(op.f("ix_busy_times_clinic_id"), "busy_times", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_busy_times_calendar_id"), "busy_times", ["calendar_id"], unique=False)


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("busy_times")
    op.drop_table("busy_calendars")
