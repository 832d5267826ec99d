"""The real SyncStore held to the contract that the engine's fake is held to."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from app.domain.events import EncounterResumed
from app.ports.sync_store import SyncStore
from app.ports.work import Work
from tests.store.conftest import OpenSeat
from tests.store.seats import enrol
from tests.sync.sync_store_contract import SyncStoreContract


@dataclass
class RealSeat:
    """An enrolled seat on a real disk."""

    open_seat: OpenSeat

    def __post_init__(self) -> None:
        self._seat = self.open_seat()
        enrol(self._seat)

    @property
    def store(self) -> SyncStore:
        return self._seat.sync

    def append(self, *, urgent: bool = False, blobs: int = 0) -> UUID:
        def unit(work: Work) -> UUID:
            made = [work.make_blob(secrets.token_bytes(40)) for _ in range(blobs)]
            return work.append(EncounterResumed(uuid4()), blobs=made, urgent=urgent).event_id

        return self._seat.work.run(unit)

    def reopen(self) -> None:
        self._seat = self.open_seat()


class TestSyncStore(SyncStoreContract):
    @pytest.fixture
    def seat(self, reopen: OpenSeat) -> RealSeat:
        return RealSeat(reopen)
