"""Putting members that were read from a file into the programme: profile, lots, opening balance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.domain import ledger
from sync.server.importing.mapping import Mapping
from sync.server.importing.members import read_members, read_weights
from sync.server.importing.records import ImportedMember, ImportSummary, RowProblem
from sync.server.member_state import MemberState
from sync.server.store import tables as t
from sync.server.transactions import programme_work
from sync.server.work import Work

# One transaction each; short, because an open one holds up every pull.
_CHUNK: Final = 1_000


def import_members(
    engine: Engine,
    programme_id: UUID,
    path: Path,
    mapping: Mapping,
    *,
    now_ms: int,
    new_id: Callable[[], UUID],
    report: Callable[[RowProblem], None],
) -> tuple[ImportSummary, int, int]:
    """Import a members file; run again, it updates profiles and leaves points alone.

    Those who come most often are shown first, so their ranks are the smallest: the file is read
    once for that order and once for the members. Rows refused leave gaps in the ranks.

    Args:
        engine: of a migrated database.
        programme_id: whose members they become.
        path: of the CSV file.
        mapping: from `load_mapping`.
        now_ms: the time to book under.
        new_id: makes ids.
        report: told each problem, in the order of the file.

    Returns:
        (what was read, members new, members updated).

    Raises:
        ImportRefused: the file as a whole can't be imported.
    """
    order = [(-visits, -points, line) for visits, points, line in read_weights(path, mapping)]
    order.sort()
    places = {line: place for place, (_, _, line) in enumerate(order, start=1)}
    with programme_work(engine, programme_id, now_ms=now_ms, new_id=new_id) as work:
        first_rank = _reserve_ranks(work, len(order))
    summary = ImportSummary()
    new = updated = 0
    members = _good_rows(read_members(path, mapping), summary, report)
    while chunk := list(islice(members, _CHUNK)):
        with programme_work(engine, programme_id, now_ms=now_ms, new_id=new_id) as work:
            known = {
                row.card_no: row.member_id
                for row in work.find(t.card, "card_no", [item.card_no for item in chunk])
            }
            work.load_members(known.values())
            for item in chunk:
                member_id = known.get(item.card_no)
                if member_id is None:
                    _add(work, item, rank=first_rank + places[item.line])
                    new += 1
                else:
                    updated += _update(work, work.members[member_id], item)
    return summary, new, updated


def _good_rows(
    items: Iterable[ImportedMember | RowProblem],
    summary: ImportSummary,
    report: Callable[[RowProblem], None],
) -> Iterator[ImportedMember]:
    for item in items:
        summary.observe(item)
        if isinstance(item, RowProblem):
            report(item)
        else:
            yield item


def _reserve_ranks(work: Work, n: int) -> int:
    """Take n ranks behind all others; returns the last one before them."""
    programme = t.programme
    work.connection.execute(
        programme.update()
        .where(programme.c.programme_id == work.programme_id)
        .values(last_rank=programme.c.last_rank + n)
    )
    found = work.connection.execute(
        sa.select(programme.c.last_rank).where(programme.c.programme_id == work.programme_id)
    )
    return int(found.scalar_one()) - n


def _profile(item: ImportedMember) -> dict[str, object]:
    return {
        "card_no": item.card_no,
        "name": item.name,
        "latin_name": item.latin_name,
        "initials": item.initials,
        "phone": item.phone,
        "tier": item.tier,
        "home_office": item.home_office,
        "preference": item.preference,
        "language": item.language,
        "born_on_year": item.born_year,
        "joined_on": None if item.joined_on is None else item.joined_on.isoformat(),
        "generated": item.generated,
    }


def _add(work: Work, item: ImportedMember, *, rank: int) -> None:
    member_id = work.new_id()
    state = work.add_member(
        member_id,
        {
            **_profile(item),
            "rank": rank,
            "status": "active",
            "merged_into": None,
            "open_matter": "",
        },
    )
    work.add(t.card, item.card_no, member_id, work.now_ms)
    lots = item.lots or (((item.points, None),) if item.points else ())
    holdings = state.holdings
    postings: list[ledger.Posting] = []
    for points, expires_on in lots:
        if points:
            change = ledger.earn(
                holdings,
                lot_id=work.new_id(),
                points=points,
                expires_on=None if expires_on is None else expires_on.isoformat(),
                source=ledger.Account.OPENING,
            )
            holdings = change.after
            postings.extend(change.postings)
    if postings:
        opening = ledger.Change(holdings, tuple(postings))
        work.post(state, opening, kind="opening", ref_id=member_id, event_id=None)


def _update(work: Work, state: MemberState, item: ImportedMember) -> bool:
    """Take over what the file says; what it is silent about, or made up, stays as it was."""
    silent = {*item.missing_fields, *item.generated_fields, "card_no", "generated"}
    names = {"born_year": "born_on_year"}
    silent = {names.get(name, name) for name in silent}
    changes = {
        name: value
        for name, value in _profile(item).items()
        if name not in silent and value not in ("", None) and state.profile[name] != value
    }
    if changes:
        work.update_profile(state, **changes)
    return bool(changes)
