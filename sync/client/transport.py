"""HTTP to the central server: `requests`, zstd both ways, time and size limits, faults by name."""

from __future__ import annotations

import contextlib
import http.client
import io
import ipaddress
import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import truststore
import urllib3
from requests.adapters import DEFAULT_POOLBLOCK, HTTPAdapter

from app.credentials.clock import since_boot_s
from sync.client.exchange import Fault, Request, Response
from sync.protocol.framing import (
    CONTENT_TYPE,
    ZSTD,
    BadBody,
    BodyTooLarge,
    compress,
    decompress,
)
from sync.protocol.messages import MAX_BODY_BYTES, PROTOCOL_VERSION, VERSION_HEADER

CONNECT_S: Final = 3.0
READ_S: Final = 10.0
WHOLE_CALL_S: Final = 30.0
IDLE_S: Final = 60.0
"""A line that was idle for longer, sleep included, is not used again: it may be dead, and the
request would wait for `READ_S` to find out."""
FEED_SILENCE_S: Final = 40.0
"""The server says something on the feed every 15 s; after this long it is gone."""

_PIECE_BYTES: Final = 64 * 1024
_LONGEST_LINE_BYTES: Final = 256 * 1024


class _Bounded(io.RawIOBase):
    """What comes from a socket until the call's time is up, in however small pieces it comes."""

    def __init__(self, source: io.RawIOBase, deadline_s: float) -> None:
        self._source = source
        self._deadline_s = deadline_s

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if time.monotonic() > self._deadline_s:
            raise TimeoutError("the answer took too long")
        return self._source.readinto(buffer)

    def fileno(self) -> int:
        return self._source.fileno()

    def close(self) -> None:
        self._source.close()
        super().close()


