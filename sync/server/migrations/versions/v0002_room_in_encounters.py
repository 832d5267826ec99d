"""Room for an encounter's later row beside its first.

Most encounters are written once when they begin and once more with their rating. Where the page
has no room for the second row, PostgreSQL writes both indexes anew, which took three times as long.
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE encounter SET (fillfactor = 50)")
