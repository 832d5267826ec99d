"""A desk's page on a real port, and a phone that asks it over TLS."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from app.credentials.page_certificate import PageCertificate
from app.ports.phones import PagePlace
from sync.client.lan.phones.host import PhoneHost
from sync.client.lan.settings import Address, LanSettings
from sync.protocol.phones.page import COOKIE
from tests.fakes.counter import Counter

HERE = "127.0.0.1"
LIMIT_S = 20.0


def unverified() -> ssl.SSLContext:
    """As a browser whose person has looked at the fingerprint."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@dataclass
class Phone:
    port: int
    cookie: str = ""
    context: ssl.SSLContext = field(default_factory=unverified)

    def ask(
        self, method: str, path: str, said: Any = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, Any]:
        """(status, headers, what was told)."""
        line = http.client.HTTPSConnection(HERE, self.port, context=self.context, timeout=LIMIT_S)
        try:
            line.request(method, path, _body(said), self._headers(said, headers))
            answer = line.getresponse()
            text = answer.read()
            cookie = answer.headers.get("Set-Cookie", "")
            if cookie:
                self.cookie = cookie.partition(";")[0]
            kind = answer.headers.get("Content-Type", "")
            told = json.loads(text) if text and kind == "application/json" else text.decode()
            return answer.status, answer.headers, told
        finally:
            line.close()

    def _headers(self, said: Any, more: dict[str, str]) -> dict[str, str]:
        headers = {} if said is None else {"Content-Type": "application/json"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        return headers | {name.replace("_", "-"): value for name, value in more.items()}

    def sign_in(self, number: str = "2001", pin: str = "1234") -> tuple[int, Any]:
        status, _, told = self.ask("POST", "/m/sign-in", {"number": number, "pin": pin})
        return status, told

    def tap(self, tap_id: UUID, case_id: UUID, step: str = "acknowledged") -> tuple[int, Any]:
        said = {"tap_id": str(tap_id), "case_id": str(case_id), "step": step}
        status, _, told = self.ask("POST", "/m/tap", said)
        return status, told

    @contextmanager
    def live(self) -> Iterator[Iterator[tuple[str, Any]]]:
        """The stream's events: (kind, what it says)."""
        line = http.client.HTTPSConnection(HERE, self.port, context=self.context, timeout=LIMIT_S)
        try:
            line.request("GET", "/m/live", headers=self._headers(None, {}))
            with line.getresponse() as answer:
                yield _events(answer)
        finally:
            line.close()


def _body(said: Any) -> bytes | None:
    if said is None:
        return None
    return said if isinstance(said, bytes) else json.dumps(said).encode()


def _events(answer: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    kind = ""
    while line := answer.readline().decode():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ").strip()
        elif line.startswith("data: "):
            yield kind, json.loads(line.removeprefix("data: "))


@dataclass
class Page:
    """A desk that serves its page."""

    desk: Counter
    host: PhoneHost
    addresses: list[str]

    @property
    def place(self) -> PagePlace:
        place = self.desk.core.phones.place
        assert place is not None
        return place

    @property
    def port(self) -> int:
        return int(self.place.addresses[0].rpartition(":")[2].partition("/")[0])

    def phone(self) -> Phone:
        return Phone(self.port)

    def raw(self) -> ssl.SSLSocket:
        """A line on which nothing was said."""
        return unverified().wrap_socket(socket.create_connection((HERE, self.port), LIMIT_S))


@contextmanager
def serving(folder: Path, **settings: Any) -> Iterator[Page]:
    desk = Counter(folder, kind="desk")
    addresses = [HERE]
    host = PhoneHost(
        desk.core.phones,
        PageCertificate(desk.vault),
        LanSettings(phones=Address("", 0), **settings),
        addresses=lambda: addresses,
    )
    try:
        host.turn(0.0, desk.clock.ms)
        yield Page(desk, host, addresses)
    finally:
        host.close()
        desk.core.close()


__all__ = ["COOKIE", "Page", "Phone", "serving", "unverified"]
