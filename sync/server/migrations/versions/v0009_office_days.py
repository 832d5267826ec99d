"""Offices' days are published by a job, which has to know of which its desks know less."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("figure", sa.Column("published", sa.BigInteger(), nullable=True))
    op.execute("UPDATE figure SET published = n")  # each upload has published what it counted
    with op.batch_alter_table("figure") as table:
        table.alter_column("published", existing_type=sa.BigInteger(), nullable=False)
    op.create_index(
        "ix_figure_unpublished",
        "figure",
        ["programme_id", "office_id", "day"],
        postgresql_where=sa.text("n <> published"),
        sqlite_where=sa.text("n <> published"),
    )
