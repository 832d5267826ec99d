"""Journals of PCs that can't send them: real folders, real files, both databases, hostile ones."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.credentials.device_key import DeviceKey
from app.credentials.ids import new_id
from app.credentials.sealed import seal
from app.credentials.shutter import FolderShutter
from app.domain import events as e
from app.domain.entry import genesis, next_link
from app.domain.errors import Rejected
from app.domain.shutting_out import revocation_statement
from app.ports.work import OpenSession
from app.store.cipher import connect
from app.store.seat import WORK_NAME, Seat, open_seat
from sync.client import rescue as on_a_stick
from sync.protocol.messages import EnrolRequest, PushRequest, SealedKeyRequest
from sync.protocol.rescue import BLIND_NAME, MAGIC, SEALED_NAME
from sync.server.audit import audit
from sync.server.enrolment import make_code
from sync.server.programme import revoke_device
from sync.server.rescue import Rescued, RescueServer, rescue
from sync.server.service import CentralServer
from sync.server.store import tables as t
from sync.server.store.engine import reading, writing
from tests.server.conftest import KEYS, RECOVERY, Programme
from tests.store.seats import MemoryVault


class ServersClock:
    """The PC's clock is the server's, and goes on by a millisecond whenever it is asked."""

    def __init__(self, programme: Programme) -> None:
        self._clock = programme.clock

    def now_ms(self) -> int:
        self._clock.ms += 1
        return self._clock.ms

    def boot(self) -> tuple[str, int]:
        return "boot", self._clock.ms

    def monotonic_s(self) -> float:
        return self._clock.ms / 1000


@dataclass
class Counter:
    """A counter's PC with a real disk, enrolled at a real server."""

    programme: Programme
    folder: Path
    vault: MemoryVault = field(default_factory=MemoryVault)
    deposits: bool = True

    def __post_init__(self) -> None:
        self.clock = ServersClock(self.programme)
        self.shutter = FolderShutter(self.folder, self.vault)
        self.open()
        server = self.programme.server
        with writing(server.engine) as connection:
            code = make_code(
                connection,
                self.programme.programme_id,
                counter_id=self.programme.counter_ids[0],
                kind="counter",
                now_ms=self.programme.clock(),
            )
        public = DeviceKey(self.vault).public_key()
        answer = server.enrol(EnrolRequest(code, public, "pc", "1"))
        self.device_id = answer.device_id
        document = msgspec.to_builtins(answer)
        self.seat.enrol("https://server.test", document)
        self.shutter.keep_sealed_key(document)
        if self.deposits:
            sealed = seal(answer.recovery_key, self.vault.secrets["work_key"])
            server.deposit_sealed_key(self.device_id, SealedKeyRequest(sealed))
        self.seat.work.run(self._sign_in)

    def _sign_in(self, work: Any) -> None:
        shift_id, session_id = work.new_id(), work.new_id()
        work.start_session(
            OpenSession(session_id, self.programme.clerk_id, shift_id, work.now_ms())
        )
        work.append(e.ShiftOpened(shift_id))

    def open(self) -> Seat:
        sign = DeviceKey(self.vault).sign
        self.seat = open_seat(
            self.folder, self.vault, self.clock, new_id, sign=sign, shutter=self.shutter
        )
        return self.seat

    def serve(self, member_id: UUID, points: int = 500) -> UUID:
        """One visit: found, points earned, four stars; returns the accrual."""
        accrual_id = new_id()

        def unit(work: Any) -> None:
            encounter_id = work.new_id()
            work.append(e.EncounterOpened(encounter_id, "search"))
            work.append(e.MemberIdentified(encounter_id, member_id, e.Proof.CARD))
            work.append(
                e.AccrualRecorded(
                    accrual_id, encounter_id, member_id, points, e.AccrualSource.AMOUNT,
                    None, 100, "CNY", 1, "",
                )
            )  # fmt: skip
            work.append(e.EncounterEnded(encounter_id, e.EncounterOutcome.FINISHED))
            work.append(e.RatingRecorded(work.new_id(), encounter_id, 1, 4))

        self.seat.work.run(unit)
        return accrual_id

    def requests(self) -> list[PushRequest]:
        run = self.seat.sync.unsent(max_entries=2000, max_bytes=10**9)
        assert run is not None
        from app.domain.entry import head_statement

        statement = head_statement(self.device_id, 1, run.last_seq, run.head_link)
        entries = [msgspec.Raw(body) for body in run.bodies]
        return [PushRequest(1, run.first_seq, entries, [], self.seat.sync.sign(statement))]

    def upload(self) -> None:
        for request in self.requests():
            answer = self.programme.server.push(self.device_id, request)
            self.seat.sync.confirm(answer.head_seq, [], mark=answer.mark)

    def go_blind(self) -> None:
        with self.programme.work() as work:
            revoke_device(work, self.device_id)
        with reading(self.programme.server.engine) as connection:
            at_ms = connection.execute(
                sa.select(t.device.c.revoked_ms).where(t.device.c.device_id == self.device_id)
            ).scalar_one()
        statement = revocation_statement(self.device_id, at_ms)
        assert self.seat.sync.shut_out(at_ms, KEYS.authority_key.sign(statement))
        self.seat.close()

    def close(self) -> None:
        self.seat.close()


