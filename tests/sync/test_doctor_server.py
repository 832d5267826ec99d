"""The doctor on the way to the server: faults by real sockets, certificates and proxies."""

from __future__ import annotations

import json
import socket
import time
from datetime import timedelta
from pathlib import Path

import pytest

from app.settings.places import files_in
from app.store.inspection import SeatFacts
from sync.client.doctor.findings import Finding
from sync.client.doctor.pc import Pc
from sync.client.doctor.report import LANGUAGES, words
from sync.client.doctor.runner import Check, run
from sync.client.doctor.seat import look_at_database, look_at_keys
from sync.client.doctor.server import look_at_clock, look_at_server
from tests.fakes.web import Answer, black_hole, challenge, cutting, mute, page, web
from tests.sync.tls import Certificate, make_certificate

SHORT_S = 1.0  # where nothing comes, most of it is used up
CHECKS = (Check("server", look_at_server, gives=("offset_ms",)), Check("clock", look_at_clock))


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def look(
    tmp_path: Path,
    url: str,
    authority: Path | None = None,
    *,
    ahead_ms: int = 0,
    limit_s: float = 60,
) -> list[Finding]:
    pc = Pc(tmp_path, url, authority, limit_s=limit_s, now_ms=lambda: now_ms() + ahead_ms)
    report = run(CHECKS, pc)
    assert not report.failed
    for finding in report.findings:
        for language in LANGUAGES:
            assert "{" not in "".join(words(finding, language))
    return report.findings


def set_here(folder: Path, **settings: object) -> None:
    (folder / "settings.json").write_text(json.dumps(settings))


def examine(folder: Path) -> list[Finding]:
    """All that leads to the server, for a seat whose settings lie in its folder, too."""
    checks = (
        Check("keys", look_at_keys, gives=("keys",)),
        Check("database", look_at_database, gives=("seat",)),
        *CHECKS,
    )
    report = run(checks, Pc(folder, places=files_in(folder), limit_s=60))
    assert not report.failed
    return report.findings


def at_seat(folder: Path, server: str) -> list[Finding]:
    """What is found from a seat that was enrolled at this server."""
    pc = Pc(folder, places=files_in(folder), limit_s=60)
    pc.seat.set_result(SeatFacts(server, 0, None, True, "", None, None, None, None))
    report = run(CHECKS, pc)
    assert not report.failed
    return report.findings


def codes(found: list[Finding]) -> list[str]:
    return [finding.code for finding in found]


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path / "good")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> str:
    """A name for this machine that isn't known as this machine's, so that proxies are asked."""
    name = socket.gethostname()
    assert name not in ("", "localhost")
    return name


# ------------------------------------------------------------------- a server that is well


@pytest.mark.parametrize("secure", [False, True])
def test_a_server_that_answers_is_well(
    tmp_path: Path, certificate: Certificate, secure: bool
) -> None:
    chain = certificate.chain if secure else None
    with web(lambda: challenge(now_ms()), chain) as server:
        url = f"http{'s' if secure else ''}://127.0.0.1:{server.port}"
        assert look(tmp_path, url, certificate.authority) == []
    assert server.asked == ["GET /v1/challenge HTTP/1.1"]


def test_before_a_pc_is_set_up_the_server_of_its_settings_is_looked_at(tmp_path: Path) -> None:
    with web((503, {}, b"")) as server:
        set_here(tmp_path, server=f"http://127.0.0.1:{server.port}")
        found = examine(tmp_path)
        assert "server_failing" in codes(found)
        assert server.asked == ["GET /v1/challenge HTTP/1.1"]
        [keys] = [each for each in found if each.code == "not_set_up"]
        assert "code of the central office" in words(keys, "en").mend
        set_here(
            tmp_path, server=f"http://127.0.0.1:{server.port}", enrolment_token="AAAAA-BBBBB-CCCCC"
        )
        [keys] = [each for each in examine(tmp_path) if each.code == "not_set_up"]
        assert "guichet enrol --unattended" in words(keys, "en").mend
        assert "AAAAA" not in str(keys)


@pytest.mark.parametrize(
    ("locked", "differs"),
    [
        ("http://127.0.0.1:{port}", False),
        ("http://127.0.0.1:{port}/", False),
        ("https://127.0.0.1:{port}", True),
        ("https://guichet.example", True),
    ],
)
def test_a_policy_that_locks_another_server_than_the_seats_is_told(
    tmp_path: Path, locked: str, differs: bool
) -> None:
    with web(lambda: challenge(now_ms())) as server:
        own = f"http://127.0.0.1:{server.port}"
        policy = {"server": locked.format(port=server.port)}
        (tmp_path / "policy.json").write_text(json.dumps({"locked": policy}))
        found = at_seat(tmp_path, own)
        assert codes(found) == ["server_differs"] * differs
        assert all(own in words(each, "en").what for each in found)
        assert len(server.asked) == 1  # the seat's own is looked at
        (tmp_path / "policy.json").write_text(json.dumps({"defaults": policy}))
        assert at_seat(tmp_path, own) == []  # it proposes one to those who enrol


