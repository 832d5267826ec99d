"""A pull of several pages: each is written while the next is on its way, and none is lost by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.errors import Unavailable
from sync.client.download import MERGE_LOG_AFTER_S
from sync.client.exchange import Fault, Request, Response
from tests.sync.scripted import Bench, member

ROWS = 12
PAGE = 5


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    for rank in range(1, ROWS + 1):
        bench.server.put(member(rank))
    bench.run(5)
    assert bench.replica() == (bench.expected(), True)
    bench.server.page_rows = PAGE
    for rank in range(1, ROWS + 1):
        bench.server.put(member(rank, points=rank))
    bench.store.acknowledged.clear()
    bench.server.calls.clear()
    bench.engine.note_changes()
    return bench


def pages_written_at_each_call(bench: Bench) -> list[int]:
    """From now on."""
    written: list[int] = []
    send = bench.server.send

    def noting(request: Request) -> Response:
        written.append(len(bench.store.acknowledged))
        return send(request)

    bench.server.send = noting  # type: ignore[method-assign]
    return written


def test_the_next_page_is_asked_for_before_one_is_written(bench: Bench) -> None:
    written = pages_written_at_each_call(bench)
    bench.settle()
    assert bench.server.calls == ["/v1/pull"] * 3
    assert written == [0, 0, 1]
    assert len(bench.store.acknowledged) == 3
    assert bench.replica() == (bench.expected(), True)


def test_whoever_leaves_is_kept_before_their_page_is_written(bench: Bench) -> None:
    first, *_, last = bench.server.members
    bench.store.log.clear()
    for member_id in (first, last):
        bench.server.remove(member_id)
    bench.settle()
    assert set(bench.store.leaving) == {first, last}
    steps = [each for each in bench.store.log if each in ("keep_leaving", "write")]
    assert steps[:2] == ["keep_leaving", "write"]
    assert bench.replica() == (bench.expected(), True)


def test_a_transport_that_does_nothing_meanwhile_changes_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "_pass_time", lambda action: None)
    bench.settle()
    assert bench.server.calls == ["/v1/pull"] * 3
    assert bench.replica() == (bench.expected(), True)


def test_a_page_is_written_though_the_next_never_comes(bench: Bench) -> None:
    bench.step()
    bench.server.next("/v1/pull", Fault("lost", "reset"))
    bench.step()
    assert len(bench.store.acknowledged) == 1
    assert len(bench.replica()[0] & bench.expected()) == PAGE
    bench.run(60)
    assert bench.replica() == (bench.expected(), True)


def test_a_page_is_written_though_an_upload_comes_between(bench: Bench) -> None:
    bench.step()
    bench.store.append()
    bench.engine.note_entries()
    bench.step()
    assert bench.server.calls == ["/v1/pull", "/v1/push"]
    assert len(bench.replica()[0] & bench.expected()) == PAGE
    bench.settle()
    assert bench.replica() == (bench.expected(), True)


def test_a_page_the_disk_had_no_room_for_is_fetched_again(bench: Bench) -> None:
    bench.step()
    bench.store.fail_with = Unavailable("disk_full", "full")
    bench.step()
    assert bench.store.acknowledged == [], "the page behind it isn't written either"
    bench.run(60)
    assert bench.replica() == (bench.expected(), True)


def test_a_page_that_can_not_be_is_told_as_the_servers_fault(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = member(1, points=1)
    bench.server.put(member(0, member_id=wrong.member_id))
    for rank in range(2, PAGE + 3):
        bench.server.put(member(rank, points=7))
    bench.settle()
    assert "a page that can't be" in caplog.text
    assert bench.store.told[-1][1] == "server_error"
    bench.server.put(wrong)
    bench.run(120)
    assert bench.replica() == (bench.expected(), True)


def test_the_log_is_merged_when_the_pull_is_over_and_nobody_waits(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.client.replica_file._LONG_LOG", ROWS)
    path = bench.store.members_file()
    assert path is not None
    before = path.read_bytes()
    idle = bench.settle()
    assert path.read_bytes() == before, "a tap would have waited for that"
    assert idle.until_s <= bench.clock.s + MERGE_LOG_AFTER_S
    bench.run(MERGE_LOG_AFTER_S)
    assert path.read_bytes() != before
    assert bench.replica() == (bench.expected(), True)


def test_a_log_that_grows_too_long_is_merged_between_two_pages(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.client.replica_file._LONGEST_LOG", PAGE)
    path = bench.store.members_file()
    assert path is not None
    before = path.read_bytes()
    bench.step()
    bench.step()
    assert path.read_bytes() != before
    bench.settle()
    assert bench.replica() == (bench.expected(), True)


def test_a_file_that_cannot_tell_who_leaves_is_made_anew(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_use = bench.store.members_file()
    bench.server.remove(next(iter(bench.server.members)))

    def damaged(member_ids: object) -> None:
        if bench.store.members_file() == in_use:
            raise Unavailable("members_damaged", "a page of the members file can't be read")

    monkeypatch.setattr(bench.store, "keep_leaving", damaged)
    bench.run(60)
    assert bench.store.members_file() != in_use
    assert bench.replica() == (bench.expected(), True)


def test_a_file_made_anew_is_made_again_if_it_could_not_be_put_in_use(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_use = bench.store.members_file()
    adopt = bench.store.adopt_members_file
    tries: list[Path] = []

    def fails_once(path: Path) -> None:
        tries.append(path)
        if len(tries) == 1:
            raise Unavailable("disk_error", "the disk does not answer")
        adopt(path)

    monkeypatch.setattr(bench.store, "adopt_members_file", fails_once)
    bench.engine._download.rebuild("its rows don't add up")
    bench.run(60)
    assert len(tries) == 2
    assert bench.store.members_file() == tries[-1] != in_use
    assert bench.replica() == (bench.expected(), True)
