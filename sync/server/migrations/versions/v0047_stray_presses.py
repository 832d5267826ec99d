"""Presses on the customer's side while no question was open."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0042"


def upgrade() -> None:
    op.create_table(
        "stray_press",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("presses", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("began_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lasted_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("is_stuck", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "event_id", name=op.f("pk_stray_press")),
    )
    op.create_index(
        op.f("ix_stray_press_programme_id_office_id_day"),
        "stray_press",
        ["programme_id", "office_id", "day"],
    )
