"""The engine in ordinary days: order, pace, the members file."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.domain.errors import Unavailable
from sync.client.exchange import Fault, Idle
from tests.sync.scripted import Bench, member

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


# --- the usual way -------------------------------------------------------------------------------


def test_a_seat_that_is_not_enrolled_waits(bench: Bench) -> None:
    bench.store.seat = None
    assert isinstance(bench.step(), Idle)
    assert bench.server.calls == []


def test_the_first_contact_goes_in_order(bench: Bench) -> None:
    fill(bench, members=3, entries=2)
    bench.settle()
    assert bench.server.calls == [
        "/v1/challenge",
        "/v1/token",
        "/v1/head",
        "/v1/first",
        "/v1/push",
        "/v1/snapshot",
        "/v1/bootstrap",
        "/v1/pull",
    ]
    bench.run(5)
    assert bench.store.unsent(max_entries=9, max_bytes=9999) is None
    assert bench.replica() == (bench.expected(), True)
    assert bench.store.told[-1] == (True, "")


def test_new_entries_go_at_once_and_are_pulled_back_soon(bench: Bench) -> None:
    fill(bench)
    bench.run(5)
    pulls = bench.server.calls.count("/v1/pull")
    event = bench.store.append()
    bench.engine.note_entries()
    bench.settle()
    assert sent(bench) == [str(event)]
    bench.run(1.1)
    assert bench.server.calls.count("/v1/pull") == pulls + 1


def test_an_entry_nobody_spoke_of_is_found_within_half_a_minute(bench: Bench) -> None:
    fill(bench)
    bench.run(5)
    event = bench.store.append()
    bench.run(31)
    assert sent(bench) == [str(event)]


def test_a_word_of_changes_brings_them_at_once(bench: Bench) -> None:
    fill(bench)
    bench.run(5)
    bench.server.put(member(2, points=777))
    bench.server.remove(UUID(int=3))
    bench.engine.note_changes()
    bench.settle()
    assert bench.replica() == (bench.expected(), True)
    assert "members" in bench.store.announced


def test_an_idle_engine_pulls_every_half_minute(bench: Bench) -> None:
    fill(bench)
    bench.run(5)
    before = bench.server.calls.count("/v1/pull")
    bench.run(300)
    assert bench.server.calls.count("/v1/pull") - before in (9, 10, 11)
    assert bench.server.calls.count("/v1/bootstrap") == 1


def test_a_counter_that_hears_the_feed_pulls_when_it_is_told(bench: Bench) -> None:
    bench.settle()
    bench.engine.note_feed(is_open=True)
    bench.run(40)  # the pull that was due without a feed
    before = bench.server.calls.count("/v1/pull")
    bench.run(3000)
    assert 8 <= bench.server.calls.count("/v1/pull") - before <= 13
    bench.server.put(member(4, points=1))
    before = bench.server.calls.count("/v1/pull")
    bench.engine.note_changes()
    bench.settle()
    assert bench.server.calls.count("/v1/pull") == before + 1
    assert bench.replica() == (bench.expected(), True)


def test_a_counter_whose_feed_ends_looks_soon_and_pulls_as_without(bench: Bench) -> None:
    bench.engine.note_feed(is_open=True)
    bench.run(400)
    bench.engine.note_feed(is_open=False)
    before = bench.server.calls.count("/v1/pull")
    bench.run(4.9)
    assert bench.server.calls.count("/v1/pull") == before, "the feed may come back and ask itself"
    bench.run(10.2)
    assert bench.server.calls.count("/v1/pull") == before + 1
    bench.run(300)
    assert bench.server.calls.count("/v1/pull") - before in (10, 11, 12)


def test_a_desk_pulls_every_half_minute_with_its_feed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, kind="desk")
    bench.engine.note_feed(is_open=True)
    bench.settle()
    before = bench.server.calls.count("/v1/pull")
    bench.run(300)
    assert bench.server.calls.count("/v1/pull") - before in (9, 10, 11)


def test_a_desk_whose_feed_ends_looks_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path, kind="desk")
    bench.engine.note_feed(is_open=True)
    bench.settle()
    bench.run(5)
    before = bench.server.calls.count("/v1/pull")
    bench.engine.note_feed(is_open=False)
    bench.run(1.6)
    assert bench.server.calls.count("/v1/pull") == before + 1, "it says whether it is online"


def test_what_leaves_nothing_in_the_overlay_is_not_pulled_back(bench: Bench) -> None:
    bench.settle()
    bench.store.has_overlay = False
    bench.run(1)
    before = bench.server.calls.count("/v1/pull")
    bench.store.append()
    bench.engine.note_entries()
    bench.run(10)
    assert bench.store.confirmed_seq == 1
    assert bench.server.calls.count("/v1/pull") == before


def test_leases_are_told_once_and_asked_for_again_by_a_new_file(bench: Bench) -> None:
    bench.settle()
    bench.run(40)
    (told, *rest) = bench.store.acknowledged
    assert told["leases"] == []
    assert [ack["leases"] for ack in rest] == [None] * len(rest), "they stand as they were told"
    assert rest
    bench.server.epoch = uuid4()  # a restored server may have given others
    bench.store.acknowledged.clear()
    bench.run(60)
    assert bench.store.acknowledged[0]["leases"] == []


def test_a_long_journal_goes_in_runs_with_pulls_between_them(bench: Bench) -> None:
    fill(bench, members=30, entries=4500)
    bench.server.page_rows = 5
    bench.settle()
    kinds = ["push" if "push" in path else "download" for path in bench.server.calls[3:]]
    assert len(bench.server.bodies) == 4500
    turns = [key for key, _ in itertools.groupby(kinds)]
    assert turns[:6] == ["download", "push"] * 3


def test_long_blobs_are_sent_in_bodies_below_the_limit(bench: Bench) -> None:
    for _ in range(1500):
        bench.store.append(blobs=1, blob_bytes=1)
    for entry in bench.store._entries:  # what a store that doesn't count blobs would give
        (blob,) = entry.blobs
        object.__setattr__(blob, "content", b"y" * 8000)
    unsent = bench.store.unsent
    bench.store.unsent = lambda **limits: unsent(  # type: ignore[method-assign]
        max_entries=limits["max_entries"], max_bytes=10**12
    )
    bench.settle()
    assert len(bench.server.bodies) == 1500


# --- the members file ----------------------------------------------------------------------------


def test_a_page_is_in_the_members_file_before_it_is_acknowledged(bench: Bench) -> None:
    fill(bench)
    bench.run(5)
    bench.server.put(member(1, points=5))
    bench.store.log.clear()
    bench.engine.note_changes()
    bench.settle()
    log = [name for name in bench.store.log if name in ("write", "acknowledge_pull")]
    assert log[0] == "write"
    assert log.index("acknowledge_pull") == len(log) - 2  # then only the sum is read


def test_no_writer_task_holds_more_rows_than_a_tap_can_wait_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.client import replica_file
    from sync.protocol.replica import rows

    sizes: list[int] = []
    write = bench.store.write

    def counted(work):  # type: ignore[no-untyped-def]
        sizes.append(0)
        return write(work)

    upsert = rows.upsert_flat

    def counting(connection, members):  # type: ignore[no-untyped-def]
        sizes[-1] += len(members)
        upsert(connection, members)

    monkeypatch.setattr(replica_file, "upsert_flat", counting)
    bench.store.write = counted  # type: ignore[method-assign]
    fill(bench, members=1234)
    bench.settle()
    assert sum(sizes) == 2 + 1234  # the first, whom people search already, and everybody
    assert max(sizes) == replica_file.TASK_ROWS
    sizes.clear()
    for rank in range(1, 1001):
        bench.server.put(member(rank, points=1))
    bench.engine.note_changes()
    bench.settle()
    assert sum(sizes) == 1000
    assert max(sizes) == replica_file.TASK_ROWS
    sizes.clear()
    bench.server.epoch = uuid4()  # everything anew, while people work
    bench.run(120)
    assert sum(sizes) == 1234
    assert max(sizes) == replica_file.TASK_ROWS
    assert bench.replica() == (bench.expected(), True)


def test_leases_and_horizon_come_with_the_last_page_alone(bench: Bench) -> None:
    fill(bench, members=12)
    bench.run(5)
    bench.store.acknowledged.clear()
    bench.server.page_rows = 5
    bench.server.standing = "changed"
    for rank in range(1, 13):
        bench.server.put(member(rank, points=1))
    bench.engine.note_changes()
    bench.settle()
    horizons = [done["horizon"] for done in bench.store.acknowledged]
    assert horizons == [None, None, 1000]
    assert [done["leases"] for done in bench.store.acknowledged] == [None, None, []]


def test_a_bootstrap_cut_in_the_middle_goes_on_with_the_same_page(bench: Bench) -> None:
    fill(bench, members=20)
    bench.server.page_rows = 5
    for _ in range(6):
        bench.step()
    bench.server.next("/v1/bootstrap", LOST)
    bench.server.next("/v1/bootstrap", "lost")
    bench.run(20)
    assert bench.replica() == (bench.expected(), True)
    assert bench.server.calls.count("/v1/bootstrap") == 6


def test_a_bootstrap_cut_by_a_restart_begins_again(bench: Bench) -> None:
    fill(bench, members=20)
    bench.server.page_rows = 5
    for _ in range(7):
        bench.step()
    assert bench.server.calls[-1] == "/v1/bootstrap"
    assert len(bench.replica()[0]) == 2
    bench.engine.close()
    bench.restart()
    bench.run(20)
    assert bench.replica() == (bench.expected(), True)


def test_a_pull_cut_before_its_acknowledgement_is_harmless(bench: Bench) -> None:
    fill(bench)
    bench.run(5)
    for rank in range(1, 4):
        bench.server.put(member(rank, points=500 + rank))
    bench.store.acknowledged.clear()
    acknowledge = bench.store.acknowledge_pull

    def fail_once(**page):  # type: ignore[no-untyped-def]
        bench.store.acknowledge_pull = acknowledge  # type: ignore[method-assign]
        raise Unavailable("disk_full", "no space left")

    bench.store.acknowledge_pull = fail_once  # type: ignore[method-assign]
    bench.engine.note_changes()
    bench.run(40)
    assert bench.replica() == (bench.expected(), True)
    assert bench.store.acknowledged[0]["horizon"] == 1000


def test_rows_that_do_not_add_up_rebuild_the_file(bench: Bench) -> None:
    fill(bench)
    bench.run(5)
    path = bench.store.members_file()
    assert path is not None
    connection = bench.store.connect_members(path)
    connection.execute("UPDATE replica_meta SET value = '7' WHERE key = 'row_count'")
    connection.close()
    bench.run(35)
    assert bench.server.calls.count("/v1/bootstrap") == 2
    assert bench.replica() == (bench.expected(), True)
    assert bench.store.members_file() != path


def test_a_server_that_counts_wrongly_is_not_asked_for_everything_all_the_time(
    bench: Bench,
) -> None:
    fill(bench)
    bench.server.lie_about_sum = True
    bench.run(3600)
    assert 3 <= bench.server.calls.count("/v1/bootstrap") <= 15


def test_a_broken_members_file_is_made_anew(bench: Bench) -> None:
    fill(bench)
    bench.run(5)
    bench.engine.close()
    path = bench.store.members_file()
    assert path is not None
    path.write_bytes(b"not a database " * 1000)
    bench.restart()
    bench.run(5)
    assert bench.replica() == (bench.expected(), True)


def test_a_row_that_is_no_member_is_not_written(bench: Bench) -> None:
    fill(bench)
    bench.run(5)
    rows, _ = bench.replica()
    bench.server.put(member(2, points=2**60))
    bench.run(100)
    assert bench.replica() == (rows, True)
    assert bench.store.told[-1] == (True, "server_error")


# --- our own disk --------------------------------------------------------------------------------


def test_a_full_disk_puts_sync_off_and_loses_nothing(bench: Bench) -> None:
    fill(bench, entries=3)
    for _ in range(3):
        bench.step()
    bench.store.fail_with = Unavailable("disk_full", "no space left")
    bench.run(60)
    assert bench.store.confirmed_seq == 3
    assert bench.replica() == (bench.expected(), True)


def test_a_locked_keyring_puts_sync_off(bench: Bench) -> None:
    fill(bench, entries=3)
    sign = bench.store.sign
    locked = [True]

    def locked_sign(statement: bytes) -> bytes:
        if locked:
            raise Unavailable("keyring_locked", "unlock the keyring")
        return sign(statement)

    bench.store.sign = locked_sign  # type: ignore[method-assign]
    bench.run(120)
    assert bench.server.calls.count("/v1/challenge") < 20
    locked.clear()
    bench.run(70)
    assert bench.store.confirmed_seq == 3
