"""A full disk and failing writes: nothing half done, and work goes on when the disk does."""

from __future__ import annotations

import subprocess
import traceback
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from app.domain.errors import Unavailable
from app.domain.events import EncounterResumed
from app.ports.work import Overlay, Work
from app.store.failures import as_unavailable, translated
from app.store.seat import Seat
from tests.store.seats import (
    MemoryVault,
    SteppedClock,
    add_encounter,
    check_chain,
    earn,
    enrol,
    open_at,
    raw_work,
)


def _big(work: Work) -> None:
    blobs = [work.make_blob(bytes(8_000)) for _ in range(4)]
    encounter_id = add_encounter(work)
    work.append(EncounterResumed(encounter_id), blobs=blobs)


def _fill(seat: Seat) -> int:
    """Commit until the disk is full; returns how many commits went through."""
    done = 0
    with pytest.raises(Unavailable) as refused:  # noqa: PT012  # how far it came is told
        for done in range(10_000):  # noqa: B007
            seat.work.run(_big)
    assert refused.value.code == "disk_full"
    return done


def _may_mount() -> bool:
    """Whether this process has CAP_SYS_ADMIN, which root in a container may lack."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    effective = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(effective.split()[1], 16) >> 21 & 1)


# Where nothing may be mounted the limit of a file, below, stands in for the disk's.
if _may_mount():

    @pytest.fixture
    def small_disk(tmp_path: Path) -> Iterator[Path]:
        """A file system of 3 MB of its own."""
        mount_point = tmp_path / "small"
        mount_point.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(mount_point)], check=True
        )
        try:
            yield mount_point
        finally:
            subprocess.run(["umount", str(mount_point)], check=True)

    def test_a_full_disk_records_nothing_half_and_goes_on_when_freed(
        small_disk: Path, vault: MemoryVault
    ) -> None:
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes(1_000_000))
        folder = small_disk / "seat"
        seat = open_at(folder, vault, SteppedClock())
        try:
            enrol(seat)
            done = _fill(seat)
            assert done > 3
            assert seat.work.reads.unsent_summary()[0] == done
            for _ in range(3):
                with pytest.raises(Unavailable):
                    seat.work.run(_big)
            run = seat.sync.unsent(max_entries=10_000, max_bytes=10**9)
            assert run is not None
            assert run.last_seq == done, "what is there can still be uploaded"

            ballast.unlink()
            member_id = uuid4()
            seat.work.run(lambda work: earn(work, add_encounter(work), member_id, 5))
            assert seat.work.reads.overlay(member_id) == Overlay(5, 0)
            raw = raw_work(folder, vault)
            assert check_chain(raw) == done + 1
            assert raw.execute("SELECT count(*) FROM encounter").fetchone() == (done + 1,)
            assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            raw.close()
        finally:
            seat.close()

    def test_a_disk_full_from_the_start_makes_no_seat(small_disk: Path, vault: MemoryVault) -> None:
        folder = small_disk / "seat"
        ballast = small_disk / "ballast"
        with pytest.raises(OSError, match="No space"):
            ballast.write_bytes(bytes(4_000_000))
        with pytest.raises(Unavailable) as refused:
            open_at(folder, vault, SteppedClock())
        assert refused.value.code in ("disk_full", "disk_error")
        ballast.unlink()
        open_at(folder, vault, SteppedClock()).close()


def test_the_limit_of_a_file_is_a_full_disk(seat: Seat) -> None:
    seat.work.run(_big)
    seat._database.transact(lambda c: c.execute(text("PRAGMA max_page_count = 1")), user=True)
    done = _fill(seat)
    assert seat.work.reads.unsent_summary()[0] == done + 1


def test_a_failing_write_is_a_disk_error_and_the_next_one_works(
    seat: Seat, folder: Path, vault: MemoryVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver's I/O error at COMMIT: rolled back, connection given up, a new one made."""
    seat.work.run(_big)
    connection = seat._database._connection
    assert connection is not None

    def failing(dbapi_connection: object) -> None:
        error = sqlcipher.OperationalError("disk I/O error")
        error.sqlite_errorcode = 10 | (12 << 8)  # SQLITE_IOERR_… as extended codes come
        raise error

    monkeypatch.setattr(connection.dialect, "do_commit", failing)
    with pytest.raises(Unavailable) as refused:
        seat.work.run(_big)
    assert refused.value.code == "disk_error"
    monkeypatch.undo()
    assert seat.work.reads.unsent_summary()[0] == 1
    seat.work.run(_big)
    assert seat._database._connection is not connection
    raw = raw_work(folder, vault)
    assert check_chain(raw) == 2
    raw.close()


def _read_all(folder: Path, vault: MemoryVault) -> None:
    seat = open_at(folder, vault, SteppedClock())
    try:
        seat.sync.unsent(max_entries=1_000, max_bytes=10**9)
    finally:
        seat.close()


def test_a_page_damaged_deep_inside_is_reported(
    seat: Seat, folder: Path, vault: MemoryVault
) -> None:
    for _ in range(20):
        seat.work.run(_big)
    seat.close()
    path = folder / "work.db"
    content = bytearray(path.read_bytes())
    for place in range(4096 * 3 + 50, len(content), 4096):
        content[place] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(Unavailable) as refused:
        _read_all(folder, vault)
    assert refused.value.code == "database_damaged"
    assert path.read_bytes() == bytes(content)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (13, "disk_full"),
        (10, "disk_error"),
        (10 | 3 << 8, "disk_error"),
        (8, "disk_error"),
        (14, "disk_error"),
        (11, "database_damaged"),
        (26, "database_damaged"),
        (5, "database_busy"),
    ],
)
def test_codes_of_sqlite_are_translated(number: int, code: str) -> None:
    error = sqlcipher.OperationalError("message")
    error.sqlite_errorcode = number
    with pytest.raises(Unavailable) as plain, translated():
        raise error
    assert plain.value.code == code
    with pytest.raises(Unavailable) as wrapped, translated():
        raise OperationalError("SELECT", {}, error)
    assert wrapped.value.code == code


def test_bugs_are_not_translated(seat: Seat) -> None:
    assert as_unavailable(ValueError("bug")) is None
    with pytest.raises(OperationalError):
        seat._database.transact(lambda c: c.execute(text("SELECT nonsense")), user=True)
    assert seat.work.run(lambda work: work.append(EncounterResumed(uuid4()))).seq == 1


def test_what_went_wrong_is_told_without_what_people_wrote(seat: Seat) -> None:
    """A bug's text is written down beside the encrypted file, in the clear."""
    profile = {"name": "Planted-Person"}

    def joined_twice(work: Work) -> None:
        entry = work.append(EncounterResumed(uuid4()))
        for _ in range(2):
            work.add_joined_member(entry.event_id, profile, entry)

    with pytest.raises(IntegrityError) as failed:
        seat.work.run(joined_twice)
    with pytest.raises(DBAPIError) as unread:
        seat.work.reads._fetch(text("SELECT :name FROM nowhere"), profile)
    for error in (failed.value, unread.value):
        assert "Planted-Person" not in "".join(traceback.format_exception(error))
