"""The download: the members file made whole once, then kept up to date page by page."""

from __future__ import annotations

import logging
import math
import random
from typing import Final
from uuid import UUID

import msgspec

from app.domain.errors import Unavailable
from app.ports.clock import Clock
from app.ports.sync_store import SeatIdentity, SyncStore
from sync.client.backoff import Lane
from sync.client.exchange import Bootstrap, Chunk, First, Pull, Request
from sync.client.pulled_page import PulledPage, rows_of
from sync.client.ready_made import ReadyMade
from sync.client.recount import Recount
from sync.client.replica_file import BadPage, Damaged, ReplicaFile
from sync.protocol.messages import (
    MAX_PAGE_ROWS,
    BootstrapAnswer,
    Cursor,
    PullAnswer,
    SnapshotAnswer,
)

_log = logging.getLogger(__name__)

PULL_EVERY_S: Final = 30.0
PULL_WITH_FEED_S: Final = 300.0
"""A counter that hears the feed pulls this often unasked, should something have been missed."""
FEED_LOST_S: Final = 10.0
FEED_LOST_DESK_S: Final = 1.0
"""Desks are few, and say whether they hear of low ratings."""
_WAIT_AFTER_MISMATCH_S: Final = 30.0
_LONGEST_WAIT_AFTER_MISMATCH_S: Final = 600.0
MERGE_LOG_AFTER_S: Final = 1.0
"""After a page; the next one of the same pull comes sooner."""
_BAD_CHUNKS: Final = 3  # then it is the snapshot that is bad, not the line


