"""Contact fields sealed: addresses and telephone numbers of patients and contacts are encrypted where they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.contact_keys import MarkedText, SealedText

revision = "0720"
down_revision = "0330"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("patients", sa.Column("email_mark", sa.String(), nullable=False, server_default=""))
    op.create_index(op.f("ix_patients_email_mark"), "patients", ["email_mark"])
    for name in ("patients", "contacts"):
        _rewrite(name, sa.String(), SealedText())


def downgrade() -> None:
    """Back to the revision before."""
    for name in ("contacts", "patients"):
        _rewrite(name, SealedText(), sa.String())
    op.drop_index(op.f("ix_patients_email_mark"), "patients")
    op.drop_column("patients", "email_mark")


def _rewrite(name: str, old: sa.types.TypeEngine[str], new: sa.types.TypeEngine[str]) -> None:
    bind = op.get_bind()
    before = sa.table(name, sa.column("id"), sa.column("email", old), sa.column("phone", old))
    after = sa.table(
        name, sa.column("id"), sa.column("email", new), sa.column("phone", new), sa.column("email_mark", MarkedText())
    )
    for row in bind.execute(sa.select(before)).all():
        fields = {"email": row.email, "phone": row.phone}
        if name == "patients":
            fields["email_mark"] = row.email
        bind.execute(sa.update(after).where(after.c.id == row.id).values(**fields))
