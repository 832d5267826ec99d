"""Managers' weekly lists of customers to listen to, what came of it, and what is done about it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0045"


def _id(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def _text(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=null)


def _int(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def upgrade() -> None:
    op.create_table(
        "listening_draw",
        _id("programme_id"),
        _id("staff_id"),
        _text("week"),
        _id("office_id"),
        _int("drawn_ms"),
        _int("version"),
        _text("frame"),
        sa.PrimaryKeyConstraint("programme_id", "staff_id", "week", name=op.f("pk_listening_draw")),
    )
    op.create_table(
        "listening",
        _id("programme_id"),
        _id("listening_id"),
        _id("office_id"),
        _id("staff_id"),
        _text("week"),
        _int("place"),
        _id("member_id"),
        _text("stratum"),
        sa.Column("lot", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "listening_id", name=op.f("pk_listening")),
    )
    op.create_table(
        "corrective_action",
        _id("programme_id"),
        _id("action_id"),
        _id("listening_id"),
        _id("office_id"),
        _id("staff_id"),
        _int("opened_ms"),
        _text("what_hash"),
        _text("state"),
        _id("owner_id", null=True),
        _text("check_on"),
        sa.PrimaryKeyConstraint("programme_id", "action_id", name=op.f("pk_corrective_action")),
    )
    op.create_table(
        "listening_said",
        _id("programme_id"),
        _id("about_id"),
        _id("event_id"),
        _int("at_ms"),
        _id("staff_id"),
        _text("field"),
        _text("value"),
        _text("saw"),
        _int("list_version"),
        _text("text_hash", null=True),
        sa.PrimaryKeyConstraint(
            "programme_id", "about_id", "event_id", name=op.f("pk_listening_said")
        ),
    )
    for table, column in (
        ("listening", "week"),
        ("listening", "member_id"),
        ("corrective_action", "listening_id"),
        ("corrective_action", "what_hash"),
        ("listening_said", "text_hash"),
    ):
        name = op.f(f"ix_{table}_programme_id_{column}")
        op.create_index(name, table, ["programme_id", column])
