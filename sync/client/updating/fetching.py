"""Brings published versions onto this PC: found, downloaded in pieces, verified, unpacked.

Who may publish is The Update Framework's to say (`tuf`): nothing is used that isn't signed by the
keys that the installation trusts, that is older than what was seen before, or past its time.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import tarfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath
from typing import IO, Final
from urllib.parse import quote

import requests
import urllib3
import zstandard
from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
)
from tuf.api.metadata import Metadata, TargetFile, Targets
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from app.domain.errors import Unavailable
from app.domain.lean import dataclass
from sync.client.transport import open_session
from sync.client.updating.builds import (
    CUSTOM,
    NOTE_NAME,
    BadBuild,
    Build,
    parse_version,
    worth_fetching,
)
from sync.client.updating.installation import PROGRAM_NAME, BadInstallation, Installation
from sync.client.updating.launcher import held

STATUS_NAME: Final = "fetching.json"
MOST_BYTES_PER_S: Final = 2 << 20
"""So that an office's line is left to its counters."""
_PIECE_BYTES: Final = 64 * 1024
_LIMIT_S: Final = 30.0
_LEAST_BYTES_PER_S: Final = 1024
_PATIENCE_S: Final = 60.0
"""After so long a download that is slower than that ends: it would hold everything up for ever."""
_SPARE_BYTES: Final = 200 << 20
_WORK_NAME: Final = ".fetching"
_KEPT_VERSIONS: Final = 3


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a look at the published versions led to.

    Attributes:
        ready: versions that lie ready for seats.
        code: '' when all went well, else what is in the way.
        told: a sentence about it.
        at: when, s since 1970.
    """

    ready: tuple[str, ...]
    code: str
    told: str
    at: int


class Fetcher:
    """Fetches for one installation; one at a time, by an account that may write there."""

    def __init__(
        self,
        installation: Installation,
        *,
        channel: str = "",
        bytes_per_s: int = MOST_BYTES_PER_S,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Fetch what a channel has, or the installation's own; `stopped` ends a download."""
        self._installation = installation
        self._channel = channel or installation.channel
        self._bytes_per_s = bytes_per_s
        self._stopped = stopped
        self._session = open_session(installation.repository)
        self._work = installation.versions / _WORK_NAME

    def fetch(self, *, above: str, used: Collection[str] = ()) -> Fetched:
        """Look what there is, and bring it here; a download that was cut off goes on.

        Args:
            above: the version that seats here run; only newer ones are fetched.
            used: versions that seats here need, which are kept.

        Returns:
            What came of it, which `fetching.json` beside the versions says, too.
        """
        code, told = "", "nothing newer is published for this PC"
        try:
            self._make_folders()
            with held(self._work / "lock"):
                builds = self._published()
                self._heed(builds)
                wanted = worth_fetching(builds, channel=self._channel, above=above)
                for build in wanted:
                    self._bring(build, builds[build])
                if wanted:
                    told = f"version {', '.join(build.version for build in wanted)} lies ready"
                self._forget({build.version for build in builds}, used)
        except Unavailable as problem:
            code, told = problem.code, problem.message
        ready = tuple(sorted(build.version for build in self._installation.builds()))
        fetched = Fetched(ready, code, told, int(time.time()))
        if code != "not_allowed":
            self._tell(fetched)
        return fetched

    def _make_folders(self) -> None:
        try:
            self._installation.see_that_its_place_is_safe()
            (self._work / "metadata").mkdir(parents=True, exist_ok=True)
            for folder in (self._installation.versions, self._work, self._work / "metadata"):
                folder.chmod(0o755)  # whatever mask the account has: seats of others read them
        except BadInstallation as error:
            raise Unavailable("not_allowed", str(error)) from error
        except OSError as error:
            raise Unavailable(
                "not_allowed",
                "This account may not put versions on this PC; the one that owns the program may.",
            ) from error

    # ------------------------------------------------------------- what is published

    def _published(self) -> dict[Build, TargetFile]:
        """The builds that the signed lists name.

        Raises:
            Unavailable: one of `_refusal`'s codes.
        """
        metadata = self._work / "metadata"
        base = self._installation.repository.rstrip("/")
        try:
            updater = Updater(
                str(metadata),
                f"{base}/metadata/",
                fetcher=_Requests(self._session),
                config=UpdaterConfig(targets_max_length=1 << 20),
                bootstrap=self._installation.root,
            )
            updater.refresh()
            # Only what was just verified is written there, and only by this account
            targets = Metadata[Targets].from_file(str(metadata / "targets.json")).signed.targets
        except BadInstallation as error:
            raise Unavailable("not_trusted", str(error)) from error
        except (RepositoryError, DownloadError, OSError) as error:
            raise _refusal(error) from error
        found: dict[Build, TargetFile] = {}
        for target in targets.values():
            # What is signed and can't be read is of a newer kind, and for newer programs
            with suppress(BadBuild):
                found[Build.from_json((target.custom or {}).get(CUSTOM))] = target
        return found

    # ------------------------------------------------------------- one of them

    def _bring(self, build: Build, target: TargetFile) -> None:
        place = self._installation.versions / build.version
        if place.exists():
            return
        archive = self._work / f"{build.version}.part"
        try:
            self._see_that_it_fits(build, target, archive)
            self._download(target, archive)
            unpacked = self._work / build.version
            shutil.rmtree(unpacked, ignore_errors=True)
            unpack(archive, unpacked, most_bytes=build.unpacked_bytes)
            if not (unpacked / PROGRAM_NAME).is_file():
                raise Unavailable("not_a_build", f"version {build.version} holds no program")
            _write_note(unpacked, build)
            unpacked.rename(place)  # from here on it is there, and it is whole
        except OSError as error:
            self._give_back(build, archive)
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise Unavailable(
                    "disk_error", f"version {build.version} can't be written: {error.strerror}"
                ) from error
            raise _full(build) from error
        except Unavailable as problem:
            if problem.code not in ("unreachable", "stopped"):
                self._give_back(build, archive)
            raise
        archive.unlink(missing_ok=True)

    def _give_back(self, build: Build, archive: Path) -> None:
        archive.unlink(missing_ok=True)
        shutil.rmtree(self._work / build.version, ignore_errors=True)

    def _see_that_it_fits(self, build: Build, target: TargetFile, archive: Path) -> None:
        here = archive.stat().st_size if archive.exists() else 0
        needed = target.length - here + build.unpacked_bytes + _SPARE_BYTES
        if shutil.disk_usage(self._work).free < needed:
            raise _full(build)

    def _download(self, target: TargetFile, archive: Path) -> None:
        """Go on where it was cut off, no faster than allowed, and no further than was signed."""
        with archive.open("ab") as file:
            begun = file.tell()
            if begun < target.length:
                self._append(target, file, begun)
        with archive.open("rb") as whole:
            try:
                target.verify_length_and_hashes(whole)
            except LengthOrHashMismatchError as error:
                raise _refusal(error) from error

    def _append(self, target: TargetFile, file: IO[bytes], begun: int) -> None:
        headers = {"Range": f"bytes={begun}-"} if begun else {}
        try:
            with self._session.get(
                _address(self._installation.repository, target),
                headers={**headers, "Accept-Encoding": "identity"},
                stream=True,
                timeout=_LIMIT_S,
            ) as answer:
                if answer.status_code == 200 and begun:
                    file.truncate(0)  # a server without ranges begins anew
                    begun = 0
                elif answer.status_code != (206 if begun else 200):
                    raise Unavailable("unreachable", f"the server answers {answer.status_code}")
                for piece in self._paced(_as_they_come(answer)):
                    begun += len(piece)
                    if begun > target.length:
                        raise _refusal(DownloadLengthMismatchError("longer than was signed"))
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
        except requests.RequestException as error:
            told = f"the download was cut off ({_kind(error)}); it goes on next time"
            raise Unavailable("unreachable", told) from error
        if begun < target.length:
            raise Unavailable("unreachable", "the download was cut off; it goes on next time")

    def _paced(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        began, received = time.monotonic(), 0
        for piece in pieces:
            if self._stopped():
                raise Unavailable("stopped", "the program is closing")
            yield piece
            received += len(piece)
            ahead_s = received / self._bytes_per_s - (time.monotonic() - began)
            if ahead_s > 0:
                time.sleep(ahead_s)

    # ------------------------------------------------------------- what lies here

    def _heed(self, builds: Collection[Build]) -> None:
        """Who may have a version that lies here may have changed; one that is withdrawn, nobody."""
        published = {(each.version, each.channel, each.platform): each for each in builds}
        for here in self._installation.builds():
            key = (here.version, here.channel, here.platform)
            now = published.get(key, replace(here, share=0))
            if now != here:
                _write_note(self._installation.versions / here.version, now)

    def _forget(self, published: set[str], used: Collection[str]) -> None:
        """Make room: of older versions, those that nobody publishes any more and no seat runs."""
        here = [build.version for build in self._installation.builds()]
        here.sort(key=parse_version, reverse=True)
        for version in here[_KEPT_VERSIONS:]:
            if version not in published and version not in used:
                shutil.rmtree(self._installation.versions / version)

    def _tell(self, fetched: Fetched) -> None:
        with suppress(OSError):  # the answer says it, too
            said = json.dumps(asdict(fetched)).encode()
            _replace(self._installation.versions / STATUS_NAME, said)


def unpack(archive: Path, folder: Path, *, most_bytes: int) -> None:
    """Unpack a program's folder, all of it below `folder`, readable by everybody.

    Args:
        archive: a tar compressed by zstd.
        folder: new.
        most_bytes: what was signed; a byte more is refused.

    Raises:
        Unavailable: not_a_build.
        OSError: the disk.
    """
    folder.mkdir(mode=0o755)
    left = most_bytes
    try:
        with (
            archive.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file) as plain,
            tarfile.open(fileobj=plain, mode="r|") as tar,
        ):
            for member in tar:
                left -= member.size
                if left < 0:
                    raise Unavailable("not_a_build", "it is larger than was signed")
                tar.extract(member, folder, filter=_readable)
    except (tarfile.TarError, zstandard.ZstdError, EOFError, ValueError) as error:
        raise Unavailable("not_a_build", f"it can't be unpacked: {error}") from error


