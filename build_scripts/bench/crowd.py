"""A programme whose members hold points, and devices that only speak: for measuring the books."""

from __future__ import annotations

import asyncio
import gc
import random
import tempfile
from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.domain import ledger
from build_scripts.bench import bare_server, seats
from build_scripts.bench.central import CLERK, OFFICE, Central
from build_scripts.load.seats import Seat, Spec
from build_scripts.load.wire import Told
from sync.server.enrolment import make_code
from sync.server.opening import new_id, only_programme
from sync.server.programme import NewStaff, add_counter, add_staff
from sync.server.serving import now_ms
from sync.server.store import tables as t
from sync.server.store.bulk import select_in
from sync.server.store.engine import make_engine, reading
from sync.server.transactions import programme_work
from tests.fakes.postgres import PostgresServer

LOTS: Final = (700, 900, 1_500, 2_500, 5_000)
"""What each member has earned, a lot each."""
REWARD_NUMBER: Final = 4
"""For its points two of these lots are drawn on."""

_MONTHS: Final = 36
_IMPORTED: Final = 10
_MEMBERS_A_UNIT: Final = 1_000  # a unit has to end before its transaction counts as forgotten
_WORKERS: Final = 2
_NO_PIN: Final = "$argon2id$"  # nobody signs in


class Crowd:
    """Members with points on PostgreSQL, and the server for them, at rest.

    Attributes:
        central: to be entered while the server should run.
        postgres: where its database is.
        database: SQLAlchemy's URL of that.
        engine: on it, for looking and for the operator's jobs.
        programme_id: the one there is.
    """

    def __init__(self, members: int) -> None:
        """Make it; `seats.put_away` removes it.

        Args:
            members: with `LOTS` each, that expire at the ends of the next three years' months,
                alike many in each.
        """
        self._count = members
        folder = Path(seats.kept(tempfile.TemporaryDirectory(prefix="guichet-bench-")))
        self.postgres = seats.kept(PostgresServer())
        self.database = self.postgres.create_database()
        self.central = Central(
            folder / "server", members=_IMPORTED, database=self.database, workers=_WORKERS
        )
        self.engine = make_engine(self.database)
        seats.when_put_away(self.engine.dispose)
        self.programme_id = only_programme(self.engine)
        _fill(self.engine, self.programme_id, members)
        bare_server.tidy(self.database)
        self.central.make_snapshot()  # else the server makes one while it is measured

    def members(self, count: int) -> list[UUID]:
        """So many of the members, drawn by chance."""
        ranks = random.Random(1).sample(range(self._count), count)
        with reading(self.engine) as connection:
            ours = sa.select(t.member.c.member_id)
            rows = select_in(connection, ours, t.member.c.rank, [_rank(n) for n in ranks])
        return [row.member_id for row in rows]

    def reward(self) -> tuple[UUID, int]:
        """(id, points) of the reward that is redeemed."""
        with reading(self.engine) as connection:
            row = connection.execute(
                sa.select(t.reward).where(t.reward.c.number == REWARD_NUMBER)
            ).one()
        return row.reward_id, row.points

    def clerks(self, count: int) -> list[UUID]:
        """So many more of the clerk's office: nobody serves hundreds of customers an hour."""
        with programme_work(self.engine, self.programme_id, now_ms=now_ms(), new_id=new_id) as work:
            (office,) = work.find(t.office, "code", [OFFICE.code])
            return [
                add_staff(
                    work,
                    NewStaff(f"C{number}", "Clerk", ("clerk",), office.office_id, _NO_PIN),
                )
                for number in range(count)
            ]

    def devices(self, count: int, prefix: str) -> list[Seat]:
        """Enrol so many counters of the clerk's office, while the server runs."""
        codes = []
        with reading(self.engine) as connection:
            office_id = connection.execute(
                sa.select(t.office.c.office_id).where(t.office.c.code == OFFICE.code)
            ).scalar_one()
            clerk_id = connection.execute(
                sa.select(t.staff.c.staff_id).where(t.staff.c.number == CLERK.number)
            ).scalar_one()
        with programme_work(self.engine, self.programme_id, now_ms=now_ms(), new_id=new_id) as work:
            for number in range(count):
                counter_id = add_counter(work, office_id=office_id, label=f"{prefix}{number}")
                codes.append(
                    make_code(
                        work.connection,
                        self.programme_id,
                        counter_id=counter_id,
                        kind="counter",
                        now_ms=now_ms(),
                    )
                )
        return asyncio.run(_enrolled(self.central.address, codes, clerk_id))


@cache
def crowd(members: int) -> Crowd:
    """The one of so many members that all measurements of a run share."""
    seats.when_put_away(crowd.cache_clear)
    return Crowd(members)


async def _enrolled(url: str, codes: Sequence[str], staff_id: UUID) -> list[Seat]:
    spec = Spec(url, "", [], [], visit_every_s=0, low_share=0, idle=0, seed=0)
    enrolled = []
    for code in codes:
        seat = Seat(spec, Told(), staff_id, "counter", random.Random(code), None)
        await seat.enrol(code)
        enrolled.append(seat)
    return enrolled


def _fill(engine: Engine, programme_id: UUID, members: int) -> None:
    """Add the members as an import would, but for their cards."""
    ends = month_ends(datetime.now(UTC).date())
    numbers = iter(range(members))
    gc.freeze()  # else each collection walks all that there is
    while some := list(islice(numbers, _MEMBERS_A_UNIT)):
        with programme_work(engine, programme_id, now_ms=now_ms(), new_id=new_id) as work:
            for number in some:
                state = work.add_member(new_id(), _profile(number))
                for place, points in enumerate(LOTS):
                    change = ledger.earn(
                        state.holdings,
                        lot_id=new_id(),
                        points=points,
                        expires_on=ends[(number + 7 * place) % _MONTHS],
                        source=ledger.Account.OPENING,
                    )
                    ref_id = state.member_id
                    work.post(state, change, kind="opening", ref_id=ref_id, event_id=None)
    gc.unfreeze()


def month_ends(today: date) -> list[str]:
    """The last days of this month and of those that follow it."""
    months = (divmod(today.year * 12 + today.month - 1 + n, 12) for n in range(_MONTHS))
    return [
        date(year, month + 1, monthrange(year, month + 1)[1]).isoformat() for year, month in months
    ]


def _rank(number: int) -> int:
    return _IMPORTED + 1 + number


def _profile(number: int) -> dict[str, object]:
    return {
        "rank": _rank(number),
        "card_no": f"C{number:09}",
        "name": f"Member {number}",
        "latin_name": "",
        "initials": "M",
        "phone": f"1{number:010}",
        "tier": "",
        "home_office": OFFICE.code,
        "status": "active",
        "merged_into": None,
        "preference": "",
        "open_matter": "",
        "language": "",
        "born_on_year": None,
        "joined_on": None,
        "generated": True,
    }
