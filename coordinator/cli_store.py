"""The database as the settings have it; for the composition roots."""

from __future__ import annotations

from config import Settings
from coordinator.store.unit_of_work import Database


def database_of(settings: Settings) -> Database:
    """The database with every key at hand."""
    return Database(settings.database_url, settings.secret_key, settings.contact_keys, settings.old_secret_keys)
