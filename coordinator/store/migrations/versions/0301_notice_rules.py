"""Rules that a clinic writes itself, and how each person wants to be reached."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0301"
down_revision = "0700"
branch_labels = None
depends_on = None

RULES = (
    ("lead-window", "lead", "window_closing", 1440, "mail", True, None, None),
    ("coordinator-window", "coordinator", "window_closing", 1440, "mail", True, None, None),
    ("owner-gate", "owner", "gate_due", 1440, "mail", True, None, None),
    ("coordinator-finished", "coordinator", "program_finished", 0, "app", True, None, None),
    ("staff-tomorrow", "staff", "schedule_tomorrow", 0, "mail", False, 1, 1080),
)
EMPTY = {"working_days": sa.false(), "subject": "", "text": ""}


def upgrade() -> None:
    with op.batch_alter_table("notice_rules") as batch:
        for name in ("days_before", "at_minute", "quiet_first", "quiet_last"):
            batch.add_column(sa.Column(name, sa.Integer(), nullable=True))
        batch.add_column(sa.Column("working_days", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("subject", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("text", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("notices") as batch:
        batch.add_column(sa.Column("priority", sa.Integer(), nullable=False, server_default="3"))
        batch.add_column(sa.Column("via", sa.String(), nullable=False, server_default="mail"))
    with op.batch_alter_table("notice_rules") as batch:
        for name in EMPTY:
            batch.alter_column(name, server_default=None)
    with op.batch_alter_table("notices") as batch:
        batch.alter_column("priority", server_default=None)
        batch.alter_column("via", server_default=None)
    _choices()
    for code, audience, what, minutes, channel, active, days, at in RULES:
        op.execute(
            sa.text(
                "INSERT INTO notice_rules (clinic_id, code, what, audience, minutes_before, channel, active,"
                " days_before, at_minute, working_days, subject, text)"
                " SELECT id, :code, :what, :audience, :minutes, :channel, :active,"
                " CAST(:days AS INTEGER), CAST(:at AS INTEGER), :working, '', '' FROM clinics"
                " WHERE id IN (SELECT clinic_id FROM notice_rules)"
            ).bindparams(code=code, what=what, audience=audience, minutes=minutes, channel=channel, active=active,
                         days=days, at=at, working=False)
        )  # fmt: skip


def _choices() -> None:
    op.create_table(
        "contact_choices",
        sa.Column("recipient_kind", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("consented_at", UtcTime(), nullable=True),
        sa.Column("consent_noted_by", sa.String(), nullable=False),
        sa.Column("stopped_at", UtcTime(), nullable=True),
        sa.Column("bounced_at", UtcTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_contact_choices_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_choices")),
        sa.UniqueConstraint(
            "clinic_id", "recipient_kind", "recipient_id", name="uq_contact_choices_clinic_id_recipient"
        ),
    )
    op.create_index(op.f("ix_contact_choices_clinic_id"), "contact_choices", ["clinic_id"], unique=False)


def downgrade() -> None:
    op.drop_table("contact_choices")
    op.execute("DELETE FROM notices WHERE what = 'event' OR channel <> 'mail'")
    op.execute("DELETE FROM notice_rules WHERE what NOT LIKE 'visit_%' OR audience NOT IN ('patient', 'staff')")
    op.execute("DELETE FROM notice_rules WHERE channel <> 'mail' OR days_before IS NOT NULL")
    with op.batch_alter_table("notices") as batch:
        batch.drop_column("via")
        batch.drop_column("priority")
    with op.batch_alter_table("notice_rules") as batch:
        for name in ("days_before", "at_minute", "quiet_first", "quiet_last", "working_days", "subject", "text"):
            batch.drop_column(name)
