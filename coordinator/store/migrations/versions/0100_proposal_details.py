"""Proposals say what they are for: an event to repair, and the visits as they stood."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0100"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("proposals", sa.Column("detail", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_column("proposals", "detail")
