"""The migrations make the tables that the code believes in."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.domain.errors import Unavailable
from sync.server.store import migrate as migrate_module
from sync.server.store import tables as t
from sync.server.store.engine import make_engine
from sync.server.store.migrate import migrate
from sync.server.store.tables import METADATA
from tests.server.seats import new_id


def test_migrations_give_the_metadata(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_pages_of_encounters_keep_room_for_what_changes(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.connect() as connection:
        found = connection.execute(
            sa.text("SELECT reloptions FROM pg_class WHERE relname = 'encounter'")
        )
        assert found.scalar_one() == ["fillfactor=50"]
    engine.dispose()


def test_every_table_is_distributed_by_programme() -> None:
    for table in METADATA.sorted_tables:
        assert next(iter(table.primary_key)).name == "programme_id", table.name


def test_nothing_in_the_schema_holds_programmes_together() -> None:
    """What a database that spreads them over machines could not keep: see docs/scale.md."""
    for table in METADATA.sorted_tables:
        assert not table.foreign_keys, table.name
        unique = [set(index.columns.keys()) for index in table.indexes if index.unique]
        unique += [
            set(constraint.columns.keys())
            for constraint in table.constraints
            if isinstance(constraint, sa.UniqueConstraint)
        ]
        assert all("programme_id" in columns for columns in unique), table.name


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_was_booked_before_rules_had_versions_is_kept(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    if kind == "postgres":
        url = request.getfixturevalue("postgres_url")
    engine = make_engine(url)
    command.upgrade(migrate_module._config(engine), "0012")
    programme_id, accrual_id = new_id(), new_id()
    with engine.begin() as connection:
        ids = {name: str(value) if kind == "postgres" else value.hex for name, value in (
            ("programme", programme_id), ("accrual", accrual_id))}  # fmt: skip
        for statement in (
            "INSERT INTO programme (programme_id, name, created_ms, last_rank, log_from_xid)"
            " VALUES (:programme, 'Phoenix', 7, 0, 0)",
            "INSERT INTO setting (programme_id, name, version, value)"
            " VALUES (:programme, 'accrual', 3, '{\"x\": 1}')",
            "INSERT INTO accrual (programme_id, accrual_id, member_id, encounter_id, points,"
            " source, state, at_ms) VALUES (:programme, :accrual, :accrual, :accrual, 5,"
            " 'amount', 'posted', 1)",
        ):
            connection.execute(sa.text(statement), ids)
    migrate(engine)
    with engine.begin() as connection:
        (kept,) = connection.execute(sa.select(t.setting_version))
        assert (kept.version, kept.value, kept.since_ms) == (3, '{"x": 1}', 7)
        (accrual,) = connection.execute(sa.select(t.accrual))
        assert (accrual.accrual_id, accrual.reduced, accrual.spendable_from) == (
            accrual_id, 0, None,
        )  # fmt: skip
    engine.dispose()


def test_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'x.db'}")
    migrate(engine)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable) as error:
        migrate(engine)
    assert error.value.code == "newer_schema"
    engine.dispose()
    with pytest.raises(ValueError, match="mysql"):
        make_engine("mysql://x/y")
