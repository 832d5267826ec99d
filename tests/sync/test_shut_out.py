"""The server's word that a device is revoked: the first call that hears it makes the seat blind."""

from __future__ import annotations

import base64
import random
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import Unavailable
from sync.client.exchange import Fault, Request, Response
from sync.client.feed import FeedReader
from sync.client.online import HttpOnlineDesk
from sync.client.session import TokenCache
from tests.sync.scripted import Bench, member, problem


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.server.put(member(1))
    return made


def revoked(bench: Bench, signature: bytes | None = None) -> Response:
    genuine = bench.store.genuine if signature is None else signature
    return problem(403, "revoked", revoked_ms=7, signature=base64.b64encode(genuine).decode())


@pytest.mark.parametrize("path", ["/v1/token", "/v1/head", "/v1/first", "/v1/push", "/v1/pull"])
def test_whichever_call_hears_it_makes_the_seat_blind(bench: Bench, path: str) -> None:
    bench.store.append()
    bench.server.next(path, revoked(bench))
    bench.run(40)
    assert bench.store.shut_for == ["revoked"]
    calls = len(bench.server.calls)
    bench.run(3600)
    assert len(bench.server.calls) == calls, "a blind seat asks nothing more"


def test_a_neighbours_proof_ends_the_calls_at_once(bench: Bench) -> None:
    """It is heard on the office network's threads, between two calls of the engine's."""
    bench.settle()
    calls = len(bench.server.calls)
    assert bench.store.shut_out(7, bench.store.genuine)
    bench.store.told.clear()
    bench.engine.note_entries()
    bench.engine.note_changes()
    bench.run(3600)
    assert len(bench.server.calls) == calls
    assert bench.store.told == []


def test_an_urgent_copy_hears_it_too(bench: Bench) -> None:
    bench.settle()
    bench.store.append(urgent=True)
    bench.server.next("/v1/urgent", revoked(bench))
    bench.run(5, bench.urgent)
    assert bench.store.shut_for == ["revoked"]


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"revoked_ms": 7},
        {"revoked_ms": 7, "signature": ""},
        {"revoked_ms": 7, "signature": "no base64 !"},
        {"revoked_ms": "7", "signature": base64.b64encode(b"the authority's").decode()},
        {"revoked_ms": 7, "signature": base64.b64encode(b"a portal's").decode()},
        {"revoked_ms": 7, "signature": 5},
    ],
)
@pytest.mark.parametrize("code", ["revoked", "unknown_device", "forbidden"])
def test_anybody_may_say_so_but_only_the_server_is_believed(
    bench: Bench, code: str, detail: dict[str, Any]
) -> None:
    bench.store.append()
    bench.server.next("/v1/push", problem(403, code, **detail))
    bench.run(120)
    assert bench.store.shut_for == []
    assert bench.store.confirmed_seq == 1


def test_a_genuine_signature_under_another_code_means_nothing(bench: Bench) -> None:
    signature = base64.b64encode(bench.store.genuine).decode()
    bench.store.append()
    bench.server.next("/v1/push", problem(403, "forbidden", revoked_ms=7, signature=signature))
    bench.run(120)
    assert bench.store.shut_for == []


def test_a_vault_that_is_locked_is_asked_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.run(5)
    shut_out, tries = bench.store.shut_out, []

    def at_first_locked(revoked_ms: int, signature: bytes) -> bool:
        tries.append(revoked_ms)
        if len(tries) == 1:
            raise Unavailable("keyring_locked", "locked")
        return shut_out(revoked_ms, signature)

    monkeypatch.setattr(bench.store, "shut_out", at_first_locked)
    for _ in range(3):
        bench.server.next("/v1/pull", revoked(bench))
    bench.run(300)
    assert bench.store.shut_for == ["revoked"]
    assert tries == [7, 7]


def test_too_long_without_the_server_the_seat_locks_itself_up(bench: Bench) -> None:
    bench.run(5)
    for _ in range(2000):
        for path in ("/v1/pull", "/v1/head", "/v1/token", "/v1/challenge"):
            bench.server.next(path, Fault("unreachable", "down"))
    bench.run(1200)
    assert bench.store.shut_for == []
    bench.store.too_long = True
    bench.run(400)
    assert bench.store.shut_for == ["out_of_contact"]


def test_a_disk_that_fails_meanwhile_locks_nobody_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing() -> bool:
        raise Unavailable("disk_error", "no disk")

    monkeypatch.setattr(bench.store, "absent_too_long", failing)
    bench.store.append()
    bench.run(30)
    assert bench.store.confirmed_seq == 1


# --- asked while a person waits --------------------------------------------------------------


class _AtOnce(Executor):
    def submit(self, fn: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*arguments, **named))
        return done


class _Carrier:
    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def send(self, request: Request, *, limit_s: float | None = None) -> Response:
        return self._bench.server.send(request)

    def close(self) -> None: ...


def desk(bench: Bench) -> HttpOnlineDesk:
    return HttpOnlineDesk(
        bench.store,
        lambda _: _Carrier(bench),
        bench.clock,
        tokens=TokenCache(),
        version="1",
        pool=_AtOnce(),
    )


def test_a_redemption_that_hears_it_spends_nothing(bench: Bench) -> None:
    bench.server.next("/v1/urgent", revoked(bench))
    verdict = desk(bench).redeem(b"{}", b"s" * 64, (), limit_s=2.0)
    assert (verdict.outcome, verdict.code) == ("refused", "revoked")
    assert bench.store.shut_for == ["revoked"]


def test_a_seat_that_was_away_calls_in_once(bench: Bench) -> None:
    desk(bench).call_in(limit_s=2.0)
    assert len(bench.store.contacts) == 1
    bench.server.next("/v1/challenge", Fault("unreachable", "down"))
    desk(bench).call_in(limit_s=2.0)
    bench.server.next("/v1/head", problem(503, "busy"))
    desk(bench).call_in(limit_s=2.0)
    assert len(bench.store.contacts) == 1
    bench.server.next("/v1/token", revoked(bench))
    desk(bench).call_in(limit_s=2.0)
    assert bench.store.shut_for == ["revoked"]
    desk(bench).call_in(limit_s=2.0)  # blind: asks nobody


def test_a_feed_that_is_refused_makes_a_call_worth_while(bench: Bench) -> None:
    class Refused:
        status = 403

        def lines(self) -> Any:
            raise AssertionError("there is nothing to read")

        def interrupt(self) -> None: ...

        def close(self) -> None: ...

    tokens = TokenCache()
    tokens.keep("a token", now=0.0, life_s=10.0**9)
    wanted: list[str] = []

    def note() -> None:
        wanted.append("pull")
        feed.stop()

    feed = FeedReader(
        lambda _: Refused(),
        bench.clock,
        tokens=tokens,
        source=random.Random(1),
        on_changed=note,
        on_alarm=lambda _: None,
    )
    feed.run()
    assert wanted == ["pull"]
