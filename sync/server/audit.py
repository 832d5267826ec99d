"""`guichet-server audit`: proves the books and the journals from what is stored.

Sums and comparisons run in the database; chains are recomputed entry by entry as they stream by.
Each finding is one line that names the wrong row.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.entry import commitment
from app.domain.events import LOW_SCORES, AccrualRecorded
from app.domain.flown import Flown
from app.domain.ledger import SPENDABLE, Account
from sync.server import audit_ledger, audit_scopes
from sync.server.audit_appeals import appeals
from sync.server.audit_chains import chains
from sync.server.audit_days import published_days
from sync.server.audit_families import families
from sync.server.audit_leases import leases
from sync.server.audit_links import linked
from sync.server.audit_listening import listenings
from sync.server.audit_merges import merges
from sync.server.audit_phones import taps
from sync.server.audit_pools import pools
from sync.server.audit_recovery import members_followed
from sync.server.audit_served import served_customers
from sync.server.audit_settling import settled
from sync.server.audit_stock import stocks
from sync.server.corrections import POSTED
from sync.server.joins import outer
from sync.server.reading import read_copy
from sync.server.store import tables as t
from sync.server.store.bulk import stream
from sync.server.store.engine import take_time

_DECISIONS: Final = ("accepted", "duplicate", "exception")
_OWN: Final = tuple(map(str, SPENDABLE))


def audit(connection: Connection, *, now_ms: int | None = None) -> Iterator[str]:
    """Check everything, one unchanging view of the database.

    Args:
        connection: reads.
        now_ms: the server's time, None: this machine's.

    Yields:
        A line for each wrong row.
    """
    take_time(connection)
    for check in (
        _transactions,
        _total,
        _lots,
        _balances,
        leases,
        pools,
        stocks,
        _redemptions,
        _vouchers,
        _accruals,
        audit_ledger.corrections,
        merges,
        families,
        settled,
        chains,
        _decisions,
        _exceptions,
        _blobs,
        _cases,
        taps,
        appeals,
        listenings,
        linked,
        published_days,
        served_customers,
        members_followed,
    ):
        yield from check(connection)
    now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    yield from audit_scopes.memberships(connection, now_ms=now_ms)
    yield from audit_scopes.sums(connection)


def _transactions(connection: Connection) -> Iterator[str]:
    posting = t.posting
    unbalanced = (
        sa.select(posting.c.txn_id, posting.c.unit, sa.func.sum(posting.c.amount).label("total"))
        .group_by(posting.c.programme_id, posting.c.txn_id, posting.c.unit)
        .having(sa.func.sum(posting.c.amount) != 0)
    )
    for row in stream(connection, unbalanced):
        yield f"ledger_txn {row.txn_id}: its postings sum to {row.total} {row.unit}, not 0"
    orphans = sa.select(posting.c.txn_id, posting.c.line).select_from(
        outer(posting, t.ledger_txn, "programme_id", "txn_id")
    )
    for row in stream(connection, orphans.where(t.ledger_txn.c.txn_id.is_(None))):
        yield f"posting {row.txn_id}/{row.line}: it belongs to no transaction"
    empty = sa.select(t.ledger_txn.c.txn_id).select_from(
        outer(t.ledger_txn, posting, "programme_id", "txn_id")
    )
    for row in stream(connection, empty.where(posting.c.txn_id.is_(None))):
        yield f"ledger_txn {row.txn_id}: it has no postings"


def _total(connection: Connection) -> Iterator[str]:
    posting = t.posting
    totals = (
        sa.select(posting.c.programme_id, posting.c.unit, sa.func.sum(posting.c.amount).label("n"))
        .group_by(posting.c.programme_id, posting.c.unit)
        .having(sa.func.sum(posting.c.amount) != 0)
    )
    for row in connection.execute(totals):
        yield f"programme {row.programme_id}: all postings sum to {row.n} {row.unit}, not 0"


def _posted(*keys: str) -> sa.Subquery:
    """What the postings say of members: posted and leased, grouped by `keys`."""
    posting = t.posting
    leased = sa.case((posting.c.account == str(Account.LEASED), posting.c.amount), else_=0)
    columns = [posting.c[name] for name in keys]
    return (
        sa.select(
            *columns,
            sa.func.sum(posting.c.amount).label("posted"),
            sa.func.sum(leased).label("leased"),
        )
        .where(posting.c.account.in_(_OWN))
        .group_by(*columns)
        .subquery("booked")
    )


def _lots(connection: Connection) -> Iterator[str]:
    lot = t.lot
    booked = _posted("programme_id", "member_id", "lot_id", "unit")
    joined = outer(lot, booked, "programme_id", "member_id", "lot_id", "unit")
    posted = sa.func.coalesce(booked.c.posted, 0)
    leased = sa.func.coalesce(booked.c.leased, 0)
    wrong = (
        sa.select(lot, posted.label("p"), leased.label("l"))
        .select_from(joined)
        .where((lot.c.remaining != posted) | (lot.c.leased != leased))
    )
    for row in stream(connection, wrong):
        yield (
            f"lot {row.lot_id} of member {row.member_id}: it holds {row.remaining}"
            f" ({row.leased} leased), its postings {row.p} ({row.l} leased)"
        )
    impossible = sa.select(lot).where(
        (lot.c.remaining < 0)
        | (lot.c.remaining > lot.c.earned)
        | (lot.c.leased < 0)
        | (lot.c.leased > lot.c.remaining)
    )
    for row in stream(connection, impossible):
        yield (
            f"lot {row.lot_id} of member {row.member_id}: {row.leased} leased of"
            f" {row.remaining} left of {row.earned} earned can't be"
        )
    lost = (
        sa.select(booked.c.lot_id, booked.c.member_id)
        .select_from(outer(booked, lot, "programme_id", "member_id", "lot_id"))
        .where(
            lot.c.lot_id.is_(None),
            booked.c.lot_id.is_not(None),
            (booked.c.posted != 0) | (booked.c.leased != 0),  # else it went with a merge
        )
    )
    for row in stream(connection, lost):
        yield f"lot {row.lot_id} of member {row.member_id}: it has postings and isn't there"


def _balances(connection: Connection) -> Iterator[str]:
    balance, lot = t.balance, t.lot
    booked = _posted("programme_id", "member_id", "unit")
    keys = ("programme_id", "member_id", "unit")
    posted = sa.func.coalesce(booked.c.posted, 0)
    leased = sa.func.coalesce(booked.c.leased, 0)
    wrong = (
        sa.select(balance, posted.label("p"), leased.label("l"))
        .select_from(outer(balance, booked, *keys))
        .where((balance.c.posted != posted) | (balance.c.leased != leased))
    )
    for row in stream(connection, wrong):
        yield (
            f"balance of member {row.member_id}: it says {row.posted} ({row.leased} leased),"
            f" the postings {row.p} ({row.l} leased)"
        )
    lost = (
        sa.select(booked.c.member_id)
        .select_from(outer(booked, balance, *keys))
        .where(balance.c.member_id.is_(None))
    )
    for row in stream(connection, lost):
        yield f"balance of member {row.member_id}: there are postings and no balance"
    held = (
        sa.select(*(lot.c[name] for name in keys), sa.func.sum(lot.c.remaining).label("held"))
        .group_by(*(lot.c[name] for name in keys))
        .subquery("held")
    )
    in_lots = sa.func.coalesce(held.c.held, 0)
    apart = (
        sa.select(balance, in_lots.label("h"))
        .select_from(outer(balance, held, *keys))
        .where(balance.c.posted != in_lots - balance.c.overdrawn)
    )
    for row in stream(connection, apart):
        yield (
            f"balance of member {row.member_id}: {row.posted} posted, but lots hold {row.h}"
            f" and {row.overdrawn} are owed"
        )


def _redemptions(connection: Connection) -> Iterator[str]:
    redemption, posting = t.redemption, t.posting
    spent = (
        sa.select(
            posting.c.programme_id, posting.c.txn_id, sa.func.sum(posting.c.amount).label("n")
        )
        .where(posting.c.account == str(Account.REDEEMED))
        .group_by(posting.c.programme_id, posting.c.txn_id)
        .subquery("spent")
    )
    booked = sa.func.coalesce(spent.c.n, 0)
    wrong = (
        sa.select(redemption.c.redemption_id, redemption.c.points, booked.label("n"))
        .select_from(outer(redemption, spent, "programme_id", "txn_id"))
        .where(redemption.c.points != booked)
    )
    for row in stream(connection, wrong):
        yield f"redemption {row.redemption_id}: {row.points} points, {row.n} posted"
    yield from _once(connection, "redemption", "redemption_reversal")


def _vouchers(connection: Connection) -> Iterator[str]:
    """What was handed over for a voucher has its entry, and its redemption isn't undone."""
    use, entry, redemption = t.voucher_use, t.entry, t.redemption
    handed_over = use.c.event_id.is_not(None)
    untold = sa.select(use.c.redemption_id).select_from(
        outer(use, entry, "programme_id", "event_id")
    )
    for row in stream(connection, untold.where(handed_over, entry.c.event_id.is_(None))):
        yield f"voucher_use {row.redemption_id}: no entry tells of it"
    undone = sa.select(use.c.redemption_id).select_from(
        outer(use, redemption, "programme_id", "redemption_id")
    )
    for row in stream(connection, undone.where(handed_over, redemption.c.state == "voided")):
        yield f"voucher_use {row.redemption_id}: its redemption is undone"
    posted = redemption.c.state == POSTED
    whole = posted & (redemption.c.refunded >= redemption.c.points)
    for row in stream(connection, undone.where(handed_over, whole)):
        yield f"voucher_use {row.redemption_id}: its redemption was given back"


