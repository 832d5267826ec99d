"""How quickly the one box answers, and how soon it shows the right member.

The queries are what the clerks of one counter type, four characters each, for whoever comes
there (`visitors`). The figure a key is what counts for other shares than are assumed there. Where
even knowing each member's true rate and each habit's share isn't enough, the members can't be
told apart: that figure stands beside ours.
"""

import gc
import secrets
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from app.credentials.vaults import open_vault
from app.domain.member import MEMBER_FIELDS, Member
from app.services.commands import SignIn
from app.store.cipher import KEY_BYTES
from app.store.member_search import MemberSearch
from app.store.members_files import MembersFiles
from app.store.seat import MEMBERS_KEY
from build_scripts.bench import seats
from build_scripts.bench.central import CLERK
from build_scripts.bench.figures import Figure, figure, quantile
from build_scripts.bench.visitors import Days, Query, ceiling, draw_days
from build_scripts.demo.programme import OFFICES
from sync.protocol.replica.ddl import create_replica
from sync.protocol.replica.rows import load_members

MEMBERS: Final = 50_000
LIMIT_MS: Final = 10.0
LIMIT_AMONG_VERY_MANY_MS: Final = 20.0
FIRST_THREE_SHARE: Final = 0.95

_SCANS: Final = 60
_FEW_SCANS: Final = 8  # each takes seconds among a million


@contextmanager
def _members_file(members: Sequence[Member]) -> Iterator[Any]:
    """Write an encrypted members file and give a read-only connection to it, as the program's."""
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as folder:
        path = Path(folder, "members-1.db")
        files = MembersFiles(path.parent, secrets.token_bytes(KEY_BYTES))
        writer = files.connect(path)
        writer.execute("BEGIN")
        create_replica(writer, scope="bench")
        load_members(writer, members)
        writer.execute("COMMIT")
        writer.close()
        files.use(path)
        with files.reading() as connection:
            yield connection
        files.close()


def _scan(connection: Any, text: str) -> list[UUID]:
    """Do the baseline's work: look for the text anywhere, as a first program would."""
    # SQL from constants; the text is a parameter.
    statement = (
        f"SELECT {', '.join(MEMBER_FIELDS)} FROM member WHERE card_no LIKE ?1 OR name LIKE ?1"  # noqa: S608
        " OR latin_name LIKE ?1 OR initials LIKE ?1 OR phone LIKE ?1 ORDER BY rank LIMIT 20"
    )
    rows = connection.execute(statement, (f"%{text}%",)).fetchall()
    return [Member.from_flat(row).member_id for row in rows]


def _p99_ms(seconds: Sequence[float]) -> float:
    return quantile(seconds, 0.99) * 1000


@dataclass(slots=True)
class _Asked:
    """What one connection answered.

    Attributes:
        seconds: a keystroke each, by habit.
        found: for each query, whether the member was among the first three.
        unfamiliar: the same, had the counter known nobody.
        scan_s: the baseline's times, for some of the queries.
        found_by_scan: the same for those.
    """

    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    found: list[bool] = field(default_factory=list)
    unfamiliar: list[bool] = field(default_factory=list)
    scan_s: list[float] = field(default_factory=list)
    found_by_scan: list[bool] = field(default_factory=list)


