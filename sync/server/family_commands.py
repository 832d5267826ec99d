"""`guichet-server family …`: who puts points together, since when, and who said so."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server import families, forgetting
from sync.server.families import Said
from sync.server.opening import only_programme, open_engine, upkeep_of
from sync.server.settings import ServerSettings
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows
from sync.server.store.engine import reading
from sync.server.work import Work

T = TypeVar("T")


def make_family(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Make a card's member the head of a new family."""
    _change(settings, [options.head], lambda work, ids: families.make(work, ids[0], _said(options)))
    print(f"Card {options.head} is the head of a family: `family add` says who gives to it")


def add_to_family(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Have a card's member give a share of what they earn to the head."""

    def do(work: Work, ids: Sequence[UUID]) -> None:
        head_id, member_id = ids
        families.add(work, head_id, member_id, options.percent, _said(options))

    _change(settings, [options.head, options.card], do)
    print(
        f"Card {options.card} gives {options.percent} % of what it earns from now on to"
        f" {options.head}"
    )


def remove_from_family(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Let a card's member give nothing any more."""
    _change(
        settings, [options.card], lambda work, ids: families.remove(work, ids[0], _said(options))
    )
    print(f"Card {options.card} keeps what it earns from now on; what was given stays")


def end_family(settings: ServerSettings, options: argparse.Namespace) -> None:
    """End the family of a card's member."""
    gave = _change(
        settings, [options.head], lambda work, ids: families.end(work, ids[0], _said(options))
    )
    print(
        f"The family of {options.head} has ended; {gave} gave to it. Everybody keeps their points"
    )


def show_family(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Print all that a card's member was in families."""
    engine = open_engine(settings)
    try:
        programme_id = only_programme(engine)
        with reading(engine) as connection:
            member_id = forgetting.member_of(connection, programme_id, options.card)
            for line in _shown(connection, programme_id, member_id):
                print(line)
    finally:
        engine.dispose()


def list_families(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Print each family: the head's card, since when, the cards that give to it and how much."""
    engine = open_engine(settings)
    try:
        programme_id = only_programme(engine)
        with reading(engine) as connection:
            family, share = t.family, t.family_share
            now = (
                sa.select(table).where(
                    table.c.programme_id == programme_id, table.c.until_ms.is_(None)
                )
                for table in (family, share)
            )
            heads, given = (connection.execute(statement).all() for statement in now)
            members = {row.head_id for row in heads} | {row.member_id for row in given}
            cards = _cards(connection, programme_id, members)
    finally:
        engine.dispose()
    for row in sorted(heads, key=lambda row: cards[row.head_id]):
        of = [f"{cards[s.member_id]} {s.percent} %" for s in given if s.head_id == row.head_id]
        print(f"{cards[row.head_id]}\t{_moment(row.since_ms)}\t{', '.join(sorted(of))}")


def _change(
    settings: ServerSettings, cards: Sequence[str], do: Callable[[Work, Sequence[UUID]], T]
) -> T:
    engine = open_engine(settings)
    try:
        programme_id = only_programme(engine)
        with reading(engine) as connection:
            ids = [forgetting.member_of(connection, programme_id, card) for card in cards]
        return upkeep_of(engine).transactions.step(programme_id, lambda work: do(work, ids))
    finally:
        engine.dispose()


def _said(options: argparse.Namespace) -> Said:
    return Said(options.reason, options.by)


def _shown(connection: Connection, programme_id: UUID, member_id: UUID) -> Iterator[str]:
    ids = forgetting.merged_into(connection, programme_id, member_id)

    def rows(table: sa.Table, column: str) -> list[Any]:
        found = find_rows(connection, table, column, ids, programme_id=programme_id)
        return sorted(found, key=lambda row: (row.since_ms, row[1]))

    headed, giving, given = (
        rows(t.family, "head_id"), rows(t.family_share, "member_id"),
        rows(t.family_share, "head_id"),
    )  # fmt: skip
    members = {row.head_id for row in giving} | {row.member_id for row in given}
    cards = _cards(connection, programme_id, members)
    if not headed and not giving:
        yield "In no family, and never was"
    for row in headed:
        yield f"Head of a family {_span(row)}"
        for share in given:
            if share.family_id == row.family_id:
                yield f"  {cards[share.member_id]} gives {share.percent} % {_span(share)}"
    for row in giving:
        yield f"Gives {row.percent} % to {cards[row.head_id]} {_span(row)}"


def _span(row: Any) -> str:
    said = f"since {_moment(row.since_ms)} ({_words(row.recorded_by, row.reason)})"
    if row.until_ms is None:
        return said
    return f"{said} until {_moment(row.until_ms)} ({_words(row.ended_by, row.end_reason)})"


def _words(by: str, reason: str) -> str:
    return ": ".join(part for part in (by, reason) if part) or "erased"


def _cards(connection: Connection, programme_id: UUID, ids: set[UUID]) -> dict[UUID, str]:
    """Their cards; of who was erased the id."""
    found = find_rows(connection, t.member, "member_id", ids, programme_id=programme_id)
    return {row.member_id: row.card_no or str(row.member_id) for row in found}


def _moment(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