def test_where_nothing_is_set_up_or_set_no_server_is_looked_for(tmp_path: Path) -> None:
    assert codes(examine(tmp_path)) == ["not_set_up"]


# ------------------------------------------------------------------- no answer


def test_nothing_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    [found] = look(tmp_path, f"http://127.0.0.1:{port}")
    assert found.code == "server_refuses"
    assert found.detail["port"] == port


def test_nothing_comes_back_to_a_call(tmp_path: Path) -> None:
    with black_hole() as port:
        assert codes(look(tmp_path, f"http://127.0.0.1:{port}", limit_s=SHORT_S)) == [
            "server_silent"
        ]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_says_nothing(tmp_path: Path, scheme: str) -> None:
    with mute() as port:
        found = look(tmp_path, f"{scheme}://127.0.0.1:{port}", limit_s=SHORT_S)
        assert codes(found) == ["server_mute"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_somebody_on_the_way_cuts_the_line(tmp_path: Path, scheme: str) -> None:
    with cutting() as port:
        assert codes(look(tmp_path, f"{scheme}://127.0.0.1:{port}")) == ["line_cut"]


def test_a_name_that_nobody_knows(tmp_path: Path) -> None:
    [found] = look(tmp_path, "https://guichet.invalid")
    assert found.code in {"dns_unknown", "dns_silent"}  # as this machine's own name server is
    assert found.detail["host"] == "guichet.invalid"


@pytest.mark.parametrize(
    "address", ["guichet", "ftp://guichet", "https://", "https://h:port", "https://h:99999"]
)
def test_an_address_that_is_none(tmp_path: Path, address: str) -> None:
    assert codes(look(tmp_path, address)) == ["server_address"]


# ------------------------------------------------------------------- somebody else answers


@pytest.mark.parametrize(
    "answer",
    [
        page(),
        (302, {"Location": "http://portal.test/login?for=guichet"}, b""),
        (511, {"Content-Type": "text/html"}, b"<h1>Sign in</h1>"),
    ],
)
def test_a_networks_sign_in_page(tmp_path: Path, answer: Answer) -> None:
    with web(answer) as portal:
        [found] = look(tmp_path, f"http://127.0.0.1:{portal.port}")
    assert found.code == "portal"
    assert found.detail["to"] in {"127.0.0.1", "portal.test"}


def test_a_portal_where_tls_should_be(tmp_path: Path) -> None:
    with web(page()) as portal:
        assert codes(look(tmp_path, f"https://127.0.0.1:{portal.port}")) == ["no_tls"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((200, {"Content-Type": "application/json"}, b'{"status": "up"}'), "not_guichet"),
        ((404, {"Content-Type": "text/html"}, b"nothing here"), "not_guichet"),
        ((500, {"Content-Type": "text/html"}, b"oops"), "server_failing"),
        ((503, {}, b""), "server_failing"),
        (
            (400, {"Content-Type": "application/json"}, b'{"code": "old_protocol", "message": ""}'),
            "program_older",
        ),
        (
            (400, {"Content-Type": "application/json"}, b'{"code": "new_protocol", "message": ""}'),
            "server_older",
        ),
    ],
)
def test_what_answers_is_named(tmp_path: Path, answer: Answer, code: str) -> None:
    with web(answer) as server:
        assert codes(look(tmp_path, f"http://127.0.0.1:{server.port}")) == [code]


# ------------------------------------------------------------------- certificates


def test_an_authority_that_nobody_installed(tmp_path: Path, certificate: Certificate) -> None:
    with web(lambda: challenge(now_ms()), certificate.chain) as server:
        [found] = look(tmp_path, f"https://127.0.0.1:{server.port}")
    assert found.code == "certificate_unknown"
    assert found.detail["issuer"] == "CN=Test good"


def test_another_authority_than_the_one_that_is_set(
    tmp_path: Path, certificate: Certificate
) -> None:
    other = make_certificate(tmp_path / "other")
    with web(lambda: challenge(now_ms()), certificate.chain) as server:
        url = f"https://127.0.0.1:{server.port}"
        [told] = look(tmp_path, url, other.authority)
        set_here(tmp_path, server=url, certificate_authority=str(other.authority))
        [of_settings, _] = examine(tmp_path)
    for found, place in ((told, "--authority"), (of_settings, str(tmp_path / "settings.json"))):
        assert found.code == "authority_wrong"
        what = words(found, "en").what
        assert "CN=Test good" in what
        assert f"{other.authority} does not certify" in what
        assert f"({place})" in what
        assert "install its certificate" not in words(found, "en").mend


