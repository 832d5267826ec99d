"""`guichet-server member merge`: two cards of one person become one membership."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Final

from app.domain.errors import Rejected
from sync.server import forgetting
from sync.server.keys import load_keys
from sync.server.merging import Merged, merge
from sync.server.opening import only_programme, open_engine, upkeep_of
from sync.server.settings import ServerSettings
from sync.server.store.engine import reading
from sync.server.work import Work

_MAX_REASON: Final = 200


class _OnlyLooked(Exception):
    """Rolls back what was done to see what it comes to."""


def merge_members(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Merge, or say what would move; both are the same transaction, kept or rolled back."""
    if len(options.reason) > _MAX_REASON or "\0" in options.reason:
        raise Rejected("bad_reason", f"Give the reason in {_MAX_REASON} characters at most")
    keys = load_keys(settings.data / "keys")
    engine = open_engine(settings)
    try:
        programme_id = only_programme(engine)
        with reading(engine) as connection:
            away_id, stay_id = (
                forgetting.member_of(connection, programme_id, card)
                for card in (options.card, options.into)
            )
        looked: list[Merged] = []

        def do(work: Work) -> Merged:
            done = merge(
                work, keys, away_id, stay_id, reason=options.reason, recorded_by=options.by
            )
            if not options.yes:
                looked.append(done)
                raise _OnlyLooked
            return done

        try:
            done = upkeep_of(engine).transactions.step(programme_id, do)
        except _OnlyLooked:
            done = looked[0]
    finally:
        engine.dispose()
    for line in _said(done, options.card, options.into, is_done=options.yes):
        print(line)


def _said(done: Merged, card: str, into: str, *, is_done: bool) -> Iterator[str]:
    moved = "moved" if is_done else "would move"
    yield f"From {card} to {into} {moved} {done.moved:,} points; {into} then has {done.balance:,}."
    if done.leases:
        yield (
            f"{done.leased:,} of them stand aside in {done.leases} leases, which stay open: what"
            " counters spend under them is posted to who stays."
        )
    if done.pending:
        yield f"{done.pending:,} points can't be spent yet; they keep their day."
    if done.tier:
        yield f"The tier is {done.tier}."
    for flight, points in done.taken_back:
        yield f"Both were credited for {flight}: the {points:,} points of {card} are taken back."
    if not is_done:
        yield "Nothing was changed: --yes does it, and there is no way back."
