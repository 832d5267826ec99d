"""Whose desks are told of an adjustment that waits for a second person."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("adjustment", sa.Column("office_id", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE adjustment SET office_id = (SELECT staff.office_id FROM staff"
        " WHERE staff.programme_id = adjustment.programme_id"
        " AND staff.staff_id = adjustment.recorded_by)"
    )
    with op.batch_alter_table("adjustment") as changed:
        changed.alter_column("office_id", existing_type=sa.Uuid(), nullable=False)
