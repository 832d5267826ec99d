"""When a question was closed without a rating, and up to which day ratings were looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0037"


def upgrade() -> None:
    op.add_column(
        "encounter", sa.Column("closed_ms", sa.BigInteger(), autoincrement=False, nullable=True)
    )
    op.create_table(
        "rating_watch",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "office_id", name=op.f("pk_rating_watch")),
    )
