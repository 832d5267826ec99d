"""The engine where the server's copy of the chain and ours disagree: forks, gaps, epochs."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from app.domain.errors import Unavailable
from sync.client.exchange import Fault, Response
from sync.protocol.framing import encode
from sync.protocol.messages import HeadAnswer
from tests.sync.scripted import JSON, Bench, member, problem

LOST = Fault("lost", "reset")
DOWN = Fault("unreachable", "refused")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def fill(bench: Bench, members: int = 3, entries: int = 0) -> None:
    for rank in range(1, members + 1):
        bench.server.put(member(rank, points=rank * 10))
    for _ in range(entries):
        bench.store.append()


def sent(bench: Bench) -> list[str]:
    return [json.loads(body)["event_id"] for body in bench.server.bodies]


# --- forks, epochs -------------------------------------------------------------------------------


def test_a_disk_that_was_set_back_goes_on_under_a_new_incarnation(bench: Bench) -> None:
    fill(bench, entries=5)
    bench.settle()
    bench.engine.close()
    # The disk of yesterday: two entries fewer, nothing confirmed beyond the second
    del bench.store._entries[3:]
    bench.store.confirmed_seq = 2
    bench.restart()
    ours = [str(bench.store.append()) for _ in range(2)]
    bench.settle()
    assert bench.store.seat is not None
    assert bench.store.seat.incarnation == 2
    assert sent(bench)[-2:] == ours
    assert bench.store.unsent(max_entries=9, max_bytes=9999) is None
    assert len(bench.store.archived) == 3


def test_a_server_ahead_of_us_confirms_no_more_than_we_sent(bench: Bench) -> None:
    fill(bench, entries=5)
    bench.settle()
    del bench.store._entries[3:]
    bench.store.confirmed_seq = 2
    bench.engine.close()
    bench.restart()
    bench.settle()
    assert bench.store.confirmed_seq == 3
    event = bench.store.append()
    bench.engine.note_entries()
    bench.settle()
    assert str(event) in sent(bench)


def test_a_lost_fork_answer_is_given_again(bench: Bench) -> None:
    fill(bench, entries=3)
    bench.settle()
    bench.store.confirmed_seq = 0
    bench.store._entries[1].body = b'{"event_id":"other"}'
    bench.engine.note_entries()
    bench.server.next("/v1/push", "lost")
    bench.run(30)
    assert bench.store.seat is not None
    assert bench.store.seat.incarnation == 2
    assert len(bench.server.bodies) == 3


@pytest.mark.parametrize("detail", [{}, {"incarnation": 1}, {"incarnation": "2"}])
def test_a_fork_without_a_newer_incarnation_changes_nothing(
    bench: Bench, detail: dict[str, str | int]
) -> None:
    fill(bench, entries=1)
    bench.server.next("/v1/push", problem(409, "fork", None, **detail))
    bench.run(30)
    assert bench.store.seat is not None
    assert bench.store.seat.incarnation == 1
    assert bench.store.confirmed_seq == 1


def test_what_a_restored_server_forgot_is_offered_again(bench: Bench) -> None:
    fill(bench, entries=5)
    bench.settle()
    before = list(bench.server.bodies)
    del bench.server.bodies[2:]
    bench.server.epoch = uuid4()
    path = bench.store.members_file()
    bench.run(120)
    assert bench.server.bodies == before
    assert bench.store.seat is not None
    assert bench.store.seat.epoch == bench.server.epoch
    assert bench.store.members_file() != path
    assert bench.replica() == (bench.expected(), True)


def test_a_restored_server_is_noticed_at_the_start(bench: Bench) -> None:
    fill(bench, entries=5)
    bench.settle()
    bench.engine.close()
    bench.server.bodies.clear()
    bench.server.epoch = uuid4()
    bench.restart()
    bench.settle()
    assert len(bench.server.bodies) == 5
    assert bench.replica() == (bench.expected(), True)


def test_a_power_cut_between_epoch_and_rebuild_still_rebuilds(bench: Bench) -> None:
    fill(bench)
    bench.settle()
    bench.engine.close()
    bench.server.epoch = uuid4()
    bench.store.set_epoch(bench.server.epoch)
    bench.restart()
    bench.settle()
    assert bench.server.calls.count("/v1/bootstrap") == 2


@pytest.mark.parametrize("answer", [problem(409, "epoch_changed"), problem(410, "cursor_unknown")])
def test_a_cursor_the_server_does_not_know_rebuilds(bench: Bench, answer: Response) -> None:
    fill(bench)
    bench.run(5)
    bench.server.next("/v1/pull", answer)
    bench.run(40)
    assert bench.server.calls.count("/v1/bootstrap") == 2
    assert bench.server.calls.count("/v1/head") == 2
    assert bench.replica() == (bench.expected(), True)


def test_an_epoch_that_changes_between_two_pages_begins_again(bench: Bench) -> None:
    fill(bench, members=20)
    bench.server.page_rows = 5
    for _ in range(6):
        bench.step()
    bench.server.epoch = uuid4()
    bench.run(20)
    assert bench.replica() == (bench.expected(), True)
    assert bench.store.seat is not None
    assert bench.store.seat.epoch == bench.server.epoch


def test_a_gap_is_mended_from_where_the_server_ends(bench: Bench) -> None:
    fill(bench, entries=5)
    bench.settle()
    del bench.server.bodies[1:]  # the same epoch: somebody mended the database by hand
    bench.store.append()
    bench.engine.note_entries()
    bench.run(20)
    assert len(bench.server.bodies) == 6


def test_a_server_of_an_older_incarnation_gets_all_of_ours(bench: Bench) -> None:
    fill(bench, entries=3)
    bench.settle()
    bench.engine.close()
    assert bench.store.seat is not None
    answer = HeadAnswer(0, 44, b"x" * 32, bench.server.epoch, bench.clock.true_ms)
    bench.server.next("/v1/head", Response(200, JSON, encode(answer)))
    bench.restart()
    bench.step()
    bench.step()
    bench.step()
    assert bench.store.confirmed_seq == 0


# --- the next upload, made ready while the answer to one is awaited -------------------------------


@pytest.fixture
def in_pairs(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """An engine that uploads two entries at a time."""
    monkeypatch.setattr("sync.client.upload.MAX_PUSH_ENTRIES", 2)
    bench.restart()
    return bench


def test_the_next_upload_is_ready_when_the_answer_comes(
    in_pairs: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    unsent = in_pairs.store.unsent

    def counted(*, max_entries: int, max_bytes: int, behind: int = 0) -> object:
        asked.append(behind)
        return unsent(max_entries=max_entries, max_bytes=max_bytes, behind=behind)

    events = [in_pairs.store.append() for _ in range(7)]
    monkeypatch.setattr(in_pairs.store, "unsent", counted)
    in_pairs.settle()
    assert sent(in_pairs) == [str(event) for event in events]
    assert [behind for behind in asked if behind] == [2, 4, 6], "behind full uploads alone"
    assert asked.count(0) == 2, "the first upload, and the look that finds nothing more"


@pytest.mark.parametrize(
    "answer",
    [
        "lost",
        LOST,
        DOWN,
        problem(503, "busy", None),
        problem(413, "too_large", None),
        problem(409, "chain_gap", None, head_seq=0, incarnation=1),
    ],
)
@pytest.mark.parametrize("place", [1, 2, 3])
def test_what_was_readied_behind_a_refused_upload_confuses_nothing(
    in_pairs: Bench, place: int, answer: Response | Fault | str
) -> None:
    events = [in_pairs.store.append() for _ in range(7)]
    while in_pairs.store.confirmed_seq < 2 * (place - 1):
        in_pairs.step()
    in_pairs.server.next("/v1/push", answer)
    in_pairs.run(120)
    assert not in_pairs.server.script
    assert sent(in_pairs) == [str(event) for event in events]
    assert in_pairs.store.unsent(max_entries=9, max_bytes=9999) is None


def test_a_disk_that_fails_while_the_next_is_readied_harms_nothing(
    in_pairs: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [in_pairs.store.append() for _ in range(5)]
    unsent = in_pairs.store.unsent

    def failing(*, max_entries: int, max_bytes: int, behind: int = 0) -> object:
        if behind:
            raise Unavailable("disk_error", "The disk fails")
        return unsent(max_entries=max_entries, max_bytes=max_bytes)

    monkeypatch.setattr(in_pairs.store, "unsent", failing)
    in_pairs.settle()
    assert sent(in_pairs) == [str(event) for event in events]
