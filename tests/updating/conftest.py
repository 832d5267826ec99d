"""A published repository behind a real HTTP server, and a PC that takes versions from it."""

from __future__ import annotations

import functools
import http.server
import json
import random
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from build_scripts.release import Keys, Repository, unpacked_bytes
from sync.client.updating.builds import Build, this_platform
from sync.client.updating.fetching import Fetched, Fetcher
from sync.client.updating.installation import NOTE_NAME, PROGRAM_NAME, ROOT_NAME, Installation

PASSPHRASE = b"of the release keys"
BUILT_AT = 1_700_000_000


@dataclass
class Web:
    """Hands out a folder.

    Attributes:
        address: its URL.
        asked: paths with their Range header, as they were asked for.
        cut_after: so many bytes of a target are sent, then the line is cut; None for all.
        ranges: whether it knows them.
        silent_after: so many bytes of a target are sent, then nothing until `go_on`; None for all.
    """

    address: str
    asked: list[tuple[str, str]] = field(default_factory=list)
    cut_after: int | None = None
    ranges: bool = True
    silent_after: int | None = None
    go_on: threading.Event = field(default_factory=threading.Event)

    def targets(self) -> list[str]:
        return [header for path, header in self.asked if "/targets/" in path]


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: Web

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        header = self.headers.get("Range", "")
        self.web.asked.append((self.path, header))
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        content, begin = path.read_bytes(), 0
        if header and self.web.ranges:
            begin = int(re.fullmatch(r"bytes=(\d+)-", header)[1])  # type: ignore[index]
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        body = content[begin:]
        if self.web.cut_after is not None and "/targets/" in self.path:
            self.wfile.write(body[: self.web.cut_after])
            self.wfile.flush()
            self.close_connection = True
            return
        if self.web.silent_after is not None and "/targets/" in self.path:
            self.wfile.write(body[: self.web.silent_after])
            self.wfile.flush()
            self.web.go_on.wait()
            self.close_connection = True
            return
        self.wfile.write(body)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    folder = tmp_path / "published"
    folder.mkdir()
    web = Web("")
    bound = type("Bound", (Handler,), {"web": web})
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(bound, directory=str(folder))
    )
    server.daemon_threads = True
    web.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield web
    web.go_on.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "published", Keys(tmp_path / "keys", PASSPHRASE))
    made.init()
    return made


@dataclass
class Pc:
    """A PC with the program as it was installed, version 0.1.0."""

    installation: Installation
    data: Path

    def fetch(self, above: str = "0.1.0") -> Fetched:
        return Fetcher(self.installation).fetch(above=above)

    def ready(self) -> set[str]:
        return {build.version for build in self.installation.builds()}


@pytest.fixture
def pc(tmp_path: Path, web: Web, repository: Repository) -> Pc:
    program = tmp_path / "program"
    program.mkdir()
    said = {"versions": "versions", "repository": web.address, "channel": "stable"}
    (program / NOTE_NAME).write_text(json.dumps(said))
    (program / ROOT_NAME).write_bytes(repository.root.read_bytes())
    base = program / PROGRAM_NAME
    base.write_text("#!/bin/sh\nexit 0\n")
    base.chmod(0o755)
    installation = Installation.of(base)
    assert installation is not None
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    return Pc(installation, data)


Publish = Callable[..., Path]


@pytest.fixture
def publish(tmp_path: Path, repository: Repository) -> Publish:
    """Publishes a program of a version: `publish("0.2.0", script="...", share=1000)`."""

    def do(version: str, script: str = "exit 0", ballast: int = 0, **said: object) -> Path:
        program = tmp_path / f"built-{version}"
        (program / "_internal").mkdir(parents=True)
        (program / "_internal" / "ballast").write_bytes(random.Random(version).randbytes(ballast))
        (program / PROGRAM_NAME).write_text(f"#!/bin/sh\n{script}\n")
        (program / PROGRAM_NAME).chmod(0o755)
        (program / "_internal" / "link").symlink_to("ballast")
        build = a_build(version, unpacked_bytes=unpacked_bytes(program), **said)
        repository.publish(program, build, built_at=BUILT_AT)
        return program

    return do


def a_build(version: str, **said: object) -> Build:
    usual: dict[str, object] = {
        "version": version,
        "channel": "stable",
        "platform": this_platform(),
        "share": 10_000,
        "offices": [],
        "reads_data_from": 1,
        "writes_data": 16,
        "reads_entries_from": 1,
        "unpacked_bytes": 1000,
    }
    return Build.from_json({**usual, **said})
