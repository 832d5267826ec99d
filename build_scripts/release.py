"""Publishes builds for clients that update by themselves: `python -m build_scripts.release`.

A repository is a folder that any web server can hand out; The Update Framework's rules say whose
signature counts (docs/packaging.md, ADR 60). Keys are files with a passphrase, which is asked for
or taken from GUICHET_RELEASE_PASSPHRASE: keep root's and targets' off the machine that renews.

    init FOLDER              make keys and an empty repository; 1.root.json goes into installers
    publish FOLDER PROGRAM   sign the folder of a frozen program into it
    change FOLDER VERSION    change who may have it
    withdraw FOLDER VERSION  nobody gets it any more
    renew FOLDER             say again that the lists are the newest; daily, by a job
    rotate FOLDER ROLE       a new key for a role, the old one worth nothing any more
    show FOLDER              what is published, for whom, and until when the lists are good
"""

from __future__ import annotations

import argparse
import getpass
import os
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from app.domain.entry import ENTRY_VERSION
from app.store.migrations import STEPS
from build_scripts.freeze import built_at
from sync.client.updating.builds import CUSTOM, SHARES, BadBuild, Build, this_platform
from sync.client.updating.installation import PROGRAM_NAME

ROLES: Final = (Root.type, Targets.type, Snapshot.type, Timestamp.type)
GOOD_FOR: Final = {
    Root.type: timedelta(days=730),
    Targets.type: timedelta(days=365),
    Snapshot.type: timedelta(days=30),
    Timestamp.type: timedelta(days=7),
}
"""After so long without `renew` clients take nothing more: what somebody holds back goes stale."""
PASSPHRASE: Final = "GUICHET_RELEASE_PASSPHRASE"  # noqa: S105 - the name of a variable
OLDEST_DATA: Final = 1
"""Of a seat's data that this tree brings up: all that there ever were."""


class ReleaseFailed(Exception):
    """It can't be published; the message says why, and nothing was changed."""


class Keys:
    """Private keys in a folder, ROLE.pem each, behind one passphrase."""

    def __init__(self, folder: Path, passphrase: bytes) -> None:
        """Use the keys in `folder`."""
        self._folder, self._passphrase = folder, passphrase
        self._opened: dict[str, CryptoSigner] = {}

    def make(self, role: str) -> CryptoSigner:
        """A new key; one that is there is kept beside it, since its signature may be needed yet."""
        path = self._path(role)
        if path.exists():
            path.rename(path.with_name(f"{role}-until-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.pem"))
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private = Ed25519PrivateKey.generate()
        kept = BestAvailableEncryption(self._passphrase)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, kept))
        self._opened[role] = CryptoSigner(private)
        return self._opened[role]

    def signer(self, role: str) -> CryptoSigner:
        """The key of a role.

        Raises:
            ReleaseFailed: it isn't in the folder, or not behind this passphrase.
        """
        if role in self._opened:
            return self._opened[role]
        path = self._path(role)
        try:
            private = load_pem_private_key(path.read_bytes(), self._passphrase)
        except OSError as error:
            raise ReleaseFailed(f"{path} can't be read: {error.strerror}") from error
        except (ValueError, TypeError) as error:
            raise ReleaseFailed(f"{path} isn't opened by this passphrase") from error
        self._opened[role] = CryptoSigner(cast(Ed25519PrivateKey, private))
        return self._opened[role]

    def _path(self, role: str) -> Path:
        return self._folder / f"{role}.pem"


