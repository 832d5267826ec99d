"""Families, who gives what to their heads, and what heads were given of which accrual."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

_NOW = sa.text("until_ms IS NULL")


def _span() -> list[sa.Column[Any]]:
    return [
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "family",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("head_id", sa.Uuid(), nullable=False),
        *_span(),
        sa.PrimaryKeyConstraint("programme_id", "family_id", name="pk_family"),
    )
    op.create_table(
        "family_share",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("share_id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("head_id", sa.Uuid(), nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        *_span(),
        sa.PrimaryKeyConstraint("programme_id", "share_id", name="pk_family_share"),
    )
    op.create_table(
        "accrual_share",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("accrual_id", sa.Uuid(), nullable=False),
        sa.Column("share_id", sa.Uuid(), nullable=False),
        sa.Column("head_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "accrual_id", name="pk_accrual_share"),
    )
    for table, column in (
        ("family", "head_id"),
        ("family_share", "member_id"),
        ("family_share", "head_id"),
        ("accrual_share", "share_id"),
    ):
        op.create_index(f"ix_{table}_programme_id_{column}", table, ["programme_id", column])
    for table, column in (("family", "head_id"), ("family_share", "member_id")):
        op.create_index(
            f"ix_{table}_now",
            table,
            ["programme_id", column],
            unique=True,
            postgresql_where=_NOW,
            sqlite_where=_NOW,
        )
