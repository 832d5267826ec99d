"""Copy, correction and erasure of a member's data, and texts whose time is over."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa
import zstandard

from app.domain import events as e
from app.domain.errors import Rejected
from app.domain.records import Case, Forgotten
from sync.protocol.messages import Cursor
from sync.server import forgetting, snapshots
from sync.server.cli import main
from sync.server.merging import merge
from sync.server.programme import put_setting
from sync.server.store import tables as t
from sync.server.store.engine import is_postgresql, reading
from tests.server.books import findings
from tests.server.conftest import KEYS, Programme
from tests.server.lost import broken, push
from tests.server.seats import Seat, new_id, visit
from tests.server.test_replicas import Replica, follow

DAY_MS = 86_400_000
SECRETS = ("欧阳娜娜", "13911112222", "CA00000001", "too slow", "she cried", "wants a refund")


def held(programme: Programme, member_id: UUID) -> forgetting.Held:
    with reading(programme.server.engine) as connection:
        return forgetting.gather(connection, programme.programme_id, member_id)


def forget(programme: Programme, member_id: UUID) -> int:
    belongings = held(programme, member_id)
    with programme.work() as work:
        forfeited = forgetting.erase(work, belongings)
    snapshots.drop_loose(programme.server.engine, programme.programme_id)
    return forfeited


def served(programme: Programme, seat: Seat, member_id: UUID) -> UUID:
    """A visit with everything that can be written about somebody; returns the low rating."""
    encounter_id, rating_id = visit(seat, score=1, member_id=member_id)
    seat.push(
        e.RatingDetailed(rating_id, encounter_id, ("speed",), 1, seat.blob(b"too slow"), None),
        e.ContactUpdated(encounter_id, member_id, seat.blob({"phone": "13911112222"})),
        e.MatterOpened(
            new_id(), encounter_id, member_id, "A1-1", "refund", "desk", seat.clock() + DAY_MS,
            seat.blob(b"wants a refund"),
        ),
    )  # fmt: skip
    manager = programme.seat(counter=2, kind="desk")
    manager.push(e.CaseNoted(rating_id, manager.blob(b"she cried")))
    return rating_id


def everything(programme: Programme) -> str:
    """All that the database holds, as text."""
    found = []
    with reading(programme.server.engine) as connection:
        for table in t.METADATA.sorted_tables:
            for row in connection.execute(sa.select(table)):
                found += [
                    bytes(value).decode("utf-8", "replace")
                    if isinstance(value, bytes | memoryview)
                    else str(value)
                    for value in row
                ]
    return "\n".join(found)


def test_nothing_of_a_forgotten_member_is_left(programme: Programme) -> None:
    member_id = programme.member(5_000, name="欧阳娜娜")
    seat, desk, replica, desks = (
        programme.seat(),
        programme.seat(counter=2, kind="desk"),
        Replica(),
        Replica(),
    )
    rating_id = served(programme, seat, member_id)
    for device, copy in ((seat, replica), (desk, desks)):
        copy.apply(programme.server.bootstrap(device.device_id))
        device.cursor = Cursor(0, 0)
        follow(device, copy)
    before = everything(programme)
    assert all(secret in before for secret in SECRETS)
    assert replica.members[member_id].name == "欧阳娜娜"

    forfeited = forget(programme, member_id)

    leased = sum(lease.points for lease in seat.pull().leases)
    assert forfeited == 5_000 - leased
    after = everything(programme)
    assert [secret for secret in SECRETS if secret in after] == []
    assert findings(programme) == []
    with pytest.raises(Rejected, match="no card"), reading(programme.server.engine) as connection:
        forgetting.member_of(connection, programme.programme_id, "CA00000001")
    for device, copy in ((seat, replica), (desk, desks)):
        device.cursor = Cursor(0, 0)
        answer = follow(device, copy)
        assert member_id in answer.removed_members
        del copy.members[member_id]
        assert copy.sum() == (answer.row_count, answer.row_sum)
        fresh = Replica()
        fresh.apply(programme.server.bootstrap(device.device_id))
        assert fresh.sum() == copy.sum()
    record = msgspec.json.decode(replica.records["forgotten", str(member_id)], type=Forgotten)
    assert len(record.commitments) == 4
    case = msgspec.json.decode(desks.records["case", str(rating_id)], type=Case)
    assert (case.comment, case.member_name, [note.text for note in case.notes]) == ("", "", [""])
    assert case.reasons == ("speed",)


def test_a_copy_says_it_all(programme: Programme) -> None:
    member_id = programme.member(5_000, name="欧阳娜娜")
    served(programme, programme.seat(), member_id)
    with reading(programme.server.engine) as connection:
        found = forgetting.copy_of(connection, programme.programme_id, member_id)
    text = json.dumps(found, ensure_ascii=False, default=str)
    assert [secret for secret in SECRETS if secret not in text] == []
    assert found["balances"][0]["posted"] == 5_000
    assert [rating["score"] for rating in found["ratings"]] == [1]
    assert len(found["visits"]) == len(found["cases"]) - 1 == 1


def test_a_correction_reaches_every_replica(programme: Programme) -> None:
    member_id = programme.member(10)
    seat, replica = programme.seat(), Replica()
    with programme.work() as work:
        forgetting.correct(work, member_id, {"name": "章伟", "phone": "13700000000"})
    answer = follow(seat, replica)
    member = replica.members[member_id]
    assert (member.name, member.initials, member.phone) == ("章伟", "zw", "13700000000")
    assert replica.sum() == (answer.row_count, answer.row_sum)
    refused: list[dict[str, object]] = [
        {"phone": "call me"},
        {"phone": "1" * 21},
        {"name": " "},
        {"name": "x" * 101},
        {"born_on_year": 1850},
        {"born_on_year": 3000},
    ]
    for changes in refused:
        with pytest.raises(Rejected), programme.work() as work:
            forgetting.correct(work, member_id, changes)


def test_what_comes_late_is_not_kept(programme: Programme) -> None:
    """A counter without a network served the member, who was forgotten meanwhile."""
    member_id = programme.member(1_000)
    seat = programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    seat.record(
        e.ContactUpdated(encounter_id, member_id, seat.blob({"phone": "13911112222"})),
        e.AccrualRecorded(
            new_id(), encounter_id, member_id, 50, e.AccrualSource.AMOUNT, None, None, None, 1, ""
        ),
    )
    forget(programme, member_id)
    answer = seat.push()
    assert [d.code for d in answer.decisions if d.decision == "exception"] == ["member_forgotten"]
    assert "13911112222" not in everything(programme)
    assert findings(programme) == []
    assert sum(programme.upkeep.tidying()) == 1
    assert sum(programme.upkeep.tidying()) == 0
    with reading(programme.server.engine) as connection:
        (balance,) = connection.execute(sa.select(t.balance)).all()
    assert balance.posted == 0
    assert findings(programme) == []


def test_points_under_a_lease_go_when_it_closes(programme: Programme) -> None:
    member_id = programme.member(5_000, home_office="PEK")
    seat = programme.seat()
    (lease,) = seat.pull().leases
    assert forget(programme, member_id) == 5_000 - lease.points
    assert sum(programme.upkeep.tidying()) == 0
    seat.push(e.LeaseReturned(lease.lease_id, lease.points))
    assert sum(programme.upkeep.tidying()) == 1
    assert seat.pull().leases == []
    assert findings(programme) == []


def test_merged_members_are_forgotten_together(programme: Programme) -> None:
    survivor, alias = programme.member(100), programme.member(0, name="欧阳娜娜")
    with programme.work() as work:
        merge(work, KEYS, alias, survivor, reason="", recorded_by="op")
    with reading(programme.server.engine) as connection:
        member_of = forgetting.member_of(connection, programme.programme_id, "CA00000002")
    assert member_of == survivor
    forget(programme, survivor)
    assert "欧阳娜娜" not in everything(programme)
    assert findings(programme) == []


def test_a_members_file_in_the_making_is_thrown_away(programme: Programme) -> None:
    member_id = programme.member(name="欧阳娜娜")
    build(programme)
    forget(programme, member_id)
    with reading(programme.server.engine) as connection:
        assert connection.execute(sa.select(t.snapshot_chunk.c.number)).all() == []
        assert snapshots.due(connection, programme.programme_id, now_ms=programme.clock()) == [None]


@pytest.mark.parametrize("moment", ["_write", "_keep"])
def test_a_members_file_that_is_being_built_is_given_up(
    programme: Programme, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Erased after the file was read, before or after its first chunk was stored."""
    member_id = programme.member(name="欧阳娜娜")
    real = getattr(snapshots, moment)
    waiting = [member_id]

    def and_erase(*args: Any, **named: Any) -> Any:
        done = real(*args, **named)
        if waiting:
            forget(programme, waiting.pop())
        return done

    monkeypatch.setattr(snapshots, moment, and_erase)
    assert build(programme, chunk_pages=7) is None
    with reading(programme.server.engine) as connection:
        assert connection.execute(sa.select(t.snapshot)).all() == []
        assert connection.execute(sa.select(t.snapshot_chunk.c.number)).all() == []
    assert sum(programme.upkeep.refreshing()) == 1
    assert sum(programme.upkeep.refreshing()) == 0
    with reading(programme.server.engine) as connection:
        assert connection.execute(sa.select(t.snapshot.c.complete)).scalars().all() == [True]
    assert "欧阳娜娜".encode() not in stored_pages(programme)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_build_that_begins_during_an_erasure_reads_what_it_wrote(programme: Programme) -> None:
    """On SQLite whoever writes is alone."""
    member_id = programme.member(name="欧阳娜娜")
    belongings = held(programme, member_id)
    with ThreadPoolExecutor() as pool:
        with programme.work() as work:
            forgetting.erase(work, belongings)
            building = pool.submit(build, programme)
            waits = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            with programme.server.engine.connect() as watching:
                while not watching.execute(waits).scalar_one():
                    assert not building.done()
                    watching.rollback()
        assert building.result() is not None
    assert "欧阳娜娜".encode() not in stored_pages(programme)


