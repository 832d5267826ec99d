"""Where low ratings go besides the desks, and what was sent there."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.add_column(
        "service_case", sa.Column("rang_ms", sa.BigInteger(), autoincrement=False, nullable=True)
    )
    op.execute("UPDATE service_case SET rang_ms = opened_ms")
    with op.batch_alter_table("service_case") as changed:
        changed.alter_column("rang_ms", existing_type=sa.BigInteger(), nullable=False)
    op.create_index(
        "ix_service_case_untaken",
        "service_case",
        ["programme_id", "rang_ms"],
        postgresql_where=sa.text("state = 'new'"),
        sqlite_where=sa.text("state = 'new'"),
    )
    op.create_table(
        "alarm_route",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("route_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=True),
        sa.Column("after_s", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "route_id", name=op.f("pk_alarm_route")),
        sa.UniqueConstraint(
            "programme_id", "label", name=op.f("uq_alarm_route_programme_id_label")
        ),
    )
    op.create_table(
        "alarm_sent",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("route_id", sa.Uuid(), nullable=False),
        sa.Column("tries", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("next_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("done_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "case_id", "route_id", name=op.f("pk_alarm_sent")),
    )
