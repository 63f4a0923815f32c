"""Migrations: a database is made, and brought up to date, in one transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from coordinator.store.unit_of_work import Database, Work

FOLDER = Path(__file__).parent / "migrations"
TURN = 7_310_021
"""The advisory lock under which PostgreSQL is migrated; SQLite's write lock does the same."""


def upgrade(database: Database, revision: str = "head") -> None:
    """Brings the tables up to the revision; does nothing where they are. Two at once take turns."""
    with database.write() as work:
        command.upgrade(_config(database, work), revision)


def downgrade(database: Database, revision: str) -> None:
    """Takes the tables back to the revision; `base` drops them all, with everything in them."""
    with database.write() as work:
        command.downgrade(_config(database, work), revision)


def revision(database: Database) -> str | None:
    """The revision that the tables have; None for an empty database."""
    with database.read() as work:
        return MigrationContext.configure(work.session.connection()).get_current_revision()


def newest() -> str | None:
    """The revision that this version of the program needs."""
    return ScriptDirectory(str(FOLDER)).get_current_head()


def draft(database: Database, message: str) -> None:
    """Writes the next migration's file from what the models have and the database lacks; to be read before use."""
    with database.write() as work:
        command.revision(_config(database, work), message, autogenerate=True)


def _config(database: Database, work: Work) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    connection = work.session.connection()
    if not database.is_sqlite:
        connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
    config.attributes["connection"] = connection
    return config
