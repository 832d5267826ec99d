"""The live feed over a socket: reconnecting, those who don't read, tokens that end."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import msgspec
import pytest

from sync.protocol.messages import FeedLine
from sync.server.api.app import make_app
from sync.server.audience import Changed
from sync.server.auth import TOKEN_MS
from sync.server.feed import Feed
from sync.server.programme import revoke_device
from tests.fakes.waiting import until
from tests.server.conftest import KEYS, Programme
from tests.server.http import Http, serving
from tests.server.seats import Seat, visit

V = {"Guichet-Protocol": "1"}


@pytest.fixture
def client(programme: Programme) -> Iterator[Http]:
    with serving(make_app(programme.server, feed_tick_s=0.1)) as client:
        yield client


@contextmanager
def listening(client: Http, token: str) -> Iterator[Callable[[str], FeedLine]]:
    """Yields a function that reads up to the next line of a kind."""
    headers = {**V, "Authorization": f"Bearer {token}"}
    answer = client.session.get(client.url + "/v1/feed", headers=headers, stream=True, timeout=20)
    with closing(answer):
        assert answer.status_code == 200
        lines = answer.iter_lines(2**16)

        def next_of(kind: str) -> FeedLine:
            while True:
                line = msgspec.json.decode(next(lines), type=FeedLine)
                if line.kind == kind:
                    return line

        yield next_of


def test_whoever_comes_back_hears_on(client: Http, programme: Programme) -> None:
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    feed: Feed = client.app.state.feed
    for _ in range(3):
        with listening(client, desk.token()) as next_of:
            assert next_of("hello").server_ms == programme.clock.ms
            assert feed.listening == 1
            visit(seat, score=1)
            seat.push()
            assert b'"score":1' in bytes(next_of("alarm").case)
            next_of("changed")
        until(lambda: feed.listening == 0)
    # what came while nobody heard is in the replica
    visit(seat, score=2)
    seat.push()
    cases = [record for record in desk.pull().records if record.kind == "case"]
    assert len(cases) == 4


def test_a_feed_outlives_its_token_but_not_its_device(client: Http, programme: Programme) -> None:
    seat = programme.seat()
    token = seat.token()
    with listening(client, token) as next_of:
        next_of("hello")
        programme.clock.ms += TOKEN_MS
        # the next may have been under way when the clock was set
        assert programme.clock.ms in [next_of("tick").server_ms for _ in range(3)]
        headers = {**V, "Authorization": f"Bearer {token}"}
        assert client.get("/v1/feed", headers).json()["code"] == "unauthenticated"
        with programme.work() as work:
            revoke_device(work, KEYS, seat.device_id)
        with pytest.raises(StopIteration):
            next_of("alarm")
    until(lambda: client.app.state.feed.listening == 0)


def deaf(client: Http, seat: Seat) -> socket.socket:
    """A listener that never reads."""
    address = urlsplit(client.url)
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect((address.hostname, address.port))
    raw.sendall(
        b"GET /v1/feed HTTP/1.1\r\nHost: x\r\nGuichet-Protocol: 1\r\n"
        b"Authorization: Bearer " + seat.token().encode() + b"\r\n\r\n"
    )
    return raw


def test_those_who_do_not_read_are_dropped_and_cost_others_nothing(
    client: Http, programme: Programme
) -> None:
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    feed: Feed = client.app.state.feed
    silent = [deaf(client, desk) for _ in range(4)]
    try:
        until(lambda: feed.listening == 4)
        with listening(client, desk.token()) as next_of:
            next_of("hello")
            rung: list[Changed] = []
            programme.server.transactions.after_commit.append(rung.append)
            visit(seat, score=1)
            seat.push()
            next_of("alarm")
            (ring,) = [each for each in rung if each.alarms]  # jobs commit meanwhile, too
            many = replace(ring, alarms=(*ring.alarms,) * 50)
            sent = 0
            while feed.listening > 1:  # sockets and queues hold some
                feed.after_commit(many)
                for _ in range(50):
                    next_of("alarm")
                sent += 50
                assert sent < 100_000
            visit(seat, score=2)
            seat.push()
            until(lambda: b'"score":2' in bytes(next_of("alarm").case))
    finally:
        for raw in silent:
            raw.close()
