"""The guard of claims, inside the database: two that collide cannot both stand, whoever races and however they write.

Used by the migrations. PostgreSQL has an exclusion constraint; SQLite has no such thing, so triggers look before each
insert and update.
"""

from __future__ import annotations

NAME = "claims_do_not_collide"

# A claim stays inside one resource's block of 64 numbers (a check constraint), so the search starts at the block.
_COLLISION = (
    "SELECT 1 FROM claims AS other WHERE other.first BETWEEN NEW.first / 64 * 64 AND NEW.last "
    "AND other.last >= NEW.first AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at"
)
_UP = {
    "postgresql": (
        f"ALTER TABLE claims ADD CONSTRAINT {NAME} EXCLUDE USING gist "
        "(int8range(first, last, '[]') WITH &&, tstzrange(starts_at, ends_at, '[)') WITH &&)",
    ),
    "sqlite": (
        f"CREATE TRIGGER {NAME}_insert BEFORE INSERT ON claims WHEN EXISTS ({_COLLISION}) "
        f"BEGIN SELECT RAISE(ABORT, '{NAME}'); END",
        f"CREATE TRIGGER {NAME}_update BEFORE UPDATE ON claims WHEN EXISTS ({_COLLISION} AND other.id <> OLD.id) "
        f"BEGIN SELECT RAISE(ABORT, '{NAME}'); END",
    ),
}
_DOWN = {
    "postgresql": (f"ALTER TABLE claims DROP CONSTRAINT {NAME}",),
    "sqlite": (f"DROP TRIGGER {NAME}_update", f"DROP TRIGGER {NAME}_insert"),
}


def up(dialect: str) -> tuple[str, ...]:
    """The statements that put the guard in place, for `sqlite` or `postgresql`."""
    return _UP[dialect]


def down(dialect: str) -> tuple[str, ...]:
    """The statements that take it away."""
    return _DOWN[dialect]
