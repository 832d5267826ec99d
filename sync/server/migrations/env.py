"""Run by Alembic for each migration, on the engine that `store.migrate` hands over."""

from typing import Final

import sqlalchemy as sa
from alembic import context

from sync.server.store.tables import METADATA

_ONE_AT_A_TIME: Final = 0x6775_6963_6D67  # of PostgreSQL's advisory locks, ours for this

with context.config.attributes["engine"].begin() as connection:
    if connection.dialect.name == "postgresql":
        # Servers that start together: one migrates, the others find it done, however long it takes
        for patience in ("lock_timeout", "idle_in_transaction_session_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {patience} = 0")
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    context.configure(
        connection=connection, target_metadata=METADATA, render_as_batch=True, compare_type=True
    )
    context.run_migrations()
