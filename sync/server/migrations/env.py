"""Run by Alembic for each migration, on the engine that `store.migrate` hands over."""

from alembic import context

from sync.server.store.tables import METADATA

with context.config.attributes["engine"].begin() as connection:
    context.configure(
        connection=connection, target_metadata=METADATA, render_as_batch=True, compare_type=True
    )
    context.run_migrations()