def test_what_an_erasure_left_of_members_files_goes_within_the_hour(programme: Programme) -> None:
    member_id = programme.member(name="欧阳娜娜")
    build(programme, chunk_pages=7)
    assert "欧阳娜娜".encode() in stored_pages(programme)
    belongings = held(programme, member_id)
    with programme.work() as work:
        forgetting.erase(work, belongings)  # and the command was killed
    for _ in programme.upkeep.scoping():
        pass
    assert stored_pages(programme) == b""


def build(
    programme: Programme, *, chunk_pages: int = snapshots.CHUNK_PAGES
) -> snapshots.Built | None:
    return snapshots.build(
        programme.server.engine,
        programme.programme_id,
        now_ms=programme.clock,
        new_id=new_id,
        chunk_pages=chunk_pages,
    )


def stored_pages(programme: Programme) -> bytes:
    with reading(programme.server.engine) as connection:
        frames = connection.execute(sa.select(t.snapshot_chunk.c.body)).scalars()
        return b"".join(map(zstandard.ZstdDecompressor().decompress, frames))


def test_texts_go_when_their_time_is_over(programme: Programme) -> None:
    member_id, seat = programme.member(), programme.seat()
    rating_id = served(programme, seat, member_id)
    manager = programme.seat(counter=2, kind="desk")
    manager.push(e.CaseClosed(rating_id, "resolved"))
    programme.clock.ms += 10 * DAY_MS
    open_rating = served(programme, seat, member_id)
    with programme.work() as work:
        put_setting(work, "retention", {"texts_days": 1})
    forget(programme, programme.member(10))
    assert sum(programme.upkeep.tidying()) == 5  # four texts and a case
    assert sum(programme.upkeep.tidying()) == 0
    replica = Replica()
    follow(manager, replica)
    old, new = (
        msgspec.json.decode(replica.records["case", str(i)], type=Case)
        for i in (rating_id, open_rating)
    )
    assert (old.comment, new.comment) == ("", "too slow")
    assert findings(programme) == []


