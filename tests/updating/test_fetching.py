"""Versions as they are fetched: each way that somebody, or chance, could spoil them."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import tarfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard
from tuf.api.metadata import Metadata, Timestamp

from app.domain.errors import Unavailable
from build_scripts import release
from build_scripts.release import Keys, Repository
from sync.client.updating import fetching
from sync.client.updating.fetching import Fetcher, unpack
from sync.client.updating.installation import PROGRAM_NAME
from tests.updating.conftest import PASSPHRASE, Pc, Publish, Web
from tests.updating.cutting import cut_at

BALLAST = 1 << 17


def stored(folder: Path) -> Path:
    (found,) = (folder / "published" / "targets").rglob("*.tar.zst")
    return found


@pytest.mark.parametrize("mask", [0, 0o022, 0o077])
def test_a_version_comes_whole_and_can_only_be_written_by_its_owner(
    pc: Pc, publish: Publish, mask: int
) -> None:
    built = publish("0.2.0", ballast=BALLAST)
    before = os.umask(mask)
    try:
        fetched = pc.fetch()
    finally:
        os.umask(before)
    assert (fetched.code, fetched.ready) == ("", ("0.2.0",))
    place = pc.installation.versions / "0.2.0"
    assert pc.installation.program("0.2.0") == place / PROGRAM_NAME
    assert (place / "_internal" / "link").read_bytes() == (
        built / "_internal" / "ballast"
    ).read_bytes()
    modes = [path.lstat().st_mode for path in place.rglob("*") if not path.is_symlink()]
    assert {stat.S_IMODE(mode) for mode in modes} == {0o644, 0o755}
    assert stat.S_IMODE(pc.installation.versions.stat().st_mode) == 0o755
    assert json.loads((pc.installation.versions / "fetching.json").read_text())["code"] == ""


def test_nothing_is_fetched_twice(pc: Pc, publish: Publish, web: Web) -> None:
    publish("0.2.0")
    for _ in range(3):
        assert pc.fetch().ready == ("0.2.0",)
    assert len(web.targets()) == 1


def test_a_cut_download_goes_on_where_it_was(
    pc: Pc, publish: Publish, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_PIECE_BYTES", 1024)
    publish("0.2.0", ballast=BALLAST)
    size = stored(tmp_path).stat().st_size
    web.cut_after = size // 3
    for _ in range(2):
        fetched = pc.fetch()
        assert fetched.code == "unreachable"
        assert "goes on next time" in fetched.told
    web.cut_after = None
    assert pc.fetch().ready == ("0.2.0",)
    first, *more = web.targets()
    begun = [int(header.removeprefix("bytes=").rstrip("-")) for header in more]
    assert first == ""
    assert begun == sorted(begun)
    assert 0 < begun[0] < begun[1] < size


@pytest.mark.parametrize("of_lists", [False, True])
def test_what_hardly_comes_is_not_waited_for_for_ever(
    pc: Pc, publish: Publish, web: Web, monkeypatch: pytest.MonkeyPatch, of_lists: bool
) -> None:
    """A mirror that drips would hold back every version, and say that nothing is wrong."""
    publish("0.2.0")
    web.silent_after = 100
    monkeypatch.setattr(fetching, "_PATIENCE_S", 0.0)
    monkeypatch.setattr(fetching, "_LEAST_BYTES_PER_S", 1 << 40 if of_lists else 0)
    append = Fetcher._append

    def append_slowly(*arguments: Any) -> None:
        monkeypatch.setattr(fetching, "_LEAST_BYTES_PER_S", 1 << 40)
        append(*arguments)

    monkeypatch.setattr(Fetcher, "_append", append_slowly)
    fetched = pc.fetch()
    assert (fetched.code, pc.ready()) == ("unreachable", set())
    assert "ReadTimeout" in fetched.told
    assert bool(web.targets()) is not of_lists


def test_a_server_without_ranges_begins_anew(
    pc: Pc, publish: Publish, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_PIECE_BYTES", 1024)
    publish("0.2.0", ballast=BALLAST)
    web.cut_after, web.ranges = stored(tmp_path).stat().st_size // 2, False
    assert pc.fetch().code == "unreachable"
    web.cut_after = None
    assert pc.fetch().ready == ("0.2.0",)


@pytest.mark.parametrize("how", ["flipped", "longer", "other"])
def test_a_tampered_version_is_refused_and_taken_away(
    pc: Pc, publish: Publish, tmp_path: Path, how: str
) -> None:
    publish("0.2.0", ballast=BALLAST)
    path = stored(tmp_path)
    content = bytearray(path.read_bytes())
    if how == "flipped":
        content[len(content) // 2] ^= 1
    elif how == "longer":
        content += b"and something more"
    else:
        content = bytearray(os.urandom(len(content)))
    path.write_bytes(content)
    fetched = pc.fetch()
    assert (fetched.code, fetched.ready) == ("tampered", ())
    assert not list((pc.installation.versions / ".fetching").glob("0.2.0*"))


def test_a_list_older_than_the_last_seen_is_refused(
    pc: Pc, publish: Publish, repository: Repository, tmp_path: Path
) -> None:
    publish("0.2.0")
    before = tmp_path / "before"
    shutil.copytree(tmp_path / "published" / "metadata", before)
    repository.withdraw("0.2.0")
    assert pc.fetch().code == ""
    shutil.copytree(before, tmp_path / "published" / "metadata", dirs_exist_ok=True)
    fetched = pc.fetch()
    assert (fetched.code, fetched.ready) == ("older_than_seen", ())


def test_a_list_that_somebody_holds_back_goes_stale(
    pc: Pc, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(release.GOOD_FOR, Timestamp.type, timedelta(seconds=-5))
    publish("0.2.0")
    fetched = pc.fetch()
    assert (fetched.code, fetched.ready) == ("expired", ())
    assert "past its time" in fetched.told


def test_renewing_mends_what_went_stale(
    pc: Pc, publish: Publish, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as stale:
        stale.setitem(release.GOOD_FOR, Timestamp.type, timedelta(seconds=-5))
        publish("0.2.0")
    repository.renew()
    assert pc.fetch().ready == ("0.2.0",)


@pytest.mark.parametrize("role", ["timestamp", "2.snapshot", "2.targets"])
def test_a_list_signed_by_somebody_else_is_refused(
    pc: Pc, publish: Publish, tmp_path: Path, role: str
) -> None:
    publish("0.2.0")
    path = tmp_path / "published" / "metadata" / f"{role}.json"
    metadata = Metadata.from_file(str(path))
    metadata.signatures.clear()
    metadata.sign(Keys(tmp_path / "theirs", PASSPHRASE).make("own"))
    metadata.to_file(str(path))
    fetched = pc.fetch()
    assert (fetched.code, fetched.ready) == ("not_signed", ())


def test_a_changed_list_is_refused(pc: Pc, publish: Publish, tmp_path: Path) -> None:
    publish("0.2.0", share=1000)
    path = tmp_path / "published" / "metadata" / "2.targets.json"
    path.write_text(path.read_text().replace('"share":1000', '"share":9900'))
    assert pc.fetch().code == "not_signed"


def test_a_key_that_was_rotated_away_is_worth_nothing(
    pc: Pc, publish: Publish, repository: Repository, tmp_path: Path
) -> None:
    publish("0.2.0")
    assert pc.fetch().ready == ("0.2.0",)
    shutil.copytree(tmp_path / "keys", tmp_path / "stolen")
    for role in ("timestamp", "snapshot", "targets", "root"):
        repository.rotate(role)
    publish("0.3.0")
    assert set(pc.fetch().ready) == {"0.2.0", "0.3.0"}  # followed from the root it was given
    Repository(tmp_path / "published", Keys(tmp_path / "stolen", PASSPHRASE)).withdraw("0.3.0")
    assert pc.fetch().code == "not_signed"


def test_an_installation_of_another_root_trusts_nothing(
    pc: Pc, publish: Publish, tmp_path: Path
) -> None:
    other = Repository(tmp_path / "other", Keys(tmp_path / "other-keys", PASSPHRASE))
    other.init()
    (pc.installation.base.parent / "update-root.json").write_bytes(other.root.read_bytes())
    publish("0.2.0")
    assert pc.fetch().code == "not_signed"
    (pc.installation.base.parent / "update-root.json").unlink()
    assert pc.fetch().code == "not_trusted"


@pytest.mark.slow
def test_a_power_cut_at_any_point_leaves_whole_versions_only(
    pc: Pc, publish: Publish, tmp_path: Path
) -> None:
    built = publish("0.2.0", ballast=BALLAST)
    moment, was_cut = 0, True
    while was_cut:
        shutil.rmtree(pc.installation.versions, ignore_errors=True)
        was_cut = cut_at(moment, pc.fetch)
        for version in pc.ready():  # what a seat would change to
            assert whole(pc.installation.versions / version, built)
        assert pc.fetch().ready == ("0.2.0",)
        assert whole(pc.installation.versions / "0.2.0", built)
        moment += 2
    assert moment > 50


def whole(folder: Path, built: Path) -> bool:
    """Whether a version's folder has what was built, and its note."""
    names = {path.relative_to(built) for path in built.rglob("*")} | {Path("build.json")}
    found = {path.relative_to(folder) for path in folder.rglob("*")}
    ballast = Path("_internal/ballast")
    return found == names and (folder / ballast).read_bytes() == (built / ballast).read_bytes()


