"""Planted bugs: each breaks one promise in the real code, and the simulation has to notice.

What one thread can't show, a cursor that is a plain sequence, is shown by the two-connection tests
on PostgreSQL (tests/server/test_replicas.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Final
from unittest.mock import patch

import sqlalchemy as sa

from app.credentials.shutter import FolderShutter
from app.domain import events as e
from app.domain import ledger
from app.domain.ledger import Change
from app.ports.online import OnlineVerdict
from app.services import redemptions
from app.store import database, overlay, sync_store
from app.store import work as work_store
from app.store.work import SqlWork
from app.store.work_reads import SqlWorkReads
from sync.client import outcome
from sync.client.download import Download
from sync.client.engine import Engine
from sync.client.exchange import Push
from sync.client.online import HttpOnlineDesk
from sync.client.outcome import Why
from sync.client.replica_file import ReplicaFile, Rows
from sync.client.upload import Upload
from sync.protocol.framing import BadBody
from sync.server import deciding, ingest, service
from sync.server.batch import Batch
from sync.server.handlers import points
from sync.server.service import CentralServer
from sync.server.store import tables as t
from sync.server.work import Work
from tests.simulation.morning import COUNTERS, prepare
from tests.simulation.mutants_lost import LOST_MUTANTS
from tests.simulation.mutants_office import OFFICE_MUTANTS
from tests.simulation.mutants_scope import SCOPE_MUTANTS
from tests.simulation.network import ServerKilled
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
        batch.redemptions.pop(event.redemption_id, None)
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
    on(stack, points, "_draw", lambda *_: None)


def _spend_lease_uncounted(stack: ExitStack) -> None:
    """The counter doesn't write down what it spent of a lease."""
    on(stack, SqlWork, "spend_lease", lambda *_: None)


def _pool_uncounted(stack: ExitStack) -> None:
    """The counter doesn't write down what it drew on its pool."""

    def forgetful(_: Any, work: Any, member_id: Any, wanted: int) -> Any:
        return work.pool().pool_id

    on(stack, SqlWork, "spend_pool", forgetful)


def _pool_without_end(stack: ExitStack) -> None:
    """Neither side counts what is drawn on the pools."""
    _pool_uncounted(stack)
    on(stack, points, "charge_pool", lambda *_: None)


# --- I6, all or nothing


def _commit_not_written_through(stack: ExitStack) -> None:
    """A commit returns before the disk has it."""

    def hasty(real: Any, *args: Any) -> Any:
        engine = real(*args)
        sa.event.listen(
            engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = 1")
        )
        return engine

    on(stack, database, "write_engine", hasty)


def _entry_before_rows(stack: ExitStack) -> None:
    """The entry commits, and the encounter's row in a transaction behind it."""
    later: list[Any] = []

    def put_off(real: Any, work: Any, row: Any) -> None:
        later.append((real, row))

    def run(real: Any, store: Any, unit: Any) -> Any:
        result = real(store, unit)
        while later:
            save, row = later.pop(0)
            real(store, lambda work, save=save, row=row: save(work, row))
        return result

    on(stack, SqlWork, "save_encounter", put_off)
    on(stack, work_store.SqlWorkStore, "run", run)


def _leave_doubt(stack: ExitStack) -> None:
    """After a crash an intent without an outcome is left as it is."""
    stack.enter_context(patch.object(SqlWorkReads, "redemptions_in_doubt", lambda _: []))


# --- I7, no silent forks


def _reuse_incarnation(stack: ExitStack) -> None:
    """After a fork the device is told to go on under the incarnation that it has."""
    on(stack, ingest, "_renumber", lambda _, work, device, incarnation: device)


def _fork_is_duplicate(stack: ExitStack) -> None:
    """Other bytes in a place that is taken are waved through as a duplicate."""

    def waved_through(real: Any, work: Any, device: Any, request: Any, last_seq: int) -> Any:
        start, stored = real(work, device, request, last_seq)
        return start, {seq: replace(here, link=b"") for seq, here in stored.items()}

    on(stack, ingest, "_overlap", waved_through)


