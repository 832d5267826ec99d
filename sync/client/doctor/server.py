"""The way to the server: the same call as the program's, and what exactly went wrong with it."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import requests
import urllib3
from cryptography import x509

from app.domain.fleet import MOST_OFFSET_MS
from app.domain.lean import dataclass
from app.settings.in_force import Settings
from sync.client.doctor.findings import Finding
from sync.client.doctor.pc import NotLookedAt, Pc
from sync.client.doctor.settings import in_force
from sync.client.exchange import Challenge, Fault, Request, Response
from sync.client.outcome import Why, read
from sync.client.transport import HttpTransport
from sync.protocol.messages import ChallengeAnswer

# Shares of the time for all checks
_NAME: Final = 0.27
_CALL: Final = 0.6
_SHOWN: Final = 0.2
_AUTHORITY_OPTION: Final = "--authority"
_PATH: Final = "/v1/challenge"
_MS_PER_S: Final = 1000
_MS_PER_MINUTE: Final = 60_000

# X509_V_ERR_… of OpenSSL, which other systems' judges are translated into where they are known
_CERTIFICATE: Final = {
    9: "certificate_not_yet",
    10: "certificate_expired",
    62: "certificate_name",
    64: "certificate_name",
}
_CERTIFICATE_WORDS: Final = (
    ("expired", "certificate_expired"),
    ("not yet valid", "certificate_not_yet"),
    ("mismatch", "certificate_name"),
)
_SIGN_IN: Final = 407
_NETWORK_SIGN_IN: Final = 511
_REDIRECTS: Final = range(300, 400)


@dataclass(frozen=True, slots=True)
class _Way:
    """How the server is reached.

    Attributes:
        url: as the program has it.
        host, port: of the server.
        proxy: its address without what it is signed in by, '' for none.
        authority: file that alone certifies the server; None: the system's store does.
        place: where that file is set.
    """

    url: str
    host: str
    port: int
    proxy: str
    authority: Path | None
    place: str

    @property
    def told(self) -> dict[str, str | int]:
        return {"host": self.host, "port": self.port, "proxy": self.proxy}

    @property
    def trust(self) -> dict[str, str | int]:
        return {"file": str(self.authority or ""), "place": self.place}


def look_at_server(pc: Pc) -> Iterator[Finding]:
    """Does the central server answer, and is it Guichet's?"""
    settings = _settings(pc)
    is_set = settings.values.server if settings is not None else ""
    own = "" if pc.server else _own_server(pc, is_set=bool(is_set))
    if own and settings is not None and settings.is_locked("server") and _differ(own, is_set):
        place = settings.origins["server"].place
        yield Finding("server_differs", {"own": own, "locked": is_set, "place": place})
    url = pc.server or own or is_set
    if url:
        yield from look_at_way(pc, url, settings)
    else:
        yield Finding("server_unknown")


def look_at_way(pc: Pc, url: str, settings: Settings | None) -> Iterator[Finding]:
    """Does a server answer at this address, by the proxy and the certificates that are set?

    Args:
        pc: where from.
        url: the server's.
        settings: what is in force there, None where that isn't known.
    """
    authority, place = pc.authority, _AUTHORITY_OPTION
    if authority is None and settings is not None:
        authority = settings.values.certificate_authority
        place = settings.origins["certificate_authority"].place
    proxy = settings.values.proxy if settings is not None else ""
    with closing(HttpTransport(url, authority=authority, proxy=proxy)) as transport:
        way = _way(url, transport.proxy, authority, place)
        if way is None:
            yield Finding("server_address", {"address": url})
            return
        if authority is not None and not _is_authority(authority):
            yield Finding("authority_unread", way.trust)
            return
        unnamed = _unnamed(way, pc.limit_s * _NAME)
        if unnamed is not None:
            yield unnamed
            return
        sent_s, sent_ms = time.monotonic(), pc.now_ms()
        try:
            answer = transport.send(
                Request("GET", _PATH, Challenge(), sent_s), limit_s=pc.limit_s * _CALL
            )
        except Fault as fault:
            yield _of_fault(pc, way, fault)
            return
        middle_ms = sent_ms + round((time.monotonic() - sent_s) * _MS_PER_S / 2)
        yield from _of_answer(pc, way, answer, middle_ms)