@pytest.mark.slow
def test_a_disk_that_fills_meanwhile_is_given_back_its_room(
    pc: Pc, publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real one of a few megabytes, filled by somebody else once the download runs."""
    monkeypatch.setattr(fetching, "_SPARE_BYTES", 0)
    publish("0.2.0", ballast=2 << 20)
    versions = pc.installation.versions
    versions.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m,mode=755", "tmpfs", str(versions)]
    subprocess.run(mount, check=True)  # as root
    try:
        append = Fetcher._append

        def fill_up(self: Fetcher, *arguments: Any) -> None:
            with (versions / "somebody's").open("wb", buffering=0) as file:
                with suppress(OSError):
                    while file.write(bytes(4096)):
                        pass
                file.truncate(file.tell() - (1 << 20))
            append(self, *arguments)

        with monkeypatch.context() as filling:
            filling.setattr(Fetcher, "_append", fill_up)
            fetched = pc.fetch()
        assert (fetched.code, fetched.ready) == ("disk_full", ())
        assert "given back" in fetched.told
        assert not any((versions / ".fetching").rglob("*0.2.0*"))
        (versions / "somebody's").unlink()
        assert pc.fetch().ready == ("0.2.0",)
    finally:
        subprocess.run(["umount", "-l", str(versions)], check=True)


def test_without_room_nothing_is_begun_and_it_is_said(
    pc: Pc, publish: Publish, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("0.2.0", ballast=BALLAST)
    monkeypatch.setattr(fetching, "_SPARE_BYTES", 1 << 60)
    fetched = pc.fetch()
    assert (fetched.code, web.targets()) == ("disk_full", [])
    assert "no room" in fetched.told


def test_a_withdrawn_version_that_nobody_runs_goes_when_there_are_newer_ones(
    pc: Pc, publish: Publish, repository: Repository
) -> None:
    versions = [f"0.{number}.0" for number in range(2, 7)]
    for version in versions:
        publish(version)
        pc.fetch()
    assert pc.ready() == set(versions)
    for version in ("0.2.0", "0.3.0"):
        repository.withdraw(version)
    fetching.Fetcher(pc.installation).fetch(above="0.1.0", used={"0.3.0"})
    assert pc.ready() == set(versions) - {"0.2.0"}


def test_who_may_have_a_version_is_heard_of_later_too(
    pc: Pc, publish: Publish, repository: Repository
) -> None:
    publish("0.2.0", share=500)
    pc.fetch()
    repository.change("0.2.0", share=6000, offices=["PEK"])
    pc.fetch()
    (build,) = pc.installation.builds()
    assert (build.share, build.offices) == (6000, ("PEK",))


def test_only_the_channels_own_and_the_platforms_own_are_fetched(pc: Pc, publish: Publish) -> None:
    publish("0.4.0", channel="early")
    publish("0.5.0", platform="win32-amd64")
    publish("0.6.0", share=0)
    publish("0.2.0")
    publish("0.3.0", share=1000)
    assert set(pc.fetch().ready) == {"0.2.0", "0.3.0"}


def test_a_server_that_is_gone_is_said(pc: Pc, publish: Publish, tmp_path: Path) -> None:
    (tmp_path / "published" / "metadata" / "timestamp.json").unlink()
    assert pc.fetch().code == "unreachable"


def hostile(tmp_path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    archive = tmp_path / "hostile.tar.zst"
    with (
        archive.open("wb") as file,
        zstandard.ZstdCompressor().stream_writer(file, closefd=False) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        import io

        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return archive


def link(name: str, target: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member


@pytest.mark.parametrize(
    "member",
    [
        tarfile.TarInfo("../outside"),
        tarfile.TarInfo("/tmp/outside"),
        link("out", "../../outside"),
        link("out", "/etc/passwd"),
    ],
    ids=["up", "absolute", "link up", "absolute link"],
)
def test_nothing_is_unpacked_outside_its_folder(tmp_path: Path, member: tarfile.TarInfo) -> None:
    archive = hostile(tmp_path, (member, b""))
    folder = tmp_path / "inner" / "unpacked"
    folder.parent.mkdir()
    if member.name.startswith("/tmp"):  # stripped of its root, it lands inside
        unpack(archive, folder, most_bytes=10)
        assert (folder / "tmp" / "outside").exists()
        return
    with pytest.raises(Unavailable, match="can't be unpacked"):
        unpack(archive, folder, most_bytes=10)
    assert not (tmp_path / "outside").exists()


def test_a_bomb_and_a_torn_archive_are_refused(tmp_path: Path) -> None:
    archive = hostile(tmp_path, (tarfile.TarInfo("large"), bytes(5 << 20)))
    with pytest.raises(Unavailable, match="larger than was signed"):
        unpack(archive, tmp_path / "one", most_bytes=4 << 20)
    archive.write_bytes(archive.read_bytes()[:-20])
    with pytest.raises(Unavailable, match="can't be unpacked"):
        unpack(archive, tmp_path / "two", most_bytes=6 << 20)


def test_set_user_id_and_writing_by_others_are_not_unpacked(tmp_path: Path) -> None:
    member = tarfile.TarInfo("program")
    member.mode = 0o6777
    unpack(hostile(tmp_path, (member, b"")), tmp_path / "unpacked", most_bytes=10)
    assert stat.S_IMODE((tmp_path / "unpacked" / "program").stat().st_mode) == 0o755


def test_the_release_tool_says_what_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(release.PASSPHRASE, "secret")
    program = tmp_path / "guichet"
    program.mkdir()
    (program / PROGRAM_NAME).write_text("#!/bin/sh\n")
    folder, keys = str(tmp_path / "repo"), ["--keys", str(tmp_path / "keys")]

    def do(*arguments: str) -> int:
        return release.main([arguments[0], folder, *arguments[1:], *keys])

    assert do("init") == 0
    assert do("init") == 1  # never over what is there
    assert do("publish", str(program), "--version", "0.2.0", "--percentage", "5") == 0
    assert do("publish", str(tmp_path), "--version", "0.3.0") == 1
    assert do("publish", str(program), "--version", "next") == 1
    assert do("change", "0.2.0", "--percentage", "25", "--office", "PEK") == 0
    assert do("change", "0.9.0", "--percentage", "25") == 1
    (program / PROGRAM_NAME).write_text("#!/bin/sh\n# other contents\n")
    assert do("publish", str(program), "--version", "0.2.0") == 1
    capsys.readouterr()
    assert do("show") == 0
    said = capsys.readouterr().out
    assert "25 % of PEK" in said
    assert f"timestamp: good until {datetime.now(UTC) + timedelta(days=7):%Y-%m-%d}" in said
    assert (tmp_path / "keys" / "root.pem").stat().st_mode & 0o077 == 0
    monkeypatch.setenv(release.PASSPHRASE, "guessed")
    assert do("renew") == 1
    assert do("withdraw", "0.2.0") == 1
    monkeypatch.setenv(release.PASSPHRASE, "secret")
    assert do("withdraw", "0.2.0") == 0
