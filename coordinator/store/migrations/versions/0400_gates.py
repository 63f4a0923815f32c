"""Gates: which stand before each visit of a protocol, who opened them, and which visits were a no-go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from coordinator.store.base import BigId, UtcTime

revision = "0400"
down_revision = "0300"
branch_labels = None
depends_on = None

CLEARANCE = {
    "kind": "clearance", "owner": "physician", "due_minutes": 2880, "may_open": ["physician"], "valid_days": 28,
}  # fmt: skip
LABS = {
    "kind": "labs", "owner": "physician", "due_minutes": 4320, "may_open": ["physician", "nurse"], "valid_days": 28,
}  # fmt: skip
EACH_DOSING = [
    {"kind": "consent", "owner": "physician", "due_minutes": 1440, "may_open": ["physician", "therapist"],
     "valid_days": 120},
    {"kind": "fasting", "owner": "nurse", "due_minutes": 1440, "may_open": ["nurse", "physician", "therapist"]},
    {"kind": "ride", "owner": "coordinator", "due_minutes": 1440, "may_open": ["coordinator", "therapist", "nurse"]},
]  # fmt: skip


def upgrade() -> None:
    """To this revision."""
    op.add_column("protocol_versions", sa.Column("gates", sa.JSON(), nullable=False, server_default="{}"))
    _fill()
    _gate_openings()
    _no_gos()


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("no_gos")
    op.drop_table("gate_openings")
    op.drop_column("protocol_versions", "gates")


def _fill() -> None:
    """Protocols adopted from the library had their gates in its text alone."""
    versions = sa.table(
        "protocol_versions",
        sa.column("id"),
        sa.column("protocol_id"),
        sa.column("body", sa.JSON),
        sa.column("gates", sa.JSON),
    )
    protocols = sa.table("protocols", sa.column("id"), sa.column("template"))
    query = sa.select(versions.c.id, versions.c.body).join(protocols, protocols.c.id == versions.c.protocol_id)
    for version_id, body in op.get_bind().execute(query.where(protocols.c.template.is_not(None))).all():
        filled = sa.update(versions).where(versions.c.id == version_id).values(gates=_gates(body))
        op.get_bind().execute(filled)


def _gates(body: Mapping[str, Any]) -> dict[str, Any]:
    seen: set[Any] = set()
    found = {}
    for visit in body["visits"]:
        if visit["kind"] != "dosing":
            continue
        first = [] if visit.get("course") in seen else [CLEARANCE]
        seen.add(visit.get("course"))
        found[visit["id"]] = [*first, *([LABS] if visit["room"] == "infusion" else []), *EACH_DOSING]
    return found


def _gate_openings() -> None:
    op.create_table(
        "gate_openings",
        sa.Column("enrollment_id", BigId, nullable=False),
        sa.Column("visit_id", BigId, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("visit_starts_at", UtcTime(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("shut_at", UtcTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_gate_openings_clinic_id")),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name=op.f("fk_gate_openings_enrollment_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_gate_openings_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_openings")),
    )
    op.create_index(op.f("ix_gate_openings_clinic_id"), "gate_openings", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_gate_openings_enrollment_id"), "gate_openings", ["enrollment_id"], unique=False)


def _no_gos() -> None:
    op.create_table(
        "no_gos",
        sa.Column("visit_id", BigId, nullable=False),
        sa.Column("visit_revision", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("clinic_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_no_gos_clinic_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_no_gos_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_no_gos")),
        sa.UniqueConstraint("visit_id", "visit_revision", name=op.f("uq_no_gos_visit_id_visit_revision")),
    )
    op.create_index(op.f("ix_no_gos_clinic_id"), "no_gos", ["clinic_id"], unique=False)
