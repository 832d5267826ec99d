"""The members file: swapped while others read, rebuilt when it is lost."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from uuid import UUID, uuid4

import msgspec
import pytest

from app.domain.errors import Unavailable
from app.domain.member import Member
from app.domain.records import Figures
from app.store.cipher import connect
from app.store.seat import MEMBERS_KEY, Seat
from sync.protocol.replica.encoding import Record
from tests.store.conftest import OpenSeat
from tests.store.damage import damage as damage_pages
from tests.store.damage import settle
from tests.store.seats import (
    MemoryVault,
    add_encounter,
    build_members,
)

# ------------------------------------------------------------------------------ members file


def _member(rank: int, name: str) -> Member:
    return Member(member_id=uuid4(), rank=rank, card_no=f"CA{rank:08}", name=name)


def _office(code: str, office_id: UUID) -> Record:
    body = {
        "office_id": str(office_id),
        "code": code,
        "name": code,
        "time_zone": "Asia/Shanghai",
        "duty_phone": "1",
    }
    return Record("office", str(office_id), json.dumps(body).encode())


def test_nothing_is_found_before_the_first_bootstrap(seat: Seat) -> None:
    assert list(seat.members.search("王", 20)) == []
    assert seat.members.by_id(uuid4()) is None
    assert seat.members.by_card("CA1") is None
    assert seat.members.rewards() == []
    assert seat.members.figures("PEK", "2026-11-22", "2026-11-22") == []


def test_an_offices_days_are_found_by_their_dates_alone(seat: Seat) -> None:
    days = [
        Record("figures", f"{code} {day}", msgspec.json.encode(Figures(uuid4(), day, 1, {}, {})))
        for code, day in (
            ("PEK", "2025-12-31"),
            ("PEK", "2026-01-01"),
            ("PEK", "2026-02-28"),
            ("PEK", "2026-03-01"),
            ("PEK2", "2026-02-01"),
            ("PE", "2026-02-01"),
        )
    ]
    build_members(seat, [], days)
    found = seat.members.figures("PEK", "2026-01-01", "2026-02-28")
    assert [each.day for each in found] == ["2026-01-01", "2026-02-28"]


def test_a_new_file_is_read_at_once_and_after_a_restart(seat: Seat, reopen: OpenSeat) -> None:
    office_id = uuid4()
    member = _member(1, "欧阳娜")
    first = build_members(seat, [member], [_office("OLD", office_id)])
    office = seat.members.office(office_id)
    assert office is not None
    assert office.code == "OLD"
    second = build_members(seat, [member], [_office("NEW", office_id)])
    office = seat.members.office(office_id)
    assert office is not None
    assert office.code == "NEW"
    assert not first.exists()
    seat = reopen()
    assert seat.sync.members_file() == second
    assert [hit.member for hit in seat.members.search("欧阳", 20)] == [member]


def test_records_are_read_again_after_a_pull(seat: Seat) -> None:
    office_id = uuid4()
    path = build_members(seat, [], [_office("OLD", office_id)])
    before = seat.members.office(office_id)
    assert seat.members.office(office_id) is before, "kept"

    def pull() -> None:
        connection = seat.sync.connect_members(path)
        body = _office("NEW", office_id).body
        connection.execute("UPDATE record SET body = ?", (body,))
        connection.close()

    seat.sync.write(pull)
    seat.sync.acknowledge_pull(leases=None, pool=None, horizon=None, now_ms=1)
    after = seat.members.office(office_id)
    assert after is not None
    assert after.code == "NEW"


def test_a_record_nobody_can_read_hides_no_other(seat: Seat) -> None:
    office_id = uuid4()
    bad = [Record("office", name, body) for name, body in (("a", b"{"), ("b", b"[1]"), ("z", b""))]
    build_members(seat, [], [*bad, _office("PEK", office_id)])
    assert seat.members.office(office_id) is not None


def test_a_reader_in_the_middle_keeps_the_old_file(seat: Seat) -> None:
    member = _member(1, "王芳")
    first = build_members(seat, [member])
    reading, swapped = threading.Event(), threading.Event()
    found: list[object] = []

    def read() -> None:
        with seat._files.reading() as connection:
            reading.set()
            assert swapped.wait(10)
            found.append(connection.execute("SELECT name FROM member").fetchall())

    thread = threading.Thread(target=read)
    thread.start()
    assert reading.wait(10)
    build_members(seat, [_member(1, "李娜")])
    seat.sync.next_members_file()  # leftovers are removed, what is read is none
    assert first.exists()
    swapped.set()
    thread.join(10)
    assert found == [[("王芳",)]]
    assert not first.exists()
    assert [hit.member.name for hit in seat.members.search("李", 20)] == ["李娜"]


def test_readers_never_fail_while_files_are_swapped(seat: Seat) -> None:
    build_members(seat, [_member(1, "王芳")])
    stop = threading.Event()
    failures: list[BaseException] = []

    def read() -> None:
        while not stop.is_set():
            try:
                assert len(seat.members.search("王", 20)) == 1
                assert seat.members.by_card("CA00000001") is not None
            except BaseException as error:  # noqa: BLE001  # reported by the test's own thread
                failures.append(error)
                return

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(8):
        build_members(seat, [_member(1, "王芳")])
    stop.set()
    for thread in threads:
        thread.join(10)
    assert failures == []
    assert len(list(seat.folder.glob("members-*.db"))) == 1


def test_leftovers_go_and_names_are_fresh(seat: Seat) -> None:
    first = build_members(seat)
    for suffix in ("", "-wal", "-shm"):
        (seat.folder / f"members-9.db{suffix}").write_bytes(b"unfinished")
    names = {seat.sync.next_members_file().name for _ in range(3)}
    assert len(names) == 3
    assert first.name not in names
    assert "members-9.db" not in names
    assert [path.name for path in seat.folder.glob("members-9*")] == []
    assert seat.sync.members_file() == first


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000, bytes(8192)])
def test_what_is_no_members_file_is_not_adopted(seat: Seat, content: bytes) -> None:
    member = _member(1, "王芳")
    first = build_members(seat, [member])
    broken = seat.sync.next_members_file()
    broken.write_bytes(content)
    with pytest.raises(Unavailable) as refused:
        seat.sync.adopt_members_file(broken)
    assert refused.value.code == "members_damaged"
    assert seat.sync.members_file() == first
    assert len(seat.members.search("王", 20)) == 1


@pytest.mark.parametrize("damage", ["missing", "overwritten"])
def test_a_lost_members_file_is_rebuilt_not_mourned(
    seat: Seat, reopen: OpenSeat, damage: str
) -> None:
    path = build_members(seat, [_member(1, "王芳")])
    seat.work.run(add_encounter)
    enrolled = seat.document()
    seat.close()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(b"\0" * path.stat().st_size)
    seat = reopen()
    assert seat.sync.members_file() is None
    assert list(seat.members.search("王", 20)) == []
    assert seat.document() == enrolled
    assert seat.work.reads.open_encounter() is not None
    build_members(seat, [_member(1, "王芳")])
    assert len(seat.members.search("王", 20)) == 1


@pytest.mark.parametrize("table", ["record", "member"])
def test_a_file_damaged_while_in_use_gives_way_and_holds_up_no_answer(
    seat: Seat, reopen: OpenSeat, vault: MemoryVault, table: str
) -> None:
    served = _member(1, "王芳")
    path = build_members(seat, [served], [_office("PEK", uuid4())])
    seat.work.run(lambda work: add_encounter(work, served.member_id))
    seat.sync.note_contact(offset_ms=0, now_ms=1)
    seat.close()
    settle(path, vault.secrets[MEMBERS_KEY])
    with closing(connect(path, vault.secrets[MEMBERS_KEY], read_only=True)) as connection:
        statement = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        page = connection.execute(statement, (table,)).fetchone()[0] - 1
    damage_pages(path, [page])
    seat = reopen()
    assert seat.sync.members_file() == path
    with pytest.raises(Unavailable) as refused:
        seat.sync.keep_leaving([served.member_id])
    assert refused.value.code == "members_damaged"
    seat.sync.note_contact(offset_ms=7, now_ms=2)
    assert seat.sync.prune() is False
    anew = build_members(seat, [served])
    assert seat.sync.members_file() == anew != path
    assert seat.members.by_id(served.member_id) == served
