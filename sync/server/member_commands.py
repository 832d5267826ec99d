"""`guichet-server member …`: a member's rights to their data, for whoever answers their letter."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy.engine import Engine

from sync.server import forgetting, snapshots
from sync.server.opening import new_id, only_programme, open_engine
from sync.server.serving import now_ms
from sync.server.settings import ServerSettings
from sync.server.store.engine import reading
from sync.server.transactions import programme_work


@contextlib.contextmanager
def _member(settings: ServerSettings, card_no: str) -> Iterator[tuple[Engine, UUID, UUID]]:
    """Yields (engine, programme, member)."""
    engine = open_engine(settings)
    try:
        programme_id = only_programme(engine)
        with reading(engine) as connection:
            member_id = forgetting.member_of(connection, programme_id, card_no)
        yield engine, programme_id, member_id
    finally:
        engine.dispose()


def copy_member(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Print all that is known of a member."""
    with _member(settings, options.card) as (engine, programme_id, member_id):
        with reading(engine) as connection:
            known = forgetting.copy_of(connection, programme_id, member_id)
        print(json.dumps(known, ensure_ascii=False, indent=2, default=str))


def correct_member(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Change what is wrong of a member."""
    said = {name: getattr(options, name) for name in forgetting.CORRECTABLE}
    changes = {name: value for name, value in said.items() if value is not None}
    with (
        _member(settings, options.card) as (engine, programme_id, member_id),
        programme_work(engine, programme_id, now_ms=now_ms(), new_id=new_id) as work,
    ):
        forgetting.correct(work, member_id, changes)
    print(f"Card {options.card}: {', '.join(changes) or 'nothing'} corrected")


def erase_member(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Forget a member, or say what would go."""
    with _member(settings, options.card) as (engine, programme_id, member_id):
        with reading(engine) as connection:
            held = forgetting.gather(connection, programme_id, member_id)
        if not options.yes:
            print(f"{held.summary()} would go. Nothing was changed: --yes does it.")
            return
        with programme_work(engine, programme_id, now_ms=now_ms(), new_id=new_id) as work:
            forfeited = forgetting.erase(work, held)
        snapshots.drop_loose(engine, programme_id)
    print(f"{held.summary()} are gone, {forfeited} points forfeited")
