"""Coordination notes to the team of a program, and who has read them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0502"
down_revision = "0301"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "notes",
        sa.Column("enrollment_id", BigId, nullable=False),
        sa.Column("visit_id", BigId, nullable=True),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("mentions", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("removed_at", UtcTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_notes_clinic_id")),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name=op.f("fk_notes_enrollment_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_notes_visit_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_clinic_id"), "notes", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_notes_enrollment_id"), "notes", ["enrollment_id"], unique=False)
    op.create_index(op.f("ix_notes_visit_id"), "notes", ["visit_id"], unique=False)
    op.create_table(
        "note_reads",
        sa.Column("note_id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("read_at", UtcTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_note_reads_clinic_id")),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"], name=op.f("fk_note_reads_note_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_note_reads_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_reads")),
        sa.UniqueConstraint("note_id", "user_id", name=op.f("uq_note_reads_note_id_user_id")),
    )
    op.create_index(op.f("ix_note_reads_clinic_id"), "note_reads", ["clinic_id"], unique=False)


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("note_reads")
    op.drop_table("notes")
