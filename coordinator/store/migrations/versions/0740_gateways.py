"""Gateways for text messages and chat that a clinic has of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime
from coordinator.store.contact_keys import SealedText

revision = "0740"
down_revision = "0730"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "gateways",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("address", SealedText(), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.Column("saved_at", UtcTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_gateways_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateways")),
        sa.UniqueConstraint("clinic_id", "channel", name=op.f("uq_gateways_clinic_id_channel")),
    )
    op.create_index(op.f("ix_gateways_clinic_id"), "gateways", ["clinic_id"], unique=False)


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("gateways")
