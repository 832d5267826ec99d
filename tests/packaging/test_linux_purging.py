"""Removing and purging the client's package, by its own scripts and a real little server."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from build_scripts.linux.installers import HERE
from sync.client.leaving import OPEN
from sync.server.tls_files import make_certificate, tls_files

TOOLS = ("curl", "wget", "python3")
BASICS = (*("sh", "sed", "grep", "find", "rm", "rmdir", "mktemp", "timeout", "tr", "cut", "cat"),)
RELEASED = '{"outcome":"released","server_ms":1}'
MISSING = '{"code":"work_missing","message":"Something is missing here","detail":{"head_seq":3}}'

SHUT_OUT = '{"code":"revoked","message":"This device was shut out","detail":{}}'


@dataclass
class Heard:
    """A central server as the scripts meet it."""

    status: int = 200
    answer: str = RELEASED
    url: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)


@contextmanager
def listening(heard: Heard, tls: tuple[Path, Path] | None = None) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            heard.asked.append((self.path, self.headers["Guichet-Protocol"], body))
            self.send_response(heard.status)
            self.send_header("Content-Length", str(len(heard.answer)))
            self.end_headers()
            self.wfile.write(heard.answer.encode())

        def log_message(self, *_: object) -> None:
            pass

    class Server(HTTPServer):
        def handle_error(self, *_: object) -> None:  # whoever doesn't trust it hangs up
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    heard.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def heard() -> Iterator[Heard]:
    there = Heard()
    with listening(there):
        yield there


@dataclass
class Pc:
    """A PC with the package's scripts, a data folder and so many programs."""

    folder: Path

    def __post_init__(self) -> None:
        self.data, self.programs = self.folder / "data", self.folder / "bin"
        self.data.mkdir()
        self.programs.mkdir()
        (self.data / "work.db").write_bytes(b"encrypted")
        self.has(*BASICS)

    def has(self, *names: str) -> None:
        for name in names:
            found = os.path.realpath(sys.executable) if name == "python3" else shutil.which(name)
            assert found is not None, name
            (self.programs / name).symlink_to(found)

    def letter(self, url: str, *, proxy: str = "", certificates: str = "") -> Path:
        path = self.data / "leave.letter"
        path.write_text(f"{url}/v1/leave\n{proxy}\n" + '{"head_seq":3}\n' + certificates)
        return path

    def run(self, script: str, *arguments: str, **environment: str) -> tuple[int, str]:
        text = (HERE / script).read_text()
        for word, name in (("@RUNNING@", "running.sh"), ("@LEAVING@", "leaving.sh")):
            text = text.replace(word, (HERE / name).read_text())
        text = text.replace("/var/lib/guichet", str(self.data))
        text = text.replace("/usr/lib/guichet/guichet", str(self.programs / "guichet"))
        done = subprocess.run(
            ["/bin/sh", "-c", text, script, *arguments],
            env={"PATH": str(self.programs), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def purge(self, **environment: str) -> str:
        code, said = self.run("postrm.sh", "purge", **environment)
        assert code == 0, said
        return said


@pytest.fixture
def pc(tmp_path: Path) -> Pc:
    return Pc(tmp_path)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_letter_that_the_server_believes_takes_the_data_away(
    pc: Pc, heard: Heard, tool: str
) -> None:
    pc.has(tool)
    pc.letter(heard.url)
    said = pc.purge(http_proxy="http://127.0.0.1:1")  # the letter says which way, not this
    assert "let this PC go" in said
    assert not pc.data.exists()
    assert heard.asked == [("/v1/leave", "1", '{"head_seq":3}\n')]


@pytest.mark.parametrize("tool", TOOLS)
def test_a_server_that_lacks_something_keeps_the_data(pc: Pc, heard: Heard, tool: str) -> None:
    pc.has(tool)
    pc.letter(heard.url)
    heard.status, heard.answer = 409, MISSING
    said = pc.purge()
    assert (pc.data / "work.db").exists()
    assert "is kept: the server says: Something is missing here" in said
    assert "revoke the seat there" in said
    assert len(said.splitlines()) == 2


@pytest.mark.parametrize("tool", TOOLS)
def test_no_server_or_something_else_in_its_place_keeps_the_data(
    pc: Pc, heard: Heard, tool: str
) -> None:
    pc.has(tool)
    pc.letter("http://127.0.0.1:1")
    assert "is kept: the server did not answer." in pc.purge()
    heard.answer = "<html>Welcome to the hotel's network</html>"
    pc.letter(heard.url)
    assert "is kept: the server did not answer." in pc.purge()
    assert (pc.data / "work.db").exists()


@pytest.mark.parametrize("tool", TOOLS)
def test_the_letters_proxy_is_the_way(pc: Pc, heard: Heard, tool: str) -> None:
    pc.has(tool)
    pc.letter("http://guichet.test", proxy=heard.url)
    assert "let this PC go" in pc.purge()
    assert heard.asked[0][0] == "http://guichet.test/v1/leave"


@pytest.mark.parametrize("tool", TOOLS)
def test_the_letters_authority_certifies_the_server(pc: Pc, tmp_path: Path, tool: str) -> None:
    files = tls_files(tmp_path)
    make_certificate(files, ["127.0.0.1"], now_ms=time.time_ns() // 1_000_000)
    pc.has(tool)
    heard = Heard()
    with listening(heard, (files.certificate, files.key)):
        pc.letter(heard.url)  # the system doesn't know that authority
        assert "is kept: the server did not answer." in pc.purge()
        assert heard.asked == []
        pc.letter(heard.url, certificates=files.authority.read_text())
        assert "let this PC go" in pc.purge()
    assert not pc.data.exists()


def test_without_a_tool_it_says_so_and_keeps_the_data(pc: Pc, heard: Heard) -> None:
    pc.letter(heard.url)
    assert "neither curl, wget nor python3" in pc.purge()
    assert (pc.data / "work.db").exists()


def test_without_a_letter_the_data_stay(pc: Pc) -> None:
    pc.has("curl")
    said = pc.purge()
    assert "it holds a seat, and maybe work that no server has" in said
    assert len(said.splitlines()) == 2
    assert (pc.data / "work.db").exists()


@pytest.mark.parametrize("has_letter", [False, True])
def test_of_a_seat_that_was_shut_out_it_says_what_ends_it(
    pc: Pc, heard: Heard, has_letter: bool
) -> None:
    """By its own note, or as the server answers a letter of before."""
    pc.has("curl")
    if has_letter:
        pc.letter(heard.url)
        heard.status, heard.answer = 403, SHUT_OUT
    else:
        (pc.data / "blind.json").write_text('{"reason": "revoked"}')
    why, mend = pc.purge().splitlines()
    assert "is kept: " in why
    assert "shut out" in why
    assert "guichet rescue export FILE" in mend
    assert "guichet rescue set-aside" in mend
    assert "revoke" not in mend
    assert (pc.data / "work.db").exists()


def test_only_a_letter_of_roots_own_is_posted(pc: Pc, heard: Heard) -> None:
    pc.has("curl")
    letter = pc.letter(heard.url)
    letter.rename(pc.folder / "elsewhere")
    letter.symlink_to(pc.folder / "elsewhere")
    assert "is kept: it holds a seat" in pc.purge()
    if os.geteuid() == 0:
        letter.unlink()
        os.chown(pc.letter(heard.url), 12345, 12345)
        assert "is kept: it holds a seat" in pc.purge()
    assert heard.asked == []


@pytest.mark.parametrize("address", ["file:///etc/passwd", "-o/tmp/x", "gopher://127.0.0.1:1"])
@pytest.mark.parametrize("tool", TOOLS)
def test_an_address_of_another_kind_is_no_servers(pc: Pc, tool: str, address: str) -> None:
    pc.has(tool)
    pc.letter(address)
    assert "is kept: the server did not answer." in pc.purge()


def test_what_was_never_a_seat_goes_without_asking(pc: Pc) -> None:
    (pc.data / "leave.letter").write_text("unenrolled\n")
    assert pc.purge() == ""
    assert not pc.data.exists()
    assert pc.purge() == ""  # nor is anything amiss where there is nothing
    pc.data.mkdir()
    (pc.data / "vault.json").touch()
    assert pc.purge() == ""
    assert not pc.data.exists()


def test_an_earlier_seat_that_was_set_aside_stays(pc: Pc, heard: Heard) -> None:
    pc.has("curl")
    pc.letter(heard.url)
    aside = pc.data / "set-aside-20261201T000000Z"
    aside.mkdir()
    (aside / "work.db").touch()
    said = pc.purge()
    assert "an earlier seat's work was set aside" in said
    assert [path.name for path in pc.data.iterdir()] == [aside.name]


@pytest.mark.parametrize("how", ["remove", "upgrade", "disappear", "abort-install"])
def test_nothing_goes_unless_it_is_purged(pc: Pc, heard: Heard, how: str) -> None:
    pc.has("curl")
    pc.letter(heard.url)
    assert pc.run("postrm.sh", how) == (0, "")
    assert (pc.data / "work.db").exists()
    assert heard.asked == []


# --- while the program is there ------------------------------------------------------------------


def stand_in(pc: Pc, does: str) -> Path:
    program = pc.programs / "guichet"
    program.write_text(f'#!/bin/sh\necho "$@" >"{pc.folder}/called"\n{does}\n')
    program.chmod(0o755)
    pc.has("readlink")
    return pc.folder / "called"


REMOVALS = [("prerm.sh", ("remove",)), ("preun.sh", ("0",))]


@pytest.mark.parametrize(("script", "arguments"), REMOVALS)
def test_a_removal_has_the_program_prepare_its_leave(
    pc: Pc, script: str, arguments: tuple[str, ...]
) -> None:
    called = stand_in(pc, "echo all is sent")
    assert pc.run(script, *arguments) == (0, "all is sent\n")
    assert called.read_text() == f"leave --prepare --data-folder {pc.data}\n"


@pytest.mark.parametrize(("script", "arguments"), REMOVALS)
@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("echo 500 entries wait; exit 1", "500 entries wait\n"),
        ("kill -9 $$", "guichet: it could not look at its data any more (code 137); they stay.\n"),
        ("exit 127", "guichet: it could not look at its data any more (code 127); they stay.\n"),
    ],
)
def test_no_trouble_of_the_programs_holds_a_removal_up(
    pc: Pc, script: str, arguments: tuple[str, ...], does: str, says: str
) -> None:
    stand_in(pc, does)
    code, said = pc.run(script, *arguments)
    assert (code, said.splitlines()[-1:]) == (0, [says.strip()])


@pytest.mark.parametrize(("script", "arguments"), REMOVALS)
def test_a_seat_that_is_open_all_the_same_stops_the_removal(
    pc: Pc, script: str, arguments: tuple[str, ...]
) -> None:
    stand_in(pc, f"echo It is running already; exit {OPEN}")
    code, said = pc.run(script, *arguments)
    assert code == 1
    assert said.splitlines() == [
        "It is running already",
        "guichet: nothing was changed. Close it, then try again.",
    ]


@pytest.mark.parametrize(
    ("script", "arguments"),
    [("prerm.sh", ("upgrade", "2.0")), ("prerm.sh", ("failed-upgrade", "1")), ("preun.sh", ("1",))],
)
def test_an_upgrade_prepares_nothing(pc: Pc, script: str, arguments: tuple[str, ...]) -> None:
    called = stand_in(pc, "")
    assert pc.run(script, *arguments) == (0, "")
    assert not called.exists()


def test_where_no_data_are_nothing_is_asked(pc: Pc) -> None:
    called = stand_in(pc, "")
    (pc.data / "work.db").unlink()
    assert pc.run("prerm.sh", "remove") == (0, "")
    assert not called.exists()
