"""What a programme of a million members takes: a new seat's bootstrap, and a keystroke."""

from __future__ import annotations

import csv
import gc
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from app.domain.member import Member
from build_scripts.bench import bootstrap, search, seats
from build_scripts.bench.central import Central
from build_scripts.bench.figures import Figure
from build_scripts.bench.visitors import draw_days
from sync.server.opening import new_id, only_programme
from sync.server.serving import now_ms
from sync.server.store.engine import make_engine
from sync.server.transactions import programme_work

MEMBERS: Final = 1_000_000
ROUNDS: Final = 3
DAYS: Final = 9

_IMPORTED: Final = 10  # as any others; whoever is drawn comes behind them
_SEED: Final = 7
_ROWS_A_UNIT: Final = 1_000  # a unit has to end before its transaction counts as forgotten
_PROFILE: Final = (
    *("card_no", "name", "latin_name", "initials", "phone", "tier", "home_office", "preference"),
    *("language", "born_on_year", "joined_on", "status", "merged_into", "open_matter"),
)


def run(*, members: int = MEMBERS, rounds: int = ROUNDS, days: int = DAYS) -> list[Figure]:
    """Measure both; see `bootstrap` and `search`. Takes some 4 GB of disk and as much memory.

    The members are those whose visits are drawn, so the search asks a bootstrapped seat's own file.
    They are added by the server's unit of work without cards and points, in a fifth of the time
    that an import takes.
    """
    drawn = draw_days(members, days, _SEED)
    whole = seats.Whole(_IMPORTED, postgresql=True, fill=partial(_fill, members=drawn.members))
    figures = bootstrap.measure(whole, members=members, rounds=rounds)
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as name:
        seat = whole.copy_seat(Path(name) / "seat")
        return figures + search.keystrokes(seat, drawn)


def _fill(central: Central, database: str, members: Sequence[Member]) -> None:
    """Add the members at the server, and to what stands as its import."""
    engine = make_engine(database)
    programme_id = only_programme(engine)
    gc.collect()
    gc.freeze()  # else each collection walks all members
    for start in range(0, len(members), _ROWS_A_UNIT):
        with programme_work(engine, programme_id, now_ms=now_ms(), new_id=new_id) as work:
            for member in members[start : start + _ROWS_A_UNIT]:
                profile = {name: getattr(member, name) for name in _PROFILE}
                profile["joined_on"] = member.joined_on and member.joined_on.isoformat()
                profile |= {"rank": _IMPORTED + member.rank, "generated": False}
                work.add_member(member.member_id, profile)
    gc.unfreeze()
    engine.dispose()
    with central.members_csv.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, _PROFILE, extrasaction="ignore")
        rows.writeheader()
        rows.writerows({name: getattr(each, name) for name in _PROFILE} for each in members)