@pytest.fixture
def counter(programme: Programme, tmp_path: Path) -> Iterator[Counter]:
    made = Counter(programme, tmp_path / "seat")
    yield made
    made.close()


def bring(programme: Programme, path: Path, recovery: bytes = RECOVERY) -> Rescued:
    server = programme.server
    return rescue(RescueServer(server.engine, KEYS, server.clock, new_id=new_id), path, recovery)


def rows(programme: Programme, table: sa.Table) -> list[Any]:
    with reading(programme.server.engine) as connection:
        return list(connection.execute(sa.select(table)).all())


def posted(programme: Programme, member_id: UUID) -> int:
    found = [r.posted for r in rows(programme, t.balance) if r.member_id == member_id]
    return found[0] if found else 0


def sound(programme: Programme) -> None:
    with reading(programme.server.engine) as connection:
        assert list(audit(connection)) == []


def honour_all(programme: Programme) -> int:
    """What a manager does at the desk; returns how many."""
    desk = programme.seat(counter=2, kind="desk")
    waiting = [r for r in rows(programme, t.exception_item) if r.state == "open"]
    waiting.sort(key=lambda row: row.exception_id.bytes)
    for row in waiting:
        desk.record(e.ExceptionSettled(row.exception_id, "honour", None))
    answer = desk.push()
    assert [d for d in answer.decisions if d.decision != "accepted"] == []
    return len(waiting)


# ------------------------------------------------------------------------------ the stick


def test_an_exported_journal_counts_once_however_it_comes(
    programme: Programme, counter: Counter, tmp_path: Path
) -> None:
    member_id = programme.member(1_000)
    counter.serve(member_id)
    counter.upload()
    counter.serve(member_id, 300)
    stick = tmp_path / "stick.guichet"
    counter.close()
    said = on_a_stick.export(counter.folder, stick, vault=counter.vault)
    assert "11 entries, 5 of them unsent" in said
    assert b"CA0000" not in stick.read_bytes()

    done = bring(programme, stick)
    assert (done.taken, done.known, done.waiting, done.proof) == (5, 6, 0, "signed")
    assert posted(programme, member_id) == 1_800
    again = bring(programme, stick)
    assert (again.taken, again.known) == (0, 11)

    counter.open()  # the network is back, and the PC sends what it has not heard of
    counter.serve(member_id, 7)
    counter.upload()
    assert posted(programme, member_id) == 1_807
    assert rows(programme, t.exception_item) == []
    sound(programme)


def test_it_comes_in_after_the_pc_has_sent_it_itself(
    programme: Programme, counter: Counter, tmp_path: Path
) -> None:
    member_id = programme.member()
    counter.serve(member_id)
    counter.close()
    on_a_stick.export(counter.folder, tmp_path / "file", vault=counter.vault)
    counter.open()
    counter.serve(member_id)
    counter.upload()
    done = bring(programme, tmp_path / "file")
    assert (done.taken, done.known) == (0, 6)
    assert posted(programme, member_id) == 1_000
    sound(programme)


