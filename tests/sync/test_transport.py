"""HTTP as it is: a small server on a loopback socket that misbehaves on request."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
import pytest
import zstandard

from app.domain.errors import Rejected, Unavailable
from app.domain.records import Case
from sync.client.exchange import Ask, Fault, Request
from sync.client.feed import FeedReader
from sync.client.loop import SyncRunner
from sync.client.online import HttpOnlineDesk
from sync.client.session import TokenCache
from sync.client.transport import HttpTransport
from sync.protocol.framing import compress
from sync.protocol.messages import MAX_BODY_BYTES
from tests.fakes.sync_store import MemorySyncStore
from tests.fakes.waiting import until
from tests.sync.scripted import Server, member
from tests.sync.tls import make_certificate

Handler = Callable[["Peer"], object]


class Peer(BaseHTTPRequestHandler):
    """One request of a client; what is done with it is the test's."""

    protocol_version = "HTTP/1.1"
    answer: Handler
    seen: list[dict[str, Any]]

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.body = self.rfile.read(length)
        self.seen.append({"path": self.path, "headers": dict(self.headers), "body": self.body})
        type(self).answer(self)

    do_GET = do_POST = _handle

    def reply(self, status: int = 200, body: bytes = b"{}", **headers: str) -> None:
        self.send_response(status)
        sent = {"Content-Type": "application/json", "Guichet-Protocol": "1"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {**sent, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def chunk(self, piece: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


class Local(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that goes away is what some tests are about."""


class Tunnel:
    """A proxy for one connection to a port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.asked = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._serve, daemon=True)]

    def __enter__(self) -> Tunnel:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join(20)
        self._socket.close()

    def _serve(self) -> None:
        near, _ = self._socket.accept()
        while b"\r\n\r\n" not in self.asked:
            self.asked += near.recv(4096)
        with near, socket.create_connection(("127.0.0.1", self._port)) as far:
            near.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=self._pump, args=(far, near), daemon=True)
            back.start()
            self._pump(near, far)
            back.join(20)

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):  # whoever hangs up first
            while piece := source.recv(65_536):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[str, list[dict[str, Any]]]]]:
    servers: list[Local] = []

    def start(answer: Handler, *, tls: Path | None = None) -> tuple[str, list[dict[str, Any]]]:
        seen: list[dict[str, Any]] = []
        peer = type("ThisPeer", (Peer,), {"answer": staticmethod(answer), "seen": seen})
        server = Local(("127.0.0.1", 0), peer)
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        scheme = "http" if tls is None else "https"
        return f"{scheme}://127.0.0.1:{server.server_address[1]}", seen

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def transport(request: pytest.FixtureRequest) -> Iterator[Callable[..., HttpTransport]]:
    made: list[HttpTransport] = []

    def make(url: str, authority: Path | None = None) -> HttpTransport:
        made.append(HttpTransport(url, authority=authority))
        return made[-1]

    yield make
    for one in made:
        one.close()


def ask(path: str = "/x", body: bytes | None = None, token: str | None = None) -> Request:
    return Request("GET" if body is None else "POST", path, Ask(), 0.0, body=body, token=token)


def fault_of(transport: HttpTransport, **options: Any) -> str:
    with pytest.raises(Fault) as caught:
        transport.send(ask(), **options)
    return caught.value.kind


# --- bodies --------------------------------------------------------------------------------------


def test_long_bodies_go_and_come_compressed(serve: Any, transport: Any) -> None:
    long = json.dumps({"text": "guichet " * 5000}).encode()

    def echo(peer: Peer) -> None:
        assert peer.headers["Content-Encoding"] == "zstd"
        plain = zstandard.ZstdDecompressor().decompressobj().decompress(peer.body)
        peer.reply(body=compress(plain)[0], Content_Encoding="zstd")

    url, seen = serve(echo)
    answer = transport(url).send(ask(body=long))
    assert answer.body == long
    assert len(seen[0]["body"]) < len(long) / 20


def test_short_bodies_go_as_they_are(serve: Any, transport: Any) -> None:
    url, seen = serve(lambda peer: peer.reply(body=b'{"a":1}'))
    assert transport(url).send(ask(body=b"{}")).body == b'{"a":1}'
    assert "Content-Encoding" not in seen[0]["headers"]
    assert seen[0]["headers"]["Guichet-Protocol"] == "1"


