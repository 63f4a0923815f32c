"""Feeds of every kind: who holds one, its window and alarm; when a program was over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import UtcTime

revision = "0200"
down_revision = "0100"
branch_labels = None
depends_on = None

CHOICES = ("holder_staff_id", "past_days", "future_days", "alarm_minutes")


def upgrade() -> None:
    """To this revision."""
    for name in CHOICES:
        op.add_column("feeds", sa.Column(name, sa.Integer(), nullable=True))
    op.execute("UPDATE feeds SET holder_staff_id = owner_id WHERE owner_kind = 'staff'")
    op.add_column("enrollments", sa.Column("over_at", UtcTime(), nullable=True))
    op.execute(
        "UPDATE enrollments SET over_at = COALESCE("
        "(SELECT max(visits.ends_at) FROM visits WHERE visits.enrollment_id = enrollments.id), created_at)"
        " WHERE status IN ('finished', 'ended')"
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_column("enrollments", "over_at")
    for name in reversed(CHOICES):
        op.drop_column("feeds", name)
