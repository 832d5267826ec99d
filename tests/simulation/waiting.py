"""Mornings on which points can be spent from the next day on alone, and that next day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sync.server import maturing
from sync.server.transactions import programme_work
from tests.simulation.broken import Broken
from tests.simulation.facts import Books, Facts, Journals, read
from tests.simulation.merges import Merges
from tests.simulation.person import Person
from tests.simulation.programme import Programme

WAITING_MORNINGS: Final = frozenset({1})
PENDING_DAYS: Final = 1
_ZONE: Final = ZoneInfo("Asia/Shanghai")
_NIGHT_S: Final = 2 * 86_400.0  # longer than a day in any time zone
_A_FEW: Final = 7  # so that the job has to go on from where it was


def check_that_points_wait(programme: Programme, clerks: Sequence[Person], merges: Merges) -> None:
    """What was earned today, by the counter's clock, stands outside the balance. Raises Broken."""
    with programme.engine.connect() as connection:
        books = Books(connection)
    known = Journals(clerks).known
    applied = Facts.of(body for i, body in known.items() if books.decided.get(i) == "applied")
    today = _day(programme.world.now_ms())
    before = Facts.of(body for body in known.values() if _day(_told_ms(body)) < today)
    earned: Counter[UUID] = Counter()
    for accrual_id, (member_id, points, _) in applied.accruals.items():
        if accrual_id not in applied.reversed | before.accruals.keys():
            earned[merges.survivor(member_id)] += points
    for member_id, balance in books.balances.items():
        if balance["pending"] != earned[member_id]:
            raise Broken(
                f"I9: {earned[member_id]} points of {member_id} can be spent tomorrow,"
                f" and {balance['pending']} wait"
            )


def _told_ms(body: bytes) -> int:
    """When an entry was written, as far as its counter knew; its clock may have been set."""
    document = read(body)
    return int(document["wall_ms"]) + int(document["offset_ms"] or 0)


def _day(at_ms: int) -> date:
    return datetime.fromtimestamp(at_ms / 1000, _ZONE).date()


def sleep_over_it(programme: Programme) -> int:
    """Let the night pass and the server's job run, twice as after a kill; returns the points."""
    programme.world.s += _NIGHT_S
    matured = 0
    for _ in range(2):
        after = maturing.START
        while True:
            with programme_work(
                programme.engine,
                programme.programme_id,
                now_ms=programme.world.now_ms(),
                new_id=programme.new_id,
            ) as work:
                due = maturing.find_due(
                    work.connection,
                    programme.programme_id,
                    after=after,
                    rows=_A_FEW,
                    now_ms=work.now_ms,
                )
                matured += maturing.mature(work, due)
            if not due:
                break
            after = due[-1][:2]
    return matured
