"""PostgreSQL's roles: one owns the tables and changes them after an upgrade, another serves and has rows alone."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from coordinator.store.schema import METADATA
from coordinator.store.unit_of_work import Database, Work

ROWS = "SELECT, INSERT, UPDATE, DELETE"
LESS = {"audit": "SELECT, INSERT", "audit_heads": "SELECT, INSERT, UPDATE"}
"""The log only grows."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a role may do beyond rows; on SQLite all of it."""

    changes_tables: bool = True
    changes_log: bool = True


def allow(database: Database, role: str) -> None:
    """Gives a role of PostgreSQL what serving needs, and takes every other right to the tables from it.

    To be called as the tables' owner, and again whenever there are new ones.
    """
    with database.write() as work:
        quote = work.session.connection().dialect.identifier_preparer.quote
        whom = quote(role)
        schema = quote(str(work.session.scalar(text("SELECT current_schema()"))))
        _do(work, f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {whom}")
        _do(work, f"GRANT USAGE ON SCHEMA {schema} TO {whom}")
        _do(work, f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {whom}")
        _do(work, f"GRANT SELECT ON alembic_version TO {whom}")
        for name in METADATA.tables:
            _do(work, f"GRANT {LESS.get(name, ROWS)} ON {quote(name)} TO {whom}")


def rights(database: Database) -> Rights:
    """What the role of this connection may do; of tables that are not there yet, whether it may make them."""
    if database.is_sqlite:
        return Rights()
    with database.read() as work:
        row = work.session.execute(text(_RIGHTS)).one()
    return Rights(bool(row.tables), bool(row.log))


_RIGHTS = """
SELECT has_schema_privilege(current_schema(), 'CREATE') OR EXISTS (
    SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
    AND pg_has_role(relowner, 'USAGE')
) AS tables, EXISTS (
    SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = 'audit'
    AND has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE')
) AS log
"""


def _do(work: Work, statement: str) -> None:
    work.session.execute(text(statement))
