"""Sleep and wake: what was open is dropped, what rested is tried, and what was asked is kept."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.credentials import clock as system_clock
from sync.client import transport as http
from sync.client import waking
from sync.client.exchange import Ask, Fault, Request, Response
from sync.client.feed import FeedReader
from sync.client.loop import SyncRunner
from sync.client.session import TokenCache
from sync.client.transport import FEED_SILENCE_S, IDLE_S, READ_S, HttpTransport
from sync.client.waking import SLEPT_S, TICK_S, WakeWatch
from tests.fakes.sync_store import MemorySyncStore
from tests.fakes.waiting import until
from tests.sync.scripted import Bench, FakeClock
from tests.sync.test_transport import Central, Peer, Wall, feed_line, serve, start_feed

__all__ = ["serve"]  # the fixture

LIMIT_S = 30.0
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nGuichet-Protocol: 1\r\n"
    b"Content-Length: 2\r\n\r\n{}"
)


# --- noticing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gaps_s", "woken"),
    [
        ([TICK_S, TICK_S + SLEPT_S, TICK_S], 0),  # a machine as busy as can be
        ([TICK_S, TICK_S + SLEPT_S + 1, TICK_S], 1),
        ([28_800, TICK_S, 600], 2),
    ],
)
def test_a_gap_is_noticed_once(gaps_s: list[float], woken: int) -> None:
    clock, heard = FakeClock(), []
    watch = WakeWatch(clock, lambda: heard.append(clock.s))
    for gap_s in gaps_s:
        clock.s += gap_s
        watch.look()
    assert len(heard) == woken


def test_the_clock_that_tells_it_counts_sleep() -> None:
    """And is no other than the one by which lines grow old."""
    boot_ms = system_clock.SystemClock().boot()[1]
    assert abs(system_clock.since_boot_s() - boot_ms / 1000) < 60


# --- the engine ----------------------------------------------------------------------------------


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.run(40)
    return made


def test_after_waking_it_pulls_and_sends_at_once(bench: Bench) -> None:
    bench.engine.note_feed(is_open=True)  # so that the next pull is minutes away
    bench.run(60)
    before = bench.server.calls.count("/v1/pull")
    bench.store.append()
    bench.engine.note_waking()
    bench.settle()
    assert bench.server.calls.count("/v1/pull") == before + 1
    assert "/v1/push" in bench.server.calls[-2:]
    bench.settle()
    assert bench.server.calls.count("/v1/pull") == before + 1, "once"


def test_a_rest_because_of_the_network_of_before_is_over(bench: Bench) -> None:
    bench.store.append()
    bench.engine.note_entries()
    for _ in range(1000):
        bench.server.next("", Fault("unreachable", "no network"))
    bench.run(60)
    bench.server.script.clear()
    calls = len(bench.server.calls)
    bench.settle()
    assert len(bench.server.calls) == calls, "it rests"
    bench.engine.note_waking()
    bench.settle()
    assert "/v1/push" in bench.server.calls[calls:]


def test_what_the_server_asked_for_is_kept(bench: Bench) -> None:
    headers = {"content-type": "application/json", "retry-after": "600"}
    busy = b'{"code":"busy","message":""}'
    bench.server.next("/v1/pull", Response(503, headers, busy))
    bench.engine.note_changes()
    bench.settle()
    calls = bench.server.calls.count("/v1/pull")
    bench.engine.note_waking()
    bench.settle()
    assert bench.server.calls.count("/v1/pull") == calls


# --- lines ---------------------------------------------------------------------------------------


class Mute:
    """Answers each connection's first request, and is not heard of again: a line half open."""

    def __init__(self) -> None:
        self.lines: list[socket.socket] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            self.lines.append(line)
            line.recv(65_536)
            line.sendall(ANSWER)

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._thread.join(LIMIT_S)
        for line in (self._door, *self.lines):
            line.close()


@pytest.fixture
def mute() -> Iterator[Mute]:
    made = Mute()
    yield made
    made.close()