def test_old_cases_are_found_without_reading_those_without_words(programme: Programme) -> None:
    """They stay for ever, and are looked for each hour."""
    with programme.server.engine.connect() as connection:
        explain = "EXPLAIN QUERY PLAN"
        if is_postgresql(connection):
            connection.exec_driver_sql("SET enable_seqscan = off")  # of a table without rows
            explain = "EXPLAIN"
        asked = forgetting.worded(programme.programme_id, 1).compile(
            connection, compile_kwargs={"literal_binds": True}
        )
        plan = connection.exec_driver_sql(f"{explain} {asked}").all()
    assert "ix_service_case_worded" in str(plan)


def test_the_operators_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> int:
        return main([*arguments, "--data", str(tmp_path / "data")])

    csv = tmp_path / "m.csv"
    csv.write_text("card_no,name,phone\nGU1,欧阳娜娜,13911112222\n", encoding="utf-8")
    assert run("init", "--programme", "Sky", "--admin-pin", "1234") == 0
    assert run("import", "members", str(csv)) == 0
    assert run("member", "correct", "GU1", "--phone", "13700000000") == 0
    assert run("member", "correct", "GU1", "--phone", "none") == 1
    assert run("member", "erase", "GU1") == 0
    capsys.readouterr()
    assert run("member", "copy", "GU1") == 0
    copied = json.loads(capsys.readouterr().out)
    assert (copied["member"][0]["name"], copied["member"][0]["phone"]) == (
        "欧阳娜娜",
        "13700000000",
    )
    assert run("member", "erase", "GU1", "--yes") == 0
    assert run("member", "copy", "GU1") == 1
    assert "no card GU1" in capsys.readouterr().err
    assert run("audit") == 0
    assert "欧阳".encode() not in b"".join(
        file.read_bytes() for file in (tmp_path / "data").glob("guichet.db*")
    )


@pytest.mark.parametrize("lost", [set(), {2}])
def test_what_comes_again_beside_something_new_brings_no_erased_text_back(
    programme: Programme, lost: set[int]
) -> None:
    """A copy of a disk from before the erasure, taken in for what the server lacks."""
    member_id, seat = programme.member(home_office="PEK"), programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    contact = seat.blob({"phone": "13911112222"})
    seat.record(e.ContactUpdated(encounter_id, member_id, contact))
    push(seat, broken(seat, lost) if lost else seat.request())
    visit(seat)
    again = seat.request(1)
    assert [blob.commitment for blob in again.blobs] == [contact]
    forget(programme, member_id)
    assert "13911112222" not in everything(programme)
    push(seat, again)
    assert "13911112222" not in everything(programme)
    assert findings(programme) == []
