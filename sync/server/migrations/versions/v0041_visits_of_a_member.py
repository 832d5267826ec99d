"""Visits are found by their member, who is followed after a low rating."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.create_index(
        "ix_encounter_of_member",
        "encounter",
        ["programme_id", "member_id", "day"],
        postgresql_where=sa.text("member_id IS NOT NULL"),
        sqlite_where=sa.text("member_id IS NOT NULL"),
    )
