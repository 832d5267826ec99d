"""Planted bugs about points: counted once, in balance, within bounds; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any, Final

from app.domain import events as e
from app.domain import ledger, reversing
from app.domain.errors import Rejected
from app.domain.ledger import Change
from app.domain.points_rules import PointsRules
from app.ports.online import OnlineVerdict
from app.services import redemptions, serving
from app.store import overlay
from app.store.work import SqlWork
from sync.client.download import Download
from sync.client.online import HttpOnlineDesk
from sync.server import deciding, ingest, vouchers
from sync.server.handlers import points
from sync.server.pools import Pools
from sync.server.states import AWAITED
from sync.server.store import tables as t
from sync.server.work import Work
from tests.simulation.planting import Mutant, handler, on

# --- I1, exactly once


def _skip_dedup(stack: ExitStack) -> None:
    """The server decides an entry again each time it comes."""

    def knows_nothing(real: Any, *args: Any) -> Any:
        return real(*args)[0], {}

    def take_in_over(real: Any, work: Any, device: Any, request: Any, *rest: Any) -> Any:
        here = (t.entry.c.device_id == device.device_id) & (
            t.entry.c.incarnation == request.incarnation
        )
        work.connection.execute(t.entry.delete().where(here, t.entry.c.seq >= request.first_seq))
        return real(work, device, request, *rest)

    on(stack, ingest, "_overlap", knows_nothing)
    on(stack, ingest, "_take_in", take_in_over)


def _post_granted_after_posted(stack: ExitStack) -> None:
    """A counter's grant posts although the same id had been posted online."""

    def forgetful(real: Any, batch: Any, received: Any, event: Any) -> None:
        if (known := batch.redemptions.get(event.redemption_id)) is not None:
            batch.redemptions[event.redemption_id] = replace(known, state=AWAITED)
        real(batch, received, event)

    handler(stack, e.RedemptionGranted, forgetful)


def _lost_means_posted(stack: ExitStack) -> None:
    """A lost answer to an online redemption is taken for a yes."""

    def hopeful(real: Any, *args: Any, **options: Any) -> OnlineVerdict:
        verdict: OnlineVerdict = real(*args, **options)
        return OnlineVerdict("posted") if verdict.outcome == "unknown" else verdict

    on(stack, HttpOnlineDesk, "redeem", hopeful)


def _copy_counts_again(stack: ExitStack) -> None:
    """What came under an older incarnation is decided again under the new one."""
    on(stack, deciding, "_mark_copies", lambda *_, **__: None)


def _voucher_twice_unseen(stack: ExitStack) -> None:
    """The second use of a voucher counts, too, and nobody is told."""

    def unseen(real: Any, *args: Any, **options: Any) -> None:
        with suppress(Rejected):
            real(*args, **options)

    on(stack, vouchers, "take", unseen)


# --- I2, the books balance


def _half_a_posting(stack: ExitStack) -> None:
    """One side of a reversal is not written."""

    def one_sided(real: Any, work: Any, state: Any, change: Change, **options: Any) -> Any:
        if options["kind"] == "accrual_reversal":
            change = replace(change, postings=change.postings[:-1])
        return real(work, state, change, **options)

    on(stack, Work, "post", one_sided)


def _stale_balance(stack: ExitStack) -> None:
    """The ledger is written and the balance beside it is not."""

    def stale(real: Any, work: Any, state: Any, change: Change, **options: Any) -> Any:
        before = state.holdings
        found = real(work, state, change, **options)
        if options["kind"] == "redemption_reversal":
            state.holdings = before
        return found

    on(stack, Work, "post", stale)


# --- I3 and I4, no overspend on leases, bounded beyond


def _lease_never_drawn(stack: ExitStack) -> None:
    """The server posts what was spent under a lease and leaves the lease as it was."""
    on(stack, points, "draw", lambda *_: None)


def _spend_lease_uncounted(stack: ExitStack) -> None:
    """The counter doesn't write down what it spent of a lease."""
    on(stack, SqlWork, "spend_lease", lambda *_: None)


def _pool_uncounted(stack: ExitStack) -> None:
    """The counter doesn't write down what it drew on its pool."""

    def forgetful(_: Any, work: Any, member_id: Any, wanted: int, trust: Any) -> Any:
        return work.pool().pool_id

    on(stack, SqlWork, "spend_pool", forgetful)


def _pool_without_end(stack: ExitStack) -> None:
    """Neither side counts what is drawn on the pools."""
    _pool_uncounted(stack)
    on(stack, Pools, "charge", lambda *_: None)


# --- I9, no spending of hopes


def _spend_hopes(stack: ExitStack) -> None:
    """What was earned a moment ago is offered before the server has it."""

    def hopeful(real: Any, context: Any, reads: Any, member_id: Any) -> Any:
        standing = real(context, reads, member_id)
        earned = reads.overlay(member_id).earned_points
        return replace(standing, posted=standing.posted + earned)

    for asking in (serving, redemptions):
        on(stack, asking, "standing_of", hopeful)


