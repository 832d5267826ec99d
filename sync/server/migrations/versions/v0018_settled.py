"""When an exception was settled, and what the answer booked."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("exception_item", sa.Column("settled_ms", sa.BigInteger(), nullable=True))
    op.add_column("exception_item", sa.Column("txn_id", sa.Uuid(), nullable=True))
