"""What counters hand on to each other of the points set aside for them."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "lease_transfer",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("lease_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("from_device_id", sa.Uuid(), nullable=False),
        sa.Column("to_device_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("exposed", sa.BigInteger(), nullable=False),
        sa.Column("was_exposed", sa.Boolean(), nullable=False),
        sa.Column("handed_on", sa.Boolean(), nullable=False),
        sa.Column("received", sa.Boolean(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "transfer_id", name="pk_lease_transfer"),
    )
    op.create_index(
        "ix_lease_transfer_programme_id_lease_id", "lease_transfer", ["programme_id", "lease_id"]
    )
