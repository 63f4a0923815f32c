"""Migrations: a database is made, and brought up to date, in one transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import text

from coordinator.domain.errors import DomainError
from coordinator.store.unit_of_work import Database, Work

FOLDER = Path(__file__).parent / "migrations"
TURN = 7_310_021
"""The advisory lock under which PostgreSQL is migrated; SQLite's write lock does the same."""


class MigrationUnknown(DomainError):
    """A revision that this version does not know."""


def upgrade(database: Database, revision: str = "head") -> None:
    """Brings the tables up to the revision; does nothing where they are. Two at once take turns."""
    with database.write() as work:
        command.upgrade(_config(database, work), revision)


def downgrade(database: Database, revision: str) -> None:
    """Takes the tables back to the revision; `base` drops them all, with everything in them."""
    with database.write() as work:
        command.downgrade(_config(database, work), revision)


def rebuild(database: Database, work: Work, revision: str) -> None:
    """Drops everything and makes the empty tables of a revision; raises MigrationUnknown for one that is not ours."""
    try:
        command.downgrade(_config(database, work), "base")
        command.upgrade(_config(database, work), revision)
    except CommandError as error:
        raise MigrationUnknown(
            "The tables, here or in the file, are of a newer version of Coordinator. Install that version first."
        ) from error


def to_newest(database: Database, work: Work) -> None:
    """Brings the tables up to this version inside an open transaction."""
    command.upgrade(_config(database, work), "head")


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
