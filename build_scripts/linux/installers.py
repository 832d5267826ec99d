"""Builds the deb and the rpm of a frozen client with nfpm; the same input gives the same bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from build_scripts import managed_settings
from build_scripts.linux.documents import documents
from build_scripts.linux.needs import debian_packages, rpm_requirements
from build_scripts.materials import LICENCES_NAME, bill_of

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[1]
KINDS: Final = ("deb", "rpm")
CHINESE: Final = "fonts-noto-cjk | fonts-wqy-microhei | fonts-wqy-zenhei"
PROGRAM: Final = "/usr/lib/guichet"
SUMMARY: Final = "Members, points and service ratings at the counter"
_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}


def this_architecture() -> str:
    """This machine's, as Debian names it."""
    return _ARCHITECTURES[os.uname().machine]


class InstallerFailed(Exception):
    """An installer could not be built; the message is what nfpm said."""


def build(
    frozen: Path,
    target: Path,
    *,
    version: str,
    built_at: int,
    kinds: Sequence[str] = KINDS,
    small: bool = True,
) -> list[Path]:
    """Build installers.

    Args:
        frozen: the client's folder, see `build_scripts.freeze`, with its bill.
        target: the folder they are put into.
        version: as the package's, such as '0.1.0'.
        built_at: their time stamp, s since 1970.
        kinds: which, of `KINDS`.
        small: packed as small as it gets, which takes a minute each; else for a trial.

    Returns:
        Their paths, in the order of `kinds`.

    Raises:
        InstallerFailed
    """
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="guichet-installers-") as temporary:
        work = Path(temporary)
        config = _config(frozen, work, version=version, built_at=built_at)
        config["deb"] = {"compression": "xz" if small else "gzip"}
        (work / "nfpm.yaml").write_text(json.dumps(config))  # JSON is YAML, too
        return [package_with_nfpm(kind, work, target, built_at) for kind in kinds]


def package_with_nfpm(kind: str, work: Path, target: Path, built_at: int) -> Path:
    """Have nfpm make of `work`'s nfpm.yaml what it says. Raises InstallerFailed."""
    nfpm = Path(sys.executable).with_name("nfpm")
    command: list[str | Path] = [nfpm, "package", "--packager", kind]
    command += ["--config", work / "nfpm.yaml"]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(built_at)}
    done = subprocess.run(
        [*command, "--target", target],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise InstallerFailed(done.stdout)
    return Path(done.stdout.rpartition("created package: ")[2].strip())


def links_to_papers(
    program: Path, installed: str, doc: str, stamp: dict[str, str]
) -> list[dict[str, Any]]:
    """Links from a package's documentation to bill and licences beside its program.

    Raises:
        InstallerFailed: the folder has none.
    """
    names = (bill_of(program).name, LICENCES_NAME)
    if not all((program.parent / name).exists() for name in names):
        raise InstallerFailed(
            f"{program.parent} says nothing of what it is made of, nor under which licences: "
            f"run 'python -m build_scripts.bill {program}' first."
        )
    return [
        {
            "src": f"{installed}/{name}",
            "dst": f"{doc}/{name}",
            "type": "symlink",
            "file_info": stamp,
        }
        for name in names
    ]


def _config(frozen: Path, work: Path, *, version: str, built_at: int) -> dict[str, Any]:
    """What nfpm is told; the files that name the version are written to `work`."""
    when = datetime.fromtimestamp(built_at, UTC)
    words = {
        "@VERSION@": version,
        "@DATE@": when.date().isoformat(),
        "@RUNNING@": (HERE / "running.sh").read_text().strip(),
        "@LEAVING@": (HERE / "leaving.sh").read_text().strip(),
    }

    def written(name: str) -> str:
        text = (HERE / name).read_text()
        for word, stands_for in words.items():
            text = text.replace(word, stands_for)
        (work / name).write_text(text)
        return str(work / name)

    stamp = {"mtime": when.isoformat()}

    def put(source: str | Path, target: str) -> dict[str, Any]:
        return {"src": str(source), "dst": target, "file_info": {"mode": 0o644, **stamp}}

    share = "/usr/share"
    doc = f"{share}/doc/guichet"
    icons = f"{share}/icons/hicolor/scalable/apps"
    return {
        "name": "guichet",
        "arch": this_architecture(),
        "platform": "linux",
        "version": version,
        "version_schema": "none",
        "section": "misc",
        "maintainer": "Guichet <packages@guichet.invalid>",
        "description": (
            f"{SUMMARY}\nThe program on the counters of ticket offices, with or without a network."
        ),
        "license": "Apache-2.0",
        "mtime": when.isoformat(),
        "recommends": ["curl | wget", "gnome-keyring", "pulseaudio-utils | alsa-utils"],
        "contents": [
            {"src": str(frozen), "dst": PROGRAM, "type": "tree", "file_info": stamp},
            {
                "src": f"{PROGRAM}/guichet",
                "dst": "/usr/bin/guichet",
                "type": "symlink",
                "file_info": stamp,
            },
            {"dst": "/etc/guichet", "type": "dir", "file_info": {"mode": 0o755, **stamp}},
            put(HERE / "guichet.desktop", f"{share}/applications/guichet.desktop"),
            put(written("guichet.metainfo.xml"), f"{share}/metainfo/guichet.metainfo.xml"),
            put(
                ROOT / "resources" / "guichet.svg",
                f"{icons}/guichet.svg",
            ),
            put(HERE / "70-guichet-keypad.rules", "/usr/lib/udev/rules.d/70-guichet-keypad.rules"),
            put(
                HERE / "guichet-enrol.service",
                "/usr/lib/systemd/system/guichet-enrol.service",
            ),
            *(
                put(path, f"{doc}/{place}")
                for path, place in documents(("packaging.md", "doctor.md"), work)
            ),
            put(ROOT / "LICENSE", f"{doc}/copyright"),
            *links_to_papers(frozen / "guichet", PROGRAM, doc, stamp),
            *(
                put(made, f"{doc}/{made.relative_to(work / 'settings')}")
                for made in managed_settings.write(work / "settings")
            ),
        ],
        "overrides": {
            "deb": {
                "suggests": ["speech-dispatcher-espeak-ng"],
                "depends": [*debian_packages(frozen), CHINESE],
                "scripts": {
                    "preinstall": written("preinst.sh"),
                    "postinstall": written("postinst.sh"),
                    "preremove": written("prerm.sh"),
                    "postremove": written("postrm.sh"),
                },
            },
            "rpm": {
                "depends": rpm_requirements(frozen),
                "recommends": ["google-noto-sans-cjk-ttc-fonts", "gnome-keyring"],
                "scripts": {
                    "preinstall": written("pre.sh"),
                    "postinstall": written("postinst.sh"),
                    "preremove": written("preun.sh"),
                },
            },
        },
        "rpm": {
            "compression": "zstd",
            "summary": SUMMARY,
        },
    }
