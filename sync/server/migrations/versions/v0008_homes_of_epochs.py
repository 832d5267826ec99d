"""An epoch notes which copy of the database it began in, so that a restored one tells by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("epoch", sa.Column("home", sa.Text(), nullable=False, server_default=""))
