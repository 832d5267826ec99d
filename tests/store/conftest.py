"""A seat on a real disk, enrolled, with a vault and a clock that tests hold in their hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.store.seat import Seat
from tests.store.seats import MemoryVault, SteppedClock, enrol, open_at
from tests.store.subject import Subject

OpenSeat = Callable[[], Seat]


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "seat"


@pytest.fixture
def reopen(folder: Path, vault: MemoryVault, clock: SteppedClock) -> Iterator[OpenSeat]:
    """Open the seat in `folder` (again); the one before is closed first, the last at the end."""
    current: list[Any] = []

    def open_it() -> Seat:
        while current:
            current.pop().close()
        current.append(open_at(folder, vault, clock))
        return current[0]  # type: ignore[no-any-return]

    yield open_it
    while current:
        current.pop().close()


@pytest.fixture
def seat(reopen: OpenSeat) -> Seat:
    seat = reopen()
    enrol(seat)
    return seat


@pytest.fixture
def subject(seat: Seat) -> Subject:
    return Subject(seat.work, seat.sync)


@pytest.fixture
def member_id() -> UUID:
    return uuid4()
