"""A members file fetched ready made: which chunk comes next, and is it what was promised."""

from __future__ import annotations

import hashlib
from uuid import UUID

from app.domain.errors import Unavailable
from app.ports.sync_store import MembersImport, SyncStore
from sync.client.exchange import Chunk, Request, Snapshot
from sync.client.replica_file import BadPage, Damaged, ReplicaFile
from sync.protocol.messages import MAX_BODY_BYTES, Cursor, SnapshotAnswer
from sync.protocol.replica.blank import PAGE_BYTES
from sync.protocol.replica.ddl import SCHEMA_VERSION


class ReadyMade:
    """One members file on its way; what has arrived outlives this program."""

    def __init__(self, store: SyncStore) -> None:
        self._store = store
        self._file: MembersImport = store.members_import()
        self._offer: SnapshotAnswer | None = None

    @property
    def is_begun(self) -> bool:
        """An offer was taken, or something has arrived before."""
        return self._offer is not None or self._file.source() is not None

    @property
    def is_whole(self) -> bool:
        """All its pages are there."""
        return self._offer is not None and self._file.pages >= self._offer.page_count

    def is_met_by(self, epoch: UUID, cursor: Cursor) -> bool:
        """It is whole, and what was read at `cursor` is no older."""
        offer = self._offer
        return (
            self.is_whole and offer is not None and offer.epoch == epoch and offer.cursor <= cursor
        )

    def next_request(self, token: str, now: float) -> Request:
        """What to ask for while it isn't whole."""
        offer = self._offer
        if offer is None:
            begun = self._file.source()
            query = "" if begun is None else f"?going_on={begun}"
            return Request("GET", f"/v1/snapshot{query}", Snapshot(), now, token=token)
        number = self._file.pages // offer.chunk_pages
        path = f"/v1/snapshot/{offer.snapshot_id}/{number}"
        return Request("GET", path, Chunk(offer.snapshot_id, number), now, token=token)

    def offered(self, offer: SnapshotAnswer) -> bool:
        """Begin, or go on, with what the server has; False when it isn't of this program's kind.

        Raises:
            Unavailable: the disk.
        """
        chunks = -(-offer.page_count // offer.chunk_pages) if offer.chunk_pages > 0 else -1
        if (
            offer.schema_version != SCHEMA_VERSION
            or offer.page_bytes != PAGE_BYTES
            or offer.page_count < 1
            or chunks != len(offer.digests)
            or offer.chunk_pages * offer.page_bytes > MAX_BODY_BYTES
        ):
            return False
        self._file.begin(str(offer.snapshot_id))
        # What is there ends with a whole chunk unless the disk lost the rest
        if self._file.pages % offer.chunk_pages and self._file.pages < offer.page_count:
            self._file.cut(self._file.pages - self._file.pages % offer.chunk_pages)
        self._offer = offer
        return True

    def received(self, step: Chunk, pages: bytes) -> None:
        """Add a chunk.

        Raises:
            BadPage: it isn't what was promised.
            Unavailable: the disk.
        """
        offer = self._offer
        if offer is None or step.snapshot_id != offer.snapshot_id:
            return
        if step.number != self._file.pages // offer.chunk_pages:
            return
        wanted = min(offer.chunk_pages, offer.page_count - self._file.pages)
        digest = hashlib.sha256(pages).digest()
        if len(pages) != wanted * PAGE_BYTES or digest != offer.digests[step.number]:
            raise BadPage("a piece of the members file isn't what was promised")
        self._file.append(pages)

    def finish(self) -> ReplicaFile:
        """Open the whole file; it is not in use yet.

        Raises:
            Damaged: it is no members file; what arrived is thrown away.
            Unavailable: the disk.
        """
        path = self._store.next_members_file()
        self._file.finish(path)
        self._offer = None
        try:
            return ReplicaFile(self._store, path, scope=None)
        except Unavailable as error:
            if error.code != "members_damaged":
                raise
            raise Damaged(error.message) from error

    def discard(self) -> None:
        """Throw away what has arrived."""
        self._file.discard()
        self._offer = None

    def close(self) -> None:
        """Let go of the file; it can be gone on with."""
        self._file.close()
