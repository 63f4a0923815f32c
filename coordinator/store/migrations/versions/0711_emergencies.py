"""Looks into a record in an emergency, and the mails that tell of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0711"
down_revision = "0710"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "emergencies",
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("patient_id", BigId, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("reviewed_at", UtcTime(), nullable=True),
        sa.Column("reviewed_by", BigId, nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_emergencies_clinic_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_emergencies_user_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_emergencies_patient_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["users.id"], name=op.f("fk_emergencies_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergencies")),
    )
    for column in ("clinic_id", "user_id", "patient_id"):
        op.create_index(op.f(f"ix_emergencies_{column}"), "emergencies", [column])
    op.create_table(
        "emergency_mails",
        sa.Column("id", BigId, nullable=False),
        sa.Column("emergency_id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["emergency_id"], ["emergencies.id"], name=op.f("fk_emergency_mails_emergency_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_emergency_mails_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_mails")),
    )
    op.create_index(op.f("ix_emergency_mails_due_at"), "emergency_mails", ["due_at"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("emergency_mails")
    op.drop_table("emergencies")
