"""An office with members of its own: they come and go all day, and its replicas hold just them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Final, Protocol
from unittest.mock import patch
from uuid import UUID

import sqlalchemy as sa

from app.domain.office_time import local_day
from sync.server import expecting, scope
from sync.server.programme import choose_members
from sync.server.service import CentralServer
from sync.server.store import tables as t
from sync.server.transactions import programme_work
from sync.server.upkeep import Upkeep
from sync.server.work import Work
from tests.simulation.broken import Broken
from tests.simulation.counter import CounterPc
from tests.simulation.facts import Books
from tests.simulation.programme import Programme

OWN_MORNINGS: Final = frozenset({3})
"""On these the office has members of its own; on the others its replicas hold everybody."""
FAULTS: Final = ("left_scope", "entered_scope")

_DAY_MS: Final = 2_000
_LONG_MS: Final = 86_400_000
_MOVES: Final = 0.6  # how often somebody moves between two looks
_CHANGES: Final = ((0.45, "whole"), (0.6, "own"))
"""How far into the day the operator changes their mind, and back."""


class _AtPc(Protocol):
    pc: CounterPc


def short_days() -> AbstractContextManager[object]:
    """Visits are remembered for so short a time that members leave while counters work."""
    return patch.multiple(scope, DAY_MS=_DAY_MS, VISITED_DAYS=1)


def choose(programme: Programme, members: str) -> None:
    """What the operator's command does."""
    with _work(programme) as work:
        choose_members(work, code="PEK", members=members)
    _run_jobs(programme)


def _work(programme: Programme):  # type: ignore[no-untyped-def]
    return programme_work(
        programme.engine,
        programme.programme_id,
        now_ms=programme.world.now_ms(),
        new_id=programme.new_id,
    )


def _run_jobs(programme: Programme) -> None:
    for _ in Upkeep(programme.boot().transactions).scoping():
        pass


class Coming:
    """Lets members move between offices and visits be forgotten, as a seed says."""

    def __init__(self, programme: Programme, seed: int, fired: Counter[str]) -> None:
        self._programme = programme
        self._source = random.Random(seed)
        self._fired = fired
        self._changes = list(_CHANGES) if self._source.random() < 0.5 else []

    def tend(self, done: float, people: Iterable[_AtPc]) -> None:
        """Do what is due at this share of the day; what the counters need is there all the while.

        Raises:
            Broken: somebody is served whom the PC doesn't know any more.
        """
        while self._changes and self._changes[0][0] <= done:
            choose(self._programme, self._changes.pop(0)[1])
        if self._source.random() < _MOVES:
            with _work(self._programme) as work:
                ids = sorted(work.connection.execute(sa.select(t.member.c.member_id)).scalars())
                member_id = self._source.choice(ids)
                work.load_members([member_id])
                home = self._source.choice(("PEK", "SHA"))
                work.update_profile(work.members[member_id], home_office=home)
        _run_jobs(self._programme)
        for person in people:
            _nobody_is_a_stranger(person.pc)

    def bring_in(self, server: CentralServer) -> None:
        """Let the office expect somebody whom it doesn't hold, by a server that feeds its seats."""
        with self._programme.engine.connect() as connection:
            books = Books(connection)
            inside = reasons_to_hold(books)
            members = books.table("member")
        ids = sorted(UUID(row["member_id"]) for row in members if row["row_hash"])
        outside = [] if inside is None else [i for i in ids if i not in inside]
        tomorrow = local_day(self._programme.world.now_ms() + _LONG_MS, "Asia/Shanghai").isoformat()

        def expect(work: Work) -> None:
            (office,) = work.find(t.office, "code", ["PEK"])
            expecting.expect(work, office, outside[:1], tomorrow)

        server.transactions.step(self._programme.programme_id, expect)

    def count(self) -> None:
        """Say how often somebody entered and left."""
        with self._programme.engine.connect() as connection:
            books = Books(connection)
            inside = reasons_to_hold(books) or {}
            told = [row for row in books.table("change_log") if row["kind"] == scope.SCOPE_KIND]
        for row in told:
            is_in = UUID(row["ref"]) in inside
            self._fired["entered_scope" if is_in else "left_scope"] += 1


def _nobody_is_a_stranger(pc: CounterPc) -> None:
    if pc.is_blind:
        return
    for (member_id,) in pc.rows(
        "SELECT member_id FROM encounter WHERE outcome IS NULL AND member_id IS NOT NULL"
        " AND member_id NOT IN (SELECT member_id FROM joined)"
    ):
        if pc.seat.members.by_id(UUID(bytes=bytes(member_id))) is None:
            raise Broken(f"I13: {pc.name} serves somebody whom it doesn't know any more")


# --- what must be so in the end ------------------------------------------------------------------


def reasons_to_hold(books: Books) -> dict[UUID, set[str]] | None:
    """Why the office's replicas are to hold a member, by id; None where they hold everybody."""
    (office,) = books.table("office")
    if office["members"] != "own":
        return None
    inside: dict[UUID, set[str]] = {}
    for row in books.table("scope_member"):
        if row["scope_id"] == office["scope_id"]:
            inside.setdefault(UUID(row["member_id"]), set()).add(row["reason"])
    return inside


def wrong_scope(books: Books) -> Iterator[str]:
    """Where the scope isn't what members' homes and leases say, or its sum not its rows'."""
    inside = reasons_to_hold(books)
    if inside is None:
        return
    members = {UUID(row["member_id"]): row for row in books.table("member")}
    home = {member_id for member_id, row in members.items() if row["home_office"] == "PEK"}
    if wrong := home ^ {member_id for member_id, why in inside.items() if "home" in why}:
        yield f"I13: {len(wrong)} members are at home otherwise than the scope says"
    leased = {
        UUID(row["member_id"]) for row in books.table("lease") if row["state"] in ("open", "recall")
    }
    if left := leased - {member_id for member_id, why in inside.items() if "leased" in why}:
        yield f"I13: {len(left)} members have left the scope who have points leased there"
    scope_id = str(UUID(books.table("office")[0]["scope_id"]))
    total = [0] * 5
    for row in books.table("replica_sum"):
        if row["scope"] == scope_id:
            for n, name in enumerate(("row_count", "lane0", "lane1", "lane2", "lane3")):
                total[n] += row[name]
    kept = sum(lane << 32 * n for n, lane in enumerate(total[1:])) % 2**128
    hashes = [int.from_bytes(bytes(members[i]["row_hash"]), "big") for i in inside]
    if (total[0], kept) != (len(hashes), sum(hashes) % 2**128):
        yield f"I13: {len(hashes)} members are in the scope, and its sum is another's"
