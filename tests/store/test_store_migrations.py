"""Migrations: what they make is what the models say, up and down, with data, on both databases."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from cast import seat
from sqlalchemy import inspect, text

from coordinator.store import migrate
from coordinator.store.schema import METADATA
from coordinator.store.unit_of_work import Database


def tables(database: Database) -> set[str]:
    with database.read() as work:
        return set(inspect(work.session.connection()).get_table_names()) - {"alembic_version"}


def test_the_migrated_tables_are_those_of_the_models(database: Database) -> None:
    with database.read() as work:
        context = MigrationContext.configure(work.session.connection())
        assert compare_metadata(context, METADATA) == []


def test_an_empty_database_has_no_revision_and_then_the_newest(empty_database: Database) -> None:
    assert migrate.revision(empty_database) is None
    migrate.upgrade(empty_database)
    assert migrate.revision(empty_database) == migrate.newest()


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    seat(database)
    migrate.upgrade(database)
    with database.read() as work:
        assert work.session.scalar(text("SELECT count(*) FROM staff")) == 3


def test_down_to_nothing_and_up_again_with_data_in_the_tables(database: Database) -> None:
    seat(database)
    migrate.downgrade(database, "base")
    assert tables(database) == set()
    migrate.upgrade(database)
    assert tables(database) == set(METADATA.tables)
    seat(database)


def test_one_step_down_keeps_what_the_steps_before_made(database: Database) -> None:
    seat(database)
    migrate.downgrade(database, "0001")
    with database.read() as work:
        assert work.session.scalar(text("SELECT count(*) FROM staff")) == 3
    assert "visits" not in tables(database)
    migrate.upgrade(database)
    assert migrate.revision(database) == migrate.newest()