def look_at_clock(pc: Pc) -> Iterator[Finding]:
    """Do the PC's clock and the server's show the same?"""
    offset_ms = pc.told(pc.offset_ms)
    if abs(offset_ms) > MOST_OFFSET_MS:
        code = "clock_behind" if offset_ms > 0 else "clock_ahead"
        yield Finding(code, {"minutes": round(abs(offset_ms) / _MS_PER_MINUTE)})


def _differ(one: str, other: str) -> bool:
    """Whether two addresses lead to different servers by what they say."""
    ways = [_way(each, "", None, "") for each in (one, other)]
    return len({way and (urlsplit(way.url).scheme, way.host, way.port) for way in ways}) > 1


def _settings(pc: Pc) -> Settings | None:
    """What is in force at the seat, None where the policy is broken."""
    try:
        return in_force(pc)
    except NotLookedAt:
        return None


def _own_server(pc: Pc, *, is_set: bool) -> str:
    """The address that the seat was enrolled at, '' for none.

    Raises:
        NotLookedAt: it may have one, which isn't known, and none is set.
    """
    try:
        facts = pc.told(pc.seat)
    except NotLookedAt:
        if is_set and pc.keys.done() and pc.seat.cancelled():  # not set up yet, or damaged
            return ""
        raise
    return "" if facts is None else facts.server_url


def _is_authority(file: Path) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except OSError:  # what is no certificate among it
        return False
    return True


def _way(url: str, proxy: str, authority: Path | None, place: str) -> _Way | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (ValueError, KeyError):
        return None
    if not parts.hostname:
        return None
    without_sign_in = proxy.rpartition("@")[2] if proxy else ""
    return _Way(url, parts.hostname, port, without_sign_in, authority, place)


# ------------------------------------------------------------------------ names


def _unnamed(way: _Way, limit_s: float) -> Finding | None:
    """See that the name of whom is called first is known; the resolver has no time limit."""
    host = way.host
    if way.proxy:
        parts = urlsplit(way.proxy if "://" in way.proxy else f"//{way.proxy}")
        if not (parts.hostname or "").strip():
            return Finding("proxy_address", way.told)
        host = parts.hostname or ""
    failed: list[socket.gaierror | UnicodeError | None] = []

    def resolve() -> None:
        try:
            socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            failed.append(error)
        else:
            failed.append(None)

    thread = threading.Thread(target=resolve, name="doctor-name", daemon=True)
    thread.start()
    thread.join(limit_s)
    told_of = {**way.told, "host": host}
    if not failed:
        return Finding("dns_silent", told_of)
    error = failed[0]
    if error is None:
        return None
    silent = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
    return Finding("dns_silent" if silent else "dns_unknown", told_of)


# ------------------------------------------------------------------------ no answer


def _of_fault(pc: Pc, way: _Way, fault: Fault) -> Finding:
    """Name why there was no answer, by what the libraries raised on the way."""
    causes = list(_causes(fault))
    refused = next((e for e in causes if isinstance(e, ssl.SSLCertVerificationError)), None)
    if refused is not None:
        return _of_certificate(pc, way, refused)
    code = _code_of(way, causes)
    return Finding(code, {**way.told, "address": way.url})