def test_the_stick_of_a_counter_that_was_shut_out_waits_for_a_manager(
    programme: Programme, counter: Counter, tmp_path: Path
) -> None:
    member_id = programme.member()
    counter.serve(member_id)
    counter.close()
    on_a_stick.export(counter.folder, tmp_path / "file", vault=counter.vault)
    with programme.work() as work:
        revoke_device(work, counter.device_id)
    done = bring(programme, tmp_path / "file")
    assert (done.taken, done.waiting) == (6, 1)
    assert posted(programme, member_id) == 0
    assert len(rows(programme, t.rating)) == 1, "what the customer said counts"
    assert honour_all(programme) == 1
    assert posted(programme, member_id) == 500
    sound(programme)


def test_it_exports_nothing_over_anything_and_not_while_the_program_runs(
    counter: Counter, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    there.write_bytes(b"something")
    with pytest.raises(Rejected, match="another name"):
        on_a_stick.export(counter.folder, there, vault=counter.vault)
    with pytest.raises(Exception, match="running"):
        on_a_stick.export(counter.folder, tmp_path / "new", vault=counter.vault)
    with pytest.raises(Rejected, match="no seat"):
        on_a_stick.export(tmp_path / "elsewhere", tmp_path / "new", vault=counter.vault)
    assert not (tmp_path / "new").exists()


# ------------------------------------------------------------------------------ blind PCs


@pytest.mark.parametrize("how", ["folder", "stick"])
def test_what_a_blind_pc_recorded_is_drained_and_settled(
    programme: Programme, counter: Counter, tmp_path: Path, how: str
) -> None:
    member_id = programme.member(1_000)
    counter.serve(member_id)
    counter.upload()
    counter.serve(member_id, 200)
    counter.serve(member_id, 40)
    counter.go_blind()
    source = counter.folder
    if how == "stick":
        source = tmp_path / "stick.zip"
        said = on_a_stick.export(counter.folder, source, vault=counter.vault)
        assert "shut out" in said
    done = bring(programme, source)
    assert (done.taken, done.known, done.waiting, done.proof) == (10, 6, 2, "signed")
    assert done.place == "PEK/A1"
    assert posted(programme, member_id) == 1_500
    again = bring(programme, source)
    assert (again.taken, again.known, again.waiting) == (0, 16, 0)
    sound(programme)
    assert honour_all(programme) == 2
    assert posted(programme, member_id) == 1_740
    sound(programme)


def test_a_manager_may_also_say_no(programme: Programme, counter: Counter) -> None:
    member_id = programme.member()
    counter.serve(member_id)
    counter.go_blind()
    bring(programme, counter.folder)
    desk = programme.seat(counter=2, kind="desk")
    [row] = rows(programme, t.exception_item)
    assert (row.code, row.entry_type, row.points) == ("shut_out", "AccrualRecorded", 500)
    desk.push(e.ExceptionSettled(row.exception_id, "write_off", None))
    again = desk.push(e.ExceptionSettled(row.exception_id, "honour", None))
    assert [d.code for d in again.decisions] == ["settled"]
    assert posted(programme, member_id) == 0
    sound(programme)


def test_a_pc_whose_keyring_is_gone_is_drained_by_the_key_it_left(
    programme: Programme, counter: Counter, tmp_path: Path
) -> None:
    member_id = programme.member()
    counter.serve(member_id)
    counter.close()
    kept = dict(counter.vault.secrets)
    counter.vault.secrets.clear()
    (counter.folder / SEALED_NAME).unlink()
    stick = tmp_path / "stick"
    assert "keys" in on_a_stick.export(counter.folder, stick, vault=counter.vault)
    done = bring(programme, stick)
    assert (done.taken, done.waiting, done.proof) == (6, 1, "own key")
    sound(programme)

    counter.vault.secrets.update(kept)  # the keyring is found again
    counter.open()
    counter.serve(member_id, 30)
    counter.upload()
    assert posted(programme, member_id) == 30, "what waits goes on waiting"
    assert honour_all(programme) == 1
    assert posted(programme, member_id) == 530
    sound(programme)


def test_a_disk_that_the_device_left_no_key_for_proves_nothing(
    programme: Programme, tmp_path: Path
) -> None:
    counter = Counter(programme, tmp_path / "seat", deposits=False)
    counter.serve(programme.member())
    counter.close()
    done = bring(programme, counter.folder)
    assert (done.taken, done.apart, done.proof) == (0, 6, "none")
    assert len(rows(programme, t.quarantine)) == 6
    assert {r.code for r in rows(programme, t.exception_item)} == {"fork"}
    bring(programme, counter.folder)
    assert len(rows(programme, t.quarantine)) == 6
    assert len(rows(programme, t.exception_item)) == 6
    counter.open()
    counter.upload()  # the PC itself is believed
    assert len(rows(programme, t.entry)) == 6
    sound(programme)
    counter.close()


# ------------------------------------------------------------------------------ damage and forks


def _raw(counter: Counter) -> Any:
    return connect(counter.folder / WORK_NAME, counter.vault.secrets["work_key"])


def test_a_disk_set_back_behind_the_server_is_kept_apart(
    programme: Programme, counter: Counter, tmp_path: Path
) -> None:
    member_id = programme.member()
    counter.serve(member_id)
    counter.upload()
    counter.close()
    shutil.copytree(counter.folder, tmp_path / "older")
    counter.open()
    counter.serve(member_id, 1)
    counter.upload()
    counter.close()
    older = Counter.__new__(Counter)
    older.__dict__.update(counter.__dict__)
    older.folder = tmp_path / "older"
    older.shutter = FolderShutter(older.folder, older.vault)
    older.open()
    older.serve(member_id, 90)
    older.close()
    done = bring(programme, older.folder)
    assert (done.taken, done.apart) == (0, 11)
    assert len(rows(programme, t.quarantine)) == 5
    assert posted(programme, member_id) == 501
    bring(programme, older.folder)
    assert len(rows(programme, t.quarantine)) == 5
    sound(programme)


def test_what_stands_behind_a_broken_entry_is_kept_apart(
    programme: Programme, counter: Counter
) -> None:
    member_id = programme.member()
    counter.serve(member_id)
    counter.serve(member_id)
    raw = _raw(counter)
    raw.execute("UPDATE journal SET body = X'00' WHERE seq = 4")
    raw.close()
    counter.close()
    done = bring(programme, counter.folder)
    assert (done.taken, done.apart) == (3, 8)
    sound(programme)


def test_a_page_that_the_disk_lost_costs_its_entries_alone(
    programme: Programme, counter: Counter
) -> None:
    member_id = programme.member()
    for _ in range(60):
        counter.serve(member_id)
    raw = _raw(counter)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    (last,) = raw.execute("SELECT max(seq) FROM journal").fetchone()
    raw.close()
    counter.close()
    path = counter.folder / WORK_NAME
    content = bytearray(path.read_bytes())
    assert len(content) // 4096 > 40
    place = 4096 * (len(content) // 4096 * 2 // 3) + 100
    content[place : place + 64] = bytes(64)
    path.write_bytes(bytes(content))
    done = bring(programme, counter.folder)
    assert done.taken + done.apart + done.unreadable <= last
    assert done.taken + done.apart >= last * 3 // 4
    sound(programme)


# ------------------------------------------------------------------------------ hostile files


def refused(programme: Programme, path: Path, recovery: bytes = RECOVERY) -> str:
    with pytest.raises(Rejected) as caught:
        bring(programme, path, recovery)
    assert rows(programme, t.entry) == []
    assert rows(programme, t.exception_item) == []
    return caught.value.code


def _sealed(document: Any, *, frame: bytes | None = None) -> bytes:
    plain = msgspec.json.encode(document)
    frame = zstandard.ZstdCompressor().compress(plain) if frame is None else frame
    return MAGIC + seal(KEYS.recovery_public, frame)


def test_hostile_files_are_refused(programme: Programme, counter: Counter, tmp_path: Path) -> None:
    counter.serve(programme.member())
    [request] = counter.requests()
    file = tmp_path / "file"
    bomb = zstandard.ZstdCompressor().compress(bytes(600 * 1024 * 1024))
    unsaid = zstandard.ZstdCompressor(write_content_size=False).compress(b"{}")
    other = msgspec.structs.replace(request, signature=bytes(64))
    cut = msgspec.structs.replace(request, entries=request.entries[:3])
    later = msgspec.structs.replace(request, first_seq=5)
    good = {"device_id": str(counter.device_id), "made_ms": 1}
    for content, code in (
        (b"", "not_rescued"),
        (b"just anything", "not_rescued"),
        (MAGIC, "not_rescued"),
        (MAGIC + bytes(200), "not_rescued"),
        (_sealed({}), "not_rescued"),
        (_sealed({}, frame=b"no zstd"), "not_rescued"),
        (_sealed({}, frame=bomb), "too_large"),
        (_sealed({}, frame=unsaid), "too_large"),
        (_sealed({**good, "requests": [other]}), "bad_signature"),
        (_sealed({**good, "requests": [cut]}), "bad_signature"),
        (_sealed({**good, "requests": [later]}), "not_rescued"),
        (_sealed({**good, "device_id": str(new_id()), "requests": [request]}), "unknown_device"),
    ):
        file.write_bytes(content)
        assert refused(programme, file) == code, content[:40]
    assert refused(programme, tmp_path / "nothing") == "not_rescued"
    file.write_bytes(_sealed({**good, "requests": [request]}))
    assert refused(programme, file, bytes(31) + b"1") == "not_rescued"


def test_a_zip_cannot_write_elsewhere_or_bring_what_it_likes(
    programme: Programme, tmp_path: Path
) -> None:
    file = tmp_path / "file.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../evil", b"x")
        archive.writestr("work.db/../evil", b"x")
    assert refused(programme, file) == "not_rescued"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("work.db", b"SQLite format 3\0" + bytes(4080))
        archive.writestr(SEALED_NAME, "{" * 100_000)
        archive.writestr(BLIND_NAME, "[1]")
    assert refused(programme, file) == "not_rescued"
    assert not (tmp_path.parent / "evil").exists()
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("more", bytes(5000))
    file.write_bytes(file.read_bytes()[:-30])
    assert refused(programme, file) == "not_rescued"


def _forged(folder: Path, device_id: UUID, statements: list[str]) -> None:
    """A folder that opens with the recovery key's public half, by somebody else's hand."""
    folder.mkdir()
    key = bytes(range(32))
    raw = connect(folder / WORK_NAME, key)
    for statement in statements:
        raw.execute(statement)
    raw.close()
    sealed = base64.b64encode(seal(KEYS.recovery_public, key)).decode()
    (folder / SEALED_NAME).write_text(json.dumps({"device_id": str(device_id), "sealed": sealed}))


_SEAT = (
    "CREATE TABLE seat (device_id BLOB, incarnation INTEGER)",
    "CREATE TABLE chain (incarnation INTEGER)",
    "CREATE TABLE blob (commitment, salt, content)",
)


def test_a_forged_disk_is_proof_of_nothing(
    programme: Programme, counter: Counter, tmp_path: Path
) -> None:
    link = next_link(genesis(counter.device_id, 1), b"{}")
    _forged(
        tmp_path / "forged",
        counter.device_id,
        [
            *_SEAT,
            "CREATE TABLE journal (incarnation, seq, body, link)",
            f"INSERT INTO seat VALUES (X'{counter.device_id.hex}', 1)",
            f"INSERT INTO journal VALUES (1, 1, CAST('{{}}' AS BLOB), X'{link.hex()}')",
            "INSERT INTO journal VALUES (1, 2, 'text', 5)",
        ],
    )
    done = bring(programme, tmp_path / "forged")
    assert (done.taken, done.apart, done.unreadable, done.proof) == (0, 1, 1, "none")
    assert rows(programme, t.entry) == []
    counter.upload()
    sound(programme)


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [*_SEAT],
        [*_SEAT, "CREATE TABLE journal (x)"],
        [*_SEAT, "CREATE TABLE journal (incarnation, seq, body, link)"],
        [
            *_SEAT,
            "INSERT INTO seat VALUES ('x', 'y')",
            "CREATE TABLE journal (incarnation, seq, body, link)",
        ],
        [
            *_SEAT,
            "INSERT INTO seat VALUES (X'00112233445566778899aabbccddeeff', 1)",
            "CREATE VIEW journal AS WITH RECURSIVE n(seq) AS (SELECT 1 UNION ALL SELECT seq + 1"
            " FROM n) SELECT 1 AS incarnation, seq, X'00' AS body, X'00' AS link FROM n",
        ],
        [
            *_SEAT,
            "INSERT INTO seat VALUES (X'00112233445566778899aabbccddeeff', -5)",
            "CREATE TABLE journal (incarnation, seq, body, link)",
        ],
    ],
)
def test_a_file_that_is_no_seats_is_refused(
    programme: Programme, counter: Counter, tmp_path: Path, statements: list[str]
) -> None:
    _forged(tmp_path / "forged", counter.device_id, statements)
    assert refused(programme, tmp_path / "forged") == "not_rescued"


