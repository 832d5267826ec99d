"""Ratings from customers' own phones, and by which way a case's rating came."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0035"


def _int(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)


def upgrade() -> None:
    op.create_table(
        "rating_link",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        _int("begun_ms"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "encounter_id", name=op.f("pk_rating_link")),
    )
    op.create_index(
        "ix_rating_link_waiting",
        "rating_link",
        ["programme_id", "encounter_id"],
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "link_rating",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("rating_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        _int("place"),
        _int("score"),
        _int("at_ms"),
        _int("said_ms", null=True),
        _int("called_ms", null=True),
        sa.PrimaryKeyConstraint("programme_id", "rating_id", name=op.f("pk_link_rating")),
        sa.UniqueConstraint(
            "programme_id",
            "encounter_id",
            "place",
            name=op.f("uq_link_rating_programme_id_encounter_id_place"),
        ),
    )
    op.add_column(
        "service_case",
        sa.Column("source", sa.Text(), nullable=False, server_default=sa.text("''")),
    )
    with op.batch_alter_table("service_case") as changed:
        changed.alter_column("source", existing_type=sa.Text(), server_default=None)
