"""The download: the members file made whole once, then kept up to date page by page."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.domain.errors import Unavailable
from app.ports.clock import Clock
from app.ports.sync_store import GrantedLease, GrantedPool, SeatIdentity, SyncStore
from sync.client.backoff import Lane
from sync.client.exchange import Bootstrap, Pull, Request
from sync.client.replica_file import Damaged, ReplicaFile, Rows
from sync.protocol.messages import (
    MAX_PAGE_ROWS,
    BootstrapAnswer,
    Cursor,
    LeaseGrant,
    MemberRow,
    PullAnswer,
    Record,
    RiskPool,
)

_log = logging.getLogger(__name__)

PULL_EVERY_S: Final = 30.0
_WAIT_AFTER_MISMATCH_S: Final = 30.0
_LONGEST_WAIT_AFTER_MISMATCH_S: Final = 600.0
_DESK_KINDS: Final = frozenset({"case", "exception", "figures"})


class BadPage(Exception):
    """A row of the server's is none; nothing was written."""


class Download:
    """Decides which page to ask for next, and writes pages in the order that survives a crash."""

    def __init__(self, store: SyncStore, clock: Clock, lane: Lane, *, pull_every_s: float) -> None:
        self._store = store
        self._clock = clock
        self._pull_every_s = pull_every_s
        self.lane = lane
        self._file: ReplicaFile | None = None  # in use
        self._next: ReplicaFile | None = None  # in the making
        self._next_epoch: UUID | None = None
        self._next_cursor: Cursor | None = None
        self._after_rank = 0
        self._rebuild = False
        self._mismatches = 0  # in a row

    def rebuild(self, why: str) -> None:
        """Make the members file anew; until then the old one answers."""
        if not self._rebuild:
            _log.warning("rebuilding the members file: %s", why)
        self._rebuild = True
        self._abandon()

    def close(self) -> None:
        for file in (self._file, self._next):
            if file is not None:
                file.close()
        self._file = self._next = None

    def next_request(self, identity: SeatIdentity, token: str, now: float) -> Request:
        """The next page to ask for.

        Raises:
            Unavailable: the disk or the vault.
        """
        file = None if self._rebuild else self._current(identity)
        if file is None or file.cursor is None:
            path = f"/v1/bootstrap?after_rank={self._after_rank}&limit={MAX_PAGE_ROWS}"
            return Request("GET", path, Bootstrap(self._after_rank), now, token=token)
        cursor = file.cursor
        path = f"/v1/pull?xid={cursor.xid}&seq={cursor.seq}&limit={MAX_PAGE_ROWS}"
        return Request("GET", path, Pull(cursor), now, token=token)

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

    # --- bootstrap ---------------------------------------------------------------------------

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
        self._next.write(_rows(answer.members, [], answer.records), None)
        if answer.next_rank is not None:
            if answer.next_rank <= step.after_rank:
                raise Damaged("the pages don't move on")
            self._after_rank = answer.next_rank
            self.lane.succeed(now)
            return
        self._next.finish(answer.epoch, self._next_cursor)
        if self._file is not None:
            self._file.close()
        self._store.adopt_members_file(self._next.path)
        if answer.epoch != identity.epoch:
            self._store.set_epoch(answer.epoch)
        self._file, self._next = self._next, None
        self._rebuild = False
        self._after_rank = 0
        self.lane.succeed(now)
        self._store.announce("members", "session", "cases", "readiness")

    def _begin(self, identity: SeatIdentity, answer: BootstrapAnswer) -> None:
        self._abandon()
        first = self._store.members_file() is None
        path = self._store.next_members_file()
        self._next = ReplicaFile(
            self._store, path, scope=str(identity.office_id), nobody_waits=first
        )
        self._next_epoch, self._next_cursor = answer.epoch, answer.cursor

    def _abandon(self) -> None:
        """Forget the file in the making; `next_members_file` removes what is left of it."""
        self._after_rank = 0
        if self._next is not None:
            self._next.close()
            self._next = None

    # --- pull --------------------------------------------------------------------------------

    def pulled(self, identity: SeatIdentity, step: Pull, answer: PullAnswer, now: float) -> None:
        """Write a page to the members file, and only then acknowledge it in the work file.

        Raises:
            Unavailable: the disk.
            Damaged: the file is broken.
            BadPage: a row is no member, or the cursor stands still.
        """
        file = self._file
        if file is None or file.cursor != step.cursor:
            return  # the file was rebuilt meanwhile
        if answer.epoch != identity.epoch:
            self.rebuild("the server has another epoch")
            self.lane.succeed(now)
            return
        if answer.more and answer.cursor <= step.cursor:
            raise BadPage("the cursor stands still")
        file.write(
            _rows(answer.members, answer.removed_members, answer.records),
            answer.cursor if answer.cursor != step.cursor else None,
        )
        last = not answer.more
        self._store.acknowledge_pull(
            leases=[_lease(grant) for grant in answer.leases] if last else None,
            pool=_pool(answer.pool) if last else None,
            horizon=answer.horizon if last else None,
            now_ms=self._clock.now_ms(),
        )
        self._announce(answer)
        if not last:
            self.lane.succeed(now)
        elif self._agrees(file, answer):
            self._mismatches = 0
            self.lane.succeed(now + self._pull_every_s)
        else:
            self._disagreed(now)

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

    def _announce(self, answer: PullAnswer) -> None:
        kinds = set()
        if answer.members or answer.removed_members:
            kinds.add("members")
        for record in answer.records:
            kinds.add("cases" if record.kind in _DESK_KINDS else "session")
        if not answer.more:
            kinds |= {"pending", "readiness"}
        if kinds:
            self._store.announce(*sorted(kinds))


def _rows(members: Sequence[MemberRow], removed: Sequence[UUID], records: Sequence[Record]) -> Rows:
    try:
        return Rows.from_wire(members, removed, records)
    except ValueError as error:
        raise BadPage(str(error)) from error


def _lease(grant: LeaseGrant) -> GrantedLease:
    return GrantedLease(
        lease_id=grant.lease_id,
        member_id=grant.member_id,
        points=grant.points,
        restored_points=grant.restored_points,
        expires_ms=grant.expires_ms,
        state=grant.state,
        signature=grant.signature,
    )


def _pool(pool: RiskPool | None) -> GrantedPool | None:
    if pool is None:
        return None
    return GrantedPool(pool.pool_id, pool.points, pool.per_redemption, pool.per_member)
