"""What a programme of a million members takes: a new seat's bootstrap, and a keystroke."""

from __future__ import annotations

from typing import Final

from build_scripts.bench import bootstrap, search, seats
from build_scripts.bench.figures import Figure

MEMBERS: Final = 1_000_000
ROUNDS: Final = 3
DAYS: Final = 9


def run(*, members: int = MEMBERS, rounds: int = ROUNDS, days: int = DAYS) -> list[Figure]:
    """Measure both; see `bootstrap` and `search`. Takes some 4 GB of disk and of memory.

    The server is on SQLite, into which so many members are imported in half the time.
    """
    figures = bootstrap.run(members=members, rounds=rounds, postgresql=False)
    return figures + search.keystrokes(seats.whole(members), members_n=members, days=days)
