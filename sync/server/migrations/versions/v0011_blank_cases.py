"""Cases whose words were taken out are known by a mark, not by reading all of them each hour."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("service_case", sa.Column("blank", sa.Boolean(), nullable=True))
    op.execute("UPDATE service_case SET blank = false")
    with op.batch_alter_table("service_case") as table:
        table.alter_column("blank", existing_type=sa.Boolean(), nullable=False)
    op.create_index(
        "ix_service_case_worded",
        "service_case",
        ["programme_id", "closed_ms"],
        postgresql_where=sa.text("NOT blank"),
        sqlite_where=sa.text("NOT blank"),
    )
