"""Bringing a database to the newest schema, from code."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Engine

from app.domain.errors import Unavailable

_FOLDER = Path(__file__).parent.parent / "migrations"


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["engine"] = engine
    return config


def newest_version() -> str:
    """Of the schema, as this program knows it."""
    head = ScriptDirectory(str(_FOLDER)).get_current_head()
    assert head is not None
    return head


def migrate(engine: Engine) -> None:
    """Create the tables or upgrade them.

    Raises:
        Unavailable: newer_schema, for a database that a newer server has upgraded.
    """
    config = _config(engine)
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {s.revision for s in scripts.walk_revisions()}:
        raise Unavailable("newer_schema", "The database belongs to a newer server")
    if current != scripts.get_current_head():
        command.upgrade(config, "head")
