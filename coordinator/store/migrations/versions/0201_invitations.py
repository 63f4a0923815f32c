"""Invitations by mail: who wants them, and what each person was last sent and has answered about each visit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0201"
down_revision = "0102"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("staff", sa.Column("by_invitation", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "invitations",
        sa.Column("visit_id", BigId, nullable=False),
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("is_canceled", sa.Boolean(), nullable=False),
        sa.Column("sent_at", UtcTime(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_at", UtcTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_invitations_clinic_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_invitations_visit_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_invitations_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("visit_id", "staff_id", name=op.f("uq_invitations_visit_id_staff_id")),
    )
    op.create_index(op.f("ix_invitations_clinic_id"), "invitations", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_invitations_staff_id"), "invitations", ["staff_id"], unique=False)


def downgrade() -> None:
    """Back to the revision before."""
    op.execute("DELETE FROM notices WHERE what = 'invitation'")
    op.drop_table("invitations")
    op.drop_column("staff", "by_invitation")
