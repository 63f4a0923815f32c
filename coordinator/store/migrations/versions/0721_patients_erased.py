"""Patients erased: since when a patient's name and ways to be reached are gone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import UtcTime

revision = "0721"
down_revision = "0720"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("patients", sa.Column("erased_at", UtcTime(), nullable=True))


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_column("patients", "erased_at")
