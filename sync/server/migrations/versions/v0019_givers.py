"""Who gave each reward."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("redemption", sa.Column("staff_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_redemption_programme_id_staff_id_at_ms",
        "redemption",
        ["programme_id", "staff_id", "at_ms"],
    )
