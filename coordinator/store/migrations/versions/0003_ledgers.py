"""Ledgers: feeds, notices, leases and the audit chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _audit_heads()
    _leases()
    _audit()
    _feed_owners()
    _feeds()
    _notice_rules()
    _feed_bodies()
    _feed_memories()
    _notices()


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("notices")
    op.drop_table("feed_memories")
    op.drop_table("feed_bodies")
    op.drop_table("notice_rules")
    op.drop_table("feeds")
    op.drop_table("feed_owners")
    op.drop_table("audit")
    op.drop_table("leases")
    op.drop_table("audit_heads")


def _audit_heads() -> None:
    op.create_table(
        "audit_heads",
        sa.Column("clinic_id", BigId, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("mac", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_audit_heads")),
    )


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("mac", sa.String(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_audit_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("clinic_id", "number", name=op.f("uq_audit_clinic_id_number")),
    )
    op.create_index(op.f("ix_audit_clinic_id"), "audit", ["clinic_id"], unique=False)


def _feed_owners() -> None:
    op.create_table(
        "feed_owners",
        sa.Column("owner_kind", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_feed_owners_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_owners")),
        sa.UniqueConstraint(
            "clinic_id", "owner_kind", "owner_id", name=op.f("uq_feed_owners_clinic_id_owner_kind_owner_id")
        ),
    )
    op.create_index(op.f("ix_feed_owners_clinic_id"), "feed_owners", ["clinic_id"], unique=False)


def _feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("owner_kind", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("privacy", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.Column("fetched_at", UtcTime(), nullable=True),
        sa.Column("fetched_by", sa.String(), nullable=False),
        sa.Column("fetches", sa.Integer(), nullable=False),
        sa.Column("audited_on", sa.Date(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_feeds_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feeds_token_hash")),
    )
    op.create_index(op.f("ix_feeds_clinic_id"), "feeds", ["clinic_id"], unique=False)


def _notice_rules() -> None:
    op.create_table(
        "notice_rules",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("minutes_before", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_notice_rules_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_rules")),
        sa.UniqueConstraint("clinic_id", "code", name=op.f("uq_notice_rules_clinic_id_code")),
    )
    op.create_index(op.f("ix_notice_rules_clinic_id"), "notice_rules", ["clinic_id"], unique=False)


def _feed_bodies() -> None:
    op.create_table(
        "feed_bodies",
        sa.Column("feed_id", BigId, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("privacy", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("modified_at", UtcTime(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_feed_bodies_clinic_id")),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_feed_bodies_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_bodies")),
        sa.UniqueConstraint("feed_id", name=op.f("uq_feed_bodies_feed_id")),
    )
    op.create_index(op.f("ix_feed_bodies_clinic_id"), "feed_bodies", ["clinic_id"], unique=False)


def _feed_memories() -> None:
    op.create_table(
        "feed_memories",
        sa.Column("feed_id", BigId, nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_feed_memories_clinic_id")),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_feed_memories_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_memories")),
        sa.UniqueConstraint("feed_id", name=op.f("uq_feed_memories_feed_id")),
    )
    op.create_index(op.f("ix_feed_memories_clinic_id"), "feed_memories", ["clinic_id"], unique=False)


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("visit_id", BigId, nullable=False),
        sa.Column("visit_revision", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("recipient_kind", sa.String(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("leased_until", UtcTime(), nullable=True),
        sa.Column("next_try_at", UtcTime(), nullable=True),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.Column("attempts", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_notices_clinic_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_notices_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("message_id", name=op.f("uq_notices_message_id")),
        sa.UniqueConstraint(
            "visit_id", "visit_revision", "rule", "recipient_kind", "recipient_id", "channel", name="uq_notices_fact"
        ),
    )
    op.create_index(op.f("ix_notices_clinic_id"), "notices", ["clinic_id"], unique=False)
    op.create_index("ix_notices_due", "notices", ["status", "due_at"], unique=False)
    op.create_index(op.f("ix_notices_visit_id"), "notices", ["visit_id"], unique=False)