def test_meanwhile_runs_once_the_server_has_it_all_and_before_it_answers(
    serve: Any, transport: Any
) -> None:
    came, done = threading.Event(), threading.Event()

    def slow(peer: Peer) -> None:
        came.set()
        peer.reply(body=b"1" if done.wait(20) else b"0")

    def meanwhile() -> None:
        assert came.wait(20), "the whole request has left"
        done.set()

    url, seen = serve(slow)
    body = random.Random(0).randbytes(300_000)
    answer = transport(url).send(ask(body=body), meanwhile=meanwhile)
    assert answer.body == b"1"
    assert zstandard.ZstdDecompressor().decompressobj().decompress(seen[0]["body"]) == body


def test_meanwhile_runs_once_for_a_call_without_a_body_too(serve: Any, transport: Any) -> None:
    came, done = threading.Event(), threading.Event()

    def slow(peer: Peer) -> None:
        came.set()
        peer.reply(body=b"1" if done.wait(20) else b"0")

    def meanwhile() -> None:
        assert came.wait(20), "the request has left"
        assert not done.is_set()
        done.set()

    url, _ = serve(slow)
    made = transport(url)
    assert made.send(ask(), meanwhile=meanwhile).body == b"1"
    assert made.send(ask()).body == b"1"


def test_through_a_proxy_meanwhile_runs_once_the_request_has_left_too(
    serve: Any, tmp_path: Path
) -> None:
    """The proxy's answer to CONNECT is read before that."""
    came, done = threading.Event(), threading.Event()

    def slow(peer: Peer) -> None:
        came.set()
        peer.reply(body=b"1" if done.wait(20) else b"0")

    def meanwhile() -> None:
        assert came.wait(20), "the request has left"
        done.set()

    certificate = make_certificate(tmp_path / "tls")
    url, _ = serve(slow, tls=certificate.chain)
    with Tunnel(urlsplit(url).port or 0) as proxy:
        made = HttpTransport(url, authority=certificate.authority)
        made._session.proxies = {"https": proxy.url}
        assert made.send(ask(), meanwhile=meanwhile).body == b"1"
        made.close()
    assert proxy.asked.startswith(b"CONNECT ")


def test_what_was_packed_ahead_travels_as_it_is(serve: Any, transport: Any) -> None:
    url, seen = serve(Peer.reply)
    request = replace(ask(body=b"a" * 5_000), packed=compress(b"b" * 5_000))
    transport(url).send(request)
    assert seen[0]["body"] == compress(b"b" * 5_000)[0]
    assert seen[0]["headers"]["Content-Encoding"] == "zstd"


