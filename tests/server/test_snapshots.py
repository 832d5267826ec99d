"""Members files ready made: what is offered, to whom, and that it joins on to pulls."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
import sqlalchemy as sa
import zstandard

from app.domain import events as e
from sync.protocol.messages import SnapshotAnswer
from sync.protocol.replica.blank import PAGE_BYTES
from sync.protocol.replica.ddl import get_meta
from sync.protocol.replica.rows import recount, stored_sum, upsert_members, upsert_records
from sync.server import snapshots
from sync.server.api.app import make_app
from sync.server.problems import ProblemError
from sync.server.store import tables as t
from sync.server.store.engine import writing
from tests.server.conftest import Programme, add_member
from tests.server.http import serving
from tests.server.seats import Seat, new_id, visit
from tests.server.test_replicas import Replica, follow


def build(programme: Programme, *, chunk_pages: int = snapshots.CHUNK_PAGES) -> snapshots.Built:
    built = snapshots.build(
        programme.server.engine,
        programme.programme_id,
        now_ms=programme.clock,
        new_id=new_id,
        chunk_pages=chunk_pages,
    )
    assert built is not None
    return built


def fetch(seat: Seat, path: Path, offer: SnapshotAnswer) -> None:
    content = b""
    for number, digest in enumerate(offer.digests):
        frame = seat.server.snapshot_chunk(seat.device_id, offer.snapshot_id, number)
        pages = zstandard.ZstdDecompressor().decompress(frame)
        assert hashlib.sha256(pages).digest() == digest
        content += pages
    assert len(content) == offer.page_count * PAGE_BYTES
    path.write_bytes(content)


@pytest.mark.parametrize("kind", ["counter", "desk"])
def test_a_snapshot_and_the_pulls_after_it_end_with_the_servers_sum(
    programme: Programme, tmp_path: Path, kind: str
) -> None:
    seat, other = programme.seat(kind=kind), programme.seat(counter=1)
    with programme.work() as work:
        ids = [add_member(work, 100 * n, name=f"王{n}") for n in range(400)]
    encounter_id, _ = visit(other, score=1, member_id=ids[0])
    other.push()
    built = build(programme, chunk_pages=7)
    assert built.rows == len(ids)
    offer = seat.server.snapshot(seat.device_id)
    assert len(offer.digests) > 5
    other.push(
        e.AccrualRecorded(
            new_id(), encounter_id, ids[3], 50, e.AccrualSource.AMOUNT, None, None, None, 1, ""
        )
    )
    fetch(seat, tmp_path / "members.db", offer)
    file = sqlite3.connect(tmp_path / "members.db", isolation_level=None)
    assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert recount(file) == stored_sum(file)
    assert get_meta(file, "epoch") == str(offer.epoch)
    # As a client goes on: its own office's records, then what changed
    replica = Replica()
    first = seat.server.first(seat.device_id)
    replica.apply(msgspec.structs.replace(first, members=[]))
    seat.cursor = offer.cursor
    answer = follow(seat, replica, limit=3)
    upsert_members(file, replica.members.values())
    upsert_records(file, replica.stored())
    total = stored_sum(file)
    assert (total.count, total.total.to_bytes(16, "big")) == (answer.row_count, answer.row_sum)
    file.close()


def test_the_first_members_are_those_who_came_lately_and_the_offices_own(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.bootstrap.FIRST_MEMBERS", 4)
    seat = programme.seat()
    with programme.work() as work:
        strangers = [add_member(work, 0, name=f"陈{n}", home_office="XXX") for n in range(6)]
        own = [add_member(work, 0, name=f"李{n}", home_office="PEK") for n in range(6)]
    for member_id in (strangers[5], strangers[2]):
        programme.clock.ms += 1000
        visit(seat, member_id=member_id)
    seat.push()
    answer = seat.server.first(seat.device_id)
    found = {row.member_id for row in answer.members}
    assert {strangers[5], strangers[2]} < found
    assert len(found & set(own)) == 2
    assert [row.rank for row in answer.members] == sorted(row.rank for row in answer.members)
    assert {r.kind for r in answer.records} >= {"staff", "reward", "office"}


def test_none_is_offered_before_it_is_whole(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = programme.seat()

    def cut(*_: object) -> int:
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(snapshots, "_keep", cut)
        with pytest.raises(OSError, match="no space"):
            build(programme)
    assert refusal(lambda: seat.server.snapshot(seat.device_id)) == "no_snapshot"
    build(programme)
    assert seat.server.snapshot(seat.device_id).row_count == 0


def refusal(call) -> str:  # type: ignore[no-untyped-def]
    with pytest.raises(ProblemError) as error:
        call()
    return error.value.problem.code


def test_a_newer_one_leaves_a_seat_what_it_is_in_the_middle_of(programme: Programme) -> None:
    seat = programme.seat()
    build(programme)
    old = seat.server.snapshot(seat.device_id)
    programme.clock.ms += 1000
    build(programme)
    new = seat.server.snapshot(seat.device_id)
    assert new.snapshot_id != old.snapshot_id
    again = seat.server.snapshot(seat.device_id, going_on=old.snapshot_id)
    assert again.snapshot_id == old.snapshot_id
    assert seat.server.snapshot(seat.device_id, going_on=uuid4()).snapshot_id == new.snapshot_id
    programme.clock.ms += 25 * 3_600_000
    build(programme)
    gone = lambda: seat.server.snapshot_chunk(seat.device_id, old.snapshot_id, 0)  # noqa: E731
    assert refusal(gone) == "snapshot_gone"
    with programme.server.engine.connect() as connection:
        named = set(connection.execute(sa.select(t.snapshot.c.snapshot_id)).scalars())
        stored = set(connection.execute(sa.select(t.snapshot_chunk.c.snapshot_id)).scalars())
    assert stored <= named
    assert len(named) == 1


def test_an_old_one_goes_in_steps_and_nobody_is_offered_half_of_it(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "_CLEARED_CHUNKS", 2)
    seat = programme.seat()
    build(programme, chunk_pages=2)
    old = seat.server.snapshot(seat.device_id)
    assert len(old.digests) > 4
    programme.clock.ms += 25 * 3_600_000
    most: list[int] = []

    def noted(connection: sa.Connection, *_: object) -> None:
        most.append(0)

    def counted(connection: sa.Connection, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("DELETE FROM snapshot_chunk"):
            most[-1] += 1
            if len([n for n in most if n]) == 2:
                raise OSError("the power went")

    engine = programme.server.engine
    sa.event.listen(engine, "begin", noted)
    sa.event.listen(engine, "before_cursor_execute", counted)
    with pytest.raises(OSError, match="the power went"):
        build(programme)
    sa.event.remove(engine, "before_cursor_execute", counted)
    sa.event.remove(engine, "begin", noted)
    assert max(most) == 1, "one part a transaction"
    new = seat.server.snapshot(seat.device_id, going_on=old.snapshot_id)
    assert new.snapshot_id != old.snapshot_id
    build(programme)
    with engine.connect() as connection:
        stored = set(connection.execute(sa.select(t.snapshot_chunk.c.snapshot_id)).scalars())
        named = set(connection.execute(sa.select(t.snapshot.c.snapshot_id)).scalars())
    assert stored == named
    assert old.snapshot_id not in named


@pytest.mark.parametrize(
    "change", [{"schema_version": 0}, {"epoch_id": UUID(int=1)}, {"complete": False}]
)
def test_what_does_not_fit_is_not_offered(programme: Programme, change: dict[str, object]) -> None:
    seat = programme.seat()
    build(programme)
    with writing(programme.server.engine) as connection:
        connection.execute(sa.update(t.snapshot).values(**change))
    assert refusal(lambda: seat.server.snapshot(seat.device_id)) == "no_snapshot"


def test_another_programme_gets_nothing_of_it(programme: Programme) -> None:
    seat = programme.seat()
    build(programme)
    offer = seat.server.snapshot(seat.device_id)
    with writing(programme.server.engine) as connection:
        for table in (t.snapshot, t.snapshot_chunk):
            connection.execute(sa.update(table).values(programme_id=uuid4()))
    assert refusal(lambda: seat.server.snapshot(seat.device_id)) == "no_snapshot"
    chunk = lambda: seat.server.snapshot_chunk(seat.device_id, offer.snapshot_id, 0)  # noqa: E731
    assert refusal(chunk) == "snapshot_gone"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_over_http_a_chunk_is_what_was_stored(programme: Programme) -> None:
    seat = programme.seat()
    build(programme)
    headers = {"Guichet-Protocol": "1", "Authorization": f"Bearer {seat.token()}"}
    with serving(make_app(programme.server)) as client:
        offer = msgspec.json.decode(
            client.get("/v1/snapshot", headers=headers).content, type=SnapshotAnswer
        )
        path = f"/v1/snapshot/{offer.snapshot_id}/0"
        assert client.get(path).status_code in (400, 401)
        answer = client.get(path, headers=headers)
        assert answer.headers["content-type"] == "application/vnd.sqlite3"
        for wrong in (f"{path}9", "/v1/snapshot/nothing/0", f"/v1/snapshot/{uuid4()}/-1"):
            assert client.get(wrong, headers=headers).status_code in (400, 410)


def test_one_a_day_is_made_and_one_at_a_time(programme: Programme) -> None:
    server, seat = programme.server, programme.seat()
    assert sum(programme.upkeep.refreshing()) == 1
    assert sum(programme.upkeep.refreshing()) == 0
    assert seat.server.snapshot(seat.device_id).row_count == 0
    programme.clock.ms += 24 * 3_600_000
    with writing(server.engine) as connection:  # somebody else has just begun
        row = dict(connection.execute(sa.select(t.snapshot)).mappings().one())
        row |= {"snapshot_id": uuid4(), "complete": False, "built_ms": programme.clock.ms}
        connection.execute(sa.insert(t.snapshot).values(row))
    assert sum(programme.upkeep.refreshing()) == 0
    programme.clock.ms += 2 * 3_600_000  # and never came to an end
    assert sum(programme.upkeep.refreshing()) == 1
    assert sum(programme.upkeep.refreshing()) == 0