def _rechain_forgets(stack: ExitStack) -> None:
    """Under a new incarnation the counter begins with nothing."""

    def forgetful(real: Any, connection: Any, incarnation: int) -> None:
        connection.exec_driver_sql("UPDATE chain SET confirmed_seq = last_seq")
        real(connection, incarnation)

    on(stack, sync_store, "rechain", forgetful)


# --- I8, revoked means blind


def _revoked_writes_on(stack: ExitStack) -> None:
    """Nobody looks whether a device was shut out."""
    on(stack, service, "refuse_revoked", lambda *_: None)


def _keys_stay(stack: ExitStack) -> None:
    """A seat that was shut out writes it down and keeps its keys."""
    on(stack, FolderShutter, "_delete_keys", lambda *_: None)


def _key_not_left(stack: ExitStack) -> None:
    """A seat leaves no sealed key with a server that lacks it."""
    on(stack, Upload, "_deposit", lambda *_: None)


def _absence_uncounted(stack: ExitStack) -> None:
    """A seat that has been without the server for months opens as ever."""
    on(stack, sync_store.SqlSyncStore, "absent_too_long", lambda *_: False)


# --- I9, no spending of hopes


def _spend_hopes(stack: ExitStack) -> None:
    """What was earned a moment ago is offered before the server has it."""

    def hopeful(real: Any, context: Any, reads: Any, member_id: Any) -> Any:
        standing = real(context, reads, member_id)
        earned = reads.overlay(member_id).earned_points
        return replace(standing, posted=standing.posted + earned)

    on(stack, redemptions, "standing_of", hopeful)


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


# --- I10, nothing dropped, nothing blocked


def _later_parts_unwritten(stack: ExitStack) -> None:
    """Of an upload that is written in parts, the first alone is."""

    def once(real: Any, batch: Batch) -> None:
        if "begun" in vars(batch):
            batch.work.rows.clear()
        else:
            vars(batch)["begun"] = True
            real(batch)

    on(stack, Batch, "write", once)


def _drop_exception(stack: ExitStack) -> None:
    """The server refuses an entry and tells nobody."""
    stack.enter_context(patch.object(deciding, "open_exceptions", lambda *_: None))


def _phone_not_kept(stack: ExitStack) -> None:
    """The server takes in that a member's phone has changed, and leaves it as it was."""
    handler(stack, e.ContactUpdated, lambda *_: None)


def _confirm_before_commit(stack: ExitStack) -> None:
    """The client counts entries as sent when it sends them."""

    def hasty(real: Any, upload: Any, *args: Any) -> Any:
        request = real(upload, *args)
        if request is not None and isinstance(request.step, Push):
            upload._store.confirm(
                request.step.last_seq, [], mark=0, incarnation=request.step.incarnation
            )
        return request

    on(stack, Upload, "next_request", hasty)


def _answer_before_commit(stack: ExitStack) -> None:
    """The server says that it holds what it is about to commit."""
    answers: list[Any] = []

    def remember(real: Any, *args: Any, **options: Any) -> Any:
        answers[:] = [real(*args, **options)]
        return answers[0]

    def hasty(real: Any, *args: Any) -> Any:
        answers.clear()
        try:
            return real(*args)
        except ServerKilled:
            if not answers:
                raise
            return answers[0]

    on(stack, ingest, "push", remember)
    on(stack, CentralServer, "push", hasty)


# --- I11, undo once