def test_the_token_goes_along_whatever_netrc_says(
    serve: Any, transport: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login other password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    url, seen = serve(lambda peer: peer.reply())
    made = transport(url)
    made._session.trust_env = True
    made.send(ask(token="abc"))
    made.send(ask())
    assert seen[0]["headers"]["Authorization"] == "Bearer abc"
    assert "Authorization" not in seen[1]["headers"]


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    serve: Any, transport: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    url, _ = serve(lambda peer: peer.reply())
    assert transport(url).send(ask()).status == 200
    assert transport("http://10.255.255.1")._session.trust_env


def test_a_proxy_that_is_set_goes_before_the_environments(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "server.example")
    url, seen = serve(Peer.reply)
    with contextlib.closing(HttpTransport("http://server.example", proxy=url)) as made:
        assert made.send(ask()).status == 200
        assert made.proxy == url
    assert seen[0]["headers"]["Host"] == "server.example"
    for server, proxy in (("http://10.255.255.1", "none"), ("http://127.0.0.1:9", url)):
        with contextlib.closing(HttpTransport(server, proxy=proxy)) as made:
            assert made.proxy == ""


@pytest.mark.parametrize(
    ("body", "encoding", "kind"),
    [
        (zstandard.compress(b"\0" * (MAX_BODY_BYTES + 1)), "zstd", "too_large"),
        (b"x" * (MAX_BODY_BYTES + 1), "identity", "too_large"),
        (zstandard.compress(b"abc" * 1000)[:-4], "zstd", "not_guichet"),
        (b"no frame at all", "zstd", "not_guichet"),
        (b"\x1f\x8b", "gzip", "not_guichet"),
    ],
)
def test_a_body_that_is_none_is_a_fault(
    serve: Any, transport: Any, body: bytes, encoding: str, kind: str
) -> None:
    url, _ = serve(lambda peer: peer.reply(body=body, Content_Encoding=encoding))
    assert fault_of(transport(url)) == kind


def test_a_redirect_is_an_answer_and_not_followed(serve: Any, transport: Any) -> None:
    url, seen = serve(lambda peer: peer.reply(302, Location="http://portal.invalid/"))
    assert transport(url).send(ask()).status == 302
    assert len(seen) == 1


def test_statuses_come_as_they_are(serve: Any, transport: Any) -> None:
    url, _ = serve(lambda peer: peer.reply(503, b"<html>", Retry_After="7"))
    answer = transport(url).send(ask())
    assert (answer.status, answer.headers["retry-after"]) == (503, "7")


# --- no answer -----------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def test_nobody_there_is_unreachable(transport: Any) -> None:
    assert fault_of(transport(f"http://127.0.0.1:{free_port()}")) == "unreachable"


def test_no_such_name_is_unreachable(transport: Any) -> None:
    assert fault_of(transport("http://no-such-host.invalid")) == "unreachable"


def test_a_connection_cut_before_the_answer_is_lost(serve: Any, transport: Any) -> None:
    def cut(peer: Peer) -> None:
        peer.close_connection = True
        peer.connection.shutdown(socket.SHUT_RDWR)

    url, _ = serve(cut)
    assert fault_of(transport(url)) == "lost"


def test_a_connection_cut_within_the_answer_is_lost(serve: Any, transport: Any) -> None:
    def cut(peer: Peer) -> None:
        peer.send_response(200)
        peer.send_header("Content-Length", "1000")
        peer.end_headers()
        peer.wfile.write(b"{")
        peer.wfile.flush()
        peer.close_connection = True
        peer.connection.shutdown(socket.SHUT_RDWR)

    url, _ = serve(cut)
    assert fault_of(transport(url)) == "lost"


def test_silence_ends_with_the_limit(serve: Any, transport: Any) -> None:
    release = threading.Event()
    url, _ = serve(lambda peer: release.wait(10))
    started = time.monotonic()
    assert fault_of(transport(url), limit_s=0.3) == "lost"
    assert time.monotonic() - started < 2
    release.set()


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nContent-Type: ", b"x"),
    ],
    ids=["chunks", "body", "head"],
)
def test_an_answer_that_drips_ends_with_the_limit(
    head: bytes, drop: bytes, serve: Any, transport: Any
) -> None:
    release = threading.Event()

    def drip(peer: Peer) -> None:
        peer.wfile.write(head)
        while not release.wait(0.05):
            peer.wfile.write(drop)

    url, _ = serve(drip)
    started = time.monotonic()
    assert fault_of(transport(url), limit_s=0.4) == "lost"
    assert time.monotonic() - started < 2
    release.set()


# --- TLS -----------------------------------------------------------------------------------------


def test_a_pinned_authority_is_trusted_and_no_other(
    serve: Any, transport: Any, tmp_path: Path
) -> None:
    mine, other = make_certificate(tmp_path / "mine"), make_certificate(tmp_path / "other")
    url, _ = serve(lambda peer: peer.reply(), tls=mine.chain)
    assert transport(url, mine.authority).send(ask()).status == 200
    assert fault_of(transport(url, other.authority)) == "certificate"


def test_the_systems_authorities_do_not_know_ours(
    serve: Any, transport: Any, tmp_path: Path
) -> None:
    mine = make_certificate(tmp_path / "mine")
    url, _ = serve(lambda peer: peer.reply(), tls=mine.chain)
    assert fault_of(transport(url)) == "certificate"


# --- the feed ------------------------------------------------------------------------------------

CASE = Case(
    case_id=uuid4(),
    origin="rating",
    office_id=uuid4(),
    counter_label="A1",
    clerk_number="101",
    encounter_id=uuid4(),
    opened_ms=1,
    state="new",
    score=1,
    reasons=(),
    comment="",
    call="now",
    member_name="",
)


class Wall:
    """The system's clock, as little of it as is needed."""

    def now_ms(self) -> int:
        return int(time.time() * 1000)

    def boot(self) -> tuple[str, int]:
        return "boot", 1

    def monotonic_s(self) -> float:
        return time.monotonic()


def feed_line(kind: str, case: Case | None = None) -> bytes:
    line: dict[str, Any] = {"kind": kind, "server_ms": 1}
    if case is not None:
        line["case"] = msgspec.to_builtins(case)
    return msgspec.json.encode(line) + b"\n"


def start_feed(peer: Peer) -> None:
    peer.send_response(200)
    peer.send_header("Content-Type", "application/x-ndjson")
    peer.send_header("Transfer-Encoding", "chunked")
    peer.end_headers()


