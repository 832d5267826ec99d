"""The page that a desk serves to managers' phones: over real sockets, and against strangers."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography import x509

from app.domain.errors import Unavailable
from app.domain.records import Setting
from sync.client.lan.phones.page_port import MOST_HEAD_BYTES, MOST_OF_ONE_ADDRESS
from sync.client.lan.settings import Address
from sync.protocol.phones.page import COOKIE, MOST_BODY_BYTES
from tests.fakes.counter import staff
from tests.fakes.waiting import until
from tests.sync.desk_page import HERE, Page, Phone, serving, unverified
from tests.sync.tls import make_certificate
from tests.unit.test_case import NEW

OFFICE = UUID(int=500)
SAID = replace(NEW, office_id=OFFICE, member_name="Zhang", comment="\x1b[2J好")


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with serving(tmp_path / "desk") as served:
        served.desk.members.crew.append(staff("2002", "duty_manager", name="Li Na"))
        now_ms = served.desk.clock.ms
        served.desk.members.open_cases = [
            replace(
                NEW, office_id=OFFICE, opened_ms=now_ms, member_name="Zhang", comment="\x1b[2J好"
            ),
            replace(NEW, office_id=OFFICE, case_id=UUID(int=9), opened_ms=now_ms - 4 * 86_400_000),
        ]
        yield served


def test_the_page_is_the_servers_with_its_rules(page: Page) -> None:
    status, headers, text = page.phone().ask("GET", "/m", Accept_Language="zh-CN,en;q=0.5")
    assert status == 200
    assert '<html lang="zh-CN">' in text
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Connection"] == "close"


@pytest.mark.parametrize("online", [True, False])
def test_a_manager_takes_a_case_from_the_floor(page: Page, online: bool) -> None:
    page.desk.go_online(online)
    phone = page.phone()
    assert phone.ask("GET", "/m/cases")[0] == 401
    status, told = phone.sign_in()
    assert status == 200
    assert told["staff_name"] == "Staff 2001"
    [case] = told["cases"]  # what is older is worked on at the desk
    assert (case["comment"], case["member_name"]) == ("[2J好", "")
    assert [office["code"] for office in told["offices"]] == ["PEK"]
    tap_id = uuid4()
    for _ in range(2):
        status, told = phone.tap(tap_id, NEW.case_id)
        assert (status, told["outcome"]) == (200, "done")
    assert told["case"]["taken_by"] == "Staff 2001"
    assert phone.tap(tap_id, NEW.case_id, "arrived")[0] == 400
    assert phone.tap(uuid4(), NEW.case_id, "arrived")[1]["case"]["there_by"] == "Staff 2001"
    assert phone.tap(uuid4(), NEW.case_id)[1]["outcome"] == "done", "it was their own"
    assert phone.tap(uuid4(), uuid4())[1] | {"server_ms": 0} == {
        "outcome": "unknown_case", "case": None, "server_ms": 0,
    }  # fmt: skip
    assert page.desk.types().count("CaseAcknowledged") == 1
    assert phone.ask("POST", "/m/sign-out", {})[0] == 204
    assert phone.ask("GET", "/m/cases")[0] == 401


def test_the_session_is_a_cookie_for_this_page_alone(page: Page) -> None:
    phone = page.phone()
    said = {"number": "2001", "pin": "1234"}
    _, headers, _ = phone.ask("POST", "/m/sign-in", said)
    parts = headers["Set-Cookie"].split("; ")
    assert parts[0].startswith(f"{COOKIE}=")
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(parts)


def test_names_are_shown_as_the_setting_allows(page: Page) -> None:
    page.desk.members.settings["rating"] = Setting("rating", 2, {"show_member_name": True})
    assert page.phone().sign_in()[1]["cases"][0]["member_name"] == "Zhang"


def test_wrong_pins_say_what_is_left_and_then_wait(page: Page) -> None:
    phone = page.phone()
    status, told = phone.sign_in(pin="0000")
    assert (status, told["code"], told["detail"]) == (401, "unauthenticated", {"tries_left": 4})
    for _ in range(4):
        phone.sign_in(pin="0000")
    status, told = phone.sign_in()
    assert (status, told["detail"]) == (429, {"wait_s": 30})
    assert phone.sign_in("1001")[0] == 403


def test_guesses_at_once_are_as_many_as_one_by_one(page: Page) -> None:
    statuses: list[int] = []

    def guess(number: int) -> None:
        statuses.append(page.phone().sign_in(pin=f"{number:04}")[0])

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [401] * 5 + [429] * 5


def test_a_stream_tells_of_ratings_and_of_others_touches(page: Page) -> None:
    phone, other = page.phone(), page.phone()
    phone.sign_in()
    other.sign_in("2002")
    heard = replace(NEW, case_id=UUID(int=77), office_id=OFFICE, opened_ms=page.desk.clock.ms + 1)
    with phone.live() as events:
        kind, told = next(events)
        assert (kind, len(told["cases"])) == ("view", 1)
        page.desk.core.phones.hear(heard)
        kind, told = next(events)
        assert (kind, told["cases"][0]["case_id"]) == ("view", str(heard.case_id))
        other.tap(uuid4(), heard.case_id)
        kind, told = next(events)
        assert told["cases"][0]["taken_by"] == "Li Na"
        page.desk.members.crew[2] = replace(page.desk.members.crew[2], active=False)
        page.desk.core.phones.tell()
        assert next(events)[0] == "over"
        assert list(events) == []
    assert not page.desk.core.phones._listeners


def test_phones_that_went_are_forgotten(page: Page) -> None:
    phone = page.phone()
    phone.sign_in()
    for _ in range(2 * MOST_OF_ONE_ADDRESS):
        with phone.live() as events:
            assert next(events)[0] == "view"
        until(lambda: not page.desk.core.phones._listeners)


def test_a_blind_desk_serves_nothing(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = page.phone()
    phone.sign_in()

    def refuse(*_: Any) -> None:
        raise Unavailable("revoked", "This PC was shut out.")

    with phone.live() as events:
        next(events)
        monkeypatch.setattr(type(page.desk.seat.work.reads), "session", refuse)
        monkeypatch.setattr(type(page.desk.seat.work.reads), "case_actions", refuse)
        page.desk.core.phones.tell()
        with contextlib.suppress(OSError, ValueError):
            assert list(events) == []
    for method, path in (("GET", "/m"), ("GET", "/m/cases"), ("POST", "/m/sign-in")):
        with pytest.raises((OSError, ValueError)):
            phone.ask(method, path)


# --- strangers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/m/"),
        ("GET", "/m/../../etc/passwd"),
        ("GET", "/m/%2e%2e/page.py"),
        ("GET", "/page.py"),
        ("GET", "/m/live/../cases"),
        ("GET", "/v1/pull"),
        ("DELETE", "/m/cases"),
        ("PUT", "/m"),
        ("GET", "/m/tap"),
        ("POST", "/m/office"),
        ("GET", "https://elsewhere.example/m"),
    ],
)
def test_there_is_nothing_else(page: Page, method: str, path: str) -> None:
    phone = page.phone()
    phone.sign_in()
    assert phone.ask(method, path)[0] == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Origin": "https://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Content_Type": "text/plain"}, 400),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 400),
    ],
)
@pytest.mark.parametrize("path", ["/m/sign-in", "/m/tap", "/m/sign-out"])
def test_another_sites_page_changes_nothing(
    page: Page, headers: dict[str, str], status: int, path: str
) -> None:
    phone = page.phone()
    phone.sign_in()
    before = page.desk.types()
    assert phone.ask("POST", path, {}, **headers)[0] == status
    assert page.desk.types() == before


def test_this_pages_own_origin_is_taken(page: Page) -> None:
    phone = page.phone()
    said = {"number": "2001", "pin": "1234"}
    origin = f"https://{HERE}:{page.port}"
    assert (
        phone.ask("POST", "/m/sign-in", said, Origin=origin, Sec_Fetch_Site="same-origin")[0] == 200
    )


@pytest.mark.parametrize("cookie", ["", "x", "a" * 4_000, "../..", "\xff\xfe", "a; b=c", COOKIE])
def test_made_up_cookies_are_nobodys(page: Page, cookie: str) -> None:
    phone = page.phone()
    phone.cookie = f"{COOKIE}={cookie}"
    for method, path in (("GET", "/m/cases"), ("GET", "/m/live")):
        assert phone.ask(method, path)[0] == 401
    assert phone.tap(uuid4(), NEW.case_id)[0] == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[" * 4_000, 400),
        (b"{}", 400),
        (b'{"number": 1, "pin": []}', 400),
        (b'{"number": "' + b"9" * 65 + b'", "pin": "1"}', 400),
        (b"\xff\xfe", 400),
        (b"x" * (MOST_BODY_BYTES + 1), 413),
        (b"x" * 1_000_000, 413),
    ],
)
def test_whatever_is_said_is_bounded_and_read_strictly(
    page: Page, body: bytes, status: int
) -> None:
    # A body beyond the limit may be hung up on before it was said whole
    with contextlib.suppress(OSError):
        assert page.phone().ask("POST", "/m/sign-in", body)[0] == status
    assert page.phone().sign_in()[0] == 200


def _said(page: Page, content: bytes) -> bytes:
    with page.raw() as line, contextlib.suppress(OSError):
        line.sendall(content)
        return line.recv(65_536)
    return b""


@pytest.mark.parametrize(
    "content",
    [
        b"GET /m HTTP/1.1\r\nHost: x\r\nX: " + b"a" * (2 * MOST_HEAD_BYTES) + b"\r\n\r\n",
        b"GET /m HTTP/1.1\r\n" + b"X: y\r\n" * 5_000 + b"\r\n",
        b"GET /" + b"m" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\0" * 1_000,
        b"GET /m\r\n\r\n",
        b"POST /m/tap HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /m/tap HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\n\r\n",
        b"POST /m/tap HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(page: Page, content: bytes) -> None:
    answer = _said(page, content)
    assert answer == b"" or answer.split()[1] in (b"400", b"404", b"417", b"431", b"501")
    assert page.phone().ask("GET", "/m")[0] == 200


def test_half_a_request_takes_no_place_for_long(tmp_path: Path) -> None:
    with serving(tmp_path / "desk") as page:
        assert page.host._port is not None
        page.host._port._conversation_s = 0.5
        slow = [page.raw() for _ in range(MOST_OF_ONE_ADDRESS)]
        for line in slow:
            line.sendall(b"GET /m HTTP/1.1\r\n")
        with pytest.raises((OSError, ValueError)):
            page.phone().ask("GET", "/m")
        for line in slow:
            with contextlib.suppress(OSError):
                while line.recv(1_000):
                    pass
            line.close()
        until(lambda: not page.host._port or not page.host._port._open)
        assert page.phone().ask("GET", "/m")[0] == 200


def test_a_flood_of_connections_is_closed_unread(page: Page) -> None:
    """The machine stays free for who comes after."""
    assert page.host._port is not None
    page.host._port._conversation_s = 0.5
    for _ in range(40):
        lines = []
        for _ in range(250):
            line = socket.socket()
            line.setblocking(False)
            line.connect_ex((HERE, page.port))
            lines.append(line)
        for line in lines:
            line.close()
    until(lambda: page.host._port is None or not page.host._port._open)
    serves = sum(thread.name == "phones-serve" for thread in threading.enumerate())
    assert serves <= MOST_OF_ONE_ADDRESS
    assert page.phone().sign_in()[0] == 200


def test_no_pin_is_asked_for_in_the_clear(page: Page) -> None:
    with socket.create_connection((HERE, page.port), 20) as line:
        line.sendall(b"GET /m HTTP/1.1\r\nHost: x\r\n\r\n")
        with contextlib.suppress(OSError):
            assert b"HTTP" not in line.recv(1_000)
    old = unverified()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    assert page.phone().ask("GET", "/m")[0] == 200


def test_nothing_of_who_signs_in_is_logged(page: Page, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    phone = page.phone()
    phone.sign_in(pin="7391")
    phone.sign_in()
    phone.tap(uuid4(), NEW.case_id)
    for secret in ("7391", "1234", "2001", phone.cookie.partition("=")[2]):
        assert secret not in caplog.text


# --- the certificate


def _certificate(page: Page) -> x509.Certificate:
    with page.raw() as line:
        told = line.getpeercert(binary_form=True)
    assert told is not None
    assert hashlib.sha256(told).digest() == page.place.fingerprint
    return x509.load_der_x509_certificate(told)


def test_the_certificate_stays_until_it_must_change(page: Page) -> None:
    first = _certificate(page)
    names = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == [HERE]
    again = PageHostAgain(page)
    again.start(page.desk.clock.ms)
    assert _certificate(page) == first
    again.start(page.desk.clock.ms + 300 * 86_400_000)
    renewed = _certificate(page)
    assert renewed != first
    assert renewed.public_key() == first.public_key()
    page.addresses[:] = ["10.9.8.7", HERE]
    again.start(page.desk.clock.ms)
    assert page.place.addresses[0].startswith("https://10.9.8.7:")
    assert _certificate(page) != renewed


class PageHostAgain:
    """The program, started again."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def start(self, now_ms: int) -> None:
        self._page.host.close()
        assert self._page.desk.core.phones.place is None
        self._page.host._look_s = 0.0
        self._page.host.turn(0.0, now_ms)


