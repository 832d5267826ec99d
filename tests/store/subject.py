"""What the contract of a WorkStore is tried on: the store, with the SyncStore beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.ports.sync_store import Decided, SyncStore
from app.ports.work import (
    WorkReads,
    WorkStore,
)


@dataclass
class Subject:
    store: WorkStore
    sync: SyncStore

    @property
    def reads(self) -> WorkReads:
        return self.store.reads

    def confirm_all(self, *, mark: int, exceptions: Sequence[int] = ()) -> bool:
        run = self.sync.unsent(max_entries=1_000, max_bytes=10**9)
        assert run is not None
        decided = [Decided(seq, "exception", "code", "message") for seq in exceptions]
        return self.sync.confirm(run.last_seq, decided, mark=mark)

    def pull(self, horizon: int | None = None, **grants: object) -> bool:
        arguments = {"leases": None, "pool": None, **grants}
        return self.sync.acknowledge_pull(horizon=horizon, now_ms=5, **arguments)  # type: ignore[arg-type]
