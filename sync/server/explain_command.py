"""`guichet-server explain`: why points were booked, for whoever is asked."""

from __future__ import annotations

import argparse
from uuid import UUID

from app.domain.errors import Rejected
from sync.server.explaining import explain
from sync.server.opening import only_programme, open_engine
from sync.server.settings import ServerSettings
from sync.server.store.engine import reading


def print_explanation(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Print all that was booked under an id. Raises Rejected('unknown_id')."""
    try:
        wanted = UUID(options.id)
    except ValueError as error:
        raise Rejected("unknown_id", f"{options.id} is no id") from error
    engine = open_engine(settings)
    try:
        with reading(engine) as connection:
            for line in explain(connection, only_programme(engine), wanted):
                print(line)
    finally:
        engine.dispose()
