"""Pictures are fetched piece by piece, go on where they were, and never hurry a tired server."""

from __future__ import annotations

import hashlib
import os
import random

import pytest

from app.domain.pictures import PIECE_BYTES, Picture
from sync.client.exchange import Fault, Idle, Response, Send
from sync.client.pictures import LOOK_S, PictureLane
from sync.client.session import TokenCache
from sync.protocol.framing import encode
from sync.protocol.messages import PictureAnswer
from tests.sync.scripted import JSON, problem

CONTENT = os.urandom(2 * PIECE_BYTES + 9)
PICTURE = Picture("", None, hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


class Shelf:
    """Keeps pieces in memory."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.full = False

    def wanted(self) -> list[Picture]:
        return [] if b"".join(self.kept) == CONTENT else [PICTURE]

    def pieces(self, digest: str) -> int:
        return len(self.kept)

    def keep_piece(self, picture: Picture, number: int, piece: bytes) -> bool:
        if self.full:
            return False
        self.kept.append(piece)
        whole = b"".join(self.kept)
        if len(whole) == len(CONTENT) and whole != CONTENT:
            self.kept.clear()
        return whole == CONTENT

    def panel_picture(self) -> bytes | None:
        return None

    def staff_photo(self, staff_number: str) -> bytes | None:
        return None


class Bench:
    """The lane, its disk, and a server with one picture."""

    def __init__(self) -> None:
        self.shelf, self.tokens, self.arrived = Shelf(), TokenCache(), 0
        self.now, self.shut = 100.0, False
        self.asked: list[int] = []
        self.says: list[Response | Fault] = []
        self.tokens.keep("token", now=self.now, life_s=1e6)
        self.lane = PictureLane(
            self.shelf,
            tokens=self.tokens,
            source=random.Random(1),
            on_arrived=self.note,
            kept_back=lambda: self.shut,
        )

    def note(self) -> None:
        self.arrived += 1

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            step = self.lane.poll(self.now)
            if isinstance(step, Idle):
                self.now = max(step.until_s, self.now + 0.01)
                continue
            assert isinstance(step, Send)
            path, _, number = step.request.path.rpartition("/")
            assert path == f"/v1/picture/{PICTURE.digest}"
            self.asked.append(int(number))
            answer = self.says.pop(0) if self.says else self.piece(int(number))
            if isinstance(answer, Fault):
                self.lane.failed(step.request, answer, self.now)
            else:
                self.lane.received(step.request, answer, self.now)

    def piece(self, number: int) -> Response:
        content = CONTENT[number * PIECE_BYTES : (number + 1) * PIECE_BYTES]
        return Response(200, JSON, encode(PictureAnswer(content)))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_it_comes_piece_by_piece_and_once(bench: Bench) -> None:
    bench.run(600)
    assert bench.asked == [0, 1, 2]
    assert bench.arrived == 1


def test_a_broken_line_costs_one_piece(bench: Bench) -> None:
    bench.says = [bench.piece(0), Fault("lost", ""), problem(503, "busy"), Fault("unreachable", "")]
    bench.run(600)
    assert bench.asked == [0, 1, 1, 1, 1, 2]
    assert bench.arrived == 1


def test_wrong_pixels_are_asked_for_again_and_again_ever_more_slowly(bench: Bench) -> None:
    wrong = Response(200, JSON, encode(PictureAnswer(bytes(PIECE_BYTES))))
    rest = [bench.piece(1), bench.piece(2)]
    bench.says = [wrong, *rest] * 300
    bench.run(3_600)
    assert bench.arrived == 0
    assert len(bench.asked) < 3 * 150
    bench.says = []
    bench.shelf.kept.clear()
    bench.run(600)
    assert bench.arrived == 1


def test_a_full_disk_is_tried_again_ever_more_slowly(bench: Bench) -> None:
    bench.shelf.full = True
    bench.run(3_600)
    assert len(bench.asked) < 150
    bench.shelf.full = False
    bench.run(600)
    assert bench.arrived == 1


def test_without_a_token_or_shut_out_nothing_is_asked(bench: Bench) -> None:
    bench.shut = True
    bench.run(10 * LOOK_S)
    bench.shut = False
    bench.tokens.discard("token")
    bench.run(10 * LOOK_S)
    assert bench.asked == []


def test_a_token_that_has_ended_is_the_engines_to_renew(bench: Bench) -> None:
    bench.says = [problem(401, "unauthenticated")]
    bench.run(60)
    assert bench.asked == [0]
    assert bench.tokens.current(bench.now) is None
    bench.tokens.keep("new", now=bench.now, life_s=1e6)
    bench.run(120)
    assert bench.arrived == 1


def test_what_the_server_has_no_more_is_not_asked_for_without_end(bench: Bench) -> None:
    bench.says = [problem(404, "not_found")] * 500
    bench.run(3_600)
    assert len(bench.asked) < 150
