"""What bounds a pool besides its size; members on the deny list."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

# Pools that were issued before bind their counters by what these knew of
_AS_BEFORE = {
    "per_new": "per_member",
    "per_trusted": "per_member",
    "window_points": "9007199254740992",
    "window_redemptions": "9007199254740992",
    "list_hours": "9007199254740992",
    "approval_points": "9007199254740992",
}


def upgrade() -> None:
    for column, value in _AS_BEFORE.items():
        op.add_column("risk_pool", sa.Column(column, sa.BigInteger(), nullable=True))
        op.execute(sa.text(f"UPDATE risk_pool SET {column} = {value}"))  # noqa: S608 # ours
    with op.batch_alter_table("risk_pool") as changed:
        for column in _AS_BEFORE:
            changed.alter_column(column, existing_type=sa.BigInteger(), nullable=False)
    op.create_table(
        "denial",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "member_id", name=op.f("pk_denial")),
    )
