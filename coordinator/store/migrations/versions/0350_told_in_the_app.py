"""Messages told in the app alone are read there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import UtcTime

revision = "0350"
down_revision = "0721"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("notices", sa.Column("read_at", UtcTime(), nullable=True))


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_column("notices", "read_at")