def _pending_spent(stack: ExitStack) -> None:
    """What can be spent from tomorrow on alone can be spent at once."""
    on(stack, PointsRules, "spendable_from", lambda real, *args: None)


def _acknowledge_before_apply(stack: ExitStack) -> None:
    """The client drops the overlay before the page is in the members file."""

    def hasty(real: Any, download: Any, identity: Any, step: Any, answer: Any, now: float) -> None:
        horizon = None if answer.more else answer.horizon
        download._store.acknowledge_pull(leases=None, pool=None, horizon=horizon, now_ms=0)
        real(download, identity, step, answer, now)

    on(stack, Download, "pulled", hasty)


def _overlay_goes_with_upload(stack: ExitStack) -> None:
    """What was uploaded counts as shown, before any pull has brought it."""

    def hasty(real: Any, connection: Any, *args: Any) -> None:
        real(connection, *args)
        connection.exec_driver_sql(
            "UPDATE effect SET state = 'shown' WHERE state = 'pending' AND mark IS NOT NULL"
        )

    on(stack, overlay, "settle", hasty)


# --- I11, undo once


def _undo_past_the_lease(stack: ExitStack) -> None:
    """Points of an open lease come back to the member and not to the lease."""
    on(
        stack,
        reversing,
        "reverse_spend",
        lambda real, *args, **options: real(*args, **{**options, "to_lease": False}),
    )


def _lease_not_told(stack: ExitStack) -> None:
    """The counter never hears that an undo has filled its lease again."""

    def silent(real: Any, batch: Any, received: Any, event: Any) -> None:
        before = {lease_id: lease.restored for lease_id, lease in batch.leases.items()}
        real(batch, received, event)
        for lease_id, restored in before.items():
            batch.leases[lease_id].restored = restored

    handler(stack, e.RedemptionVoided, silent)


def _double_restore(stack: ExitStack) -> None:
    """What has come back of a reward in parts is forgotten when more of it does."""

    def forgetful(real: Any, held: Any, postings: Any, part: Any, **options: Any) -> Any:
        return real(held, postings, replace(part, already=0), **options)

    on(stack, reversing, "reverse_spend", forgetful)

    def undone_whole(real: Any, batch: Any, received: Any, event: Any) -> None:
        known = batch.redemptions.get(event.redemption_id)
        if known is not None:
            known.refunded = 0
        real(batch, received, event)

    handler(stack, e.RedemptionVoided, undone_whole)
    handler(stack, e.RedemptionRefunded, undone_whole)


def _refund_each_time(stack: ExitStack) -> None:
    """A refund is posted again by whoever says it again."""

    def forgetful(real: Any, batch: Any, received: Any, event: Any) -> None:
        refund_id = batch.work.new_id()
        real(batch, received, replace(event, refund_id=refund_id))
        real(batch, received, event)

    handler(stack, e.RedemptionRefunded, forgetful)


# --- the order of lots


def _lot_order(stack: ExitStack) -> None:
    """What expires last is spent first."""
    on(stack, ledger, "expiry_order", lambda real, lots: real(lots)[::-1])


def _youngest_first(stack: ExitStack) -> None:
    """What was earned last is spent first."""

    def by_age(_: Any, lots: Any) -> list[ledger.Lot]:
        return sorted(lots, key=lambda lot: lot.lot_id, reverse=True)

    on(stack, ledger, "expiry_order", by_age)


def _undo_what_was_handed_over(stack: ExitStack) -> None:
    """A redemption is undone although its voucher was used."""
    on(stack, points, "is_used", lambda *_: False)


POINTS_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "skip dedup": ("I1", _skip_dedup),
    "post granted after posted": ("I1", _post_granted_after_posted),
    "lost means posted": ("I1", _lost_means_posted),
    "a copy counts again": ("I1", _copy_counts_again),
    "voucher used twice unseen": ("I1", _voucher_twice_unseen),
    "half a posting": ("I2", _half_a_posting),
    "stale balance": ("I2", _stale_balance),
    "lease never drawn": ("I3", _lease_never_drawn),
    "lease spent uncounted": ("I3", _spend_lease_uncounted),
    "pool drawn uncounted": ("I4", _pool_uncounted),
    "pool without end": ("I4", _pool_without_end),
    "spend hopes": ("I9", _spend_hopes),
    "pending spent": ("I9", _pending_spent),
    "acknowledge before apply": ("I9", _acknowledge_before_apply),
    "overlay goes with the upload": ("I9", _overlay_goes_with_upload),
    "undo past the lease": ("I11", _undo_past_the_lease),
    "lease not told of an undo": ("I11", _lease_not_told),
    "double restore": ("I11", _double_restore),
    "refund each time": ("I11", _refund_each_time),
    "lot order": ("lots", _lot_order),
    "youngest first": ("lots", _youngest_first),
    "undo what was handed over": ("I11", _undo_what_was_handed_over),
}
