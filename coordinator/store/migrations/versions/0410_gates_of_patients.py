"""A gate before a group's visit may be opened for one patient of it."""

from __future__ import annotations

from alembic import op

from coordinator.store.base import BigId

revision = "0410"
down_revision = "0402"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    # In SQL of its own: SQLite adds a reference only together with its column.
    number = BigId.compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE gate_openings ADD COLUMN patient_id {number}"
        " CONSTRAINT fk_gate_openings_patient_id REFERENCES patients (id)"
    )


def downgrade() -> None:
    """Back to the revision before: an opening for one patient alone opens nothing for a whole group."""
    op.execute("DELETE FROM gate_openings WHERE patient_id IS NOT NULL")
    op.drop_column("gate_openings", "patient_id")