def _accruals(connection: Connection) -> Iterator[str]:
    accrual, posting = t.accrual, t.posting
    issued = (
        sa.select(
            posting.c.programme_id, posting.c.txn_id, sa.func.sum(posting.c.amount).label("n")
        )
        .where(posting.c.account == str(Account.ISSUED), posting.c.unit == t.POINTS)
        .group_by(posting.c.programme_id, posting.c.txn_id)
        .subquery("issued")
    )
    booked = sa.func.coalesce(-issued.c.n, 0)
    wrong = (
        sa.select(accrual.c.accrual_id, accrual.c.points, booked.label("n"))
        .select_from(outer(accrual, issued, "programme_id", "txn_id"))
        .where(accrual.c.points != booked)
    )
    for row in stream(connection, wrong):
        yield f"accrual {row.accrual_id}: {row.points} points, {row.n} posted"
    yield from _once(connection, "accrual", "accrual_reversal")
    yield from _flights(connection)


def _flights(connection: Connection) -> Iterator[str]:
    """Each flight that an entry names stands under its own keys, and none under two accruals."""
    accrual, txn, entry = t.accrual, t.ledger_txn, t.entry
    named = (
        sa.select(accrual, entry.c.raw)
        .select_from(
            accrual.join(
                txn,
                (txn.c.programme_id == accrual.c.programme_id) & (txn.c.txn_id == accrual.c.txn_id),
            ).join(
                entry,
                (entry.c.programme_id == txn.c.programme_id) & (entry.c.event_id == txn.c.event_id),
            )
        )
        .where(accrual.c.state == "posted", entry.c.decision != "exception")
    )
    for row in stream(connection, named):
        event = read_copy(bytes(row.raw)).event
        if not isinstance(event, AccrualRecorded) or event.flight is None:
            continue
        try:
            keys = Flown.read(event.flight).keys(row.member_id)
        except ValueError:
            keys = ("", "")
        if keys != (row.departure_key, row.arrival_key):
            yield f"accrual {row.accrual_id}: it stands under another flight than {event.flight}"
    for key in (accrual.c.departure_key, accrual.c.arrival_key):
        twice = (
            sa.select(accrual.c.accrual_id, accrual.c.member_id, key.label("key"))
            .where(
                sa.tuple_(accrual.c.programme_id, key).in_(
                    sa.select(accrual.c.programme_id, key)
                    .where(accrual.c.state == "posted", key.is_not(None))
                    .group_by(accrual.c.programme_id, key)
                    .having(sa.func.count() > 1)
                )
            )
            .order_by(key, accrual.c.accrual_id)
        )
        for row in stream(connection, twice):
            flight = row.key.rpartition(" ")[0]
            yield (
                f"accrual {row.accrual_id}: member {row.member_id} is credited twice for {flight}"
            )


