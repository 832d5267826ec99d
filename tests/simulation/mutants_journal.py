"""Planted bugs about journals, and who may go on with them; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final
from unittest.mock import patch

import sqlalchemy as sa

from app.credentials.shutter import FolderShutter
from app.domain import events as e
from app.store import database, sync_store
from app.store import work as work_store
from app.store.work import SqlWork
from app.store.work_reads import SqlWorkReads
from sync.client import outcome
from sync.client.engine import Engine
from sync.client.exchange import Push
from sync.client.outcome import Why
from sync.client.upload import Upload
from sync.protocol.framing import BadBody
from sync.server import deciding, ingest, service
from sync.server.batch import Batch
from sync.server.service import CentralServer
from tests.simulation.network import ServerKilled
from tests.simulation.planting import Mutant, handler, on

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


JOURNAL_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
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
    "later parts unwritten": ("I10", _later_parts_unwritten),
    "drop exception": ("I10", _drop_exception),
    "phone not kept": ("I10", _phone_not_kept),
    "confirm before commit": ("I10", _confirm_before_commit),
    "answer before commit": ("I10", _answer_before_commit),
    "strict about news": ("I14", _strict_about_news),
    "old client gives up": ("I14", _old_client_gives_up),
}