def test_the_page_moves_with_the_pcs_addresses(page: Page) -> None:
    before = page.place
    assert page.host.turn(1.0, page.desk.clock.ms) == 60.0
    page.addresses[:] = []
    page.host.turn(61.0, page.desk.clock.ms)
    assert page.place == before, "a cable that was pulled leaves the page as it is"
    page.addresses[:] = [HERE, "10.0.0.8"]
    page.host.turn(130.0, page.desk.clock.ms)
    assert len(page.place.addresses) == 2
    assert page.phone().ask("GET", "/m")[0] == 200


def test_another_program_may_have_the_port(tmp_path: Path) -> None:
    with serving(tmp_path / "one") as one:
        taken = Address("", one.port)
        with serving(tmp_path / "two") as two:
            two.host.close()
            two.host._settings = replace(two.host._settings, phones=taken)
            two.host._look_s = 0.0
            two.host.turn(0.0, two.desk.clock.ms)
            assert two.port != one.port
            assert two.phone().ask("GET", "/m")[0] == 200


def test_the_offices_own_certificate_goes_before_ours(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = make_certificate(tmp_path / "given")
    with serving(tmp_path / "desk", certificate=made.chain, key=made.chain) as page:
        assert not page.place.is_own
        trusting = ssl.create_default_context(cafile=made.authority)
        assert Phone(page.port, context=trusting).ask("GET", "/m")[0] == 200
        _certificate(page)
    made.chain.write_text("no key")
    with serving(tmp_path / "other", certificate=made.chain, key=made.chain) as page:
        assert page.place.is_own
        assert "can't be used" in caplog.text
        assert page.phone().ask("GET", "/m")[0] == 200


def test_switched_off_it_serves_nothing(tmp_path: Path) -> None:
    with serving(tmp_path / "desk") as page:
        page.host.close()
        page.host._settings = replace(page.host._settings, phones=None)
        page.host.turn(1_000.0, page.desk.clock.ms)
        assert page.desk.core.phones.place is None
