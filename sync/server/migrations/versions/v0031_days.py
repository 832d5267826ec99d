"""Offices' days are counted from visits and cases, not added up; what they are counted by."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

_TEXTS = ("flags", "reasons", "service")
_BY_VISIT = ("rating", "accrual", "redemption", "matter")
_LAST_S = 253_370_764_800  # the calendar's last year


def upgrade() -> None:
    op.drop_table("figure")
    op.create_table(
        "day_mark",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(
            "programme_id", "office_id", "day", "device_id", name=op.f("pk_day_mark")
        ),
    )
    for name in _TEXTS:
        op.add_column("encounter", sa.Column(name, sa.Text(), nullable=True))
    for name in ("identified_ms", "rated_ms"):
        op.add_column(
            "encounter", sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=True)
        )
    op.add_column("service_case", sa.Column("day", sa.Text(), nullable=True))
    _fill_visits()
    _fill_cases()
    with op.batch_alter_table("encounter") as changed:
        for name in _TEXTS:
            changed.alter_column(name, existing_type=sa.Text(), nullable=False)
    with op.batch_alter_table("service_case") as changed:
        changed.alter_column("day", existing_type=sa.Text(), nullable=False)
    op.create_index(
        op.f("ix_service_case_programme_id_office_id_day"),
        "service_case",
        ["programme_id", "office_id", "day"],
    )
    for table in ("encounter", "service_case"):
        op.execute(
            "INSERT INTO day_mark (programme_id, office_id, day, device_id, n)"  # noqa: S608
            f" SELECT DISTINCT programme_id, office_id, day, programme_id, 1 FROM {table}"
            " WHERE true ON CONFLICT DO NOTHING"
        )


def _fill_visits() -> None:
    """What ratings, and what was done in a visit, say of it."""
    for table in _BY_VISIT:
        op.create_index(f"ix_{table}_by_visit", table, ["programme_id", "encounter_id"])
    of_visit = "x.programme_id = encounter.programme_id AND x.encounter_id = encounter.encounter_id"
    last = "ORDER BY x.revision DESC LIMIT 1"
    op.execute(
        "UPDATE encounter SET"  # noqa: S608
        f" flags = COALESCE((SELECT x.flags FROM rating x WHERE {of_visit} {last}), ''),"
        " reasons = COALESCE((SELECT d.reasons FROM rating x JOIN rating_detail d ON"
        " d.programme_id = x.programme_id AND d.rating_id = x.rating_id"
        f" WHERE {of_visit} {last}), ''),"
        f" rated_ms = (SELECT min(x.at_ms) FROM rating x WHERE {of_visit}),"
        " service = CASE"
        f" WHEN EXISTS (SELECT 1 FROM matter x WHERE {of_visit}) THEN 'matter'"
        f" WHEN EXISTS (SELECT 1 FROM redemption x WHERE {of_visit}) THEN 'redemption'"
        f" WHEN EXISTS (SELECT 1 FROM accrual x WHERE {of_visit} AND x.source = 'retro')"
        " THEN 'claim'"
        f" WHEN EXISTS (SELECT 1 FROM accrual x WHERE {of_visit}) THEN 'accrual'"
        " ELSE '' END"
    )
    for table in _BY_VISIT:
        op.drop_index(f"ix_{table}_by_visit", table)


def _fill_cases() -> None:
    names = ("programme_id", "office_id", "case_id", "opened_ms", "day")
    case = sa.table("service_case", *(sa.column(name) for name in names))
    office = sa.table(
        "office", sa.column("programme_id"), sa.column("office_id"), sa.column("time_zone")
    )
    connection = op.get_bind()
    zones = {(row[0], row[1]): ZoneInfo(row[2]) for row in connection.execute(sa.select(office))}
    days = []
    for programme_id, office_id, case_id, opened_ms in connection.execute(
        sa.select(case.c.programme_id, case.c.office_id, case.c.case_id, case.c.opened_ms)
    ):
        seconds = min(max(opened_ms // 1000, 0), _LAST_S)
        local = datetime.fromtimestamp(seconds, UTC).astimezone(zones[programme_id, office_id])
        days.append({"of": programme_id, "case": case_id, "day": local.date().isoformat()})
    if days:
        connection.execute(
            sa.update(case)
            .where(
                case.c.programme_id == sa.bindparam("of"), case.c.case_id == sa.bindparam("case")
            )
            .values(day=sa.bindparam("day")),
            days,
        )