def _once(connection: Connection, *kinds: str) -> Iterator[str]:
    txn = t.ledger_txn
    twice = (
        sa.select(txn.c.kind, txn.c.ref_id, sa.func.count().label("n"))
        .where(txn.c.kind.in_(kinds))
        .group_by(txn.c.programme_id, txn.c.kind, txn.c.ref_id)
        .having(sa.func.count() > 1)
    )
    for row in stream(connection, twice):
        yield f"{row.kind} {row.ref_id}: posted {row.n} times"


def _decisions(connection: Connection) -> Iterator[str]:
    entry = t.entry
    names = (entry.c.device_id, entry.c.incarnation, entry.c.seq)
    undecided = sa.select(*names, entry.c.decision).where(entry.c.decision.not_in(_DECISIONS))
    for row in stream(connection, undecided):
        yield f"entry {row.device_id}/{row.incarnation}/{row.seq}: undecided ({row.decision!r})"
    twice = (
        sa.select(entry.c.event_id, sa.func.count().label("n"))
        .where(entry.c.decision == "accepted")
        .group_by(entry.c.programme_id, entry.c.event_id)
        .having(sa.func.count() > 1)
    )
    for row in stream(connection, twice):
        yield f"event {row.event_id}: accepted {row.n} times"


def _exceptions(connection: Connection) -> Iterator[str]:
    entry, item = t.entry, t.exception_item
    joined = entry.outerjoin(
        item,
        (item.c.programme_id == entry.c.programme_id) & (item.c.exception_id == entry.c.event_id),
    )
    missing = (
        sa.select(entry.c.device_id, entry.c.incarnation, entry.c.seq)
        .select_from(joined)
        .where(entry.c.decision == "exception", item.c.exception_id.is_(None))
    )
    for row in stream(connection, missing):
        yield (
            f"entry {row.device_id}/{row.incarnation}/{row.seq}: an exception that"
            " no manager can see"
        )


