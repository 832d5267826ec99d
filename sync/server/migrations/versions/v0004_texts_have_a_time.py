"""Texts know when they came in, so that they can go when their time is over."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    # What is there already counts from now on, as nobody wrote down when it came
    now_ms = sa.text(
        "(extract(epoch FROM now()) * 1000)::bigint"
        if op.get_bind().dialect.name == "postgresql"
        else "(unixepoch() * 1000)"
    )
    op.add_column("blob", sa.Column("received_ms", sa.BigInteger(), nullable=True))
    op.execute(sa.update(sa.table("blob", sa.column("received_ms"))).values(received_ms=now_ms))
    with op.batch_alter_table("blob") as table:
        table.alter_column("received_ms", existing_type=sa.BigInteger(), nullable=False)
    op.create_index("ix_blob_programme_id_received_ms", "blob", ["programme_id", "received_ms"])
