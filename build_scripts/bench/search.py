"""How quickly the one box answers, and how soon it shows the right member.

The queries are what clerks at one office type for the members who come there in a day, four
characters each. Whom the day brings is drawn from how often each member comes; the display
order knows only last year's visits, the list of expected guests only half of the visitors
among others who stay away.
"""

import math
import random
import secrets
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import sqlcipher3.dbapi2 as sqlcipher
from pypinyin import Style, lazy_pinyin

from app.domain.member import MEMBER_FIELDS, Member
from app.services.commands import SignIn
from app.store.member_search import MemberSearch
from build_scripts.bench import seats
from build_scripts.bench.central import CLERK
from build_scripts.bench.figures import Figure, figure, quantile
from build_scripts.demo.programme import OFFICES, DemoMember, make_members
from sync.protocol.replica.ddl import create_replica
from sync.protocol.replica.rows import load_members

MEMBERS: Final = 50_000
LIMIT_MS: Final = 10.0
FIRST_THREE_SHARE: Final = 0.95

# Assumed: four visits of five go to the home office, the others share the fifth.
_HOME_SHARE: Final = 0.8
# Assumed: half of a day's visitors hold a booking, and as many again who don't come.
_EXPECTED_SHARE: Final = 0.5
_EXPECTED_AWAY: Final = 100
_VISITORS: Final = 200

# Assumed: what clerks type, in shares of visits.
_CHINESE_HABITS: Final = {
    "phone's last four": 0.45,
    "name and phone's last digits": 0.2,
    "initials and phone's last digits": 0.15,
    "card's last four": 0.1,
    "card's first four digits": 0.05,
    "name alone": 0.05,
}
_LATIN_HABITS: Final = {
    "phone's last four": 0.45,
    "surname and phone's last digits": 0.25,
    "card's last four": 0.15,
    "card's first four digits": 0.05,
    "surname's first four": 0.1,
}


@dataclass(frozen=True, slots=True)
class _Query:
    habit: str
    text: str
    member_id: UUID


def _to_members(made: Sequence[DemoMember], rng: random.Random) -> list[Member]:
    """Give members ids and the rank that last year's visits earn them."""
    seen = [_poisson(rng, demo.visits) for demo in made]
    order = sorted(range(len(made)), key=lambda at: -seen[at])
    members = []
    for rank, at in enumerate(order, start=1):
        demo = made[at]
        initials = "" if demo.name.isascii() else _initials(demo.name)
        members.append(
            Member(
                member_id=UUID(int=rng.getrandbits(128)),
                rank=rank,
                card_no=demo.card_no,
                name=demo.name,
                latin_name=demo.latin_name,
                initials=initials,
                phone=demo.phone,
                tier=demo.tier,
                home_office=demo.home_office,
                posted_points=demo.points,
                preference=demo.preference,
                language=demo.language,
                born_on_year=demo.born_year,
                joined_on=demo.joined_on,
            )
        )
    return members


def _initials(name: str) -> str:
    letters = lazy_pinyin(name, style=Style.FIRST_LETTER, errors="ignore")
    return "".join(letters).lower()


def _poisson(rng: random.Random, mean: float) -> int:
    if mean > 30:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def _draw_day(
    made: Sequence[DemoMember], by_card: dict[str, Member], rng: random.Random
) -> tuple[list[_Query], list[UUID]]:
    """Draw one office's visitors with what is typed for each, and its expected guests."""
    office = OFFICES[0].code
    elsewhere = (1 - _HOME_SHARE) / (len(OFFICES) - 1)
    weights = [
        # Whoever did not come last year may come today.
        (demo.visits + 0.25) * (_HOME_SHARE if demo.home_office == office else elsewhere)
        for demo in made
    ]
    visitors = [by_card[demo.card_no] for demo in rng.choices(made, weights, k=_VISITORS)]
    away = [by_card[demo.card_no] for demo in rng.choices(made, weights, k=_EXPECTED_AWAY)]
    expected = [member for member in visitors if rng.random() < _EXPECTED_SHARE]
    queries = []
    for member in visitors:
        habits = _CHINESE_HABITS if member.initials else _LATIN_HABITS
        habit = rng.choices(list(habits), list(habits.values()))[0]
        queries.append(_Query(habit, _typed(habit, member), member.member_id))
    guests = [member.member_id for member in (*expected, *away)]
    rng.shuffle(guests)
    return queries, guests


