"""`guichet leave --prepare` on a real disk against a real server: what is left for a purge."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import msgspec
import pytest

from app.credentials.file_vault import FileVault
from app.credentials.keyring_vault import KeyringVault
from app.credentials.shutter import BLIND_NAME
from app.credentials.vaults import FILE_NAME, RECORD_NAME
from app.domain.errors import Rejected, Unavailable
from app.store.folder import LETTER_NAME, SeatLock
from sync.client import leaving
from sync.client.leaving import OPEN, UNENROLLED, main, write_letter
from sync.client.transport import HttpTransport
from sync.protocol.messages import LeaveRequest, PushRequest
from sync.server.api.app import make_app
from sync.server.problems import ProblemError
from sync.server.programme import revoke_device
from sync.server.store import tables as t
from tests.server.books import balance, rows, sound
from tests.server.conftest import KEYS, Programme
from tests.server.counter_pc import Counter
from tests.server.http import serving
from tests.store.seats import MemoryVault, SteppedClock, open_at

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOWHERE = "http://127.0.0.1:1"


class SteadyClock:
    """Wall and boot are the server's; seconds pass as they do."""

    def __init__(self, programme: Programme) -> None:
        self._clock = programme.clock

    def now_ms(self) -> int:
        return self._clock.ms

    def boot(self) -> tuple[str, int]:
        return "boot", self._clock.ms

    def monotonic_s(self) -> float:
        return time.monotonic()


@pytest.fixture
def address(programme: Programme) -> Iterator[str]:
    with serving(make_app(programme.server, feed_tick_s=0.05)) as http:
        yield http.url


def prepare(pc: Counter, within_s: float = 20.0) -> str:
    return write_letter(
        pc.folder,
        HttpTransport,
        vault=pc.vault,
        clock=SteadyClock(pc.programme),
        within_s=within_s,
    )


@contextmanager
def worked_at(pc: Counter, members: int = 1) -> Iterator[None]:
    """Some visits, and the program is closed."""
    for _ in range(members):
        pc.serve(pc.programme.member())
    yield
    pc.close()


def letter_of(pc: Counter) -> tuple[str, str, LeaveRequest, str]:
    address, proxy, message, certificates = (
        (pc.folder / LETTER_NAME).read_text().split("\n", maxsplit=3)
    )
    return address, proxy, msgspec.json.decode(message, type=LeaveRequest), certificates


def test_what_is_unsent_goes_first_and_the_letter_is_believed(
    programme: Programme, address: str, tmp_path: Path
) -> None:
    pc = Counter(programme, tmp_path / "seat", server_url=address)
    with worked_at(pc, 3):
        pass
    assert "which can let it go" in prepare(pc)
    assert len(rows(programme, t.accrual)) == 3
    where, proxy, letter, certificates = letter_of(pc)
    assert (where, proxy, certificates) == (f"{address}/v1/leave", "", "")
    assert letter.head_seq == len(rows(programme, t.entry))
    assert stat.S_IMODE((pc.folder / LETTER_NAME).stat().st_mode) == 0o600
    assert programme.server.leave(letter).outcome == "released"
    sound(programme)


def test_what_a_power_cut_left_in_doubt_is_given_back_to_its_member_first(
    programme: Programme, address: str, tmp_path: Path
) -> None:
    """The server posted it, and the counter fell silent before it could show the answer."""
    pc = Counter(programme, tmp_path / "seat", server_url=address)
    member_id = programme.member(4_000)
    redemption_id = pc.ask_and_fall_silent(member_id)
    assert balance(programme, member_id) == (3_000, 0)
    prepare(pc)
    assert balance(programme, member_id) == (4_000, 0)
    (redemption,) = rows(programme, t.redemption, redemption_id=redemption_id)
    assert redemption.state == "voided"
    letter = letter_of(pc)[2]
    assert programme.server.leave(letter).outcome == "released"
    sound(programme)


def test_with_the_server_gone_what_is_in_doubt_keeps_the_data(
    programme: Programme, address: str, tmp_path: Path
) -> None:
    pc = Counter(programme, tmp_path / "seat", server_url=NOWHERE)
    pc.ask_and_fall_silent(programme.member(4_000))
    with pytest.raises(Rejected, match="are not with the central server"):
        prepare(pc)
    assert not (pc.folder / LETTER_NAME).exists()


def test_whoever_opens_the_seat_takes_the_letter_back(
    programme: Programme, address: str, tmp_path: Path
) -> None:
    pc = Counter(programme, tmp_path / "seat", server_url=address)
    with worked_at(pc):
        pass
    prepare(pc)
    _, _, old, _ = letter_of(pc)
    pc.open()
    assert not (pc.folder / LETTER_NAME).exists()
    pc.serve(programme.member())
    pc.close()
    prepare(pc)
    _, _, letter, _ = letter_of(pc)
    assert letter.head_seq > old.head_seq
    assert programme.server.leave(letter).outcome == "released"