def _undo_past_the_lease(stack: ExitStack) -> None:
    """Points of an open lease come back to the member and not to the lease."""
    on(
        stack,
        ledger,
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


# --- I13, same replica


def _log_skips(stack: ExitStack) -> None:
    """A member's change by an undo is not told, and the sums are not compared."""

    def flushing(real: Any, work: Any) -> None:
        kinds = {row[2] for row in work.rows.get(t.ledger_txn.name, ())}
        real(work)
        if kinds:
            work.kinds = kinds

    def writing(real: Any, work: Any, sums: Any) -> Any:
        told = real(work, sums)
        return [] if "accrual_reversal" in getattr(work, "kinds", ()) else told

    on(stack, Work, "flush", flushing)
    on(stack, Work, "_write_members", writing)
    on(stack, Download, "_agrees", lambda *_: True)


def _cursor_before_rows(stack: ExitStack) -> None:
    """The cursor moves before the page it stands for is written, and sums are not compared."""

    def hasty(real: Any, file: Any, rows: Any, cursor: Any) -> None:
        if cursor is not None:
            real(file, Rows(), cursor)
        real(file, rows, None)

    on(stack, ReplicaFile, "write", hasty)
    on(stack, Download, "_agrees", lambda *_: True)


def _page_ahead_is_dropped(stack: ExitStack) -> None:
    """A page that another follows is never written; sums are not compared."""

    def idle(_: Any, download: Any) -> None:
        page, download._unwritten = download._unwritten, None
        if page is not None:
            page.file.cursor = page.cursor

    on(stack, Download, "write_page", idle)
    on(stack, Download, "_agrees", lambda *_: True)


# --- I14, old clients live


def _strict_about_news(stack: ExitStack) -> None:
    """An answer that says more than this version knows is taken for none."""

    def strict(real: Any, body: bytes, kind: Any) -> Any:
        if b"of_a_later_version" in body:
            raise BadBody("an unknown field")
        return real(body, kind)

    on(stack, outcome, "decode", strict)


def _old_client_gives_up(stack: ExitStack) -> None:
    """Once told to update the program never uploads again, even when the server has come round."""

    def resigned(
        real: Any, engine: Any, identity: Any, request: Any, refusal: Any, now: float
    ) -> Any:
        real(engine, identity, request, refusal, now)
        if refusal.why is Why.OLD_CLIENT:
            engine._upload.lane.fail(now, "old_client", retry_after_s=1e9)

    on(stack, Engine, "_refused", resigned)


MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "skip dedup": ("I1", _skip_dedup),
    "post granted after posted": ("I1", _post_granted_after_posted),
    "lost means posted": ("I1", _lost_means_posted),
    "a copy counts again": ("I1", _copy_counts_again),
    "half a posting": ("I2", _half_a_posting),
    "stale balance": ("I2", _stale_balance),
    "lease never drawn": ("I3", _lease_never_drawn),
    "lease spent uncounted": ("I3", _spend_lease_uncounted),
    "pool drawn uncounted": ("I4", _pool_uncounted),
    "pool without end": ("I4", _pool_without_end),
    "commit not written through": ("I6", _commit_not_written_through),
    "entry before its rows": ("I6", _entry_before_rows),
    "leave doubt after a crash": ("I6", _leave_doubt),
    "reuse an incarnation": ("I7", _reuse_incarnation),
    "fork is a duplicate": ("I7", _fork_is_duplicate),
    "rechain forgets": ("I7", _rechain_forgets),
    "revoked writes on": ("I8", _revoked_writes_on),
    "keys stay after revocation": ("I8", _keys_stay),
    "key not left": ("I8", _key_not_left),
    "absence uncounted": ("I8", _absence_uncounted),
    "spend hopes": ("I9", _spend_hopes),
    "acknowledge before apply": ("I9", _acknowledge_before_apply),
    "overlay goes with the upload": ("I9", _overlay_goes_with_upload),
    "later parts unwritten": ("I10", _later_parts_unwritten),
    "drop exception": ("I10", _drop_exception),
    "phone not kept": ("I10", _phone_not_kept),
    "confirm before commit": ("I10", _confirm_before_commit),
    "answer before commit": ("I10", _answer_before_commit),
    "undo past the lease": ("I11", _undo_past_the_lease),
    "lease not told of an undo": ("I11", _lease_not_told),
    "log skips an undo": ("I13", _log_skips),
    "cursor before rows": ("I13", _cursor_before_rows),
    "page ahead is dropped": ("I13", _page_ahead_is_dropped),
    "strict about news": ("I14", _strict_about_news),
    "old client gives up": ("I14", _old_client_gives_up),
    **LOST_MUTANTS,
    **OFFICE_MUTANTS,
    **SCOPE_MUTANTS,
}
"""By name: the promise it is planted against, and the planting."""


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Run with one of the bugs in the code; it isn't there yet in the morning."""
    prepare(COUNTERS)
    with ExitStack() as stack:
        MUTANTS[name][1](stack)
        yield