def _typed(habit: str, member: Member) -> str:
    def with_digits(name: str) -> str:
        name = name[:2].lower() if member.initials == "" else name[:3]
        return name + member.phone[-(4 - len(name)) :]

    match habit:
        case "phone's last four":
            return member.phone[-4:]
        case "name and phone's last digits":
            return with_digits(member.name)
        case "initials and phone's last digits":
            return with_digits(member.initials)
        case "surname and phone's last digits":
            return with_digits(member.name.split()[-1])
        case "card's last four":
            return member.card_no[-4:]
        case "card's first four digits":
            return member.card_no[2:6]
        case "surname's first four":
            return member.name.split()[-1][:4]
        case _:
            return member.name


@contextmanager
def _members_file(members: Sequence[Member]) -> Iterator[Any]:
    """Write an encrypted members file and give a read-only connection to it."""
    key = f"PRAGMA key = \"x'{secrets.token_hex(32)}'\""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "members.db")
        writer = sqlcipher.connect(str(path), isolation_level=None)
        writer.execute(key)
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("BEGIN")
        create_replica(writer, scope="bench")
        load_members(writer, members)
        writer.execute("COMMIT")
        reader = sqlcipher.connect(f"file:{path}?mode=ro", uri=True)
        reader.execute(key)
        try:
            yield reader
        finally:
            reader.close()
            writer.close()


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


def run(*, members_n: int = MEMBERS, days: int = 3, seed: int = 7) -> list[Figure]:
    """Measure the search on an encrypted file, with one day after another at one office.

    The baseline is `LIKE '%…%'` over the same file: its time for the same keystroke, and its
    share of right members among the first three in the same display order.

    Args:
        members_n: members in the file.
        days: days of 200 visitors each.
        seed: of the members and of the days.

    Returns:
        Milliseconds a keystroke (p99, each of the text's first one to four characters is one)
        by what is typed, the same as the screen asks it of the core, and the share of visitors
        among the first three after four characters.
    """
    rng = random.Random(seed)
    made = list(make_members(members_n, seed))
    members = _to_members(made, rng)
    by_card = {member.card_no: member for member in members}
    keystrokes: dict[str, list[float]] = defaultdict(list)
    scans: list[float] = []
    seen: dict[str, list[bool]] = defaultdict(list)
    unexpected: list[bool] = []
    typed: list[_Query] = []
    seen_by_scan: list[bool] = []
    with _members_file(members) as connection:
        search = MemberSearch(lambda: connection, home_office=OFFICES[0].code)
        for _ in range(days):
            queries, guests = _draw_day(made, by_card, rng)
            typed += queries
            for at, query in enumerate(queries):
                hits = []
                for length in range(1, len(query.text) + 1):
                    started = time.perf_counter()
                    hits = search.search(query.text[:length], recent=guests)
                    keystrokes[query.habit].append(time.perf_counter() - started)
                first = [hit.member.member_id for hit in hits[:3]]
                seen[query.habit].append(query.member_id in first)
                plain = [hit.member.member_id for hit in search.search(query.text, limit=3)]
                unexpected.append(query.member_id in plain)
                if at % 10 == 0:
                    started = time.perf_counter()
                    rows = _scan(connection, query.text)
                    scans.append(time.perf_counter() - started)
                    seen_by_scan.append(query.member_id in rows[:3])
    scan_ms = _p99_ms(scans)
    asked = _ask_core(members_n, typed)
    times_by_name = {
        **{f"search p99: {habit}": keystrokes[habit] for habit in sorted(keystrokes)},
        "search p99: all, through the core as the screen asks": asked,
    }
    figures = [
        figure(
            name,
            _p99_ms(times),
            "ms",
            target=LIMIT_MS,
            baseline=scan_ms,
            samples=len(times),
        )
        for name, times in times_by_name.items()
    ]
    scan_share = sum(seen_by_scan) / len(seen_by_scan)
    every = [hit for habit in seen.values() for hit in habit]
    shares = {
        "right member in the first three": (every, FIRST_THREE_SHARE),
        # What each habit adds to that, and what the list of expected guests does, is only told
        "right member in the first three, nobody expected": (unexpected, None),
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


def _ask_core(members_n: int, queries: Sequence[_Query]) -> list[float]:
    """Seconds of each keystroke through `core.queries`, as the counter's window asks."""
    times = []
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as name:
        folder = seats.whole(members_n).copy_seat(Path(name) / "seat")
        with seats.opened(folder) as seat:
            seat.core.execute(SignIn(CLERK.number, CLERK.pin))
            for query in queries:
                for length in range(1, len(query.text) + 1):
                    started = time.perf_counter()
                    seat.core.queries.search(query.text[:length])
                    times.append(time.perf_counter() - started)
    return times
