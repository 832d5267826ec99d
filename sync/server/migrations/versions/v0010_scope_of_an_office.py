"""An office may hold members of its own; the change log may be pruned.

The sum of the records that all devices get is kept apart from the members', so that it can be told
together with the members of one office.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_LANES = ("lane0", "lane1", "lane2", "lane3")


def upgrade() -> None:
    _add("programme", sa.Column("log_from_xid", sa.BigInteger(), nullable=True), "0")
    _add("office", sa.Column("members", sa.Text(), nullable=True), "'whole'")
    op.add_column("office", sa.Column("scope_id", sa.Uuid(), nullable=True))
    _add("office", sa.Column("scope_number", sa.BigInteger(), nullable=True), "0")
    _add("office", sa.Column("file_asked_ms", sa.BigInteger(), nullable=True), "0")
    op.add_column("snapshot", sa.Column("scope_id", sa.Uuid(), nullable=True))
    op.drop_index("ix_member_programme_id_home_office", table_name="member")
    op.create_index(
        "ix_member_programme_id_home_office_member_id",
        "member",
        ["programme_id", "home_office", "member_id"],
    )
    op.create_table(
        "log_mark",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "xid", name="pk_log_mark"),
    )
    op.create_table(
        "scope_member",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("scope_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint(
            "programme_id", "scope_id", "member_id", "reason", name="pk_scope_member"
        ),
    )
    for column in ("member_id", "until_ms"):
        name = f"ix_scope_member_programme_id_{column}"
        op.create_index(name, "scope_member", ["programme_id", column])
    _part_sums()


def _add(table: str, column: sa.Column[Any], value: str) -> None:
    op.add_column(table, column)
    op.execute(f"UPDATE {table} SET {column.name} = {value}")  # noqa: S608 # our own names
    with op.batch_alter_table(table) as altered:
        altered.alter_column(column.name, existing_type=column.type, nullable=False)


def _part_sums() -> None:
    """Take the records out of the programme's sum, and give them one of their own."""
    record = sa.table(
        "record",
        sa.column("programme_id", sa.Uuid()),
        sa.column("office_id", sa.Uuid()),
        sa.column("row_hash", sa.LargeBinary()),
    )
    sums = sa.table(
        "replica_sum",
        sa.column("programme_id", sa.Uuid()),
        *(sa.column(name) for name in ("scope", "slot", "row_count", *_LANES)),
    )
    totals: dict[object, list[int]] = {}
    published = sa.select(record.c.programme_id, record.c.row_hash)
    for programme_id, row_hash in op.get_bind().execute(
        published.where(record.c.office_id.is_(None))
    ):
        value = int.from_bytes(bytes(row_hash), "big")
        total = totals.setdefault(programme_id, [0] * 5)
        total[0] += 1
        for lane in range(4):
            total[lane + 1] += value >> (32 * lane) & 0xFFFFFFFF
    names = ("row_count", *_LANES)
    for programme_id, total in totals.items():
        # A slot is any summand of its sum, so what is taken away may stand in one of its own
        for scope, sign, slot in (("records", 1, 0), ("programme", -1, -1)):
            values = {name: sign * n for name, n in zip(names, total, strict=True)}
            op.execute(
                sa.insert(sums).values(programme_id=programme_id, scope=scope, slot=slot, **values)
            )
