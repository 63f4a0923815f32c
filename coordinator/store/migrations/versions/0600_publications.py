"""Publications: what each act did to each visit, so that it can be told, and undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0600"
down_revision = "0500"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "publications",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("made_by", BigId, nullable=True),
        sa.Column("maker", sa.String(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("proposal_id", BigId, nullable=True),
        sa.Column("undoes_id", BigId, nullable=True),
        sa.Column("started", sa.JSON(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_publications_clinic_id")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_publications_made_by")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_publications_proposal_id")),
        sa.ForeignKeyConstraint(["undoes_id"], ["publications.id"], name=op.f("fk_publications_undoes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_publications_undoes_id")),
    )
    op.create_index(op.f("ix_publications_clinic_id"), "publications", ["clinic_id"])
    op.create_index(op.f("ix_publications_made_at"), "publications", ["made_at"])
    op.create_table(
        "publication_lines",
        sa.Column("publication_id", BigId, nullable=False),
        sa.Column("enrollment_id", BigId, nullable=False),
        sa.Column("visit_id", BigId, nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        *(
            sa.ForeignKeyConstraint([f"{each}_id"], [f"{table}.id"], name=op.f(f"fk_publication_lines_{each}_id"))
            for each, table in LINE_KEYS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication_lines")),
    )
    for each, _ in LINE_KEYS:
        op.create_index(op.f(f"ix_publication_lines_{each}_id"), "publication_lines", [f"{each}_id"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("publication_lines")
    op.drop_table("publications")


LINE_KEYS = (
    ("publication", "publications"),
    ("enrollment", "enrollments"),
    ("visit", "visits"),
    ("clinic", "clinics"),
)
