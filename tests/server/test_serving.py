"""`guichet-server serve` as a process: TLS, unix sockets, what its log holds."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
import requests

from sync.protocol.messages import EnrolRequest, Problem, PushRequest
from sync.server.cli import main
from sync.server.serving import now_ms
from sync.server.tls_files import make_certificate as make_names
from sync.server.tls_files import name_for_others, tls_files
from tests.sync.tls import make_certificate

V = {"Guichet-Protocol": "1"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("server") / "data"
    assert main(["--data", str(folder), "init", "--programme", "P", "--admin-pin", "1234"]) == 0
    return folder


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """A server of its own for each test; making its keys and tables takes a second."""
    folder = tmp_path / "data"
    shutil.copytree(made, folder)
    return folder


def command(data: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "sync.server.cli", "--data", str(data), "serve", *options]


@contextmanager
def started(
    data: Path, *options: str, env: dict[str, str] | None = None
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        command(data, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.communicate()


def failing(data: Path, *options: str) -> str:
    """What the command says that can't start."""
    done = subprocess.run(
        command(data, *options), capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def files(folder: Path) -> tuple[str, str, str]:
    """(certificate, key, authority) as an operator has them, in files of their own."""
    made = make_certificate(folder)
    key, rest = made.chain.read_text().split("-----BEGIN CERTIFICATE-----")
    (folder / "key.pem").write_text(key)
    (folder / "cert.pem").write_text("-----BEGIN CERTIFICATE-----" + rest)
    return str(folder / "cert.pem"), str(folder / "key.pem"), str(made.authority)


def test_tls_from_certificate_files(data: Path, tmp_path: Path) -> None:
    certificate, key, authority = files(tmp_path / "tls")
    with started(data, "--port", "0", "--tls-cert", certificate, "--tls-key", key) as (url, _):
        assert url.startswith("https://127.0.0.1:")
        answer = requests.get(url + "/healthz", verify=authority, timeout=10)
        assert answer.json() == {"status": "ok"}
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(url + "/healthz", timeout=10)  # the system doesn't know the authority
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.get(url.replace("https", "http") + "/healthz", timeout=10)


def test_bad_certificate_files_are_explained(data: Path, tmp_path: Path) -> None:
    certificate, key, _ = files(tmp_path / "tls")
    _, other_key, _ = files(tmp_path / "other")
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("no certificate")
    missing = str(tmp_path / "nowhere.pem")
    for cert_file, key_file, said in (
        (certificate, missing, "nowhere.pem"),
        (missing, key, "nowhere.pem"),
        (str(garbage), key, "no certificate and its private key"),
        (certificate, str(garbage), "no certificate and its private key"),
        (certificate, other_key, "no certificate and its private key"),
    ):
        uds = tmp_path / "socket"
        tls = ("--tls-cert", cert_file, "--tls-key", key_file)
        assert said in failing(data, *tls, "--uds", str(uds))
        assert not uds.exists()


def test_a_counter_is_sent_to_a_name_that_the_certificate_covers(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(data), "counter", "add", "HQ", "A1"]) == 0
    here = "127.0.0.1"
    for names, host, named in (
        ((here, "counters.example.com"), "0.0.0.0", "counters.example.com"),
        (("localhost", here, "fd00::7"), "0.0.0.0", "[fd00::7]"),
        (("a.example.com", "10.0.4.7"), here, here),
        ((here, "::1", "localhost"), "0.0.0.0", socket.getfqdn()),
    ):
        make_names(tls_files(data), names, now_ms=now_ms())
        with started(data, "--port", "0", "--host", host) as (url, _):
            port = url.rpartition(":")[2]
            assert url == f"https://{host}:{port}"
            capsys.readouterr()
            assert main(["--data", str(data), "enrol", "HQ/A1"]) == 0
            assert f"Server: https://{named}:{port}" in capsys.readouterr().err


def test_which_name_is_for_others(tmp_path: Path) -> None:
    files = tls_files(tmp_path)
    make_names(files, ["a.example.com", "10.0.4.7"], now_ms=now_ms())
    for host, named in (
        ("10.0.4.7", "10.0.4.7"),
        ("a.example.com", "a.example.com"),
        ("10.0.4.8", "a.example.com"),
        ("::", "a.example.com"),
    ):
        assert name_for_others(files.certificate, host) == named


def test_plain_text_on_the_network_is_said_in_one_line(data: Path) -> None:
    def warnings(*options: str, env: dict[str, str] | None = None) -> list[str]:
        with started(data, "--port", "0", *options, env=env) as (_, process):
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=20)
        return [line for line in log.splitlines() if "serves_without_tls" in line]

    (line,) = warnings("--host", "0.0.0.0")
    assert "tls make" in json.loads(line)["what_to_do"]
    assert warnings() == []
    assert warnings("--host", "0.0.0.0", env={"GUICHET_PROXIES": "192.0.2.1"}) == []
    make_names(tls_files(data), ["a.example.com"], now_ms=now_ms())
    assert warnings("--host", "0.0.0.0") == []


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(str(self.path))


