"""Bookings that were made together: meetings, maintenance, patients outside programs, once or again and again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0500"
down_revision = "0200"
branch_labels = None
depends_on = None

REFERENCES = {"series_id": "booking_series", "patient_id": "patients"}


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "booking_series",
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("staff", sa.JSON(), nullable=False),
        sa.Column("room_id", BigId, nullable=True),
        sa.Column("patient_id", BigId, nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_booking_series_clinic_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_booking_series_room_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_booking_series_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_series")),
    )
    op.create_index(op.f("ix_booking_series_clinic_id"), "booking_series", ["clinic_id"], unique=False)
    number = BigId.compile(op.get_bind().dialect)
    for column, table in REFERENCES.items():
        # In SQL of its own: SQLite adds a reference only together with its column.
        op.execute(
            f"ALTER TABLE bookings ADD COLUMN {column} {number} CONSTRAINT fk_bookings_{column} REFERENCES {table} (id)"
        )
        op.create_index(op.f(f"ix_bookings_{column}"), "bookings", [column], unique=False)


def downgrade() -> None:
    """Back to the revision before."""
    for column in REFERENCES:
        op.drop_index(op.f(f"ix_bookings_{column}"), "bookings")
        op.drop_column("bookings", column)
    op.drop_table("booking_series")
