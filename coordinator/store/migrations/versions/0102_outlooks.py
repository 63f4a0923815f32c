"""What the clinic could offer each waiting program."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0102"
down_revision = "0602"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "outlooks",
        sa.Column("enrollment_id", BigId, nullable=False),
        sa.Column("starts", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("before", sa.Date(), nullable=True),
        sa.Column("computed_at", UtcTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_outlooks_clinic_id")),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name=op.f("fk_outlooks_enrollment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlooks")),
        sa.UniqueConstraint("enrollment_id", name=op.f("uq_outlooks_enrollment_id")),
    )
    op.create_index(op.f("ix_outlooks_clinic_id"), "outlooks", ["clinic_id"], unique=False)


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("outlooks")
