"""Disks that were set back or cloned, with the real client on a real disk and the real server."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from app.credentials.shutter import FolderShutter
from sync.client.engine import Engine
from sync.client.exchange import Idle
from sync.client.session import TokenCache
from sync.server.store import tables as t
from tests.server.books import posted, rows, sound
from tests.server.conftest import Programme
from tests.server.counter_pc import Counter
from tests.server.test_restored import Wire

_CALLS = 400


class Pc(Counter):
    """A counter's PC that syncs by itself, and whose disk can be copied."""

    def sync(self) -> None:
        """Let the engine work until all is with the server and all of the server's is here."""
        wire = Wire(self.programme.server)
        engine = Engine(self.seat.sync, self.clock, tokens=TokenCache(), source=random.Random(4))
        now = 0.0
        pulls = 0
        for _ in range(_CALLS):
            action = engine.poll(now)
            if isinstance(action, Idle):
                now = max(now + 0.01, action.until_s)
                continue
            response = wire.send(action.request)
            now += 0.01
            engine.received(action.request, response, now)
            pulls += wire.calls[-1] == "/v1/pull"
            if pulls >= 3 and self.seat.work.reads.unsent_summary()[0] == 0:
                engine.close()
                return
        raise AssertionError(f"never comes to rest: {wire.calls[-8:]}")

    def copied_to(self, folder: Path) -> Pc:
        """Another PC with this one's disk and keys; both are closed meanwhile."""
        self.close()
        shutil.copytree(self.folder, folder)
        twin = Pc.__new__(Pc)
        twin.__dict__.update(self.__dict__)
        twin.folder = folder
        twin.shutter = FolderShutter(folder, self.vault)
        self.open()
        twin.open()
        return twin

    def recorded(self) -> set[UUID]:
        """The events of the journal, of all incarnations."""
        runs = self.seat.whole_journal(max_entries=1000, max_bytes=10**8)
        return {UUID(json.loads(body)["event_id"]) for run in runs for body in run.bodies}

    @property
    def incarnation(self) -> int:
        identity = self.seat.sync.identity()
        assert identity is not None
        return identity.incarnation


@pytest.fixture
def make(programme: Programme, tmp_path: Path) -> Iterator[Callable[[], Pc]]:
    made: list[Pc] = []

    def build() -> Pc:
        made.append(Pc(programme, tmp_path / "pc"))
        return made[-1]

    yield build
    for pc in made:
        pc.close()


def kept(programme: Programme) -> set[UUID]:
    """Every event that the server holds, taken in or kept apart."""
    entries = {row.event_id for row in rows(programme, t.entry)}
    apart = {UUID(json.loads(bytes(row.raw))["event_id"]) for row in rows(programme, t.quarantine)}
    return entries | apart


def test_a_disk_set_back_goes_on_under_a_new_incarnation(
    programme: Programme, make: Callable[[], Pc], tmp_path: Path
) -> None:
    member_id = programme.member(10_000, home_office="PEK")
    pc = make()
    pc.serve(member_id, 100)
    pc.sync()
    older = pc.copied_to(tmp_path / "backup")
    pc.serve(member_id, 20)
    pc.sync()
    leases = {row.lease_id: row.state for row in rows(programme, t.lease)}
    assert set(leases.values()) == {"open"}
    lost = pc.recorded()
    pc.close()

    older.serve(member_id, 3)  # the backup was put back, and the day goes on
    older.sync()
    assert older.incarnation == 2
    older.serve(member_id, 4)
    older.sync()
    assert posted(programme, member_id) == 10_127
    assert lost | older.recorded() <= kept(programme)
    assert len(rows(programme, t.quarantine)) == 5
    after = {row.lease_id: row.state for row in rows(programme, t.lease)}
    assert {lease_id: after[lease_id] for lease_id in leases} == leases, "nothing is taken back"
    open_now = [row for row in rows(programme, t.exception_item) if row.state == "open"]
    assert open_now == [], "what came again in a good chain needs nobody"
    sound(programme)
    older.close()


def test_a_disk_set_back_with_nothing_new_is_told_nothing_twice(
    programme: Programme, make: Callable[[], Pc], tmp_path: Path
) -> None:
    member_id = programme.member()
    pc = make()
    older = pc.copied_to(tmp_path / "backup")
    pc.serve(member_id, 20)
    pc.sync()
    pc.close()
    older.sync()
    older.serve(member_id, 5)
    older.sync()
    assert posted(programme, member_id) == 25
    assert older.incarnation == 2
    sound(programme)
    older.close()


def test_two_clones_at_work_alternately_lose_and_double_nothing(
    programme: Programme, make: Callable[[], Pc], tmp_path: Path
) -> None:
    member_id = programme.member()
    one = make()
    one.serve(member_id, 1)
    one.sync()
    two = one.copied_to(tmp_path / "clone")
    expected = 1
    seen = set()
    for turn in range(4):
        for number, pc in enumerate((one, two)):
            points = 10 ** (turn + 1) * (number + 1)
            pc.serve(member_id, points)
            expected += points
            pc.sync()
            seen.add(pc.incarnation)
    assert posted(programme, member_id) == expected
    assert one.recorded() | two.recorded() <= kept(programme)
    assert one.incarnation != two.incarnation
    assert len(seen) > 2
    assert len(rows(programme, t.accrual)) == 9
    assert [r for r in rows(programme, t.exception_item) if r.state == "open"] == []
    sound(programme)
    two.close()


def test_a_clone_that_is_found_out_late_is_kept_apart_until_it_speaks(
    programme: Programme, make: Callable[[], Pc], tmp_path: Path
) -> None:
    """The clone works offline for a day, and only then meets the server."""
    member_id = programme.member()
    one = make()
    one.sync()
    two = one.copied_to(tmp_path / "clone")
    for _ in range(5):
        one.serve(member_id, 1)
        two.serve(member_id, 100)
    one.sync()
    assert posted(programme, member_id) == 5
    two.sync()
    assert posted(programme, member_id) == 505
    one.serve(member_id, 1)
    one.sync()
    assert posted(programme, member_id) == 506
    sound(programme)
    two.close()
