"""Managers signed in on their phones, and what they touch there."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def _int(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)


def upgrade() -> None:
    op.create_table(
        "phone_session",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("pin_mark", sa.LargeBinary(), nullable=False),
        _int("started_ms"),
        _int("seen_ms"),
        _int("ended_ms", null=True),
        sa.PrimaryKeyConstraint("programme_id", "session_id", name=op.f("pk_phone_session")),
    )
    op.create_table(
        "phone_try",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        _int("tries"),
        _int("last_ms"),
        sa.PrimaryKeyConstraint("programme_id", "number_key", name=op.f("pk_phone_try")),
    )
    op.create_table(
        "phone_tap",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("tap_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        _int("at_ms"),
        sa.PrimaryKeyConstraint("programme_id", "tap_id", name=op.f("pk_phone_tap")),
    )