class Listening:
    """A feed reader on a thread, and what it heard."""

    def __init__(self, made: HttpTransport) -> None:
        self.alarms: list[Case] = []
        self.heard = threading.Semaphore(0)
        self.changed = threading.Semaphore(0)
        self.opened: list[bool] = []
        self.tokens = TokenCache()
        self.tokens.keep("t", now=time.monotonic(), life_s=3600)
        self.reader = FeedReader(
            made.open_feed,
            Wall(),
            tokens=self.tokens,
            source=random.Random(1),
            on_changed=self.changed.release,
            on_alarm=self._on_alarm,
            on_open=self.opened.append,
        )
        self.thread = threading.Thread(target=self.reader.run)
        self.thread.start()

    def _on_alarm(self, case: Case) -> None:
        self.alarms.append(case)
        self.heard.release()

    def stop(self) -> None:
        self.reader.stop()
        self.thread.join(5)
        assert not self.thread.is_alive()


def test_an_alarm_is_heard_at_once_and_stopping_does_not_wait(serve: Any, transport: Any) -> None:
    go, release = threading.Event(), threading.Event()
    sent: list[float] = []

    def feed(peer: Peer) -> None:
        start_feed(peer)
        peer.chunk(feed_line("hello"))
        go.wait(10)
        whole = feed_line("alarm", CASE)
        peer.chunk(whole[:40])  # a line may come in pieces
        sent.append(time.monotonic())
        peer.chunk(whole[40:])
        release.wait(10)

    url, _ = serve(feed)
    listening = Listening(transport(url))
    assert listening.changed.acquire(timeout=5), "'hello' makes a pull worth while"
    go.set()
    assert listening.heard.acquire(timeout=5)
    assert time.monotonic() - sent[0] < 0.25
    assert listening.alarms == [CASE]
    started = time.monotonic()
    assert listening.opened == [True]
    listening.stop()
    assert listening.opened == [True, False]
    assert time.monotonic() - started < 2
    release.set()


def test_a_feed_that_breaks_is_opened_again(serve: Any, transport: Any) -> None:
    def feed(peer: Peer) -> None:
        start_feed(peer)
        peer.chunk(feed_line("hello"))
        peer.chunk(b"no line of ours\n")
        peer.close_connection = True
        peer.connection.shutdown(socket.SHUT_RDWR)

    url, seen = serve(feed)
    listening = Listening(transport(url))
    for _ in range(4):
        assert listening.changed.acquire(timeout=10)
    assert len(seen) >= 2
    listening.stop()


def test_a_feed_that_takes_no_token_lets_it_be_renewed(serve: Any, transport: Any) -> None:
    asked = threading.Event()

    def refuse(peer: Peer) -> None:
        peer.reply(401)
        asked.set()

    url, _ = serve(refuse)
    listening = Listening(transport(url))
    assert asked.wait(5)
    listening.stop()
    assert listening.tokens.current(time.monotonic()) is None


# --- all of it together --------------------------------------------------------------------------


class Central:
    """The scripted server behind real sockets."""

    def __init__(self, store: MemorySyncStore) -> None:
        assert store.seat is not None
        self.clock = Wall()
        self.clock.true_ms = property(lambda self: self.now_ms())  # type: ignore[attr-defined]
        clock = type("Clock", (), {"true_ms": property(lambda _: int(time.time() * 1000))})()
        self.server = Server(store.seat, clock, store.key.public_key().verify)
        self.lock = threading.Lock()

    def __call__(self, peer: Peer) -> None:
        if peer.path == "/v1/feed":
            start_feed(peer)
            peer.chunk(feed_line("hello"))
            peer.chunk(b"")
            return
        bearer = peer.headers.get("Authorization", "").removeprefix("Bearer ")
        encoding = peer.headers.get("Content-Encoding", "")
        body = peer.body
        if encoding:
            body = zstandard.ZstdDecompressor().decompressobj().decompress(body)
        with self.lock:
            answer = self.server.send(ask(peer.path, body, bearer or None))
        peer.reply(answer.status, answer.body)


def test_the_runner_uploads_pulls_and_stops(serve: Any, tmp_path: Path) -> None:
    store = MemorySyncStore.enrolled(tmp_path)
    for _ in range(5):
        store.append()
    central = Central(store)
    central.server.put(member(1, points=9))
    url, _ = serve(central)
    runner = SyncRunner(store, lambda _: HttpTransport(url), Wall(), lambda case: None)
    runner.start()
    try:
        until(lambda: store.confirmed_seq == 5, "the journal goes up")
        until(lambda: store.members_file() is not None, "the members come down")
        low = store.append(urgent=True)
        started = time.monotonic()
        runner.wake()
        until(lambda: str(low) in central.server.urgent, "the copy goes at once")
        assert time.monotonic() - started < 0.5
        until(lambda: store.confirmed_seq == 6, "and the chain follows")
    finally:
        assert runner.stop(10)


