"""A seat that is shut out: its keys go, what it recorded stays for the recovery key alone."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.credentials.device_key import DeviceKey
from app.credentials.ids import new_id
from app.credentials.shutter import BLIND_NAME, SEALED_NAME, FolderShutter
from app.domain.entry import head_statement
from app.domain.errors import Unavailable
from app.domain.events import EncounterResumed
from app.domain.shutting_out import HOUR_MS, revocation_statement
from app.store.cipher import connect
from app.store.seat import WORK_NAME, Seat, open_seat
from sync.server.keys import make_keys
from sync.server.unsealing import open_sealed
from tests.store.seats import START_MS, MemoryVault, SteppedClock, build_members, check_chain, enrol

KEYS, RECOVERY = make_keys(now_ms=START_MS)
REVOKED_MS = START_MS + 5


class Failing(MemoryVault):
    """Deletes nothing while it is told not to."""

    stuck = False

    def delete(self, name: str) -> None:
        if self.stuck:
            raise Unavailable("keyring_locked", "locked")
        super().delete(name)


class Bench:
    """A seat that was enrolled by a server whose keys the test holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.vault = Failing()
        self.clock = SteppedClock()
        self.shutter = FolderShutter(folder, self.vault)
        DeviceKey(self.vault).public_key()
        self.told: list[Unavailable] = []
        self.open()
        self.document = enrol(
            self.seat,
            recovery_key=KEYS.recovery_public,
            authority=KEYS.authority_pem,
        )
        document = self.seat.document()
        assert document is not None
        self.shutter.keep_sealed_key(document)

    def open(self) -> Seat:
        sign = DeviceKey(self.vault).sign
        self.seat = open_seat(
            self.folder, self.vault, self.clock, new_id, sign=sign, shutter=self.shutter
        )
        self.seat.when_shut(self.told.append)
        return self.seat

    @property
    def device_id(self) -> UUID:
        return UUID(str(self.document["device_id"]))

    def order(self, *, at_ms: int = REVOKED_MS, device_id: UUID | None = None) -> tuple[int, bytes]:
        statement = revocation_statement(device_id or self.device_id, at_ms)
        return at_ms, KEYS.authority_key.sign(statement)

    def record(self, count: int = 3) -> None:
        self.seat.work.run(
            lambda work: [work.append(EncounterResumed(uuid4())) for _ in range(count)]
        )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "seat")
    yield made
    made.seat.close()


def _is_blind(bench: Bench) -> None:
    assert {"work_key", "members_key"}.isdisjoint(bench.vault.secrets)
    assert bench.seat.sync.identity() is None
    assert bench.seat.sync.is_shut()
    reads: list[Any] = [
        bench.seat.work.reads.unsent_summary,
        lambda: bench.seat.work.run(lambda work: work.append(EncounterResumed(uuid4()))),
        lambda: bench.seat.sync.unsent(max_entries=1, max_bytes=1),
        lambda: bench.seat.sync.connect_members(bench.folder / "members-9.db"),
    ]
    for read in reads:
        with pytest.raises(Unavailable) as refused:
            read()
        assert refused.value.code in ("revoked", "out_of_contact")
    assert bench.seat.members.search("a", 5) == []
    assert bench.seat.members.rewards() == []


def test_revoked_means_blind_and_nothing_is_lost(bench: Bench) -> None:
    build_members(bench.seat)
    bench.record()
    work_key = bench.vault.secrets["work_key"]
    assert bench.seat.sync.shut_out(*bench.order())
    _is_blind(bench)
    assert [problem.code for problem in bench.told] == ["revoked"]
    assert not list(bench.folder.glob("members-*")), "what the key is gone of goes, too"
    bench.seat.close()

    with pytest.raises(Unavailable) as refused:
        bench.shutter.check()
    assert refused.value.code == "revoked"

    kept = json.loads((bench.folder / SEALED_NAME).read_text())
    assert kept["device_id"] == str(bench.device_id)
    assert open_sealed(RECOVERY, b64decode(kept["sealed"])) == work_key
    raw = connect(bench.folder / WORK_NAME, work_key)
    assert check_chain(raw) == 3
    (link,) = raw.execute("SELECT last_link FROM chain").fetchone()
    raw.close()
    note = json.loads((bench.folder / BLIND_NAME).read_text())
    assert (note["reason"], note["last_seq"]) == ("revoked", 3)
    public = Ed25519PublicKey.from_public_bytes(DeviceKey(bench.vault).public_key())
    public.verify(bytes.fromhex(note["signature"]), head_statement(bench.device_id, 1, 3, link))


def test_only_the_servers_own_word_about_this_very_device_counts(bench: Bench) -> None:
    bench.record()
    at_ms, signature = bench.order()
    stranger = Ed25519PrivateKey.generate().sign(revocation_statement(bench.device_id, at_ms))
    for order in (
        (at_ms, stranger),
        (at_ms + 1, signature),
        (at_ms, b""),
        (-1, signature),
        (2**70, signature),
        bench.order(device_id=uuid4()),
    ):
        assert not bench.seat.sync.shut_out(*order)
    bench.record()
    assert bench.told == []
    assert not (bench.folder / BLIND_NAME).exists()


def test_a_second_word_changes_nothing(bench: Bench) -> None:
    assert bench.seat.sync.shut_out(*bench.order())
    assert bench.seat.sync.shut_out(*bench.order())
    assert len(bench.told) == 1


