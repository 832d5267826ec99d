"""A fork and a restore of the server in one journal's life: the chains of both come again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sync.client.rescue import export
from sync.client.signing import signed_upload
from sync.protocol.messages import PushRequest
from sync.server import epochs
from sync.server.problems import ProblemError
from sync.server.store import tables as t
from sync.server.store.engine import reading, writing
from tests.server.books import posted, rows, sound
from tests.server.conftest import Programme
from tests.server.counter_pc import bring, honour_all
from tests.server.seats import new_id
from tests.server.test_forks import Pc


@dataclass
class Forked:
    """A PC whose disk was set back once, and a server that was set back further.

    Attributes:
        pc: works under incarnation 2; 100 points of its chain of incarnation 1 are with the server,
            50 more were, and so were 3 of incarnation 2.
        twin: its disk as the backup knows it.
    """

    pc: Pc
    twin: Pc
    member_id: UUID
    before: dict[int, int]


@pytest.fixture
def forked(programme: Programme, tmp_path: Path) -> Iterator[Forked]:
    member_id = programme.member(home_office="PEK")
    pc = Pc(programme, tmp_path / "pc")
    pc.serve(member_id, 100)
    pc.sync()
    kept, twin = backup(programme), pc.copied_to(tmp_path / "twin")
    pc.serve(member_id, 50)
    pc.sync()
    older = pc.copied_to(tmp_path / "older")
    pc.serve(member_id, 20)
    pc.sync()
    pc.close()
    older.serve(member_id, 3)
    older.sync()
    assert older.incarnation == 2
    before = heads(programme)
    before[1] -= 5  # the 20 points were on the disk that is gone
    restore(programme, kept)
    assert heads(programme)[1] == before[1] - 5
    yield Forked(older, twin, member_id, before)
    older.close()
    twin.close()


def open_exceptions(programme: Programme) -> list[Any]:
    return [row for row in rows(programme, t.exception_item) if row.state == "open"]


Backup = dict[str, list[dict[str, Any]]]


def backup(programme: Programme) -> Backup:
    with reading(programme.server.engine) as connection:
        return {
            table.name: [dict(row._mapping) for row in connection.execute(table.select())]
            for table in t.device.metadata.sorted_tables
        }


def restore(programme: Programme, kept: Backup) -> None:
    """Put the backup in the database's place, as the operator does, and begin an epoch."""
    with writing(programme.server.engine) as connection:
        for table in reversed(t.device.metadata.sorted_tables):
            connection.execute(table.delete())
        for table in t.device.metadata.sorted_tables:
            if kept[table.name]:
                connection.execute(table.insert(), kept[table.name])
        epochs.begin(
            connection, programme.programme_id, epoch_id=new_id(), now_ms=programme.clock()
        )


def heads(programme: Programme) -> dict[int, int]:
    return {row.incarnation: row.head_seq for row in rows(programme, t.chain)}


def whole(pc: Pc) -> list[PushRequest]:
    """The journal as a rescue brings it."""
    identity = pc.seat.sync.identity()
    assert identity is not None
    runs = pc.seat.whole_journal(max_entries=3, max_bytes=10**8)
    return [signed_upload(identity, run, pc.seat.sync.sign) for run in runs]


def test_what_a_restored_server_lacks_of_an_older_incarnation_comes_again(
    programme: Programme, forked: Forked
) -> None:
    pc = forked.pc
    pc.serve(forked.member_id, 1)
    pc.sync()
    assert heads(programme) == {1: forked.before[1], 2: forked.before[2] + 5}
    assert posted(programme, forked.member_id) == 154
    assert (rows(programme, t.quarantine), open_exceptions(programme)) == ([], [])
    assert pc.incarnation == 2
    sound(programme)


def test_it_comes_even_where_the_newer_incarnation_was_there_first(
    programme: Programme, forked: Forked
) -> None:
    for request in whole(forked.pc):
        if request.incarnation == 2:
            programme.server.push(forked.pc.device_id, request)
    assert programme.server.device(forked.pc.device_id).incarnation == 2
    forked.pc.sync()
    assert heads(programme) == forked.before
    assert posted(programme, forked.member_id) == 153
    assert rows(programme, t.quarantine) == []
    sound(programme)


def test_who_does_not_know_of_the_newer_incarnation_is_kept_apart(
    programme: Programme, forked: Forked
) -> None:
    """The same bytes, as a clone would send them that went on under the old incarnation."""
    requests = whole(forked.pc)
    here = heads(programme)[1]
    for request in requests:
        if request.incarnation == 2:
            programme.server.push(forked.pc.device_id, request)
    lost = next(r for r in requests if r.first_seq + len(r.entries) - 1 > here)
    with pytest.raises(ProblemError) as refused:
        programme.server.push(forked.pc.device_id, msgspec.structs.replace(lost, newest=1))
    assert refused.value.problem.code == "fork"
    assert rows(programme, t.quarantine)
    assert heads(programme)[1] == here


def test_where_a_clone_went_on_otherwise_all_comes_under_a_new_incarnation(
    programme: Programme, forked: Forked
) -> None:
    forked.twin.serve(forked.member_id, 1_000)
    forked.twin.sync()
    forked.pc.sync()
    assert forked.pc.incarnation > 2
    assert posted(programme, forked.member_id) == 1_153
    assert open_exceptions(programme) == []
    sound(programme)


def test_a_rescue_brings_every_incarnation(
    programme: Programme, forked: Forked, tmp_path: Path
) -> None:
    forked.pc.close()
    export(forked.pc.folder, tmp_path / "stick", vault=forked.pc.vault)
    bring(programme, tmp_path / "stick")
    assert heads(programme) == forked.before
    assert rows(programme, t.quarantine) == []
    sound(programme)


def test_so_does_a_folder_whose_points_wait_for_a_manager(
    programme: Programme, forked: Forked
) -> None:
    """Nobody signed for the older chain's end again; the folder's key is the device's own."""
    forked.pc.close()
    done = bring(programme, forked.pc.folder)
    assert (done.taken, done.known, done.waiting, done.apart) == (10, 6, 2, 0)
    assert heads(programme) == forked.before
    assert rows(programme, t.quarantine) == []
    assert posted(programme, forked.member_id) == 100
    assert honour_all(programme) == 2
    assert posted(programme, forked.member_id) == 153
    again = bring(programme, forked.pc.folder)
    assert (again.taken, again.known, again.apart) == (0, 16, 0)
    sound(programme)


def test_a_shut_out_pcs_folder_brings_every_incarnation(
    programme: Programme, forked: Forked
) -> None:
    """What it signed as its end speaks for the newest chain alone."""
    forked.pc.go_blind()
    done = bring(programme, forked.pc.folder)
    assert (done.taken, done.known, done.proof) == (10, 6, "signed")
    assert honour_all(programme) == 2
    assert posted(programme, forked.member_id) == 153
    assert rows(programme, t.quarantine) == []
    sound(programme)
