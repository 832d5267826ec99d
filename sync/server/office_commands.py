"""`guichet-server office …`: whom an office's seats hold."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.engine import Engine

from app.domain.errors import Rejected
from app.domain.office_time import local_day
from sync.server.expecting import expect
from sync.server.opening import new_id, programme_of, upkeep_of
from sync.server.pace import MOST_MEMBERS, Pace
from sync.server.programme import choose_members as choose
from sync.server.scope import OWN, WHOLE
from sync.server.serving import now_ms
from sync.server.settings import ServerSettings
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows
from sync.server.store.engine import reading
from sync.server.transactions import programme_work
from sync.server.work import Work

_MOST_EXPECTED: Final = 100_000
_MOST_DAYS: Final = 366


def office_of(work: Work, code: str) -> Any:
    """The office's row. Raises Rejected('unknown_office')."""
    return _the_one(work.find(t.office, "code", [code]), code)


def _the_one(rows: Sequence[Any], code: str) -> Any:
    if not rows:
        raise Rejected("unknown_office", f"There is no office {code}")
    return rows[0]


def check_members(members: str | None) -> None:
    """Raises Rejected('bad_members') for what is neither of the two."""
    if members not in (None, WHOLE, OWN):
        raise Rejected(
            "bad_members",
            f"--members {members}: say 'whole' (its seats hold everybody) or 'own' (its own"
            " members, its visitors of the last 90 days and whom it expects)",
        )


def choose_members(settings: ServerSettings, code: str, members: str) -> None:
    """Choose, and gather the members at once; its seats make their files anew when they pull."""
    with programme_of(settings) as (engine, programme_id):
        with programme_work(engine, programme_id, now_ms=now_ms(), new_id=new_id) as work:
            choose(work, code=code, members=members)
        for _ in upkeep_of(engine).scoping():
            pass
        office = _office(engine, programme_id, code)
    if office.members == WHOLE:
        print("Its seats hold everybody")
    elif office.members == OWN:
        print("Its seats hold its own members; they make their files anew at their next pull")
    else:
        print(
            "Its members are being gathered, which waits for a transaction that is open for long;"
            " a running server goes on within the hour, or give the command again"
        )


def expect_members(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Let an office expect the members with these cards on a day."""
    with programme_of(settings) as (engine, programme_id):
        office = _office(engine, programme_id, options.code)
        day = _day(options.day, local_day(now_ms(), office.time_zone).isoformat())
        cards = _read_cards(options)  # from somebody who types, perhaps: no transaction is open
        found: set[UUID] = set()
        pace, start = Pace(MOST_MEMBERS), 0
        while some := cards[start : start + pace.rows]:
            start += len(some)
            with (
                pace.timed(),
                programme_work(engine, programme_id, now_ms=now_ms(), new_id=new_id) as work,
            ):
                expected = {row.member_id for row in work.find(t.card, "card_no", some)}
                expect(work, office, expected, day)
            found |= expected
    print(f"{len(found)} of {len(cards)} cards lead to a member who is expected now")


def _office(engine: Engine, programme_id: UUID, code: str) -> Any:
    """The office's row as it stands. Raises Rejected('unknown_office')."""
    with reading(engine) as connection:
        rows = find_rows(connection, t.office, "code", [code], programme_id=programme_id)
    return _the_one(rows, code)


def _day(day: str | None, today: str) -> str:
    """The day that is meant, as ISO writes it. Raises Rejected('bad_day')."""
    try:
        wanted = date.fromisoformat(day or today)
    except ValueError as error:
        raise Rejected("bad_day", f"{day} is no day; write it as {today}") from error
    if not 0 <= (wanted - date.fromisoformat(today)).days <= _MOST_DAYS:
        raise Rejected("bad_day", f"Name a day from today ({today}) on, within a year")
    return wanted.isoformat()


def _read_cards(options: argparse.Namespace) -> list[str]:
    lines = sys.stdin if str(options.cards) == "-" else options.cards.open(encoding="utf-8")
    with lines:
        cards = dict.fromkeys(card for line in lines if (card := line.strip()))
    if not cards:
        raise Rejected("no_cards", "There is no card number in it; write one a line")
    if len(cards) > _MOST_EXPECTED:
        raise Rejected("too_many", f"At most {_MOST_EXPECTED} cards at a time")
    return list(cards)