class _BoundedCalls(HTTPAdapter):
    """A time limit for a whole answer, its head included; the libraries' is for each piece of it.

    Attributes:
        deadline_s: of the call that is under way.
        meanwhile: called once, when the request has left and before its answer is awaited.
    """

    def __init__(self) -> None:
        self.deadline_s = math.inf
        self.meanwhile: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._awaited: socket.socket | None = None
        super().__init__()

    def hang_up(self) -> None:
        """End a call that waits for its answer; from another thread."""
        with self._lock, contextlib.suppress(OSError):  # it may just have ended
            if self._awaited is not None:
                # Not TLS's own, which mustn't be called while another thread reads
                socket.socket.shutdown(self._awaited, socket.SHUT_RDWR)

    def _await(self, getresponse: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Read an answer to a request; a proxy's to CONNECT is none, and comes before it leaves."""

        def reading(connection: Any) -> Any:
            meanwhile, self.meanwhile = self.meanwhile, None
            if meanwhile is not None:
                meanwhile()
            with self._lock:
                self._awaited = connection.sock
            try:
                return getresponse(connection)
            finally:
                with self._lock:
                    self._awaited = None

        return reading

    def _answer(self, *arguments: Any, **named: Any) -> http.client.HTTPResponse:
        answer = http.client.HTTPResponse(*arguments, **named)
        assert isinstance(answer.fp, io.BufferedReader)
        answer.fp = io.BufferedReader(_Bounded(answer.fp.detach(), self.deadline_s))
        return answer

    def _bind(self, pools: urllib3.PoolManager) -> None:
        """Have the connections of these pools read their answers within the limit."""
        bound: dict[str, Any] = {}
        pool: Any
        for scheme, pool in pools.pool_classes_by_scheme.items():
            answers = {
                "response_class": staticmethod(self._answer),
                "getresponse": self._await(pool.ConnectionCls.getresponse),
            }
            connection = type("Connection", (pool.ConnectionCls,), answers)
            bound[scheme] = type("Pool", (pool,), {"ConnectionCls": connection})
        pools.pool_classes_by_scheme = bound

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = DEFAULT_POOLBLOCK, **kwargs: Any
    ) -> None:
        super().init_poolmanager(connections, maxsize, block, **kwargs)
        self._bind(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        is_new = proxy not in self.proxy_manager
        pools = super().proxy_manager_for(proxy, **kwargs)
        if is_new:
            self._bind(pools)
        return pools


class _SystemTrust(_BoundedCalls):
    """TLS judged by the operating system's certificates, not by a list shipped with a library."""

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = DEFAULT_POOLBLOCK, **kwargs: Any
    ) -> None:
        kwargs["ssl_context"] = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        super().init_poolmanager(connections, maxsize, block, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        kwargs["ssl_context"] = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return super().proxy_manager_for(proxy, **kwargs)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        conn.cert_reqs = "CERT_REQUIRED"


def open_session(url: str) -> requests.Session:
    """A session for files of a server other than Guichet's, which trusts what the system trusts.

    A proxy comes from the environment, but for this very machine.
    """
    session = requests.Session()
    session.trust_env = not _is_loopback(url)
    if url.startswith("https:"):
        session.mount("https://", _SystemTrust())
    return session


class HttpTransport:
    """One server, one thread; connections are kept open between calls."""

    def __init__(self, server_url: str, *, authority: Path | None = None, proxy: str = "") -> None:
        """Make it.

        Args:
            server_url: of the server.
            authority: pins the server's CA (PEM file); without it the system's are trusted.
            proxy: the way there, 'none' for none, '' for the environment's.
        """
        self._base = server_url.rstrip("/")
        self._session = requests.Session()
        # No proxy can know the way to this very machine
        is_here = _is_loopback(server_url)
        self._session.trust_env = not (is_here or proxy)
        if proxy not in ("", "none") and not is_here:
            self._session.proxies = {"http": proxy, "https": proxy}
        self._calls = _BoundedCalls()
        self._pinned: str | None = None
        if authority is not None:
            self._session.verify = self._pinned = str(authority)
        elif server_url.startswith("https:"):
            self._calls = _SystemTrust()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, self._calls)
        self._way: tuple[str, dict[str, Any]] | None = None
        self._used_s = since_boot_s()

    def send(
        self,
        request: Request,
        *,
        limit_s: float | None = None,
        meanwhile: Callable[[], None] | None = None,
    ) -> Response:
        """Carry a request; `meanwhile` is called once it has left, before the answer is awaited.

        Raises:
            Fault: no answer, or none that could be read.
        """
        whole_s = WHOLE_CALL_S if limit_s is None else limit_s
        deadline_s = self._calls.deadline_s = time.monotonic() + whole_s
        self._calls.meanwhile = meanwhile
        body, encoding = None, ""
        if request.body is not None:
            body, encoding = request.packed or compress(request.body)
        headers = {
            "Accept": CONTENT_TYPE,
            "Accept-Encoding": ZSTD,
            VERSION_HEADER: str(PROTOCOL_VERSION),
        }
        if body is not None:
            headers["Content-Type"] = CONTENT_TYPE
        if encoding:
            headers["Content-Encoding"] = encoding
        try:
            with self._call(
                request.method,
                request.path,
                headers=headers,
                body=body,
                token=request.token,
                timeout=(min(CONNECT_S, whole_s), min(READ_S, whole_s)),
            ) as answer:
                content = _read(answer, deadline_s)
                return Response(
                    status=answer.status_code,
                    headers={name.lower(): value for name, value in answer.headers.items()},
                    body=decompress(content, answer.headers.get("Content-Encoding", "").lower()),
                )
        except BadBody as error:
            raise Fault("not_guichet", str(error)) from error
        except BodyTooLarge as error:
            raise Fault("too_large", "the answer is over the limit") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            self._way = None
            raise _fault(error) from error

    def open_feed(self, token: str) -> HttpFeed:
        """Open the live feed.

        Raises:
            Fault: no connection. The feed's own `status` tells a refusal.
        """
        headers = {
            "Accept": "application/x-ndjson",
            "Accept-Encoding": "identity",
            VERSION_HEADER: str(PROTOCOL_VERSION),
        }
        self._calls.deadline_s, self._calls.meanwhile = math.inf, None
        try:
            answer = self._call(
                "GET",
                "/v1/feed",
                headers=headers,
                body=None,
                token=token,
                timeout=(CONNECT_S, FEED_SILENCE_S),
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            self._way = None
            raise _fault(error) from error
        return HttpFeed(answer)

    @property
    def proxy(self) -> str:
        """By which proxy calls go, as it was set; '' for none, and for an address that is none."""
        try:
            base, settings = self._find_way()
        except requests.RequestException:
            return ""
        return requests.utils.select_proxy(base, settings["proxies"]) or ""

    def hang_up(self) -> None:
        """End the wait of a call for its answer, which fails; from another thread."""
        self._calls.hang_up()

    def close(self) -> None:
        self._session.close()

    def _call(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str],
        body: bytes | None,
        token: str | None,
        timeout: tuple[float, float],
    ) -> requests.Response:
        """Do what `Session.request` does, but for what is the same each time.

        That was more than half of what a small call costs here. Nor is there any need of its
        redirects (a portal's is an answer like another), cookies, or the .netrc's passwords.
        """
        if since_boot_s() - self._used_s > IDLE_S:
            self._calls.close()  # the next call opens another line
        base, settings = self._find_way()
        call = requests.PreparedRequest()
        call.method, call.url, call.body = method, base + path, body
        call.headers = requests.structures.CaseInsensitiveDict(headers)
        call.headers["User-Agent"] = "guichet"
        if body is not None:
            call.headers["Content-Length"] = str(len(body))
        if token is not None:
            call.headers["Authorization"] = f"Bearer {token}"
        try:
            return self._calls.send(call, timeout=timeout, **settings)
        finally:
            self._used_s = since_boot_s()

    def _find_way(self) -> tuple[str, dict[str, Any]]:
        """The address as it is to be written, and the proxy; looked up after each fault."""
        if self._way is None:
            base = requests.Request("GET", self._base).prepare().url
            assert base is not None
            settings = self._session.merge_environment_settings(
                base,
                {},
                stream=True,
                verify=self._pinned,  # else REQUESTS_CA_BUNDLE would unpin it
                cert=None,
            )
            self._way = base.rstrip("/"), dict(settings)
        return self._way


