"""Accounts: second factors with recovery codes, known devices, and links that let somebody set a password."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0700"
down_revision = "0501"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("users", sa.Column("totp_sealed", sa.String(), nullable=True))
    op.add_column("users", sa.Column("totp_step", sa.BigInteger(), nullable=True))
    op.add_column("sign_ins", sa.Column("method", sa.String(), nullable=False, server_default="password"))
    _table(
        "known_devices",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.Column("failed_attempts", sa.Integer(), nullable=False),
        sa.Column("blocked_until", UtcTime(), nullable=True),
        sa.UniqueConstraint("token_hash", name=op.f("uq_known_devices_token_hash")),
    )
    _table(
        "recovery_codes",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f("uq_recovery_codes_user_id_code_hash")),
    )
    _table(
        "account_links",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.Column("mail_due_at", UtcTime(), nullable=True),
        sa.Column("mail_tries", sa.Integer(), nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_account_links_clinic_id")),
    )
    op.create_index(op.f("ix_account_links_clinic_id"), "account_links", ["clinic_id"])
    op.create_index(op.f("ix_account_links_mail_due_at"), "account_links", ["mail_due_at"])


def _table(name: str, *columns: sa.schema.SchemaItem) -> None:
    """A table of things of a user."""
    op.create_table(
        name,
        sa.Column("id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f(f"fk_{name}_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_user_id"), name, ["user_id"])


def downgrade() -> None:
    """Back to the revision before."""
    for name in ("account_links", "recovery_codes", "known_devices"):
        op.drop_table(name)
    op.drop_column("sign_ins", "method")
    op.drop_column("users", "totp_step")
    op.drop_column("users", "totp_sealed")
