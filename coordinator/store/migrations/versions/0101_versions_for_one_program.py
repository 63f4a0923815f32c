"""Protocol versions for one enrollment alone, which nobody else is offered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId

revision = "0101"
down_revision = "0400"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("protocol_versions", sa.Column("only_for", BigId, nullable=True))


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_column("protocol_versions", "only_for")
