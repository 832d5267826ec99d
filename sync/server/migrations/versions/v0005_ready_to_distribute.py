"""No unique index crosses programmes, and what has expired is found without reading every lot.

A database that spreads programmes over machines can't hold an index unique across them; a device's
id stays its own by being made here, a UUID.
"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.drop_index("ix_device_device_id", table_name="device")
    op.create_index("ix_device_device_id", "device", ["device_id"])
    op.create_index("ix_lot_programme_id_expires_on", "lot", ["programme_id", "expires_on"])