@pytest.fixture(scope="module")
def drained(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("drained")
    key = bytes(range(32))
    raw = connect(folder / WORK_NAME, key)
    raw.execute("CREATE TABLE x (y)")
    raw.close()
    return (folder / WORK_NAME).read_bytes()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=st.integers(0, 10**6), noise=st.binary(min_size=1, max_size=60))
def test_whatever_bytes_a_disk_brings_it_is_refused_in_words(
    drained: bytes, tmp_path: Path, place: int, noise: bytes
) -> None:
    from sync.server.rescued_folder import read_journal

    folder = tmp_path / "noise"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    content = bytearray(drained)
    at = place % len(content)
    content[at : at + len(noise)] = noise
    (folder / WORK_NAME).write_bytes(bytes(content))
    with contextlib.suppress(Rejected):
        assert read_journal(folder, bytes(range(32))) is None


# ------------------------------------------------------------------------------ starting anew


def test_a_pc_with_pending_work_is_not_set_up_over_it(counter: Counter) -> None:
    counter.serve(new_id())
    counter.close()
    with pytest.raises(Rejected) as refusal:
        on_a_stick.set_aside(counter.folder, vault=counter.vault)
    assert refusal.value.code == "work_pending"
    assert "6 entries" in refusal.value.message
    assert (counter.folder / WORK_NAME).exists()


