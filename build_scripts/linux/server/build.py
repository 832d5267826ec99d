"""Builds the server's deb with nfpm from its frozen folder; the same input gives the same bytes."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from build_scripts.linux.documents import documents
from build_scripts.linux.installers import links_to_papers, package_with_nfpm, this_architecture
from build_scripts.linux.needs import debian_packages

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[2]
NAME: Final = "guichet-server"
_DOC: Final = f"/usr/share/doc/{NAME}"
_SCRIPTS: Final = {
    "preinstall": "preinst.sh",
    "postinstall": "postinst.sh",
    "preremove": "prerm.sh",
    "postremove": "postrm.sh",
}


def build_server(
    frozen: Path, target: Path, *, version: str, built_at: int, small: bool = True
) -> Path:
    """Build the deb; the arguments are those of `installers.build`.

    Returns:
        Its path.

    Raises:
        InstallerFailed
    """
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="guichet-server-deb-") as temporary:
        work = Path(temporary)
        config = _config(frozen, work, version=version, built_at=built_at)
        config["deb"] = {"compression": "xz" if small else "gzip"}
        (work / "nfpm.yaml").write_text(json.dumps(config))  # JSON is YAML, too
        return package_with_nfpm("deb", work, target, built_at)


def _config(frozen: Path, work: Path, *, version: str, built_at: int) -> dict[str, Any]:
    when = datetime.fromtimestamp(built_at, UTC).isoformat()

    def script(name: str) -> str:
        (work / name).write_text((HERE / name).read_text().replace("@VERSION@", version))
        return str(work / name)

    def put(source: Path, target: str, *, mode: int = 0o644, kind: str = "") -> dict[str, Any]:
        entry = {
            "src": str(source),
            "dst": target,
            "file_info": {"mode": mode, "mtime": when},
        }
        return {**entry, "type": kind} if kind else entry

    watching = ROOT / "resources" / "watching"
    return {
        "name": NAME,
        "arch": this_architecture(),
        "platform": "linux",
        "version": version,
        "version_schema": "none",
        "section": "misc",
        "maintainer": "Guichet <packages@guichet.invalid>",
        "description": (
            "Central server of the counters' members, points and ratings\n"
            "What the programs on ticket offices' counters sync with."
        ),
        "license": "Apache-2.0",
        "mtime": when,
        # useradd; time zones of offices
        "depends": [*debian_packages(frozen), "passwd", "tzdata"],
        "recommends": ["systemd"],
        "suggests": ["postgresql", "sqlite3"],
        "contents": [
            put(frozen, f"/usr/lib/{NAME}", kind="tree") | {"file_info": {"mtime": when}},
            put(HERE / "guichet-server.sh", f"/usr/bin/{NAME}", mode=0o755),
            put(HERE / "guichet-server.service", f"/usr/lib/systemd/system/{NAME}.service"),
            {"dst": f"/etc/{NAME}", "type": "dir", "file_info": {"mode": 0o750, "mtime": when}},
            put(
                HERE / "environment",
                f"/etc/{NAME}/environment",
                mode=0o640,
                kind="config|noreplace",
            ),
            *(put(path, f"/usr/share/{NAME}/{path.name}") for path in sorted(watching.iterdir())),
            *(put(path, f"{_DOC}/{place}") for path, place in documents(("operations.md",), work)),
            put(ROOT / "LICENSE", f"{_DOC}/copyright"),
            *links_to_papers(frozen / NAME, f"/usr/lib/{NAME}", _DOC, {"mtime": when}),
        ],
        "scripts": {when_run: script(name) for when_run, name in _SCRIPTS.items()},
    }