def _readable(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """As the standard filter for data leaves it, with rights that let others only read."""
    is_run = member.isdir() or bool(member.mode & stat.S_IXUSR)
    return tarfile.data_filter(member, folder).replace(mode=0o755 if is_run else 0o644, deep=False)


class _Requests(FetcherInterface):
    """The library's files by the session that trusts what the rest of the client trusts."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    def _fetch(self, url: str) -> Iterator[bytes]:
        answer = self._session.get(url, stream=True, timeout=_LIMIT_S)
        if answer.status_code >= 400:
            answer.close()
            raise DownloadHTTPError(f"the server answers {answer.status_code}", answer.status_code)
        return self._pieces(answer)

    def _pieces(self, answer: requests.Response) -> Iterator[bytes]:
        with answer:
            try:
                yield from _as_they_come(answer)
            except requests.RequestException as error:
                raise DownloadError(f"cut off ({_kind(error)})") from error


def _as_they_come(answer: requests.Response) -> Iterator[bytes]:
    """The pieces of a body; none is waited for until it is full, so that whoever reads may end.

    Raises:
        requests.RequestException: the line was cut, or hardly anything comes.
    """
    began, received = time.monotonic(), 0
    try:
        while piece := answer.raw.read1(_PIECE_BYTES, decode_content=True):
            yield piece
            received += len(piece)
            passed_s = time.monotonic() - began
            if passed_s > _PATIENCE_S and received < passed_s * _LEAST_BYTES_PER_S:
                raise requests.ReadTimeout("hardly anything comes")
    except urllib3.exceptions.HTTPError as error:
        raise requests.ConnectionError(error) from error


def _address(repository: str, target: TargetFile) -> str:
    """Where a target lies, named by its digest: an older one is never taken for it."""
    path = PurePosixPath(target.path)
    digest = next(iter(target.hashes.values()))
    name = quote(f"{digest}.{path.name}")
    parent = "" if str(path.parent) == "." else f"{quote(str(path.parent))}/"
    return f"{repository.rstrip('/')}/targets/{parent}{name}"


def _refusal(error: Exception) -> Unavailable:
    """What the library refused, by a code and a sentence for whoever looks."""
    if isinstance(error, ExpiredMetadataError):
        return Unavailable("expired", f"the signed list is past its time: {error}")
    if isinstance(error, BadVersionNumberError):
        return Unavailable("older_than_seen", f"a list is older than one seen before: {error}")
    if isinstance(error, LengthOrHashMismatchError | DownloadLengthMismatchError):
        return Unavailable("tampered", f"a file is not what was signed: {error}")
    if isinstance(error, RepositoryError):
        return Unavailable("not_signed", f"a list isn't signed as it has to be: {error}")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable("disk_full", "the disk is full; nothing was fetched")
    return Unavailable("unreachable", f"the published versions can't be reached: {error}")


def _full(build: Build) -> Unavailable:
    return Unavailable(
        "disk_full",
        f"version {build.version} waits: the disk has no room for it. "
        "What was fetched of it was given back.",
    )


def _kind(error: Exception) -> str:
    return type(error).__name__


def _write_note(folder: Path, build: Build) -> None:
    _replace(folder / NOTE_NAME, json.dumps(build.to_json(), indent=1).encode())


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.chmod(0o644)
    partial.replace(path)