@pytest.fixture
def sleep(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    slept = [0.0]

    def more(seconds: float) -> None:
        slept[0] += seconds

    monkeypatch.setattr(http, "since_boot_s", lambda: system_clock.since_boot_s() + slept[0])
    return more


def test_a_line_that_died_in_the_night_is_not_asked(
    mute: Mute, sleep: Callable[[float], None]
) -> None:
    transport = HttpTransport(mute.url)
    ask = Request("GET", "/v1/head", Ask(), 0.0)
    assert transport.send(ask).body == b"{}"
    sleep(IDLE_S + 1)
    began_s = time.monotonic()
    assert transport.send(ask).body == b"{}"
    assert time.monotonic() - began_s < READ_S
    assert len(mute.lines) == 2
    # while one that was just used is asked again, and found dead by the limit alone
    with pytest.raises(Fault) as fault:
        transport.send(ask, limit_s=0.3)
    assert (fault.value.kind, len(mute.lines)) == ("lost", 2)
    transport.close()


class Feed:
    """A feed that says hello, and then nothing until it is broken off."""

    status = 200

    def __init__(self) -> None:
        self._broken = threading.Event()

    def lines(self) -> Iterator[bytes]:
        yield b'{"kind":"hello","server_ms":1,"case":null}'
        assert self._broken.wait(LIMIT_S)
        raise Fault("lost", "interrupted")

    def interrupt(self) -> None:
        self._broken.set()

    def close(self) -> None:
        pass


def test_a_feed_that_was_mute_while_the_pc_slept_is_opened_anew() -> None:
    opened = threading.Semaphore(0)
    clock, tokens = system_clock.SystemClock(), TokenCache()
    tokens.keep("token", now=clock.monotonic_s(), life_s=3600)
    feed = FeedReader(
        lambda token: Feed(),
        clock,
        tokens=tokens,
        source=random.Random(1),
        on_changed=opened.release,
        on_alarm=lambda case: None,
    )
    thread = threading.Thread(target=feed.run)
    thread.start()
    assert opened.acquire(timeout=LIMIT_S)
    feed.break_off()
    assert opened.acquire(timeout=LIMIT_S)
    feed.stop()
    thread.join(LIMIT_S)
    assert not thread.is_alive()


def test_a_feed_that_was_being_opened_when_the_pc_slept_is_opened_anew(serve: Any) -> None:
    asked, morning = threading.Semaphore(0), threading.Event()

    def mute(peer: Peer) -> None:
        asked.release()
        morning.wait(LIMIT_S)

    url, _ = serve(mute)
    made = HttpTransport(url)
    clock, tokens = system_clock.SystemClock(), TokenCache()
    tokens.keep("token", now=clock.monotonic_s(), life_s=3600)
    feed = FeedReader(
        made.open_feed,
        clock,
        tokens=tokens,
        source=random.Random(1),
        on_changed=lambda: None,
        on_alarm=lambda case: None,
        hang_up=made.hang_up,
    )
    thread = threading.Thread(target=feed.run)
    thread.start()
    try:
        assert asked.acquire(timeout=LIMIT_S)
        began_s = time.monotonic()
        until(lambda: made._calls._awaited is not None, "its answer is awaited")
        feed.break_off()
        assert asked.acquire(timeout=LIMIT_S), "it is asked for again"
        until(lambda: made._calls._awaited is not None, "its answer is awaited again")
        feed.stop()
        thread.join(LIMIT_S)
        assert not thread.is_alive()
        assert time.monotonic() - began_s < FEED_SILENCE_S / 2
    finally:
        morning.set()
        feed.stop()
        thread.join()
        made.close()


class Night(Wall):
    """A clock that counts the hours in which nothing else goes on."""

    slept_ms = 0

    def boot(self) -> tuple[str, int]:
        return "boot", int(time.monotonic() * 1000) + self.slept_ms


def test_a_runner_that_wakes_opens_its_feed_anew_and_pulls(
    serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waking, "TICK_S", 0.02)
    opened, morning = threading.Semaphore(0), threading.Event()
    store = MemorySyncStore.enrolled(tmp_path)
    central = Central(store)

    def answer(peer: Peer) -> None:
        if peer.path != "/v1/feed":
            central(peer)
            return
        start_feed(peer)
        peer.chunk(feed_line("hello"))
        opened.release()
        morning.wait(LIMIT_S)  # mute, but open

    url, _ = serve(answer)
    clock = Night()
    runner = SyncRunner(store, lambda _: HttpTransport(url), clock, lambda case: None)
    runner.start()
    try:
        assert opened.acquire(timeout=LIMIT_S)
        pulls = central.server.calls.count
        until(lambda: pulls("/v1/pull") > 0, "the day begins")
        before = pulls("/v1/pull")
        clock.slept_ms += 8 * 3_600_000
        assert opened.acquire(timeout=LIMIT_S)
        until(lambda: pulls("/v1/pull") > before, "it sees what it missed")
    finally:
        morning.set()
        assert runner.stop(LIMIT_S)
