"""Starting a seat that is blind, or was away for long; nothing is shown before that is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.bootstrap import OpenedSeat, build_core
from app.credentials.shutter import BLIND_NAME, SEALED_NAME
from app.domain.errors import Unavailable
from app.domain.events import EncounterResumed
from app.domain.shutting_out import HOUR_MS, revocation_statement
from app.ports.sync_store import SyncStore
from sync.server.keys import make_keys
from tests.store.seats import START_MS, MemoryVault, SteppedClock, open_at

KEYS, _ = make_keys(now_ms=START_MS)
LONG_MS = 46 * 24 * HOUR_MS


class Desk:
    """Answers the one call that a seat makes before it shows anything."""

    def __init__(self, store: SyncStore, answer: Callable[[SyncStore], None]) -> None:
        self._store, self._answer = store, answer
        self.called = 0

    def call_in(self, *, limit_s: float) -> None:
        self.called += 1
        self._answer(self._store)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} is not asked for at the start")


class Bench:
    def __init__(self, folder: Path) -> None:
        self.folder, self.vault, self.clock = folder, MemoryVault(), SteppedClock()
        self.answer: Callable[[SyncStore], None] = lambda store: None
        self.desks: list[Desk] = []

    def start(self) -> OpenedSeat:
        def make_online(store: SyncStore, clock: Any) -> Any:
            self.desks.append(Desk(store, self.answer))
            return self.desks[-1]

        return build_core(self.folder, make_online, vault=self.vault, clock=self.clock)

    def refused(self) -> str:
        with pytest.raises(Unavailable) as caught:
            self.start()
        return caught.value.code

    def enrol(self) -> None:
        seat = open_at(self.folder, self.vault, self.clock)
        self.device_id = uuid4()
        seat.enrol(
            "https://server.test",
            {
                "device_id": self.device_id,
                "incarnation": 1,
                "kind": "counter",
                "programme_id": uuid4(),
                "programme_name": "Club",
                "office_id": uuid4(),
                "office_code": "PEK",
                "office_name": "Beijing",
                "office_time_zone": "Asia/Shanghai",
                "counter_label": "A1",
                "epoch": uuid4(),
                "recovery_key": KEYS.recovery_public,
                "authority": KEYS.authority_pem,
            },
        )
        seat.work.run(lambda work: work.append(EncounterResumed(uuid4())))
        seat.close()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "seat")
    made.enrol()
    return made


def test_a_seat_of_an_older_version_seals_its_key_at_the_next_start(bench: Bench) -> None:
    assert not (bench.folder / SEALED_NAME).exists()
    seat = bench.start()
    assert (bench.folder / SEALED_NAME).exists()
    assert seat.core.queries.pending_summary().count == 1
    assert bench.desks[0].called == 0, "who was here yesterday asks nobody"
    seat.core.close()


def test_a_seat_that_nobody_answers_after_weeks_locks_itself_up(bench: Bench) -> None:
    bench.start().core.close()
    bench.clock.wall_ms += LONG_MS
    assert bench.refused() == "out_of_contact"
    assert bench.desks[-1].called == 1
    assert "work_key" not in bench.vault.secrets
    assert (bench.folder / BLIND_NAME).exists()
    assert bench.refused() == "out_of_contact"
    bench.clock.wall_ms -= LONG_MS  # setting the clock back brings nothing back
    assert bench.refused() == "out_of_contact"


def test_a_seat_that_is_answered_after_weeks_works_on(bench: Bench) -> None:
    bench.start().core.close()
    bench.clock.wall_ms += LONG_MS
    bench.answer = lambda store: store.note_contact(offset_ms=0, now_ms=bench.clock.now_ms())
    seat = bench.start()
    assert seat.core.queries.pending_summary().count == 1
    seat.core.close()
    assert "work_key" in bench.vault.secrets


def test_a_seat_that_was_revoked_meanwhile_hears_it_then(bench: Bench) -> None:
    bench.start().core.close()
    bench.clock.wall_ms += LONG_MS
    signature = KEYS.authority_key.sign(revocation_statement(bench.device_id, 5))

    def revoked(store: SyncStore) -> None:
        assert store.shut_out(5, signature)

    bench.answer = revoked
    assert bench.refused() == "revoked"
    assert "work_key" not in bench.vault.secrets
    assert bench.refused() == "revoked"


def test_going_blind_at_work_is_told_to_whoever_shows_the_screens(bench: Bench) -> None:
    seat = bench.start()
    told: list[str] = []
    seat.when_shut(lambda problem: told.append(problem.code))
    signature = KEYS.authority_key.sign(revocation_statement(bench.device_id, 5))
    assert seat.sync.shut_out(5, signature)
    assert told == ["revoked"]
    with pytest.raises(Unavailable, match="shut out"):
        seat.core.queries.pending_summary()
    seat.core.close()
    assert bench.refused() == "revoked"
