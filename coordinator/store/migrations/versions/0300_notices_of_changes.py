"""Notices about changes, and about what is no visit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0300"
down_revision = "0600"
branch_labels = None
depends_on = None

RULES = [(f"{audience}-{what}", audience, f"visit_{what}") for audience in ("patient", "staff")
         for what in ("published", "changed", "canceled")]  # fmt: skip


def upgrade() -> None:
    with op.batch_alter_table("notices") as batch:
        batch.alter_column("visit_id", existing_type=BigId, nullable=True)
        batch.add_column(sa.Column("what", sa.String(), nullable=False, server_default="visit_ahead"))
        batch.add_column(sa.Column("topic", sa.String(), nullable=True))
        batch.add_column(sa.Column("content", sa.JSON(), nullable=True))
        batch.create_unique_constraint(
            "uq_notices_topic", ["clinic_id", "topic", "recipient_kind", "recipient_id", "channel"]
        )
        batch.create_index("ix_notices_recipient", ["recipient_kind", "recipient_id"])
    with op.batch_alter_table("notices") as batch:
        batch.alter_column("what", existing_type=sa.String(), server_default=None)
    _changes()
    _rules()


def _changes() -> None:
    op.create_table(
        "notice_changes",
        sa.Column("notice_id", BigId, nullable=False),
        sa.Column("visit_id", BigId, nullable=False),
        sa.Column("visit_revision", sa.Integer(), nullable=False),
        sa.Column("recipient_kind", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("told", sa.JSON(), nullable=True),
        sa.Column("told_at", UtcTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_notice_changes_clinic_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_changes_notice_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_notice_changes_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_changes")),
        sa.UniqueConstraint(
            "visit_id", "visit_revision", "recipient_kind", "recipient_id", "channel", name="uq_notice_changes_fact"
        ),
    )
    op.create_index(op.f("ix_notice_changes_clinic_id"), "notice_changes", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_notice_changes_notice_id"), "notice_changes", ["notice_id"], unique=False)


def _rules() -> None:
    """Clinics that there are begin to tell people of changes."""
    for code, audience, what in RULES:
        op.execute(
            sa.text(
                "INSERT INTO notice_rules (clinic_id, code, what, audience, minutes_before, channel, active)"
                " SELECT id, :code, :what, :audience, 0, 'mail', :active FROM clinics"
                " WHERE id IN (SELECT clinic_id FROM notice_rules)"
            ).bindparams(code=code, what=what, audience=audience, active=True)
        )


def downgrade() -> None:
    op.drop_table("notice_changes")
    op.execute("DELETE FROM notices WHERE visit_id IS NULL OR topic IS NOT NULL")
    op.execute("DELETE FROM notice_rules WHERE what <> 'visit_ahead'")
    with op.batch_alter_table("notices") as batch:
        batch.drop_index("ix_notices_recipient")
        batch.drop_constraint("uq_notices_topic", type_="unique")
        batch.drop_column("content")
        batch.drop_column("topic")
        batch.drop_column("what")
        batch.alter_column("visit_id", existing_type=BigId, nullable=False)
