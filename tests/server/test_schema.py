"""The migrations make the tables that the code believes in."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.domain.errors import Unavailable
from sync.server.store.engine import make_engine
from sync.server.store.migrate import migrate
from sync.server.store.tables import METADATA


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
