"""Alembic runs this file for every command; `store.migrate` hands it an open connection."""

from __future__ import annotations

from alembic import context

from coordinator.store.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    render_as_batch=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
