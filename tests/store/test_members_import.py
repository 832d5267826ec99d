"""A members file that arrives ready made: what SQLCipher makes of it, and what a cut leaves."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import Unavailable
from app.domain.member import Member
from app.store.cipher import connect
from app.store.members_import import PAGE_BYTES, MembersImport
from app.store.page_cipher import RESERVED_BYTES, SALT_BYTES, PageCipher
from sync.protocol.replica import blank
from sync.protocol.replica.ddl import create_replica
from sync.protocol.replica.rows import load_members, recount, stored_sum

KEY = bytes(range(32))


def member(rank: int) -> Member:
    return Member(
        member_id=UUID(int=rank),
        rank=rank,
        card_no=f"CA{rank:06}",
        name=f"王{rank}",
        phone=f"138{rank:08}",
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A members file as the server makes it."""
    path = tmp_path_factory.mktemp("plain") / "members.db"
    blank.create_blank(path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    create_replica(connection, scope="x")
    load_members(connection, [member(rank) for rank in range(1, 2_001)])
    connection.execute("COMMIT")
    connection.close()
    return path.read_bytes()


def pages(content: bytes) -> int:
    return len(content) // PAGE_BYTES


def test_both_ends_leave_the_same_room(plain: bytes) -> None:
    assert (PAGE_BYTES, RESERVED_BYTES) == (blank.PAGE_BYTES, blank.RESERVED_BYTES)
    for start in range(0, len(plain), PAGE_BYTES):
        assert plain[start + PAGE_BYTES - RESERVED_BYTES : start + PAGE_BYTES] == bytes(80)


@settings(max_examples=20)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=12))
def test_however_it_is_cut_sqlcipher_reads_it(
    plain: bytes, tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("import")
    arriving = MembersImport(folder, KEY)
    arriving.begin("one")
    while arriving.pages < pages(plain):
        size = cuts[arriving.pages % len(cuts)] * PAGE_BYTES
        start = arriving.pages * PAGE_BYTES
        arriving.append(plain[start : start + size])
    arriving.finish(folder / "members-1.db")
    connection = connect(folder / "members-1.db", KEY)
    assert connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert recount(connection) == stored_sum(connection)
    connection.close()
    assert sorted(path.name for path in folder.iterdir()) == ["members-1.db"]


def test_nothing_of_it_can_be_read_on_the_disk(plain: bytes, tmp_path: Path) -> None:
    arriving = MembersImport(tmp_path, KEY)
    arriving.begin("one")
    arriving.append(plain)
    arriving.close()
    on_disk = (tmp_path / "members.part").read_bytes()
    assert b"SQLite" not in on_disk
    assert b"CREATE TABLE" not in on_disk
    blocks = {on_disk[start : start + 16] for start in range(0, len(on_disk), 16)}
    assert len(blocks) == len(on_disk) // 16, "two equal blocks: a vector was used twice"


def test_one_page_encrypted_twice_is_never_the_same() -> None:
    cipher = PageCipher(KEY, bytes(SALT_BYTES), PAGE_BYTES)
    page = bytes(PAGE_BYTES)
    sealed = cipher.seal(page * 50, 2) + cipher.seal(page * 50, 2)
    vectors = {
        sealed[end - RESERVED_BYTES : end - RESERVED_BYTES + 16]
        for end in range(PAGE_BYTES, len(sealed) + 1, PAGE_BYTES)
    }
    assert len(vectors) == 100


@pytest.mark.parametrize("lost", [0, 1, 15, 16, 4_095, 4_096, 5_000, 10**9])
def test_a_power_cut_goes_on_where_the_disk_is_sure(
    plain: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    """What wasn't synced yet may be missing, whole or in part."""
    monkeypatch.setattr("app.store.members_import._NOTE_EVERY_BYTES", 10 * PAGE_BYTES)
    arriving = MembersImport(tmp_path, KEY)
    arriving.begin("one")
    for number in range(25):
        arriving.append(plain[number * PAGE_BYTES : (number + 1) * PAGE_BYTES])
    arriving.close()
    part = tmp_path / "members.part"
    os.truncate(part, max(0, part.stat().st_size - lost))
    again = MembersImport(tmp_path, KEY)
    assert again.source() == "one"
    again.begin("one")
    assert again.pages == (20 if lost <= 5_000 else 0)
    again.append(plain[again.pages * PAGE_BYTES :])
    again.finish(tmp_path / "members-1.db")
    connection = connect(tmp_path / "members-1.db", KEY)
    assert connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
    assert recount(connection) == stored_sum(connection)
    connection.close()


def test_another_source_begins_anew(plain: bytes, tmp_path: Path) -> None:
    arriving = MembersImport(tmp_path, KEY)
    arriving.begin("one")
    arriving.append(plain[: 5 * PAGE_BYTES])
    arriving.begin("two")
    assert arriving.pages == 0
    arriving.close()
    assert (tmp_path / "members.part").stat().st_size == 0


@pytest.mark.parametrize(
    "state", ["", "{", "[]", '{"source": "one"}', '{"source": 1, "pages": "x"}']
)
def test_a_damaged_note_begins_anew(tmp_path: Path, state: str) -> None:
    (tmp_path / "members.part").write_bytes(bytes(8 * PAGE_BYTES))
    (tmp_path / "members.part.json").write_text(state)
    arriving = MembersImport(tmp_path, KEY)
    assert arriving.source() is None
    arriving.begin("one")
    assert arriving.pages == 0
    arriving.close()


@pytest.mark.parametrize("finishing", [False, True])
@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "disk_full"), (errno.EDQUOT, "disk_full"), (errno.EIO, "disk_error")],
)
def test_a_failing_disk_keeps_what_was_there(
    plain: bytes, tmp_path: Path, number: int, code: str, *, finishing: bool
) -> None:
    arriving = MembersImport(tmp_path, KEY)
    arriving.begin("one")
    arriving.append(plain[: 3 * PAGE_BYTES])
    file = arriving._file

    class Failing:
        def __getattr__(self, name: str) -> Any:
            return getattr(file, name)

        def write(self, content: bytes) -> int:
            file.write(content[:5_000])
            raise OSError(number, "no")

    arriving.append(plain[3 * PAGE_BYTES : 4 * PAGE_BYTES])
    arriving._settle()
    arriving._file = Failing()
    arriving.append(plain[4 * PAGE_BYTES : 9 * PAGE_BYTES])
    goes_on = partial(arriving.append, plain[9 * PAGE_BYTES :])
    ends = partial(arriving.finish, tmp_path / "members-1.db")
    with pytest.raises(Unavailable) as error:  # it is found out with what comes next
        (ends if finishing else goes_on)()
    assert error.value.code == code
    assert arriving.pages == 4
    arriving._file = file
    arriving.append(plain[4 * PAGE_BYTES :])
    arriving.finish(tmp_path / "members-1.db")
    connection = connect(tmp_path / "members-1.db", KEY)
    assert connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
    connection.close()