def test_with_the_server_gone_there_is_a_letter_only_where_nothing_waits(
    programme: Programme, address: str, tmp_path: Path
) -> None:
    pc = Counter(programme, tmp_path / "seat", server_url=NOWHERE)
    pc.upload()
    pc.close()
    said = prepare(pc)
    assert "was not reached" in said
    assert "can let it go" not in said  # nobody asked it
    assert letter_of(pc)[2].head_seq == 1
    pc.open()
    for _ in range(100):
        pc.serve(programme.member())
    pc.close()
    with pytest.raises(Rejected, match=r"500 entries of this PC are not .* can't be reached"):
        prepare(pc)
    assert not (pc.folder / LETTER_NAME).exists()
    assert pc.open().work.reads.unsent_summary()[0] == 500
    pc.close()


def test_a_server_that_hears_and_does_not_take_them_is_not_waited_for_for_ever(
    programme: Programme, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pc = Counter(programme, tmp_path / "seat", server_url=address)
    with worked_at(pc):
        pass

    def push(device_id: UUID, request: PushRequest) -> NoReturn:
        raise ProblemError("busy", "The server has its hands full")

    monkeypatch.setattr(programme.server, "push", push)
    with pytest.raises(Rejected, match="doesn't take them now"):
        prepare(pc, within_s=1.0)
    assert not (pc.folder / LETTER_NAME).exists()


def test_a_seat_that_was_shut_out_goes_blind_and_leaves_no_letter(
    programme: Programme, address: str, tmp_path: Path
) -> None:
    pc = Counter(programme, tmp_path / "seat", server_url=address)
    with worked_at(pc):
        pass
    with programme.work() as work:
        revoke_device(work, KEYS, pc.device_id)
    for _ in range(2):
        with pytest.raises(Unavailable, match="shut out"):
            prepare(pc)
    assert not (pc.folder / LETTER_NAME).exists()
    assert {row.state for row in rows(programme, t.lease)} <= {"open"}


def test_a_pc_without_the_server_for_too_long_keeps_its_keys(
    programme: Programme, address: str, tmp_path: Path
) -> None:
    pc = Counter(programme, tmp_path / "seat", server_url=NOWHERE)
    with worked_at(pc):
        pc.seat.sync.absent_too_long()
    programme.clock.ms += 400 * 86_400_000
    with pytest.raises(Unavailable, match="open the program once"):
        prepare(pc)
    assert pc.vault.get("work_key") is not None


def test_what_was_never_enrolled_says_so_for_the_script(
    programme: Programme, tmp_path: Path
) -> None:
    with pytest.raises(Rejected):
        write_letter(tmp_path / "nothing", HttpTransport)
    vault, folder = MemoryVault(), tmp_path / "seat"
    open_at(folder, vault, SteppedClock()).close()
    write_letter(folder, HttpTransport, vault=vault)
    assert (folder / LETTER_NAME).read_bytes() == UNENROLLED


def test_the_command_takes_authority_and_vault_as_they_are_set(
    programme: Programme,
    address: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    programme.clock.ms = time.time_ns() // 1_000_000  # the command's clock is this PC's
    folder = tmp_path / "seat"
    folder.mkdir(mode=0o2770)
    os.chmod(folder, 0o2770)
    (folder / RECORD_NAME).write_text(json.dumps({"vault": "file", "service": "x"}))
    pc = Counter(programme, folder, server_url=address)
    with worked_at(pc):
        pass
    for name, secret in pc.vault.secrets.items():
        FileVault(folder / FILE_NAME).put(name, secret)
    assert main(["--prepare", "--data-folder", str(folder)], Path("/nowhere")) == 0
    assert "with the central server" in capsys.readouterr().out
    lock = SeatLock(folder)
    assert main(["--prepare"], folder) == OPEN
    assert capsys.readouterr().err == "guichet: The program is running already on this PC.\n"
    lock.release()
    # its vault is another account's keyring: nothing can be signed for it, and nobody is asked
    (folder / RECORD_NAME).write_text(json.dumps({"vault": "system", "service": "guichet-x"}))
    for is_locked in (True, False):
        monkeypatch.setattr(leaving, "would_ask", lambda locked=is_locked: locked)
        monkeypatch.setattr(KeyringVault, "get", lambda *_: None)
        assert main(["--prepare"], folder) == 1
        said = capsys.readouterr().err
        assert said.endswith("Its data stay, also when purged.\n")
        assert said.count("\n") == 1
        assert ("is locked" in said) is is_locked
    (folder / BLIND_NAME).write_text('{"reason": "revoked"}')
    (folder / RECORD_NAME).write_text(json.dumps({"vault": "file", "service": "x"}))
    assert main(["--prepare"], folder) == 1
    said = capsys.readouterr().err
    assert "was shut out" in said
    assert "rescue export FILE" in said
    assert "set-aside" in said
