"""Run by alembic, on the connection that `ivr.records.database` holds its lock with."""

from __future__ import annotations

from alembic import context

from ivr.records.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
    transaction_per_migration=False,
)
context.run_migrations()
