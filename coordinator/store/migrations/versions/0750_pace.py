"""How fast an account asks: an index to count its entries of the log by, and when it was last too fast."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import UtcTime

revision = "0750"
down_revision = "0740"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_index(op.f("ix_audit_user_id_at"), "audit", ["user_id", "at"], unique=False)
    op.add_column("users", sa.Column("hurried_at", UtcTime(), nullable=True))


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_column("users", "hurried_at")
    op.drop_index(op.f("ix_audit_user_id_at"), table_name="audit")
