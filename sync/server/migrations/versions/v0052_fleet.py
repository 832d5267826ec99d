"""What devices say of themselves, and what people did about devices."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0048"


def _int(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)


def upgrade() -> None:
    op.create_table(
        "condition",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        _int("at_ms"),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        _int("unsent"),
        _int("oldest_unsent_ms"),
        _int("free_mb", null=True),
        _int("offset_ms", null=True),
        _int("doctor_ran_ms", null=True),
        sa.Column("doctor_worst", sa.Text(), nullable=False),
        sa.Column("doctor_codes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "device_id", name=op.f("pk_condition")),
    )
    op.create_table(
        "device_act",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("act_id", sa.Uuid(), nullable=False),
        _int("at_ms"),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("desk_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "act_id", name=op.f("pk_device_act")),
    )