def test_a_keyring_that_keeps_the_keys_is_tried_again(bench: Bench) -> None:
    bench.record()
    bench.vault.stuck = True
    with pytest.raises(Unavailable):
        bench.seat.sync.shut_out(*bench.order())
    bench.record()  # not blind yet, and told so by nobody
    assert bench.told == []
    bench.seat.close()
    with pytest.raises(Unavailable, match="locked"):
        bench.shutter.check()  # but it does not open any more
    bench.vault.stuck = False
    with pytest.raises(Unavailable) as refused:
        bench.shutter.check()
    assert refused.value.code == "revoked"
    assert "work_key" not in bench.vault.secrets


def test_a_note_that_cannot_be_read_is_no_way_back(bench: Bench) -> None:
    (bench.folder / BLIND_NAME).write_bytes(b"\x00nonsense")
    with pytest.raises(Unavailable) as refused:
        bench.shutter.check()
    assert refused.value.code == "revoked"


def test_no_key_goes_before_its_sealed_copy_is_there(bench: Bench) -> None:
    (bench.folder / SEALED_NAME).unlink()
    document = {**bench.document, "recovery_key": b64encode(b"short").decode()}
    with pytest.raises(ValueError, match="32"):
        bench.shutter.shut("revoked", document, None, now_ms=1)
    assert "work_key" in bench.vault.secrets
    assert not (bench.folder / BLIND_NAME).exists()


# ------------------------------------------------------------------------------ without contact


def _limit(bench: Bench, hours: int) -> None:
    import msgspec

    from app.domain.records import Setting
    from sync.protocol.replica.encoding import Record

    value = Setting("contact", 1, {"blind_after_hours": hours})
    build_members(bench.seat, records=[Record("setting", "contact", msgspec.json.encode(value))])


def _contact(bench: Bench) -> None:
    bench.seat.sync.note_contact(offset_ms=0, now_ms=bench.clock.now_ms())


def test_the_programme_says_how_long_a_seat_works_without_it(bench: Bench) -> None:
    _limit(bench, 2)
    _contact(bench)
    bench.clock.wall_ms += 2 * HOUR_MS - 10_000
    assert not bench.seat.sync.absent_too_long()
    bench.clock.wall_ms += 10_000
    assert bench.seat.sync.absent_too_long()
    _contact(bench)
    assert not bench.seat.sync.absent_too_long()


def test_it_survives_a_restart_and_a_lost_members_file(bench: Bench) -> None:
    _limit(bench, 2)
    _contact(bench)
    bench.seat.close()
    for file in bench.folder.glob("members-*"):
        file.unlink()
    bench.clock.wall_ms += HOUR_MS
    bench.open()
    assert not bench.seat.sync.absent_too_long()
    bench.clock.wall_ms += 2 * HOUR_MS
    assert bench.seat.sync.absent_too_long()


class Rebooting(SteppedClock):
    """A PC whose owner sets the clock as they like before each start."""

    boot_number = 0
    boot_ms = 0

    def boot(self) -> tuple[str, int]:
        return f"boot {self.boot_number}", self.boot_ms


def test_setting_the_clock_back_does_not_help(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "seat")
    bench.seat.close()
    clock = Rebooting()
    bench.clock = clock
    bench.open()
    _limit(bench, 10)
    _contact(bench)
    for _ in range(4):
        assert not bench.seat.sync.absent_too_long()
        clock.boot_ms += 3 * HOUR_MS  # it works for three hours
        clock.wall_ms = START_MS
        bench.seat.sync.absent_too_long()
        bench.seat.close()
        clock.boot_number, clock.boot_ms = clock.boot_number + 1, 0
        clock.wall_ms = START_MS - HOUR_MS  # and is set back
        bench.open()
    assert bench.seat.sync.absent_too_long()
    bench.seat.close()


def test_the_journal_remembers_what_the_clock_denies(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "seat")
    bench.seat.close()
    clock = Rebooting()
    bench.clock = clock
    bench.open()
    _limit(bench, 10)
    _contact(bench)
    clock.boot_number = 1
    clock.wall_ms = START_MS + 11 * HOUR_MS
    bench.record(1)
    clock.boot_number = 2
    clock.wall_ms = START_MS
    assert bench.seat.sync.absent_too_long()
    bench.seat.close()


def test_a_seat_that_locks_itself_up_says_why(bench: Bench) -> None:
    bench.record()
    bench.seat.sync.lock_up()
    bench.seat.sync.lock_up()
    _is_blind(bench)
    assert [problem.code for problem in bench.told] == ["out_of_contact"]
    with pytest.raises(Unavailable) as refused:
        bench.shutter.check()
    assert refused.value.code == "out_of_contact"


def test_nobody_is_absent_before_enrolment(tmp_path: Path) -> None:
    vault = MemoryVault()
    folder = tmp_path / "seat"
    seat = open_seat(
        folder,
        vault,
        SteppedClock(),
        new_id,
        sign=bytes,
        shutter=FolderShutter(folder, vault),
    )
    assert not seat.sync.absent_too_long()
    assert not seat.sync.shut_out(1, b"")
    seat.close()


def test_a_seat_of_an_older_version_counts_from_its_last_contact(bench: Bench) -> None:
    bench.seat.sync.note_contact(offset_ms=0, now_ms=START_MS)
    raw = connect(bench.folder / WORK_NAME, bench.vault.secrets["work_key"])
    raw.execute("DELETE FROM absence")
    raw.close()
    bench.clock.wall_ms = START_MS + 46 * 24 * HOUR_MS
    assert bench.seat.sync.absent_too_long()


def test_whoever_only_looks_can_not_make_it_blind(bench: Bench) -> None:
    bench.seat.close()
    bench.seat = open_seat(bench.folder, bench.vault, bench.clock, new_id, sign=bytes)
    assert not bench.seat.sync.shut_out(*bench.order())
    with pytest.raises(Unavailable, match="does not work"):
        bench.seat.sync.lock_up()