class Download:
    """Decides which page to ask for next, and writes pages in the order that survives a crash."""

    def __init__(
        self,
        store: SyncStore,
        clock: Clock,
        lane: Lane,
        source: random.Random,
        *,
        pull_every_s: float,
    ) -> None:
        self._store = store
        self._clock = clock
        self._source = source
        self._pull_every_s = pull_every_s
        self._standing = ""  # of the leases and the pool that are in the work file
        self.feed_is_open = False
        self.lane = lane
        self._file: ReplicaFile | None = None  # in use
        self._next: ReplicaFile | None = None  # in the making
        self._next_epoch: UUID | None = None
        self._next_cursor: Cursor | None = None
        self._after_rank = 0
        self._rebuild = False
        self._mismatches = 0  # in a row
        self._ready = ReadyMade(store)
        self._first: BootstrapAnswer | None = None  # until the whole file has its records
        self._recount = Recount(store)
        self._page_by_page = False  # nothing is ready made, or what is can't be used
        self._distrusted = False  # what was ready made turned out wrong, and no page came since
        self._bad_chunks = 0
        self._unwritten: PulledPage | None = None
        self._merge_log_s = math.inf

    def rebuild(self, why: str) -> None:
        """Make the members file anew; until then the old one answers."""
        if not self._rebuild:
            _log.warning("rebuilding the members file: %s", why)
        self._rebuild = True
        # A file that didn't add up may have come ready made
        self._page_by_page = self._distrusted or self._mismatches > 0
        self._bad_chunks = 0
        self._abandon()

    def close(self) -> None:
        self._recount.stop()
        self._ready.close()
        for file in (self._file, self._next):
            if file is not None:
                file.close()
        self._file = self._next = None

    def look_through(self, now: float) -> float:
        """Tidy the file in use, and count its rows anew when it is time to.

        Returns:
            when to come again.

        Raises:
            Unavailable: the disk.
            Damaged: the file is broken, or its rows don't add up.
        """
        if self._file is None or self._file.is_partial or self._rebuild:
            return math.inf
        if now >= self._merge_log_s:
            self._merge_log_s = math.inf
            self._file.merge_log()
        return min(self._merge_log_s, self._recount.step(self._file.path, now))

    def next_request(self, identity: SeatIdentity, token: str, now: float) -> Request:
        """The next page to ask for.

        Raises:
            Unavailable: the disk or the vault.
        """
        file = None if self._rebuild else self._current(identity)
        if file is not None and not file.is_partial and file.cursor is not None:
            cursor = file.cursor if self._unwritten is None else self._unwritten.cursor
            path = f"/v1/pull?xid={cursor.xid}&seq={cursor.seq}&limit={MAX_PAGE_ROWS}&caps=1"
            if self._standing:
                path += f"&standing={self._standing}"
            return Request("GET", path, Pull(cursor), now, token=token)
        if self._store.members_file() is None or self._ready.is_whole:
            return Request("GET", "/v1/first", First(), now, token=token)
        if not self._page_by_page:
            return self._ready.next_request(token, now)
        path = f"/v1/bootstrap?after_rank={self._after_rank}&limit={MAX_PAGE_ROWS}"
        return Request("GET", path, Bootstrap(self._after_rank), now, token=token)

    def _current(self, identity: SeatIdentity) -> ReplicaFile | None:
        """The members file in use, None when it is missing, broken or of another epoch."""
        if self._file is None:
            path = self._store.members_file()
            if path is None:
                return None
            try:
                self._file = ReplicaFile(self._store, path, scope=None)
            except Damaged as error:
                self.rebuild(str(error))
                return None
            except Unavailable as error:
                if error.code != "members_damaged":
                    raise
                self.rebuild(error.message)
                return None
        if self._file.epoch != str(identity.epoch):
            self.rebuild("the server has another epoch")
            return None
        return self._file

    # --- ready made --------------------------------------------------------------------------

    def first_received(self, identity: SeatIdentity, answer: BootstrapAnswer, now: float) -> None:
        """Let the first members answer at once, or add the records to the whole file.

        Raises:
            Unavailable: the disk.
            Damaged: what came ready made is no members file.
            BadPage: a row is no member.
        """
        if self._ready.is_whole:
            self._adopt_ready_made(identity, answer)
        else:
            path = self._store.next_members_file()
            file = ReplicaFile(self._store, path, scope=str(identity.office_id), nobody_waits=True)
            file.write(rows_of(answer.members, [], answer.records), None)
            file.finish(answer.epoch, answer.cursor, is_partial=True)
            self._put_in_use(identity, file, answer.epoch)
            self._first = msgspec.structs.replace(answer, members=[])
        self.lane.succeed(now)

    def _adopt_ready_made(self, identity: SeatIdentity, answer: BootstrapAnswer) -> None:
        try:
            file = self._ready.finish()
        except Damaged:
            self._distrusted = True
            raise
        # Of the office's own records it has none. What has changed of them since the file was made
        # is pulled, so they may be of any later moment; but no pull brings the others, so they have
        # to be on the disk before the file is in use: hence the cursor, which stays where it is
        file.write(rows_of([], [], answer.records), file.cursor)
        self._first = None
        self._put_in_use(identity, file, UUID(file.epoch))
        self._rebuild = False

    def snapshot_offered(self, offer: SnapshotAnswer, now: float) -> None:
        """Begin or go on with what is ready made.

        Raises:
            Unavailable: the disk.
        """
        self._page_by_page = self._is_older(offer) or not self._ready.offered(offer)
        self.lane.succeed(now)

    def _is_older(self, offer: SnapshotAnswer) -> bool:
        """Whether the file in use shows more, which nobody must miss until the next pull."""
        file = self._file
        if file is None or file.is_partial or file.cursor is None:
            return False
        return file.epoch == str(offer.epoch) and offer.cursor < file.cursor

    def snapshot_refused(self, now: float) -> None:
        """There is none, or it is gone: ask anew for what there is, or take page by page."""
        self._page_by_page = not self._ready.is_begun
        self._ready.discard()
        self.lane.succeed(now)

    def chunk_received(self, identity: SeatIdentity, step: Chunk, pages: bytes, now: float) -> None:
        """Add a piece of what is ready made; the last one puts it in use, if its records are here.

        Raises:
            BadPage: it isn't what was promised.
            Unavailable: the disk.
            Damaged: what came is no members file.
        """
        try:
            self._ready.received(step, pages)
        except BadPage:
            self._bad_chunks += 1
            if self._bad_chunks >= _BAD_CHUNKS:
                self._distrusted = self._page_by_page = True
                self._ready.discard()
            raise
        first = self._first
        if first is not None and self._ready.is_met_by(first.epoch, first.cursor):
            self._adopt_ready_made(identity, first)
        self.lane.succeed(now)

    def _put_in_use(self, identity: SeatIdentity, file: ReplicaFile, epoch: UUID) -> None:
        self._recount.stop()
        self._standing = ""
        before, self._file = self._file, None
        if before is not None:
            before.close()
        self._store.adopt_members_file(file.path)
        if epoch != identity.epoch:
            self._store.set_epoch(epoch)
        self._file = file
        self._store.announce("members", "session", "cases", "readiness")

    # --- page by page ------------------------------------------------------------------------

    def page_received(
        self, identity: SeatIdentity, step: Bootstrap, answer: BootstrapAnswer, now: float
    ) -> None:
        """Write a page of the file in the making; with the last one it takes the old one's place.

        Raises:
            Unavailable: the disk.
            Damaged: the pages don't fit together; begin again.
            BadPage: a row is no member.
        """
        if step.after_rank == 0:
            self._begin(identity, answer)
        if self._next is None or self._next_epoch != answer.epoch or self._next_cursor is None:
            raise Damaged("the server began another epoch between two pages")
        self._next.write(rows_of(answer.members, [], answer.records), None)
        if answer.next_rank is not None:
            if answer.next_rank <= step.after_rank:
                raise Damaged("the pages don't move on")
            self._after_rank = answer.next_rank
            self.lane.succeed(now)
            return
        whole, self._next = self._next, None
        whole.finish(answer.epoch, self._next_cursor)
        self._after_rank = 0
        self._put_in_use(identity, whole, answer.epoch)
        self._rebuild = self._distrusted = False
        self.lane.succeed(now)

    def _begin(self, identity: SeatIdentity, answer: BootstrapAnswer) -> None:
        self._abandon()
        path = self._store.next_members_file()
        self._next = ReplicaFile(self._store, path, scope=str(identity.office_id))
        self._next_epoch, self._next_cursor = answer.epoch, answer.cursor

    def _abandon(self) -> None:
        """Forget the file in the making; `next_members_file` removes what is left of it."""
        self._after_rank = 0
        if self._next is not None:
            self._next.close()
            self._next = None

    # --- pull --------------------------------------------------------------------------------

    def pulled(self, identity: SeatIdentity, step: Pull, answer: PullAnswer, now: float) -> bool:
        """Write a page to the members file, and only then acknowledge it in the work file.

        Returns:
            Whether the journal has something to send for it.

        Raises:
            Unavailable: the disk.
            Damaged: the file is broken.
            BadPage: a row is no member, or the cursor stands still.
        """
        file = self._file
        if file is None or file.cursor != step.cursor:
            return False  # the file was rebuilt meanwhile
        if answer.epoch != identity.epoch:
            self.rebuild("the server has another epoch")
            self.lane.succeed(now)
            return False
        if answer.more and answer.cursor <= step.cursor:
            raise BadPage("the cursor stands still")
        if answer.more:
            self._unwritten = PulledPage(file, answer)
            self.lane.succeed(now)
            return False
        page = PulledPage(file, answer)
        self._write(page)
        told = not answer.stands
        to_send = self._store.acknowledge_pull(
            leases=page.leases if told else None,
            pool=page.pool if told else None,
            stock=page.stock if told else (),
            horizon=answer.horizon,
            now_ms=self._clock.now_ms(),
        )
        if told:
            self._standing = answer.standing if answer.standing.isalnum() else ""
        self._store.announce(*sorted(page.kinds | {"pending", "readiness"}))
        if file.has_long_log:
            self._merge_log_s = now + MERGE_LOG_AFTER_S
        if self._agrees(file, answer):
            self._mismatches = 0
            self.lane.succeed(now + self._pause_s(identity))
        else:
            self._disagreed(now)
        return to_send

    def write_page(self) -> None:
        """Write the page that came last, if another follows it: best while that is on its way.

        Raises:
            Unavailable: the disk.
            Damaged: the file is broken.
            BadPage: a row is no member.
        """
        page, self._unwritten = self._unwritten, None
        if page is None or page.file is not self._file:
            return
        self._write(page)
        self._store.acknowledge_pull(
            leases=None, pool=None, horizon=None, now_ms=self._clock.now_ms()
        )
        if page.kinds:
            self._store.announce(*sorted(page.kinds))

    def _write(self, page: PulledPage) -> None:
        if page.leaving:
            self._store.keep_leaving(page.leaving)
        page.write()

    def _pause_s(self, identity: SeatIdentity) -> float:
        """How long until a pull that nobody asked for; desks show how old their figures are."""
        if not self.feed_is_open or identity.kind == "desk":
            return self._pull_every_s
        return PULL_WITH_FEED_S * (0.8 + 0.4 * self._source.random())

    def _disagreed(self, now: float) -> None:
        self.rebuild("its rows don't add up to the server's")
        wait_s = 0.0
        if self._mismatches:  # a rebuild was no cure: the fault is not the file's
            wait_s = _WAIT_AFTER_MISMATCH_S * 2.0 ** min(self._mismatches - 1, 10)
        self._mismatches += 1
        self.lane.succeed(now + min(wait_s, _LONGEST_WAIT_AFTER_MISMATCH_S))

    def _agrees(self, file: ReplicaFile, answer: PullAnswer) -> bool:
        if answer.row_count is None or answer.row_sum is None:
            return True
        ours = file.sum()
        return (ours.count, ours.total) == (
            answer.row_count,
            int.from_bytes(answer.row_sum, "big"),
        )
