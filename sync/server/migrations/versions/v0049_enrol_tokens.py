"""Tokens by which many PCs enrol, and the uses of each."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0052"


def upgrade() -> None:
    op.create_table(
        "enrol_token",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("token_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("most", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("made_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revoked_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("programme_id", "token_id", name=op.f("pk_enrol_token")),
    )
    op.create_index(op.f("ix_enrol_token_token_hash"), "enrol_token", ["token_hash"])
    op.create_table(
        "enrol_token_use",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("token_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(
            "programme_id", "token_id", "device_id", name=op.f("pk_enrol_token_use")
        ),
    )
