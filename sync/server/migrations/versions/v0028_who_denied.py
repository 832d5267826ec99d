"""Who put a member on the deny list."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.add_column("denial", sa.Column("recorded_by", sa.Text(), nullable=True))
    op.execute(sa.text("UPDATE denial SET recorded_by = ''"))
    with op.batch_alter_table("denial") as changed:
        changed.alter_column("recorded_by", existing_type=sa.Text(), nullable=False)
