"""The database as the settings have it; for the composition roots."""

from __future__ import annotations

from dataclasses import replace

from config import Settings
from coordinator.store.unit_of_work import Database


def database_of(settings: Settings) -> Database:
    """The database with every key at hand."""
    return Database(settings.database_url, settings.secret_key, settings.contact_keys, settings.old_secret_keys)


def owners_database_of(settings: Settings) -> Database:
    """The same by the role that owns the tables, where there is another one."""
    return database_of(replace(settings, database_url=settings.migrate_database_url or settings.database_url))