class HttpFeed:
    """The feed's lines as they come; `close` from another thread ends them at once."""

    def __init__(self, answer: requests.Response) -> None:
        self._answer = answer

    @property
    def status(self) -> int:
        return self._answer.status_code

    def lines(self) -> Iterator[bytes]:
        """Yield line by line without waiting for a buffer to fill.

        Raises:
            Fault: the connection broke, fell silent, or a line never ends.
        """
        rest = b""
        try:
            for piece in self._answer.raw.stream(None, decode_content=False):
                *lines, rest = (rest + piece).split(b"\n")
                yield from lines
                if len(rest) > _LONGEST_LINE_BYTES:
                    raise Fault("too_large", "a line of the feed never ends")
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise _fault(error) from error

    def interrupt(self) -> None:
        """Wake the thread that is waiting for a line; it sees the feed's end."""
        with contextlib.suppress(OSError, RuntimeError, ValueError):  # it ended by itself
            self._answer.raw.shutdown()

    def close(self) -> None:
        self._answer.close()


def _read(answer: requests.Response, deadline_s: float) -> bytes:
    """Read a body, bounded in size and in time, however slowly it drips."""
    content = bytearray()
    for piece in answer.raw.stream(_PIECE_BYTES, decode_content=False):
        content += piece
        if len(content) > MAX_BODY_BYTES:
            raise BodyTooLarge
        if time.monotonic() > deadline_s:
            raise Fault("lost", "the answer took too long")
    return bytes(content)


def _fault(error: Exception) -> Fault:
    """Name what went wrong; only where no connection was made did the server see nothing."""
    text = type(error).__name__
    if isinstance(error, requests.exceptions.SSLError):
        # Only a refused certificate is sure to have ended the call before the request was sent
        refused = _caused_by(error, ssl.SSLCertVerificationError)
        return Fault("certificate" if refused else "lost", text)
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return Fault("unreachable", text)
    if _caused_by(error, urllib3.exceptions.NewConnectionError):
        return Fault("unreachable", text)
    return Fault("lost", text)


def _caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    """Look for the error that the libraries have wrapped."""
    pending: list[object] = [error]
    while pending:
        one = pending.pop()
        if isinstance(one, kind):
            return True
        if isinstance(one, BaseException):
            pending += [*one.args, getattr(one, "reason", None)]
    return False


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