def test_a_slow_disk_holds_up_nothing_before_the_end(
    plain: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end = threading.Event()
    synced: list[int] = []

    def slow(descriptor: int) -> None:
        size = os.fstat(descriptor).st_size
        assert may_end.wait(20)
        synced.append(size)

    monkeypatch.setattr(os, "fsync", slow)
    arriving = MembersImport(tmp_path, KEY)
    arriving.begin("one")
    for start in range(0, len(plain), 5 * PAGE_BYTES):
        arriving.append(plain[start : start + 5 * PAGE_BYTES])
    arriving._settle()
    assert synced == []
    may_end.set()
    arriving.finish(tmp_path / "members-1.db")
    assert synced[0] < len(plain)
    assert synced[-1] == len(plain), "all of it is on the disk before it has its name"


def test_a_disk_that_failed_to_keep_a_piece_says_so_once(
    plain: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def failing(descriptor: int) -> None:
        monkeypatch.setattr(os, "fsync", sync)
        raise OSError(errno.EIO, "no")

    arriving = MembersImport(tmp_path, KEY)
    arriving.begin("one")
    monkeypatch.setattr(os, "fsync", failing)
    arriving.append(plain[: 3 * PAGE_BYTES])
    arriving._settle()
    with pytest.raises(Unavailable) as error:
        arriving.finish(tmp_path / "members-1.db")
    assert error.value.code == "disk_error"
    arriving.append(plain[3 * PAGE_BYTES :])
    arriving.finish(tmp_path / "members-1.db")
    connection = connect(tmp_path / "members-1.db", KEY)
    assert connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
    connection.close()


def test_what_failed_last_is_fetched_again_after_a_restart(
    plain: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.members_import._NOTE_EVERY_BYTES", PAGE_BYTES)
    arriving = MembersImport(tmp_path, KEY)
    arriving.begin("one")
    arriving.append(plain[: 3 * PAGE_BYTES])
    arriving._settle()

    def fail(pages: bytes, first_number: int) -> bytes:
        raise OSError(errno.EIO, "no")

    assert arriving._cipher is not None
    monkeypatch.setattr(arriving._cipher, "seal", fail)
    arriving.append(plain[3 * PAGE_BYTES :])
    arriving.close()
    again = MembersImport(tmp_path, KEY)
    again.begin("one")
    assert again.pages == 3
    again.close()


def test_half_a_page_is_refused(plain: bytes, tmp_path: Path) -> None:
    arriving = MembersImport(tmp_path, KEY)
    arriving.begin("one")
    with pytest.raises(ValueError, match="not whole"):
        arriving.append(plain[:5_000])
    assert arriving.pages == 0
    arriving.close()
