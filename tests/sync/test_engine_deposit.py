"""The sealed work key: left with a server that lacks it, and nothing waits for it in vain."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.domain.errors import Unavailable
from sync.client import papers
from sync.client.exchange import Fault, Response
from sync.protocol.framing import decode
from sync.protocol.messages import HeadAnswer
from tests.sync.scripted import HTML, Bench, problem


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.server.sealed = None
    bench.store.append()
    return bench


def deposits(bench: Bench) -> int:
    return bench.server.calls.count("/v1/sealed-key")


def test_a_server_that_lacks_the_key_gets_it_once(bench: Bench) -> None:
    bench.run(60)
    assert bench.server.sealed == bench.store.sealed
    assert deposits(bench) == 1
    assert bench.store.confirmed_seq == 1
    bench.restart()
    bench.run(60)
    assert deposits(bench) == 1


def test_a_server_restored_from_before_the_enrolment_gets_it_again(bench: Bench) -> None:
    bench.run(60)
    bench.server.sealed = None
    bench.restart()
    bench.run(60)
    assert bench.server.sealed == bench.store.sealed


@pytest.mark.parametrize(
    "what",
    [
        Fault("unreachable", "no route"),
        problem(503, "busy"),
        problem(401, "unauthenticated"),
        Response(204, dict(HTML), b""),
        Response(200, dict(HTML), b"<html>sign in here</html>"),
        "lost",
    ],
    ids=["unreachable", "busy", "token", "portal 204", "portal", "lost answer"],
)
def test_it_is_tried_until_the_server_has_it(bench: Bench, what: Response | Fault | str) -> None:
    bench.server.next("/v1/sealed-key", what)
    bench.run(300)
    assert bench.server.sealed == bench.store.sealed
    assert deposits(bench) == 2
    assert bench.store.confirmed_seq == 1


def test_entries_do_not_wait_for_a_key_that_the_server_refuses(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.server.next("/v1/sealed-key", problem(400, "bad_request"))
    bench.run(60)
    assert deposits(bench) == 1
    assert bench.store.confirmed_seq == 1
    assert "doesn't take the sealed key" in caplog.text


def test_entries_do_not_wait_for_a_key_that_is_gone(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.store.sealed = None
    bench.run(60)
    assert (deposits(bench), bench.store.confirmed_seq) == (0, 1)
    assert "can't be left" in caplog.text
    bench.store.sealed = b"found again"
    bench.restart()
    bench.run(60)
    assert bench.server.sealed == b"found again"


def offer_certificate(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = bench.server._head

    def with_certificate(*args: Any) -> Response:
        answer = decode(honest(*args).body, HeadAnswer)
        return bench.server._ok(msgspec.structs.replace(answer, certificate="-----"))

    monkeypatch.setattr(bench.server, "_head", with_certificate)


def test_the_server_is_asked_for_its_copys_end_once_an_hour(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With that it says which certificate the device is to show."""
    offered: list[str] = []
    monkeypatch.setattr(papers, "take_certificate", lambda *args: offered.append(args[-1]))
    offer_certificate(bench, monkeypatch)
    bench.run(60)
    assert offered == ["-----"]
    bench.run(3_600)
    assert offered == ["-----"] * 2
    assert bench.server.calls.count("/v1/head") == 2


def test_a_certificate_that_met_a_locked_keyring_is_taken_minutes_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a call for it, and without a word for each time."""
    tried: list[float] = []

    def take(*_: object) -> None:
        tried.append(bench.clock.s)
        if len(tried) < 4:
            raise Unavailable("keyring_locked", "The keyring is locked.")

    monkeypatch.setattr(papers, "take_certificate", take)
    offer_certificate(bench, monkeypatch)
    bench.run(3_000)
    waits = [later - before for before, later in pairwise(tried)]
    assert len(waits) == 3
    assert all(300 <= wait < 400 for wait in waits)
    assert caplog.text.count("has to wait") == 1
    assert bench.server.calls.count("/v1/head") == 1