def ask(uds: Path, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    connection = UnixConnection(uds)
    try:
        connection.request(method, path, body, V)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_unix_socket(data: Path, tmp_path: Path) -> None:
    uds = tmp_path / "s"
    with started(data, "--uds", str(uds)) as (place, process):
        assert place == f"unix:{uds}"
        assert ask(uds, "GET", "/healthz") == (200, b'{"status":"ok"}')
        # callers without an address don't share one address's bound
        wrong = msgspec.json.encode(EnrolRequest("X", b"1" * 32, "pc", "1"))
        assert [ask(uds, "POST", "/v1/enrol", wrong)[0] for _ in range(12)] == [404] * 12
        assert "in use" in failing(data, "--uds", str(uds))
        assert ask(uds, "GET", "/healthz")[0] == 200
        process.kill()  # leaves its socket behind
        process.wait()
    assert uds.is_socket()
    with started(data, "--uds", str(uds)) as (_, process):
        assert ask(uds, "GET", "/healthz")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert not uds.exists()
    uds.write_text("somebody's notes")
    failing(data, "--uds", str(uds))
    assert uds.read_text() == "somebody's notes"


def test_a_proxy_that_is_named_is_believed_for_whom_it_asks(data: Path) -> None:
    def tries(url: str, address: str) -> list[int]:
        headers = {"X-Forwarded-For": f"203.0.113.9, {address}"}
        return [
            requests.post(
                url + "/v1/enrol",
                json={"code": "X", "public_key": "", "hostname": "", "version": ""},
                headers={**V, **headers},
                timeout=10,
            ).status_code
            for _ in range(11)
        ]

    named = {"GUICHET_PROXIES": "192.0.2.1, 127.0.0.0/8"}
    with started(data, "--port", "0", env=named) as (url, _):
        assert tries(url, "198.51.100.7") == [404] * 10 + [429]
        assert tries(url, "198.51.100.8") == [404] * 10 + [429], "what was sent before is its own"
    with started(data, "--port", "0") as (url, _):
        assert tries(url, "198.51.100.7") == [404] * 10 + [429]
        assert tries(url, "198.51.100.8") == [429] * 11


def test_a_proxy_that_is_no_address_is_refused(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUICHET_PROXIES", "*")
    assert "GUICHET_PROXIES" in failing(data, "--port", "0")


def test_metrics_are_closed_without_a_token(data: Path) -> None:
    for set_to, asked in (
        ("", {"": 401, "Bearer ": 401}),
        ("a", {"Bearer b": 401, "Bearer a": 200}),
    ):
        with started(data, "--port", "0", env={"GUICHET_METRICS_TOKEN": set_to}) as (url, _):
            for sent, status in asked.items():
                headers = {"Authorization": sent}
                answer = requests.get(url + "/metrics", headers=headers, timeout=10)
                assert answer.status_code == status


def test_what_libraries_log_is_cut_before_values() -> None:
    """asyncio writes the arguments of a callback that failed into its message."""
    program = """
import asyncio, logging
from sync.server.serving import configure_log
configure_log()
def ring(case): raise ValueError(case)
async def main():
    asyncio.get_running_loop().call_soon(ring, "Planted-Person")
    await asyncio.sleep(0.01)
asyncio.run(main())
logging.getLogger("x").error("sent %s to", "Planted-Person")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == [
        "Exception in callback ring", "sent %s to"
    ]  # fmt: skip
    assert lines[0]["kinds"] == ["ValueError"]
    assert "Planted-Person" not in done.stderr


PLANTED = "Planted-Person-13912345678"


def hostile(url: str, path: str) -> list[requests.Response]:
    """Everything that can carry text, with a person's name in it."""
    push = msgspec.json.encode(
        PushRequest(1, 1, [msgspec.Raw(b'"%s"' % PLANTED.encode())], [], b"")
    )
    headers = {**V, "Authorization": f"Bearer {PLANTED}", "User-Agent": PLANTED}
    address = url + path
    with requests.Session() as session:
        return [
            session.request(method, address, headers=headers, data=body, timeout=10)
            for method in ("GET", "POST", "PUT")
            for body in (push, f'{{"code":"{PLANTED}"}}', f"[{PLANTED}", b"\xff" + PLANTED.encode())
        ]


def test_no_log_at_any_level_names_anybody(data: Path) -> None:
    """The process's whole output, with whatever the libraries say in their debug mode."""
    env = {"PYTHONASYNCIODEBUG": "1", "PYTHONDEVMODE": "1", "GUICHET_METRICS_TOKEN": "Secret-Token"}
    with started(data, "--port", "0", env=env) as (url, process):
        for path in (
            "/v1/enrol",
            "/v1/token",
            "/v1/push",
            f"/v1/{PLANTED}",
            f"/v1/pull?xid={PLANTED}",
        ):
            for answer in hostile(url, path):
                assert 400 <= answer.status_code < 500
                assert PLANTED not in answer.text
                problem = msgspec.json.decode(answer.content, type=Problem)
                assert "" not in (problem.code, problem.message)
        raw = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 10)
        raw.sendall(f"{PLANTED} no http\r\n\r\n".encode())
        raw.recv(4096)
        raw.close()
        process.send_signal(signal.SIGTERM)
        out, log = process.communicate(timeout=20)
    assert log.count('"event": "request"') >= 60
    for secret in (PLANTED, "Secret-Token", (data / "keys" / "token.key").read_bytes().hex()):
        assert secret not in out + log
    assert not re.search(r"1[3-9]\d{9}\b", log)
