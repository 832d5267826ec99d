"""A reward's terms; what of a redemption was paid with money."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    _add("reward", "terms", sa.Text(), "{}")
    _add("redemption", "cash_minor", sa.BigInteger(), 0)
    _add("redemption", "currency", sa.Text(), "")


def _add(table: str, column: str, kind: sa.types.TypeEngine[Any], value: object) -> None:
    op.add_column(table, sa.Column(column, kind, nullable=True))
    op.execute(sa.update(sa.table(table, sa.column(column))).values({column: value}))
    with op.batch_alter_table(table) as changed:
        changed.alter_column(column, existing_type=kind, nullable=False)
