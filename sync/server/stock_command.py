"""`guichet-server reward stock`: how many of a reward there are, and where they are."""

from __future__ import annotations

import argparse

from app.domain.errors import Rejected
from sync.server.opening import only_programme, open_engine, working
from sync.server.programme import put_stock
from sync.server.settings import ServerSettings
from sync.server.stock_keeping import Kept, kept
from sync.server.store.engine import reading

_COLUMNS = ("NUMBER", "REWARD", "LEFT", "FREE", "AT-COUNTERS", "GIVEN", "BEYOND", "WRITTEN-OFF")


def keep_stock(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Set or add to a reward's stock where it was asked for; print how it stands."""
    wanted = [options.set is not None, options.add is not None, options.unlimited]
    if sum(wanted) > 1:
        raise Rejected("two_at_once", "Say one of --set, --add and --unlimited")
    if any(wanted):
        if options.number is None:
            raise Rejected("no_reward", "Say of which reward: its number comes first")
        with working(settings) as work:
            put_stock(
                work,
                options.number,
                left=options.set,
                add=options.add or 0,
                limited=not options.unlimited,
            )
    engine = open_engine(settings)
    try:
        programme_id = only_programme(engine)
        with reading(engine) as connection:
            found = list(kept(connection, programme_id))
    finally:
        engine.dispose()
    shown = [stock for stock in found if options.number in (None, stock.number)]
    if options.number is not None and not shown:
        print(f"Reward {options.number} has no stock: there is no end of it")
        return
    print("\t".join(_COLUMNS))
    for stock in shown:
        print("\t".join(_cells(stock)))


def _cells(stock: Kept) -> tuple[str, ...]:
    left = str(stock.free + stock.held) if stock.limited else "unlimited"
    figures = (stock.free, stock.held, stock.given, stock.beyond, stock.exposed)
    return (str(stock.number), stock.name, left, *map(str, figures))