class Repository:
    """Signed lists and what they name: FOLDER/metadata and FOLDER/targets."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        """Use the repository in `folder`; `init` makes one."""
        self._metadata, self._targets = folder / "metadata", folder / "targets"
        self._keys = keys

    @property
    def root(self) -> Path:
        """The newest root list, which goes into installers."""
        found = self._metadata.glob("*.root.json")
        return max(found, key=lambda path: int(path.name.partition(".")[0]))

    def init(self) -> None:
        """Make keys and empty lists.

        Raises:
            ReleaseFailed: there are some.
        """
        if self._metadata.exists():
            raise ReleaseFailed(f"{self._metadata.parent} is a repository already")
        self._metadata.mkdir(parents=True)
        self._targets.mkdir()
        signers = {role: self._keys.make(role) for role in ROLES}
        root = Root(consistent_snapshot=True)
        for role, signer in signers.items():
            root.add_key(signer.public_key, role)
        self._write(root, Root.type, signers[Root.type])
        self._write(Targets(), Targets.type)
        self._write(Snapshot(), Snapshot.type)
        self._write(Timestamp(), Timestamp.type)

    def publish(self, program: Path, build: Build, *, built_at: int) -> str:
        """Sign a program's folder; the path of its target.

        Raises:
            ReleaseFailed: another folder was published as this version.
        """
        if not (program / PROGRAM_NAME).is_file():
            raise ReleaseFailed(f"{program} holds no {PROGRAM_NAME}; freeze the client first")
        path = target_path(build)
        with tempfile.TemporaryDirectory(prefix="guichet-release-") as here:
            archive = Path(here) / "archive"
            pack(program, archive, built_at=built_at)
            target = TargetFile.from_file(path, str(archive), ["sha256"])
            target.unrecognized_fields["custom"] = {CUSTOM: build.to_json()}
            targets = self._signed(Targets.type)
            known = targets.targets.get(path)
            if known is not None and known.hashes != target.hashes:
                raise ReleaseFailed(
                    f"version {build.version} is published with other contents; "
                    "give this build a version of its own"
                )
            place = self._targets / Path(path).parent
            place.mkdir(parents=True, exist_ok=True)
            stored = place / f"{target.hashes['sha256']}.{Path(path).name}"
            shutil.copy(archive, stored)
        targets.targets[path] = target
        self._publish_lists(targets)
        return path

    def change(self, version: str, **changes: Any) -> int:
        """Change who may have a version, on whichever platforms; returns on how many.

        Raises:
            ReleaseFailed: it isn't published.
        """
        targets = self._signed(Targets.type)
        found = [(target, build) for target, build in _builds(targets) if build.version == version]
        if not found:
            raise ReleaseFailed(f"version {version} is not published")
        for target, build in found:
            changed = Build.from_json({**build.to_json(), **changes})
            target.unrecognized_fields["custom"] = {CUSTOM: changed.to_json()}
        self._publish_lists(targets)
        return len(found)

    def withdraw(self, version: str) -> None:
        """Take a version back; PCs that run it keep it.

        Raises:
            ReleaseFailed: it isn't published.
        """
        targets = self._signed(Targets.type)
        paths = [target.path for target, build in _builds(targets) if build.version == version]
        if not paths:
            raise ReleaseFailed(f"version {version} is not published")
        for path in paths:
            del targets.targets[path]
        self._publish_lists(targets)

    def renew(self) -> None:
        """Say again that these are the newest lists; takes the keys of snapshot and timestamp."""
        self._write(self._signed(Snapshot.type), Snapshot.type)
        self._write_timestamp()

    def rotate(self, role: str) -> None:
        """Give a role a new key; lists that the old one signed are signed anew."""
        before = self._keys.signer(Root.type)
        old = self._keys.signer(role).public_key
        new = self._keys.make(role)
        root = self._signed(Root.type)
        root.revoke_key(old.keyid, role)
        root.add_key(new.public_key, role)
        # Both roots sign: clients that trust the old one follow, and the new one is trusted after
        signers = [before, new] if role == Root.type else [before]
        self._write(root, Root.type, *signers)
        if role == Targets.type:
            self._publish_lists(self._signed(Targets.type))
        elif role != Root.type:
            self.renew()

    def builds(self) -> list[Build]:
        """What is published."""
        return [build for _, build in _builds(self._signed(Targets.type))]

    def good_until(self) -> dict[str, datetime]:
        """Until when each list is good."""
        return {role: self._signed(role).expires for role in ROLES}

    def _publish_lists(self, targets: Targets) -> None:
        self._write(targets, Targets.type)
        snapshot = self._signed(Snapshot.type)
        snapshot.meta["targets.json"] = MetaFile(targets.version)
        self._write(snapshot, Snapshot.type)
        self._write_timestamp()

    def _write_timestamp(self) -> None:
        timestamp = self._signed(Timestamp.type)
        timestamp.snapshot_meta = MetaFile(self._signed(Snapshot.type).version)
        self._write(timestamp, Timestamp.type)

    def _signed(self, role: str) -> Any:
        return Metadata.from_file(str(self._path(role))).signed

    def _path(self, role: str) -> Path:
        if role == Timestamp.type:
            return self._metadata / "timestamp.json"
        found = list(self._metadata.glob(f"*.{role}.json"))
        if not found:
            raise ReleaseFailed(f"{self._metadata.parent} is no repository; begin with init")
        return max(found, key=lambda path: int(path.name.partition(".")[0]))

    def _write(self, signed: Any, role: str, *signers: CryptoSigner) -> None:
        """Sign a list as the next version of it, and put it in place as a whole."""
        is_first = not any(self._metadata.glob(f"*{role}.json"))
        signed.version = 1 if is_first else self._signed(role).version + 1
        signed.expires = datetime.now(UTC).replace(microsecond=0) + GOOD_FOR[role]
        metadata = Metadata(signed)
        for signer in signers or (self._keys.signer(role),):
            metadata.sign(signer, append=True)
        name = f"{role}.json" if role == Timestamp.type else f"{signed.version}.{role}.json"
        partial = self._metadata / f".{name}.partial"
        metadata.to_file(str(partial))
        partial.replace(self._metadata / name)


def _builds(targets: Targets) -> list[tuple[TargetFile, Build]]:
    each = targets.targets.values()
    return [(target, Build.from_json((target.custom or {})[CUSTOM])) for target in each]


def target_path(build: Build) -> str:
    """What a build is called in the lists."""
    return f"{build.channel}/guichet-{build.version}-{build.platform}.tar.zst"


def pack(program: Path, archive: Path, *, built_at: int) -> None:
    """Pack a program's folder; the same folder gives the same bytes."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = built_at
        return member

    with (
        archive.open("wb") as file,
        zstandard.ZstdCompressor(level=12).stream_writer(file, closefd=False) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(program.rglob("*")):
            tar.add(path, path.relative_to(program).as_posix(), recursive=False, filter=plain)


def unpacked_bytes(program: Path) -> int:
    """What a folder takes, in bytes of its files."""
    files = (path for path in program.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    options = _parser().parse_args(arguments)
    keys = Keys(options.keys or options.folder.parent / "keys", _passphrase(options.command))
    repository = Repository(options.folder, keys)
    try:
        _do(options, repository)
    except (ReleaseFailed, BadBuild) as problem:
        print(f"release: {problem}", file=sys.stderr)
        return 1
    return 0


def _do(options: argparse.Namespace, repository: Repository) -> None:
    match options.command:
        case "init":
            repository.init()
            print(f"{repository.root} says whom to trust; installers take it along")
        case "publish":
            build = Build(
                version=options.version,
                channel=options.channel,
                platform=options.platform,
                share=_share(options.percentage),
                offices=tuple(options.office),
                reads_data_from=OLDEST_DATA,
                writes_data=options.writes_data,
                reads_entries_from=options.reads_entries_from,
                unpacked_bytes=unpacked_bytes(options.program),
            )
            print(repository.publish(options.program, build, built_at=built_at()))
        case "change":
            changes: dict[str, Any] = {}
            if options.percentage is not None:
                changes["share"] = _share(options.percentage)
            if options.office is not None:
                changes["offices"] = options.office
            repository.change(options.version, **changes)
        case "withdraw":
            repository.withdraw(options.version)
        case "renew":
            repository.renew()
        case "rotate":
            repository.rotate(options.role)
            if options.role == Root.type:
                print(f"{repository.root}: installers take this one along from now on")
        case _:
            for build in sorted(repository.builds(), key=lambda build: build.version):
                where = ", ".join(build.offices) or "all offices"
                print(f"{build.version} {build.platform} {build.channel}: "
                      f"{build.share * 100 / SHARES:g} % of {where}")  # fmt: skip
            for role, until in repository.good_until().items():
                print(f"{role}: good until {until:%Y-%m-%d}")


def _share(percentage: float) -> int:
    return round(percentage * SHARES / 100)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m build_scripts.release",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name)
        added.add_argument("folder", type=Path, help="the repository")
        added.add_argument("--keys", type=Path, help="their folder (default: keys beside it)")
        return added

    for name in ("init", "renew", "show"):
        command(name)
    publish = command("publish")
    publish.add_argument("program", type=Path, help="a frozen client's folder")
    publish.add_argument("--version", required=True)
    publish.add_argument("--channel", default="stable")
    publish.add_argument("--platform", default=this_platform())
    publish.add_argument("--percentage", type=float, default=100.0, help="of the channel's PCs")
    publish.add_argument("--office", action="append", default=[], help="only these; repeated")
    publish.add_argument("--writes-data", type=int, default=len(STEPS), help=argparse.SUPPRESS)
    publish.add_argument(
        "--reads-entries-from", type=int, default=ENTRY_VERSION, help=argparse.SUPPRESS
    )
    change = command("change")
    change.add_argument("version")
    change.add_argument("--percentage", type=float)
    change.add_argument("--office", action="append", help="only these; repeated")
    command("withdraw").add_argument("version")
    command("rotate").add_argument("role", choices=ROLES)
    return parser


def _passphrase(command: str) -> bytes:
    if command == "show":
        return b""
    told = os.environ.get(PASSPHRASE) or getpass.getpass("Passphrase of the release keys: ")
    return told.encode()


if __name__ == "__main__":
    sys.exit(main())
