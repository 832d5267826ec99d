"""Leases are asked back and written off, and for whoever is expected they are granted first."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("lease", sa.Column("exposed", sa.BigInteger(), nullable=True))
    op.add_column("lease", sa.Column("recalled_ms", sa.BigInteger(), nullable=True))
    op.execute("UPDATE lease SET exposed = 0")
    with op.batch_alter_table("lease") as table:
        table.alter_column("exposed", existing_type=sa.BigInteger(), nullable=False)
    op.create_table(
        "expected",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint(
            "programme_id", "office_id", "day", "member_id", name="pk_expected"
        ),
    )
    op.create_index("ix_expected_programme_id_member_id", "expected", ["programme_id", "member_id"])
