"""`guichet-server member …`: a member's rights to their data, for whoever answers their letter."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from app.domain.errors import Rejected
from app.domain.statement import StatementLine, as_csv
from sync.server import denying, forgetting, snapshots
from sync.server.opening import new_id, only_programme, open_engine
from sync.server.serving import now_ms
from sync.server.settings import ServerSettings
from sync.server.statements import Statement, statement_of
from sync.server.store import tables as t
from sync.server.store.engine import reading
from sync.server.transactions import programme_work

_KINDS: Final = {
    "opening": "brought in",
    "accrual": "earned",
    "accrual_reversal": "earning undone",
    "redemption": "spent",
    "redemption_reversal": "spending undone",
    "claim_back": "claimed back for a voucher used again",
    "accrual_reduction": "earning cut",
    "refund": "given back",
    "adjustment": "adjusted",
    "expiry": "expired",
    "family_share": "family share",
    "family_return": "share returned",
    forgetting.FORFEIT: "forfeited",
}


@contextlib.contextmanager
def _member(settings: ServerSettings, card_no: str) -> Iterator[tuple[Engine, UUID, UUID]]:
    """Yields (engine, programme, member)."""
    engine = open_engine(settings)
    try:
        programme_id = only_programme(engine)
        with reading(engine) as connection:
            member_id = forgetting.member_of(connection, programme_id, card_no)
        yield engine, programme_id, member_id
    finally:
        engine.dispose()


def copy_member(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Print all that is known of a member."""
    with _member(settings, options.card) as (engine, programme_id, member_id):
        with reading(engine) as connection:
            known = forgetting.copy_of(connection, programme_id, member_id)
        print(json.dumps(known, ensure_ascii=False, indent=2, default=str))


def correct_member(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Change what is wrong of a member."""
    said = {name: getattr(options, name) for name in forgetting.CORRECTABLE}
    changes = {name: value for name, value in said.items() if value is not None}
    with (
        _member(settings, options.card) as (engine, programme_id, member_id),
        programme_work(engine, programme_id, now_ms=now_ms(), new_id=new_id) as work,
    ):
        forgetting.correct(work, member_id, changes)
    print(f"Card {options.card}: {', '.join(changes) or 'nothing'} corrected")


def erase_member(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Forget a member, or say what would go."""
    with _member(settings, options.card) as (engine, programme_id, member_id):
        with reading(engine) as connection:
            held = forgetting.gather(connection, programme_id, member_id)
        if not options.yes:
            print(f"{held.summary()} would go. Nothing was changed: --yes does it.")
            return
        with programme_work(engine, programme_id, now_ms=now_ms(), new_id=new_id) as work:
            forfeited = forgetting.erase(work, held)
        snapshots.drop_loose(engine, programme_id)
    print(f"{held.summary()} are gone, {forfeited} points forfeited")


def deny_member(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Have no counter promise a member anything by itself."""
    with (
        _member(settings, options.card) as (engine, programme_id, member_id),
        programme_work(engine, programme_id, now_ms=now_ms(), new_id=new_id) as work,
    ):
        denying.deny(work, member_id, options.reason, by=options.by)
    print(f"Card {options.card}: nothing is promised without the server, once counters have heard")


def allow_member(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Take a member off the deny list."""
    with (
        _member(settings, options.card) as (engine, programme_id, member_id),
        programme_work(engine, programme_id, now_ms=now_ms(), new_id=new_id) as work,
    ):
        was_on_it = denying.allow(work, member_id)
    print(f"Card {options.card}: {'taken off' if was_on_it else 'was not on'} the deny list")


def list_denied(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Print who is on the deny list, since when, by whom and why."""
    engine = open_engine(settings)
    try:
        programme_id = only_programme(engine)
        with reading(engine) as connection:
            rows = connection.execute(
                sa.select(t.denial, t.member.c.card_no)
                .join(
                    t.member,
                    (t.member.c.programme_id == t.denial.c.programme_id)
                    & (t.member.c.member_id == t.denial.c.member_id),
                )
                .where(t.denial.c.programme_id == programme_id)
                .order_by(t.denial.c.since_ms)
            ).all()
    finally:
        engine.dispose()
    for row in rows:
        since = datetime.fromtimestamp(row.since_ms / 1000, UTC)
        by = row.recorded_by or "-"
        print(f"{row.card_no}\t{since:%Y-%m-%d %H:%M} UTC\t{by}\t{row.reason}")


def print_statement(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Print a member's statement, or write it as CSV."""
    first, last = _day(options.first, "0001-01-01"), _day(options.last, "9999-12-31")
    with (
        _member(settings, options.card) as (engine, programme_id, member_id),
        reading(engine) as connection,
    ):
        held = forgetting.merged_into(connection, programme_id, member_id)
        found = statement_of(
            connection,
            programme_id,
            held,
            time_zone=_time_zone(connection, programme_id, member_id),
            first_day=first,
            last_day=last,
        )
    if options.csv:
        sys.stdout.write(as_csv(found.lines))
    else:
        print("\n".join(_shown(found)))


def _day(text: str | None, default: str) -> str:
    try:
        return default if text is None else date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise Rejected("bad_day", f"{text} is no day; write it as 2026-11-18") from error


def _time_zone(connection: Connection, programme_id: UUID, member_id: UUID) -> str:
    """Their home office's, else that of the office whose code comes first."""
    at_home = t.office.c.code == t.member.c.home_office
    found = connection.execute(
        sa.select(t.office.c.time_zone)
        .join(t.member, t.member.c.programme_id == t.office.c.programme_id)
        .where(t.office.c.programme_id == programme_id, t.member.c.member_id == member_id)
        .order_by(at_home.desc(), t.office.c.code)
        .limit(1)
    )
    return str(found.scalar_one_or_none() or "UTC")


def _in_words(line: StatementLine) -> str:
    return _KINDS.get(line.kind, line.kind.replace("_", " "))


def _shown(found: Statement) -> Iterator[str]:
    yield f"{'':39}{found.opening_points:>14,}"
    for line in found.lines:
        late = line.happened_on not in ("", line.booked_on)
        where = f"{line.office_code} {line.happened_on if late else ''}".strip()
        yield (
            f"{line.booked_on} {_in_words(line):<16}{line.points:>+12,}{line.balance:>14,}"
            f"  {'  '.join(part for part in (line.what, where) if part)}".rstrip()
        )
    yield f"{'':39}{found.closing_points:>14,}"
    yield ""
    aside = f"{found.leased_points:,} of them set aside for counters"
    yield f"Now {found.posted_points:,} points, {aside}"
    if found.owed_points:
        yield f"{found.owed_points:,} points are owed: what is earned next pays them first"
    for lot in found.lots:
        until = "do not expire" if lot.expires_on is None else f"expire after {lot.expires_on}"
        yield f"{lot.remaining:>14,} {until}"
