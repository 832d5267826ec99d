"""The key behind managers' approvals, one of each programme."""

import os

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column("programme", sa.Column("approval_key", sa.LargeBinary(), nullable=True))
    programme = sa.table("programme", sa.column("programme_id"), sa.column("approval_key"))
    connection = op.get_bind()
    for (programme_id,) in connection.execute(sa.select(programme.c.programme_id)).all():
        connection.execute(
            sa.update(programme)
            .where(programme.c.programme_id == programme_id)
            .values(approval_key=os.urandom(32))
        )
    with op.batch_alter_table("programme") as changed:
        changed.alter_column("approval_key", existing_type=sa.LargeBinary(), nullable=False)
