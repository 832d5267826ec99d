"""Planted bugs: each breaks one promise in the real code, and the simulation has to notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from unittest.mock import patch
from uuid import uuid4

from app.domain import events as e
from app.domain.flown import Flown
from app.ports.online import OnlineVerdict
from app.store.work_reads import SqlWorkReads
from sync.client.download import Download
from sync.client.exchange import Push
from sync.client.online import HttpOnlineDesk
from sync.client.upload import Upload
from sync.server import ingest
from sync.server.handlers import points
from sync.server.store import tables as t

Mutant = Callable[[ExitStack], None]


def _skip_dedup(stack: ExitStack) -> None:
    """The server decides an entry again each time it comes."""
    overlap, store = ingest._overlap, ingest._store

    def knows_nothing(*args: Any) -> Any:
        start, _ = overlap(*args)
        return start, {}

    def store_over(work: Any, device: Any, incarnation: int, entries: Any, *rest: Any) -> Any:
        work.connection.execute(
            t.entry.delete().where(
                t.entry.c.device_id == device.device_id,
                t.entry.c.incarnation == incarnation,
                t.entry.c.seq >= entries[0].seq,
            )
        )
        return store(work, device, incarnation, entries, *rest)

    stack.enter_context(patch.object(ingest, "_overlap", knows_nothing))
    stack.enter_context(patch.object(ingest, "_store", store_over))


def _acknowledge_before_apply(stack: ExitStack) -> None:
    """The client drops the overlay before the page is in the members file."""
    pulled = Download.pulled

    def hasty(self: Any, identity: Any, step: Any, answer: Any, now: float) -> None:
        horizon = None if answer.more else answer.horizon
        self._store.acknowledge_pull(leases=None, pool=None, horizon=horizon, now_ms=0)
        pulled(self, identity, step, answer, now)

    stack.enter_context(patch.object(Download, "pulled", hasty))


def _confirm_before_commit(stack: ExitStack) -> None:
    """The client counts entries as sent when it sends them."""
    next_request = Upload.next_request

    def hasty(self: Any, identity: Any, token: str, now: float) -> Any:
        request = next_request(self, identity, token, now)
        if request is not None and isinstance(request.step, Push):
            self._store.confirm(request.step.last_seq, [], mark=0)
        return request

    stack.enter_context(patch.object(Upload, "next_request", hasty))


def _drop_exception(stack: ExitStack) -> None:
    """The server refuses an entry and tells nobody."""
    stack.enter_context(patch.object(ingest, "open_exceptions", lambda *_: None))


def _post_granted_after_posted(stack: ExitStack) -> None:
    """A counter's grant posts although the same id had been posted online."""
    granted = points.redemption_granted

    def forgetful(batch: Any, received: Any, event: Any) -> None:
        batch.redemptions.pop(event.redemption_id, None)
        granted(batch, received, event)

    stack.enter_context(patch.dict(ingest._HANDLERS, {e.RedemptionGranted: forgetful}))


def _forget_void(stack: ExitStack) -> None:
    """A void of an id that the server has not seen yet leaves no trace."""
    voided = points.redemption_voided

    def forgetful(batch: Any, received: Any, event: Any) -> None:
        if batch.redemptions.get(event.redemption_id) is not None:
            voided(batch, received, event)

    stack.enter_context(patch.dict(ingest._HANDLERS, {e.RedemptionVoided: forgetful}))


def _leave_doubt(stack: ExitStack) -> None:
    """After a crash an intent without an outcome is left as it is."""
    stack.enter_context(patch.object(SqlWorkReads, "redemptions_in_doubt", lambda _: []))


def _lost_means_posted(stack: ExitStack) -> None:
    """A lost answer to an online redemption is taken for a yes."""
    redeem = HttpOnlineDesk.redeem

    def hopeful(self: Any, *args: Any, **options: Any) -> OnlineVerdict:
        verdict = redeem(self, *args, **options)
        return OnlineVerdict("posted") if verdict.outcome == "unknown" else verdict

    stack.enter_context(patch.object(HttpOnlineDesk, "redeem", hopeful))


def _forget_the_flight(stack: ExitStack) -> None:
    """A coupon of another name is another flight, to the counter and to the server."""
    stack.enter_context(patch.object(Flown, "keys", lambda *_: (str(uuid4()), str(uuid4()))))


MUTANTS: Final[dict[str, Mutant]] = {
    "skip dedup": _skip_dedup,
    "acknowledge before apply": _acknowledge_before_apply,
    "confirm before commit": _confirm_before_commit,
    "drop exception": _drop_exception,
    "post granted after posted": _post_granted_after_posted,
    "forget void": _forget_void,
    "leave doubt after a crash": _leave_doubt,
    "lost means posted": _lost_means_posted,
    "forget the flight": _forget_the_flight,
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Run with one of the bugs in the code."""
    with ExitStack() as stack:
        MUTANTS[name](stack)
        yield