def _ask(connection: Any, days: Days, *, scans: int) -> _Asked:
    """Serve one customer after the other, then do the baseline's work for some of them."""
    asked = _Asked()
    # The program's collector never runs within a keystroke (ui/qt/garbage.py); this process holds
    # all members as objects besides, which no counter does, and walking them would be measured
    gc.collect()
    gc.freeze()
    search = MemberSearch(lambda: connection, home_office=OFFICES[0].code)
    search.ready(days.familiar)  # as the program does before anybody types
    for query in days.queries:
        hits = []
        for length in range(1, len(query.text) + 1):
            text = query.text[:length]
            started = time.perf_counter()
            hits = search.search(text, familiar=days.familiar, now_ms=query.at_ms)
            asked.seconds[query.habit].append(time.perf_counter() - started)
        asked.found.append(query.member_id in [hit.member.member_id for hit in hits[:3]])
        days.familiar.saw(query.member_id.bytes, query.at_ms)
    # Not in between: these read pages that push the counter's own out of the cache
    for query in days.queries:
        hits = search.search(query.text, limit=3)
        asked.unfamiliar.append(query.member_id in [hit.member.member_id for hit in hits])
    for query in days.queries[:: max(1, len(days.queries) // scans)]:
        started = time.perf_counter()
        rows = _scan(connection, query.text)
        asked.scan_s.append(time.perf_counter() - started)
        asked.found_by_scan.append(query.member_id in rows[:3])
    gc.unfreeze()
    return asked


def _keystrokes(
    label: str, asked: _Asked, through_core: list[float], *, target: float
) -> list[Figure]:
    times_by_name = {
        **{f"{label}: {habit}": times for habit, times in sorted(asked.seconds.items())},
        f"{label}: all, through the core as the screen asks": through_core,
    }
    scan_ms = _p99_ms(asked.scan_s)
    return [
        figure(name, _p99_ms(times), "ms", target=target, baseline=scan_ms, samples=len(times))
        for name, times in times_by_name.items()
    ]


def keystrokes(folder: Path, drawn: Days) -> list[Figure]:
    """Measure only how long a keystroke takes, among very many members; see `run`.

    Args:
        folder: of a seat that holds the members drawn.
        drawn: the members, and one counter's days.
    """
    [path] = folder.glob("members-*.db")
    key = open_vault(folder).get(MEMBERS_KEY)
    assert key is not None, "the seat is enrolled"
    files = MembersFiles(folder, key)
    files.use(path)
    with files.reading() as connection:
        asked = _ask(connection, drawn, scans=_FEW_SCANS)
    files.close()
    label = f"search p99 among {len(drawn.members):,} members"
    through_core = _ask_core(folder, drawn.queries)
    return _keystrokes(label, asked, through_core, target=LIMIT_AMONG_VERY_MANY_MS)


def run(*, members_n: int = MEMBERS, days: int = 9, seed: int = 7) -> list[Figure]:
    """Measure the search on an encrypted file, with one customer after another at one counter.

    The baseline is `LIKE '%…%'` over the same file: its time for the same keystroke, and its
    share of right members among the first three in the same display order.

    Args:
        members_n: members in the file.
        days: measured days of some 67 visitors each.
        seed: of the members and of the days.

    Returns:
        Milliseconds a keystroke (p99, each of the text's first one to four characters is one)
        by what is typed, the same as the screen asks it of the core, and the share of visitors
        among the first three after four characters.
    """
    drawn = draw_days(members_n, days, seed)
    with _members_file(drawn.members) as connection:
        asked = _ask(connection, drawn, scans=_SCANS)
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as name:
        folder = seats.whole(members_n).copy_seat(Path(name) / "seat")
        through_core = _ask_core(folder, drawn.queries)
    figures = _keystrokes("search p99", asked, through_core, target=LIMIT_MS)
    seen: defaultdict[str, list[bool]] = defaultdict(list)
    for query, found in zip(drawn.queries, asked.found, strict=True):
        seen[query.habit].append(found)
    seen_first = [
        found for query, found in zip(drawn.queries, asked.found, strict=True) if not query.returns
    ]
    scan_share = sum(asked.found_by_scan) / len(asked.found_by_scan)
    shares = {
        "right member in the first three": (asked.found, FIRST_THREE_SHARE),
        # What each habit adds to that, and what the counter's own memory does, is only told
        "right member in the first three: visits that are no return": (seen_first, None),
        "right member in the first three: nobody known to the counter": (asked.unfamiliar, None),
        "right member in the first three: all rates known, nobody known to return": (
            ceiling(drawn),
            None,
        ),
        **{
            f"right member in the first three: {habit}": (seen[habit], None)
            for habit in sorted(seen)
        },
    }
    figures += [
        figure(
            name,
            sum(hits) / len(hits),
            "share",
            target=target,
            at_most=False,
            baseline=scan_share,
            samples=len(hits),
        )
        for name, (hits, target) in shares.items()
    ]
    return figures


def _ask_core(folder: Path, queries: Sequence[Query]) -> list[float]:
    """Seconds of each keystroke through `core.queries`, as the counter's window asks."""
    times = []
    with seats.opened(folder) as seat:
        seat.core.execute(SignIn(CLERK.number, CLERK.pin))
        seat.ready_search()
        for query in queries:
            for length in range(1, len(query.text) + 1):
                started = time.perf_counter()
                seat.core.queries.search(query.text[:length])
                times.append(time.perf_counter() - started)
    return times