def test_a_blind_pc_is_set_up_anew_and_its_old_work_stays(
    programme: Programme, counter: Counter
) -> None:
    member_id = programme.member()
    counter.serve(member_id)
    counter.go_blind()
    aside = on_a_stick.set_aside(counter.folder, vault=counter.vault)
    fresh = Counter(programme, counter.folder)  # the same PC, a new code
    fresh.serve(member_id, 11)
    fresh.upload()
    fresh.close()
    done = bring(programme, aside)
    assert (done.taken, done.device_id) == (6, counter.device_id)
    assert posted(programme, member_id) == 11
    assert honour_all(programme) == 1
    assert posted(programme, member_id) == 511
    sound(programme)


def test_it_says_what_it_did(
    counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counter.close()
    arguments = ["--data-folder", str(counter.folder), "export", str(tmp_path / "file")]
    # The folder's own vault has no keys of this test's, so the ciphertext goes
    assert on_a_stick.main(arguments, Path("/nowhere")) == 0
    assert "rescue import" in capsys.readouterr().out
    assert on_a_stick.main(arguments, Path("/nowhere")) == 1
    assert "another name" in capsys.readouterr().err


def test_no_wire_takes_an_unsigned_upload(programme: Programme, counter: Counter) -> None:
    from sync.server.problems import ProblemError

    counter.serve(programme.member())
    [request] = counter.requests()
    server: CentralServer = programme.server
    with pytest.raises(ProblemError) as refusal:
        server.push(counter.device_id, msgspec.structs.replace(request, signature=b""))
    assert refusal.value.problem.code == "bad_signature"