@pytest.mark.parametrize("since", [-9, -3])
def test_a_certificate_that_has_expired(tmp_path: Path, since: int) -> None:
    old = make_certificate(
        tmp_path / "old", since=timedelta(days=since), until=timedelta(days=since + 1)
    )
    with web(lambda: challenge(now_ms()), old.chain) as server:
        [found] = look(tmp_path, f"https://127.0.0.1:{server.port}", old.authority)
    assert found.code == "certificate_expired"


def test_a_clock_that_is_behind_makes_a_certificate_one_of_tomorrow(tmp_path: Path) -> None:
    """The server's own word for the time, which nobody vouches for, points at the clock."""
    young = make_certificate(tmp_path / "young", since=timedelta(days=2), until=timedelta(days=9))

    def later() -> Answer:
        status, headers, body = challenge(now_ms())
        then = time.time() + timedelta(days=3).total_seconds()
        stamp = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(then))
        return status, {**headers, "Date": stamp}, body

    with web(later, young.chain) as server:
        found = look(tmp_path, f"https://127.0.0.1:{server.port}", young.authority)
    assert codes(found) == ["certificate_not_yet", "clock_behind"]
    assert found[1].detail["minutes"] == 3 * 24 * 60


def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    other = make_certificate(tmp_path / "other", address="192.0.2.7")
    with web(lambda: challenge(now_ms()), other.chain) as server:
        [found] = look(tmp_path, f"https://127.0.0.1:{server.port}", other.authority)
    assert found.code == "certificate_name"
    assert found.detail["names"] == "192.0.2.7"


def test_the_authoritys_file_is_missing_or_none(tmp_path: Path, certificate: Certificate) -> None:
    none = tmp_path / "none.pem"
    none.write_text("nothing")
    with web(lambda: challenge(now_ms()), certificate.chain) as server:
        for file in (tmp_path / "missing.pem", none):
            [found] = look(tmp_path, f"https://127.0.0.1:{server.port}", file)
            assert found.code == "authority_unread"
            assert f"{file}, which is set" in words(found, "en").what


# ------------------------------------------------------------------- the clock


@pytest.mark.parametrize(
    ("ahead_min", "expected"),
    [
        (0, []),
        (1, []),
        (-1, []),
        (3, ["clock_ahead"]),
        (-3, ["clock_behind"]),
        (-90, ["clock_behind"]),
    ],
)
def test_the_clocks_are_compared(tmp_path: Path, ahead_min: int, expected: list[str]) -> None:
    with web(lambda: challenge(now_ms())) as server:
        url = f"http://127.0.0.1:{server.port}"
        found = look(tmp_path, url, ahead_ms=ahead_min * 60_000)
    assert codes(found) == expected
    assert [each.detail["minutes"] for each in found] == ([abs(ahead_min)] if found else [])


# ------------------------------------------------------------------- proxies


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((407, {"Proxy-Authenticate": "Basic realm=x"}, b""), "proxy_sign_in"),
        ((502, {}, b""), "proxy_refuses"),
    ],
)
def test_a_proxy_that_lets_nobody_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, answer: Answer, code: str
) -> None:
    with web(answer) as proxy:
        at = f"http://somebody:secret@127.0.0.1:{proxy.port}"
        monkeypatch.setenv(f"{scheme.upper()}_PROXY", at)
        [found] = look(tmp_path, f"{scheme}://192.0.2.1:8443")
    assert found.code == code
    assert found.detail["proxy"] == f"127.0.0.1:{proxy.port}"
    assert "secret" not in str(found.detail)
    assert len(proxy.asked) == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://127.0.0.1:{port}")
    assert codes(look(tmp_path, f"{scheme}://192.0.2.1")) == ["proxy_unreachable"]
    with black_hole() as port:
        monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://127.0.0.1:{port}")
        found = look(tmp_path, f"{scheme}://192.0.2.1", limit_s=SHORT_S)
        assert codes(found) == ["proxy_unreachable"]


@pytest.mark.parametrize("address", ["http://", "://", "http:// /"])
def test_a_proxy_that_is_no_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    assert codes(look(tmp_path, "https://192.0.2.1")) == ["proxy_address"]


def test_a_proxys_name_that_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:3128")
    [found] = look(tmp_path, "https://192.0.2.1")
    assert found.code in {"dns_unknown", "dns_silent"}
    assert found.detail["host"] == "proxy.invalid"
