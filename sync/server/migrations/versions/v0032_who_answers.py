"""Which department answers a matter's case, and who is in charge there."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    for name in ("department", "owner"):
        op.add_column("service_case", sa.Column(name, sa.Text(), nullable=True))
    op.execute(
        "UPDATE service_case SET owner = '', department = COALESCE((SELECT matter.department"
        " FROM matter WHERE matter.programme_id = service_case.programme_id"
        " AND matter.matter_id = service_case.case_id), '')"
    )
    with op.batch_alter_table("service_case") as changed:
        for name in ("department", "owner"):
            changed.alter_column(name, existing_type=sa.Text(), nullable=False)
