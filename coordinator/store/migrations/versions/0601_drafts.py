"""Drafts: edits of visits that are not published yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0601"
down_revision = "0401"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "draft_edits",
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("enrollment_id", BigId, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("revision_seen", sa.Integer(), nullable=True),
        sa.Column("starts_at", UtcTime(), nullable=True),
        sa.Column("room_id", BigId, nullable=True),
        sa.Column("staff", sa.JSON(), nullable=False),
        sa.Column("overrides", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_draft_edits_clinic_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_draft_edits_user_id")),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name=op.f("fk_draft_edits_enrollment_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_draft_edits_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_edits")),
        sa.UniqueConstraint("user_id", "enrollment_id", "code", name=op.f("uq_draft_edits_user_id_enrollment_id_code")),
    )
    op.create_index(op.f("ix_draft_edits_clinic_id"), "draft_edits", ["clinic_id"])
    op.create_index(op.f("ix_draft_edits_enrollment_id"), "draft_edits", ["enrollment_id"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("draft_edits")
