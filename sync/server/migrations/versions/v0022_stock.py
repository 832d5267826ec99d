"""Rewards with stock: how many there are, who holds some, and what became of each."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "reward_stock",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("limited", sa.Boolean(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("free", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "reward_id", name="pk_reward_stock"),
    )
    op.create_table(
        "stock_lease",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("stock_lease_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("restored", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("granted_ms", sa.BigInteger(), nullable=False),
        sa.Column("written_off", sa.BigInteger(), nullable=False),
        sa.Column("late", sa.BigInteger(), nullable=False),
        sa.Column("recalled_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("programme_id", "stock_lease_id", name="pk_stock_lease"),
    )
    _index("stock_lease", "device_id", "state")
    _index("stock_lease", "reward_id")
    op.create_table(
        "stock_use",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stock_lease_id", sa.Uuid(), nullable=True),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "redemption_id", name="pk_stock_use"),
    )
    _index("stock_use", "reward_id", "office_id", "at_ms")


def _index(table: str, *columns: str) -> None:
    names = ["programme_id", *columns]
    op.create_index(f"ix_{table}_{'_'.join(names)}", table, names)
