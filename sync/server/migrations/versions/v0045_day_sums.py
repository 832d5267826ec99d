"""What offices' days count by service alone, for reports over all offices; all days count anew."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0047"

# A day's document is named '<office code> <ISO date>'; nobody's device marks
_ALL_DAYS = """
INSERT INTO day_mark (programme_id, office_id, day, device_id, n)
SELECT programme_id, office_id, substr(id, length(id) - 9), programme_id, 1
FROM record WHERE kind = 'figures'
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    op.create_table(
        "day_sum",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "day", "office_id", name=op.f("pk_day_sum")),
    )
    op.execute(_ALL_DAYS)
