"""The clinic: who and what there is: clinics, people, rooms, protocols, users."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _clinics()
    _resources()
    _users()
    _closures()
    _patients()
    _protocols()
    _rooms()
    _sign_ins()
    _staff()
    _bookings()
    _extra_hours()
    _memberships()
    _protocol_versions()
    _staff_hours()
    _time_off()


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("time_off")
    op.drop_table("staff_hours")
    op.drop_table("protocol_versions")
    op.drop_table("memberships")
    op.drop_table("extra_hours")
    op.drop_table("bookings")
    op.drop_table("staff")
    op.drop_table("sign_ins")
    op.drop_table("rooms")
    op.drop_table("protocols")
    op.drop_table("patients")
    op.drop_table("closures")
    op.drop_table("users")
    op.drop_table("resources")
    op.drop_table("clinics")


def _clinics() -> None:
    op.create_table(
        "clinics",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("feed_ceiling", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinics")),
    )


def _resources() -> None:
    op.create_table(
        "resources",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resources")),
    )


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", BigId, nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("disabled_at", UtcTime(), nullable=True),
        sa.Column("failed_attempts", sa.Integer(), nullable=False),
        sa.Column("blocked_until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )


def _closures() -> None:
    op.create_table(
        "closures",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_closures_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
        sa.UniqueConstraint("clinic_id", "day", name=op.f("uq_closures_clinic_id_day")),
    )
    op.create_index(op.f("ix_closures_clinic_id"), "closures", ["clinic_id"], unique=False)


def _patients() -> None:
    op.create_table(
        "patients",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("resource_id", BigId, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_patients_clinic_id")),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f("fk_patients_resource_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patients")),
        sa.UniqueConstraint("clinic_id", "code", name=op.f("uq_patients_clinic_id_code")),
    )
    op.create_index(op.f("ix_patients_clinic_id"), "patients", ["clinic_id"], unique=False)


def _protocols() -> None:
    op.create_table(
        "protocols",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_protocols_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocols")),
        sa.UniqueConstraint("clinic_id", "code", name=op.f("uq_protocols_clinic_id_code")),
    )
    op.create_index(op.f("ix_protocols_clinic_id"), "protocols", ["clinic_id"], unique=False)


def _rooms() -> None:
    op.create_table(
        "rooms",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("turnover_minutes", sa.Integer(), nullable=False),
        sa.Column("weekly", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("resource_id", BigId, nullable=False),
        sa.Column("retired_at", UtcTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_rooms_clinic_id")),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f("fk_rooms_resource_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
        sa.UniqueConstraint("clinic_id", "code", name=op.f("uq_rooms_clinic_id_code")),
    )
    op.create_index(op.f("ix_rooms_clinic_id"), "rooms", ["clinic_id"], unique=False)


def _sign_ins() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("id", BigId, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_sign_ins_clinic_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_ins_token_hash")),
    )
    op.create_index(op.f("ix_sign_ins_user_id"), "sign_ins", ["user_id"], unique=False)


def _staff() -> None:
    op.create_table(
        "staff",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("max_minutes_per_day", sa.Integer(), nullable=True),
        sa.Column("max_minutes_per_week", sa.Integer(), nullable=True),
        sa.Column("supervises", sa.Integer(), nullable=False),
        sa.Column("turnover_minutes", sa.Integer(), nullable=False),
        sa.Column("resource_id", BigId, nullable=False),
        sa.Column("left_at", UtcTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_staff_clinic_id")),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f("fk_staff_resource_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("clinic_id", "code", name=op.f("uq_staff_clinic_id_code")),
    )
    op.create_index(op.f("ix_staff_clinic_id"), "staff", ["clinic_id"], unique=False)


def _bookings() -> None:
    op.create_table(
        "bookings",
        sa.Column("staff_id", BigId, nullable=True),
        sa.Column("room_id", BigId, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_bookings_clinic_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_bookings_room_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_bookings_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
    )
    op.create_index(op.f("ix_bookings_clinic_id"), "bookings", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_bookings_room_id"), "bookings", ["room_id"], unique=False)
    op.create_index(op.f("ix_bookings_staff_id"), "bookings", ["staff_id"], unique=False)


def _extra_hours() -> None:
    op.create_table(
        "extra_hours",
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_extra_hours_clinic_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_extra_hours_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extra_hours")),
    )
    op.create_index(op.f("ix_extra_hours_clinic_id"), "extra_hours", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_extra_hours_staff_id"), "extra_hours", ["staff_id"], unique=False)


def _memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("access", sa.String(), nullable=False),
        sa.Column("staff_id", BigId, nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_memberships_clinic_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_memberships_staff_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("clinic_id", "user_id", name=op.f("uq_memberships_clinic_id_user_id")),
    )
    op.create_index(op.f("ix_memberships_clinic_id"), "memberships", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"], unique=False)


def _protocol_versions() -> None:
    op.create_table(
        "protocol_versions",
        sa.Column("protocol_id", BigId, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("compact", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("published_at", UtcTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_protocol_versions_clinic_id")),
        sa.ForeignKeyConstraint(["protocol_id"], ["protocols.id"], name=op.f("fk_protocol_versions_protocol_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_versions")),
        sa.UniqueConstraint("protocol_id", "number", name=op.f("uq_protocol_versions_protocol_id_number")),
    )
    op.create_index(op.f("ix_protocol_versions_clinic_id"), "protocol_versions", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_protocol_versions_protocol_id"), "protocol_versions", ["protocol_id"], unique=False)


def _staff_hours() -> None:
    op.create_table(
        "staff_hours",
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("weekly", sa.JSON(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_staff_hours_clinic_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_hours_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_hours")),
    )
    op.create_index(op.f("ix_staff_hours_clinic_id"), "staff_hours", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_staff_hours_staff_id"), "staff_hours", ["staff_id"], unique=False)


def _time_off() -> None:
    op.create_table(
        "time_off",
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_time_off_clinic_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_time_off_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_off")),
    )
    op.create_index(op.f("ix_time_off_clinic_id"), "time_off", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_time_off_staff_id"), "time_off", ["staff_id"], unique=False)
