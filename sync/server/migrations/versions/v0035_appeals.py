"""Appeals against ratings, and what became of them beside their visits."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.add_column("encounter", sa.Column("appeal", sa.Text(), nullable=True))
    op.create_table(
        "appeal",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("counter_label", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("answer_hash", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("programme_id", "appeal_id", name=op.f("pk_appeal")),
    )
    op.create_index(
        op.f("ix_appeal_programme_id_encounter_id"), "appeal", ["programme_id", "encounter_id"]
    )
