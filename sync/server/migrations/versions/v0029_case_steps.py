"""How far a case has come, and each step of the way with its person and time."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("service_case", sa.Column("stage", sa.Text(), nullable=True))
    op.execute(sa.text("UPDATE service_case SET stage = ''"))
    with op.batch_alter_table("service_case") as changed:
        changed.alter_column("stage", existing_type=sa.Text(), nullable=False)
    op.create_table(
        "case_step",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("staff_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "case_id", "event_id", name=op.f("pk_case_step")),
    )
