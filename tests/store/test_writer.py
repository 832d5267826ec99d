"""The single writer: users before sync, an orderly end."""

from __future__ import annotations

import threading
from functools import partial
from uuid import UUID, uuid4

import pytest

from app.domain.errors import Unavailable
from app.domain.events import EncounterResumed
from app.ports.sync_store import UnsentRun
from app.ports.work import Work
from app.store.seat import Seat


def _append(seat: Seat, count: int, *, urgent: bool = False, blob_bytes: int = 0) -> list[UUID]:
    def unit(work: Work) -> list[UUID]:
        return [
            work.append(
                EncounterResumed(uuid4()),
                urgent=urgent,
                blobs=[work.make_blob(b"x" * blob_bytes)] if blob_bytes else [],
            ).event_id
            for _ in range(count)
        ]

    return seat.work.run(unit)


def _unsent(seat: Seat, max_entries: int = 1_000, max_bytes: int = 10**9) -> UnsentRun:
    run = seat.sync.unsent(max_entries=max_entries, max_bytes=max_bytes)
    assert run is not None
    return run


def test_users_go_before_sync_in_the_queue(seat: Seat) -> None:
    order: list[str] = []
    busy, go = threading.Event(), threading.Event()

    def hold() -> None:
        busy.set()
        assert go.wait(10)

    holder = threading.Thread(target=partial(seat.sync.write, hold))
    holder.start()
    assert busy.wait(10)
    threads = []
    writer = seat._writer
    for name in ("sync 1", "sync 2"):
        threads.append(
            threading.Thread(target=partial(seat.sync.write, partial(order.append, name)))
        )
    threads.append(
        threading.Thread(target=partial(seat.work.run, lambda work: order.append("user")))
    )
    for count, thread in enumerate(threads, start=1):
        thread.start()
        while len(writer._sync) + len(writer._user) < count:
            pass
    go.set()
    for thread in [holder, *threads]:
        thread.join(10)
    assert order == ["user", "sync 1", "sync 2"]


def test_closing_finishes_users_work_and_refuses_more(seat: Seat) -> None:
    busy, go = threading.Event(), threading.Event()
    outcomes: dict[str, object] = {}

    def hold(work: Work) -> None:
        busy.set()
        assert go.wait(10)
        work.append(EncounterResumed(uuid4()))

    def run(name: str, call: object) -> None:
        try:
            call()  # type: ignore[operator]
            outcomes[name] = "done"
        except Unavailable as error:
            outcomes[name] = error.code

    writer = seat._writer
    threads = [threading.Thread(target=run, args=("user 1", partial(seat.work.run, hold)))]
    threads[0].start()
    assert busy.wait(10)
    threads.append(threading.Thread(target=run, args=("user 2", partial(_append, seat, 1))))
    threads.append(
        threading.Thread(target=run, args=("sync", partial(seat.sync.write, lambda: None)))
    )
    for thread in threads[1:]:
        thread.start()
    while len(writer._user) + len(writer._sync) < 2:
        pass
    closing = threading.Thread(target=writer.close)
    closing.start()
    while not writer._stopping:
        pass
    go.set()
    for thread in [*threads, closing]:
        thread.join(10)
    assert outcomes == {"user 1": "done", "user 2": "done", "sync": "closed"}
    with pytest.raises(Unavailable):
        _append(seat, 1)
