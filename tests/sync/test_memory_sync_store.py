"""The fake keeps the contract that the real store keeps."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from tests.fakes.sync_store import MemorySyncStore
from tests.sync.sync_store_contract import SyncStoreContract


class _Seat:
    def __init__(self, directory: Path) -> None:
        self.store = MemorySyncStore.enrolled(directory)

    def append(self, *, urgent: bool = False, blobs: int = 0) -> UUID:
        return self.store.append(urgent=urgent, blobs=blobs)

    def reopen(self) -> None:
        """Memory has no restart."""


class TestMemorySyncStore(SyncStoreContract):
    @pytest.fixture
    def seat(self, tmp_path: Path) -> _Seat:
        return _Seat(tmp_path)