def _blobs(connection: Connection) -> Iterator[str]:
    for row in stream(connection, sa.select(t.blob)):
        if commitment(bytes(row.salt), bytes(row.content)) != row.commitment:
            yield f"blob {row.commitment}: its content is another"


def _cases(connection: Connection) -> Iterator[str]:
    rating, case = t.rating, t.service_case
    low = (
        sa.select(rating.c.programme_id, rating.c.rating_id)
        .where(rating.c.score.in_(LOW_SCORES))
        .distinct()
        .subquery("low")
    )
    joined = low.outerjoin(
        case,
        (case.c.programme_id == low.c.programme_id) & (case.c.case_id == low.c.rating_id),
    )
    missing = sa.select(low.c.rating_id).select_from(joined).where(case.c.case_id.is_(None))
    for row in stream(connection, missing):
        yield f"rating {row.rating_id}: it is low and has no case"
    joined = case.outerjoin(
        low, (case.c.programme_id == low.c.programme_id) & (case.c.case_id == low.c.rating_id)
    )
    baseless = (
        sa.select(case.c.case_id)
        .select_from(joined)
        .where(case.c.origin == "rating", low.c.rating_id.is_(None))
    )
    for row in stream(connection, baseless):
        yield f"case {row.case_id}: there is no low rating to it"
