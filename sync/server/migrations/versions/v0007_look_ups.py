"""Members are looked up by name and the phone's ending; who did is written down."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("member", sa.Column("phone_ending", sa.Text(), nullable=True))
    op.execute(
        "UPDATE member SET phone_ending ="
        " CASE WHEN length(phone) >= 4 THEN substr(phone, length(phone) - 3) ELSE '' END"
    )
    with op.batch_alter_table("member") as table:
        table.alter_column("phone_ending", existing_type=sa.Text(), nullable=False)
    op.create_index(
        "ix_member_programme_id_phone_ending", "member", ["programme_id", "phone_ending"]
    )
    op.create_table(
        "look_up",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("look_up_id", sa.Uuid(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("member_ids", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "look_up_id", name="pk_look_up"),
    )
    for columns in (["device_id", "at_ms"], ["staff_id", "at_ms"], ["at_ms"]):
        name = "_".join(["ix_look_up_programme_id", *columns])
        op.create_index(name, "look_up", ["programme_id", *columns])
