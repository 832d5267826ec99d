"""When somebody is on duty where a low rating is carried on to."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.add_column("alarm_route", sa.Column("hours", sa.Text(), nullable=True))
    op.execute("UPDATE alarm_route SET hours = ''")
    with op.batch_alter_table("alarm_route") as changed:
        changed.alter_column("hours", existing_type=sa.Text(), nullable=False)
