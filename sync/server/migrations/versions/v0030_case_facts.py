"""What managers say of a case besides its stages: each version of each field."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "case_fact",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("staff_name", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("saw", sa.Text(), nullable=False),
        sa.Column("list_version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("adjustment_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("programme_id", "case_id", "event_id", name=op.f("pk_case_fact")),
    )