def test_a_runner_before_enrolment_waits_and_stops(tmp_path: Path) -> None:
    runner = SyncRunner(MemorySyncStore(tmp_path), _no_transport, Wall(), lambda case: None)
    runner.start()
    started = time.monotonic()
    assert runner.stop(10)
    assert time.monotonic() - started < 3


def _no_transport(url: str) -> Any:
    raise AssertionError("nobody to talk to")


def desk(store: MemorySyncStore) -> HttpOnlineDesk:
    return HttpOnlineDesk(store, HttpTransport, Wall(), tokens=TokenCache(), version="1")


def redeem(store: MemorySyncStore, url: str, *, limit_s: float = 2.0) -> tuple[str, str]:
    assert store.seat is not None
    object.__setattr__(store.seat, "server_url", url)
    one = desk(store)
    try:
        body = json.dumps({"event_id": str(uuid4())}).encode()
        verdict = one.redeem(body, b"s" * 64, (), limit_s=limit_s)
    finally:
        one.close()
    return verdict.outcome, verdict.code


def test_a_redemption_is_posted(serve: Any, tmp_path: Path) -> None:
    store = MemorySyncStore.enrolled(tmp_path)
    url, _ = serve(Central(store))
    assert redeem(store, url) == ("posted", "")


def test_a_redemption_with_nobody_there_was_certainly_not_seen(tmp_path: Path) -> None:
    store = MemorySyncStore.enrolled(tmp_path)
    assert redeem(store, f"http://127.0.0.1:{free_port()}") == ("unreachable", "unreachable")


def urgent_only(central: Central, answer: Handler) -> Handler:
    return lambda peer: answer(peer) if peer.path == "/v1/urgent" else central(peer)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (lambda peer: peer.connection.shutdown(socket.SHUT_RDWR), "unknown"),
        (lambda peer: peer.reply(500), "unknown"),
        (lambda peer: peer.reply(200, b"<html>", Content_Type="text/html"), "unknown"),
        (
            lambda peer: peer.reply(400, b'{"code":"bad_request","message":"no"}'),
            "refused",
        ),
        (
            lambda peer: peer.reply(401, b'{"code":"unauthenticated","message":"no"}'),
            "refused",
        ),
    ],
)
def test_what_a_redemption_is_told(
    serve: Any, tmp_path: Path, answer: Handler, outcome: str
) -> None:
    store = MemorySyncStore.enrolled(tmp_path)
    url, _ = serve(urgent_only(Central(store), answer))
    assert redeem(store, url)[0] == outcome


def test_a_redemption_keeps_its_limit(serve: Any, tmp_path: Path) -> None:
    store = MemorySyncStore.enrolled(tmp_path)
    release = threading.Event()
    url, _ = serve(urgent_only(Central(store), lambda peer: release.wait(10)))
    started = time.monotonic()
    assert redeem(store, url, limit_s=0.5)[0] == "unknown"
    assert time.monotonic() - started < 2
    release.set()


def test_enrolment_gives_the_document_or_the_reason(serve: Any, tmp_path: Path) -> None:
    answers = [
        (200, b'{"cut":'),
        (404, b'{"code":"code_unknown","message":"no such code"}'),
        (410, b'{"code":"code_expired","message":"too old"}'),
        (500, b"{}"),
    ]
    url, seen = serve(lambda peer: peer.reply(*answers.pop(0)))
    one = desk(MemorySyncStore(tmp_path))
    try:
        with pytest.raises(Unavailable):
            one.enrol(url, "ABC", b"k" * 32)
        for code in ("code_unknown", "code_expired"):
            with pytest.raises(Rejected) as refused:
                one.enrol(url, "ABC", b"k" * 32)
            assert refused.value.code == code
        with pytest.raises(Unavailable) as broken:
            one.enrol(url, "ABC", b"k" * 32)
        assert broken.value.code == "server_error"
        with pytest.raises(Unavailable) as nobody:
            one.enrol(f"http://127.0.0.1:{free_port()}", "ABC", b"k" * 32)
        assert nobody.value.code == "unreachable"
    finally:
        one.close()
    assert json.loads(seen[0]["body"])["code"] == "ABC"