def _code_of(way: _Way, causes: list[BaseException]) -> str:
    said = " ".join(map(str, causes))

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(each, kinds) for each in causes)

    if has(requests.exceptions.InvalidProxyURL, urllib3.exceptions.ProxySchemeUnknown):
        return "proxy_address"
    if has(ValueError) and has(requests.exceptions.InvalidURL, requests.exceptions.MissingSchema):
        return "server_address"
    if f"{_SIGN_IN} " in said and "Tunnel connection failed" in said:
        return "proxy_sign_in"
    if "Tunnel connection failed" in said:
        return "proxy_refuses"
    if any(getattr(e, "errno", None) in (errno.ENETUNREACH, errno.EHOSTUNREACH) for e in causes):
        return "no_network"
    if has(ssl.SSLError):
        return "no_tls"
    if has(ConnectionRefusedError):
        return "proxy_unreachable" if way.proxy else "server_refuses"
    if has(urllib3.exceptions.ConnectTimeoutError):
        return "proxy_unreachable" if way.proxy else "server_silent"
    if has(requests.exceptions.ProxyError, urllib3.exceptions.ProxyError):
        return "proxy_refuses"
    if any(getattr(each, "kind", "") == "not_guichet" for each in causes):
        return "not_guichet"
    if has(ConnectionResetError, http.client.HTTPException):
        return "line_cut"
    return "server_mute"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it was made of, however the libraries wrapped them."""
    pending, seen = [error], set[int]()
    while pending:
        one = pending.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        around = (*one.args, getattr(one, "reason", None), one.__cause__, one.__context__)
        pending += [each for each in around if isinstance(each, BaseException)]


# ------------------------------------------------------------------------ certificates


def _of_certificate(pc: Pc, way: _Way, refused: ssl.SSLCertVerificationError) -> Finding:
    code = _CERTIFICATE.get(refused.verify_code, "")
    if not code:
        said = f"{refused.verify_message} {refused}".lower()
        code = next((kind for word, kind in _CERTIFICATE_WORDS if word in said), "")
    shown = None if way.proxy else _shown(way, pc.limit_s * _SHOWN)
    told_of = {**way.told, "names": "?", "issuer": "?", "since": "?", "until": "?"}
    if shown is not None:
        certificate, date = shown
        told_of |= _read_certificate(certificate)
        if date is not None:
            # Nobody vouches for it; what it may do is to point at the clock
            pc.offset_ms.set_result(round(date.timestamp() * _MS_PER_S) - pc.now_ms())
    if not code and way.authority is not None:
        return Finding("authority_wrong", told_of | way.trust)
    return Finding(code or "certificate_unknown", told_of)


def _shown(way: _Way, limit_s: float) -> tuple[bytes, datetime | None] | None:
    """The certificate (DER) that the server shows whoever asks, and its time; None if it doesn't.

    Nothing is said to it that isn't public, and nothing it says is believed but for a hint.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    line = http.client.HTTPSConnection(way.host, way.port, timeout=limit_s, context=context)
    with closing(line):
        try:
            line.connect()
            assert isinstance(line.sock, ssl.SSLSocket)
            certificate = line.sock.getpeercert(binary_form=True)
        except OSError:
            return None
        if certificate is None:
            return None
        try:
            line.request("GET", _PATH)
            return certificate, _date(line.getresponse().getheader("Date", ""))
        except (OSError, http.client.HTTPException):
            return certificate, None


def _date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def _read_certificate(der: bytes) -> dict[str, str | int]:
    told_of: dict[str, str | int] = {}
    try:
        certificate = x509.load_der_x509_certificate(der)
        told_of["issuer"] = certificate.issuer.rfc4514_string()
        told_of["since"] = certificate.not_valid_before_utc.date().isoformat()
        told_of["until"] = certificate.not_valid_after_utc.date().isoformat()
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        told_of["names"] = ", ".join(str(name.value) for name in names)
    except (ValueError, x509.ExtensionNotFound):
        pass  # what can't be read stays unknown
    return told_of


# ------------------------------------------------------------------------ an answer


def _of_answer(pc: Pc, way: _Way, answer: Response, middle_ms: int) -> Iterator[Finding]:
    said = read(answer, ChallengeAnswer)
    if isinstance(said, ChallengeAnswer):
        pc.offset_ms.set_result(said.server_ms - middle_ms)
        return
    told_of = {**way.told, "status": answer.status, "address": way.url}
    if answer.status == _SIGN_IN:
        yield Finding("proxy_sign_in", told_of)
    elif said.why is Why.OLD_CLIENT:
        yield Finding("program_older", told_of)
    elif said.why is Why.OLD_SERVER:
        yield Finding("server_older", told_of)
    elif _is_portal(answer):
        to = urlsplit(answer.headers.get("location", "")).hostname or way.host
        yield Finding("portal", {**told_of, "to": to})
    elif said.why is Why.NOT_GUICHET:
        yield Finding("not_guichet", told_of)
    elif way.proxy and said.code in {"502", "503", "504"}:
        yield Finding("proxy_refuses", told_of)
    else:
        yield Finding("server_failing", told_of)


def _is_portal(answer: Response) -> bool:
    """Whether somebody on the way answers with a page of theirs, as hotels' networks do."""
    if answer.status in _REDIRECTS or answer.status == _NETWORK_SIGN_IN:
        return True
    return answer.status in range(200, 300) and "html" in answer.headers.get("content-type", "")
