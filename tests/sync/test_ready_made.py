"""The members file fetched ready made: cut, damaged, gone, wrong, and then page by page."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.domain.errors import Unavailable
from sync.client.exchange import Fault, Idle, Response
from sync.client.replica_file import ReplicaFile
from sync.protocol.messages import MAX_BODY_BYTES, Record
from tests.sync.scripted import PAGES, Bench, member, problem

LOST = Fault("lost", "the line went dead")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    for rank in range(1, 301):
        bench.server.put(member(rank, points=rank))
    bench.server.make_snapshot(tmp_path / "made.db")
    assert len(bench.server.chunks) > 8
    return bench


def chunk_calls(bench: Bench) -> list[int]:
    calls = [call for call in bench.server.calls if call.startswith("/v1/snapshot/")]
    return [int(call.rpartition("/")[2]) for call in calls]


def until_chunk(bench: Bench, number: int) -> None:
    """Go on until that chunk has been asked for."""
    for _ in range(100):
        if number in chunk_calls(bench):
            return
        assert not isinstance(bench.step(), Idle)
    raise AssertionError("never asked for")


def test_it_comes_in_order_and_what_changed_since_is_pulled(bench: Bench) -> None:
    bench.server.put(member(5, points=12_345))
    bench.settle()
    assert chunk_calls(bench) == list(range(len(bench.server.chunks)))
    assert "/v1/bootstrap" not in bench.server.calls
    assert bench.server.calls.count("/v1/first") == 1
    assert bench.replica() == (bench.expected(), True)
    assert bench.store.members_import().source() is None
    bench.run(100)
    assert chunk_calls(bench) == list(range(len(bench.server.chunks)))


def test_the_first_members_answer_meanwhile(bench: Bench) -> None:
    until_chunk(bench, 0)
    found, sums = bench.replica()
    assert (len(found), sums) == (2, True)
    assert "members" in bench.store.announced
    assert "/v1/pull" not in bench.server.calls, "a pull would say that the data are whole"


def test_what_is_put_in_use_is_on_the_disk(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """No pull brings again what a power cut would take of it."""
    bench.server.records = [Record("case", "1", msgspec.Raw(b"{}"))]
    transact, adopt = ReplicaFile._transact, bench.store.adopt_members_file
    levels: list[int] = []
    adopted: list[bool] = []

    def commit(file: ReplicaFile, changes: Any) -> None:
        transact(file, changes)
        ((level,),) = file._connection.execute("PRAGMA synchronous").fetchall()
        levels.append(level)

    def put_in_use(path: Path) -> None:
        log = path.with_name(f"{path.name}-wal")
        adopted.append(levels[-1] >= 2 or not log.exists() or log.stat().st_size == 0)
        adopt(path)

    monkeypatch.setattr(ReplicaFile, "_transact", commit)
    monkeypatch.setattr(bench.store, "adopt_members_file", put_in_use)
    bench.settle()
    assert adopted == [True, True]


@pytest.mark.parametrize(
    "fault", [LOST, "lost", problem(503, "busy", {"retry-after": "2"}), problem(500, "internal")]
)
def test_a_cut_goes_on_with_the_same_chunk(bench: Bench, fault: Any) -> None:
    until_chunk(bench, 3)
    assert bench.server.offer is not None
    bench.server.next(f"/v1/snapshot/{bench.server.offer.snapshot_id}/4", fault)
    bench.run(30)
    expected = list(range(len(bench.server.chunks)))
    assert sorted(chunk_calls(bench)) == sorted([*expected, 4])
    assert bench.replica() == (bench.expected(), True)


def test_a_restart_goes_on_where_it_was(bench: Bench) -> None:
    until_chunk(bench, 5)
    bench.engine.close()
    bench.restart()
    bench.run(5)
    assert chunk_calls(bench) == list(range(len(bench.server.chunks)))
    assert bench.server.calls.count("/v1/first") == 2  # at the start, and for the records
    assert bench.replica() == (bench.expected(), True)


def test_a_disk_that_lost_half_a_chunk_fetches_that_chunk_again(bench: Bench) -> None:
    until_chunk(bench, 5)
    bench.engine.close()
    arriving = bench.store.members_import()
    arriving.begin(arriving.source() or "")
    arriving.cut(5 * 3 - 1)
    bench.restart()
    bench.run(5)
    assert sorted(chunk_calls(bench)) == sorted([*range(len(bench.server.chunks)), 4, 5])
    assert bench.replica() == (bench.expected(), True)


@pytest.mark.parametrize("is_newer", [False, True])
def test_a_file_older_than_the_one_in_use_is_left_for_pages(
    bench: Bench, tmp_path: Path, is_newer: bool
) -> None:
    """Else what was done since would be gone from the screen until the next pull."""
    bench.settle()
    bench.server.put(member(5, points=12_345))
    bench.engine.note_changes()
    bench.run(5)
    if is_newer:
        bench.server.make_snapshot(tmp_path / "newer.db")
    bench.server.calls.clear()
    bench.server.next("/v1/pull", problem(409, "cursor_unknown"))
    bench.engine.note_changes()
    bench.run(30)
    assert bool(chunk_calls(bench)) == is_newer
    assert ("/v1/bootstrap" in bench.server.calls) != is_newer
    assert bench.replica() == (bench.expected(), True)


def test_what_is_gone_is_asked_for_anew(bench: Bench, tmp_path: Path) -> None:
    until_chunk(bench, 5)
    bench.server.put(member(7, points=777_777))
    bench.server.make_snapshot(tmp_path / "newer.db")
    bench.run(5)
    assert bench.server.calls.count("/v1/snapshot") == 2
    assert bench.server.calls.count("/v1/first") == 2, "the first records are older than the file"
    assert "/v1/bootstrap" not in bench.server.calls
    assert bench.replica() == (bench.expected(), True)


def test_a_damaged_chunk_is_fetched_again(bench: Bench) -> None:
    assert bench.server.offer is not None
    path = f"/v1/snapshot/{bench.server.offer.snapshot_id}/2"
    bench.server.next(path, Response(200, dict(PAGES), bytes(len(bench.server.chunks[2]))))
    bench.server.next(path, Response(200, dict(PAGES), bench.server.chunks[2][:-1]))
    bench.run(30)
    assert chunk_calls(bench).count(2) == 3
    assert "/v1/bootstrap" not in bench.server.calls
    assert bench.replica() == (bench.expected(), True)


def test_chunks_that_stay_damaged_are_given_up_for_pages(bench: Bench) -> None:
    bench.server.chunks[4] = bytes(len(bench.server.chunks[4]))
    bench.run(60)
    assert chunk_calls(bench).count(4) == 3
    assert "/v1/bootstrap" in bench.server.calls
    assert bench.replica() == (bench.expected(), True)


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 999},
        {"page_bytes": 8192},
        {"page_count": 0},
        {"page_count": 10**6},
        {"chunk_pages": 0},
        {"chunk_pages": -3},
        {"chunk_pages": MAX_BODY_BYTES // 4096 + 1},
        {"digests": []},
    ],
)
def test_an_offer_that_cannot_be_is_left_for_pages(bench: Bench, change: dict[str, Any]) -> None:
    assert bench.server.offer is not None
    bench.server.offer = msgspec.structs.replace(bench.server.offer, **change)
    bench.run(5)
    assert chunk_calls(bench) == []
    assert bench.replica() == (bench.expected(), True)


def test_a_whole_file_that_is_none_is_left_for_pages(bench: Bench) -> None:
    """As promised byte for byte, and still no members file."""
    assert bench.server.offer is not None
    bench.server.chunks = [bytes(len(chunk)) for chunk in bench.server.chunks]
    digests = [hashlib.sha256(chunk).digest() for chunk in bench.server.chunks]
    bench.server.offer = msgspec.structs.replace(bench.server.offer, digests=digests)
    bench.run(30)
    assert bench.replica() == (bench.expected(), True)


def test_a_snapshot_that_lies_is_rebuilt_page_by_page(bench: Bench, tmp_path: Path) -> None:
    truth = bench.server.members[member(9).member_id]
    bench.server.members[truth.member_id] = member(9, points=1)
    bench.server.make_snapshot(tmp_path / "lying.db")
    bench.server.members[truth.member_id] = truth
    bench.run(120)
    assert "/v1/bootstrap" in bench.server.calls
    assert bench.replica() == (bench.expected(), True)


def test_a_full_disk_waits_and_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    until_chunk(bench, 2)
    kind: Any = type(bench.store.members_import())
    append: Callable[..., None] = kind.append

    def full(*_: object) -> None:
        raise Unavailable("disk_full", "no space left")

    with monkeypatch.context() as patched:
        patched.setattr(kind, "append", full)
        bench.run(20)
    assert kind.append is append
    bench.run(120)
    assert bench.replica() == (bench.expected(), True)
    assert "/v1/bootstrap" not in bench.server.calls


@pytest.mark.parametrize("body", [b"<html>", b""])
def test_a_portal_in_the_middle_is_no_chunk(bench: Bench, body: bytes) -> None:
    until_chunk(bench, 2)
    bench.server.next("/v1/snapshot/", Response(200, {"content-type": "text/html"}, body))
    bench.run(30)
    assert bench.store.told[-1] == (True, "")
    assert (False, "not_guichet") in bench.store.told
    assert bench.replica() == (bench.expected(), True)


def test_a_server_that_knows_of_no_snapshots_sends_pages(bench: Bench) -> None:
    bench.server.next("/v1/snapshot", problem(404, "not_found"))
    bench.run(5)
    assert chunk_calls(bench) == []
    assert bench.replica() == (bench.expected(), True)
