"""Rescued journals that are somebody else's work; and setting a PC up anew over an old one."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.credentials.ids import new_id
from app.credentials.sealed import seal
from app.domain.entry import genesis, next_link
from app.domain.errors import Rejected
from app.store.cipher import connect
from app.store.seat import WORK_NAME
from sync.client import rescue as on_a_stick
from sync.protocol.rescue import BLIND_NAME, MAGIC, SEALED_NAME
from sync.server.service import CentralServer
from sync.server.store import tables as t
from tests.server.books import posted, rows, sound
from tests.server.conftest import KEYS, RECOVERY, Programme
from tests.server.counter_pc import Counter, bring, honour_all


@pytest.fixture
def counter(programme: Programme, tmp_path: Path) -> Iterator[Counter]:
    made = Counter(programme, tmp_path / "seat")
    yield made
    made.close()


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
