"""How members were known, when their card or phone changed, and what was looked at."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    _add("redemption", "proof", sa.Text(), "")
    _add("redemption", "watched", sa.Boolean(), True)
    _add("exception_item", "clerk_number", sa.Text(), "")
    _add("exception_item", "seen", sa.Text(), "{}")
    op.create_index(
        "ix_redemption_unwatched",
        "redemption",
        ["programme_id", "redemption_id"],
        postgresql_where=sa.text("NOT watched"),
        sqlite_where=sa.text("NOT watched"),
    )
    op.create_table(
        "member_change",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "member_id", "event_id", name="pk_member_change"),
    )


def _add(table: str, column: str, kind: sa.types.TypeEngine[Any], value: object) -> None:
    op.add_column(table, sa.Column(column, kind, nullable=True))
    op.execute(sa.update(sa.table(table, sa.column(column))).values({column: value}))
    with op.batch_alter_table(table) as changed:
        changed.alter_column(column, existing_type=kind, nullable=False)
