"""The phone's page over HTTP: what guards it, what is bounded, and what it is told at once."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
import requests

from app.domain.phone import IDLE_MS, LONGEST_MS
from sync.protocol.messages import Problem
from sync.protocol.phones import page
from sync.protocol.phones.messages import PhoneTapAnswer, PhoneView
from sync.protocol.phones.page import COOKIE, MOST_BODY_BYTES, language_of
from sync.server import pins
from sync.server.api.app import make_app
from sync.server.api.phones import OPEN_ROUTES, PLAIN_COOKIE
from sync.server.phones.stream import MOST_A_SESSION
from tests.fakes.waiting import until
from tests.server.conftest import Programme, new_id
from tests.server.hostile import PLANTED, deep
from tests.server.http import Http, serving
from tests.server.phones import HASHER, PIN, change_staff, give_pin, low
from tests.server.seats import visit
from ui.screens.look.roles import ROLES, Mode, Role

# What a database holds against values is tested without HTTP
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
JSON = {"Content-Type": "application/json"}
POSTS = {
    "/m/sign-in": {"number": "900", "pin": PIN},
    "/m/sign-out": {},
    "/m/office": {"office_id": str(UUID(int=1))},
    "/m/tap": {"tap_id": str(UUID(int=1)), "case_id": str(UUID(int=2)), "step": "arrived"},
}


@pytest.fixture
def client(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> Iterator[Http]:
    monkeypatch.setattr(pins, "HASHER", HASHER)
    give_pin(programme)
    with serving(make_app(programme.server, feed_tick_s=0.1)) as client:
        yield client


def post(client: Http, path: str, said: Any = None, **headers: str) -> requests.Response:
    return client.post(path, {**JSON, **headers}, json.dumps(said or {}).encode())


def sign_in(client: Http, pin: str = PIN, **headers: str) -> requests.Response:
    return post(client, "/m/sign-in", {"number": "900", "pin": pin}, **headers)


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, msgspec.json.decode(answer.content, type=Problem).code


@contextmanager
def listening(client: Http) -> Iterator[Callable[[str], Any]]:
    """Yields a function that reads up to the next event of a kind."""
    answer = client.session.get(client.url + "/m/live", stream=True, timeout=20)
    with closing(answer):
        assert answer.status_code == 200, answer.text
        lines = answer.iter_lines(1)

        def next_of(kind: str) -> Any:
            for line in lines:
                if line == b"event: " + kind.encode():
                    return json.loads(next(lines).removeprefix(b"data: "))
            raise AssertionError(f"the stream ended before {kind}")

        yield next_of


# --- the page


@one_database
def test_the_page_runs_nothing_but_its_own_and_is_kept_nowhere(client: Http) -> None:
    answer = client.get("/m", {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
    policy = dict(
        part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"].startswith("'sha256-")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers
    assert '<html lang="zh-CN">' in answer.text
    assert '<html lang="en">' in client.get("/m").text
    # nothing from elsewhere, no handler in the markup, no markup made of text
    assert not re.findall(r"https?://|\son\w+=|\sstyle=|innerHTML|insertAdjacent", answer.text)


@one_database
def test_the_page_speaks_both_languages_whole(client: Http) -> None:
    script = client.get("/m").text
    english, _, rest = script.partition('"zh-CN": {')
    chinese = rest.partition("const SILENT_MS")[0]
    keys = re.findall(r"^      (\w+): \"", english, re.MULTILINE)
    assert keys == re.findall(r"^      (\w+): \"", chinese, re.MULTILINE)
    assert len(keys) == len(set(keys)) > 50
    said = set(re.findall(r"say\((?:\w+ \? )?\"(\w+)\"", rest)) | set(
        re.findall(r'data-word="(\w+)"', script)
    )
    assert said <= set(keys)


def test_the_page_has_the_programs_own_colours() -> None:
    style = (Path(page.__file__).parent / "page.css").read_text()
    light, _, dark = style.partition("prefers-color-scheme: dark")
    found: dict[str, str] = {}
    for text, mode in ((light, Mode.LIGHT), (dark, Mode.DARK)):
        found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", text))
        assert len(found) > 15
        for name, value in found.items():
            assert value == ROLES[Role(name.replace("-", "_"))].value(mode), (name, mode)
    assert len(re.findall("#[0-9a-f]{3,8}", style)) == 2 * len(found), "no colour besides"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("zh", "zh-CN"),
        ("zh-TW,zh;q=0.9", "zh-CN"),
        ("fr,zh;q=0.5,en;q=0.4", "zh-CN"),
        ("zh;q=0, en;q=0.1", "en"),
        ("en;q=x,zh;q=0.2", "zh-CN"),
        ("*", "en"),
        ("," * 5_000, "en"),
    ],
)
def test_the_language_is_the_browsers_first_of_ours(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


# --- what guards it


@one_database
def test_nobody_signed_in_is_shown_nothing(client: Http, programme: Programme) -> None:
    case_id = low(programme)
    for headers in ({}, {"Cookie": f"{PLAIN_COOKIE}=AAAA"}, {"Cookie": f"{COOKIE}=\xff"}):
        for path in ("/m/cases", "/m/live"):
            assert code(client.get(path, headers)) == (401, "unauthenticated"), path
        for path, said in POSTS.items():
            if path not in OPEN_ROUTES:
                assert code(post(client, path, said, **headers)) == (401, "unauthenticated"), path
    assert str(case_id) not in client.get("/m").text


@one_database
def test_a_session_is_a_cookie_that_no_script_and_no_other_site_has(
    client: Http, programme: Programme
) -> None:
    plain = sign_in(client, Origin="http://127.0.0.1:9").headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=strict", "Path=/", f"Max-Age={LONGEST_MS // 1000}"):
        assert part in plain
    assert plain.startswith(f"{PLAIN_COOKIE}=")
    by_tls = sign_in(client, Origin="https://guichet.example").headers["Set-Cookie"]
    assert by_tls.startswith(f"{COOKIE}=")
    assert "Secure" in by_tls
    assert "Domain" not in by_tls
    token = by_tls.partition("=")[2].partition(";")[0]
    client.session.cookies.clear()
    assert client.get("/m/cases", {"Cookie": f"{COOKIE}={token}"}).status_code == 200
    elsewhere = {"Cookie": f"{PLAIN_COOKIE}={token}", "Host": "guichet.example"}
    assert code(client.get("/m/cases", elsewhere)) == (401, "unauthenticated")
    # the link alone carries nothing
    assert client.get(f"/m?token={token}").text == client.get("/m").text


@one_database
def test_no_pin_is_taken_where_somebody_could_read_along(
    client: Http, programme: Programme
) -> None:
    for headers in ({"Origin": "http://guichet.example"}, {"Host": "192.0.2.7:8460"}):
        assert code(sign_in(client, **headers)) == (403, "forbidden")
    assert sign_in(client, Origin="null", Host="localhost").status_code == 403


@one_database
def test_another_sites_page_changes_nothing(client: Http, programme: Programme) -> None:
    assert sign_in(client).status_code == 200
    case_id = low(programme)
    said = {"tap_id": str(new_id()), "case_id": str(case_id), "step": "acknowledged"}
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = client.post("/m/tap", {"Content-Type": kind}, json.dumps(said).encode())
        assert code(answer) == (400, "bad_request"), kind
    for site in ("cross-site", "same-site", "none"):
        for path, good in {**POSTS, "/m/tap": said}.items():
            answer = post(client, path, good, **{"Sec-Fetch-Site": site})
            assert code(answer) == (403, "forbidden"), path
    preflight = client.request("OPTIONS", "/m/tap", {"Origin": "https://evil.example"})
    assert not [name for name in preflight.headers if name.lower().startswith("access-control")]
    view = msgspec.json.decode(client.get("/m/cases").content, type=PhoneView)
    assert view.cases[0].state == "new"
    answer = post(client, "/m/tap", said, **{"Sec-Fetch-Site": "same-origin"})
    assert msgspec.json.decode(answer.content, type=PhoneTapAnswer).outcome == "done"


@one_database
def test_bodies_are_small_and_as_they_should_be(client: Http, programme: Programme) -> None:
    sign_in(client)
    for path in POSTS:
        if path == "/m/sign-out":  # it says nothing
            continue
        answer = client.post(path, JSON, b" " * (MOST_BODY_BYTES + 1))
        assert code(answer) == (413, "too_large"), path
        bad = (b"", b"{", b"[]", b"\xff", deep(2_000), b'{"number":"\xed"}')
        for body in bad:
            assert code(client.post(path, JSON, body)) == (400, "bad_request"), (path, body)
    long = {"number": "9" * 65, "pin": PIN}
    assert code(post(client, "/m/sign-in", long)) == (400, "bad_request")
    assert code(sign_in(client, pin="\0\u202e")) == (401, "unauthenticated")


@one_database
def test_wrong_pins_are_slowed_down(client: Http, programme: Programme) -> None:
    answers = [sign_in(client, pin="0000") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[-1].headers["Retry-After"] == "30"
    assert sign_in(client).status_code == 429, "the right one has to wait, too"
    assert "Set-Cookie" not in answers[-1].headers


@one_database
def test_signing_out_ends_it_there_and_here(client: Http, programme: Programme) -> None:
    sign_in(client)
    token = client.session.cookies[PLAIN_COOKIE]
    answer = post(client, "/m/sign-out")
    assert answer.status_code == 204
    assert PLAIN_COOKIE not in client.session.cookies
    kept = {"Cookie": f"{PLAIN_COOKIE}={token}"}
    assert code(client.get("/m/cases", kept)) == (401, "unauthenticated")


@one_database
def test_logs_name_no_number_no_pin_and_no_cookie(
    client: Http,
    programme: Programme,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    post(client, "/m/sign-in", {"number": PLANTED, "pin": PLANTED})
    sign_in(client)
    token = client.session.cookies[PLAIN_COOKIE]
    client.get(f"/m/cases?{PLANTED}")
    client.get(f"/m/{PLANTED}")
    out = capsys.readouterr()
    foreign = {"urllib3.connectionpool", "uvicorn.access"}
    logged = [r.getMessage() for r in caplog.records if r.name not in foreign]
    text = "\n".join(logged) + out.out + out.err
    assert "/m/sign-in" in text
    for secret in (PLANTED, PIN, token):
        assert secret not in text


# --- as it happens


def test_a_low_rating_is_on_the_page_at_once_and_so_is_who_took_it(
    client: Http, programme: Programme
) -> None:
    sign_in(client)
    with listening(client) as next_of:
        assert next_of("view")["cases"] == []
        case_id = low(programme)
        (case,) = next_of("view")["cases"]
        assert (case["case_id"], case["state"], case["score"]) == (str(case_id), "new", 1)
        said = {"tap_id": str(new_id()), "case_id": str(case_id), "step": "acknowledged"}
        assert post(client, "/m/tap", said).status_code == 200
        (case,) = next_of("view")["cases"]
        assert (case["state"], case["taken_by"]) == ("acknowledged", "Wang Min")
        # what other offices and counters do is nothing to look at again
        seat = programme.seat(counter=1)
        visit(seat, score=5)
        seat.push()
        assert next_of("tick") == programme.clock.ms


def test_a_stream_ends_with_its_session(client: Http, programme: Programme) -> None:
    streams = client.app.state.feed.followers[0]
    sign_in(client)
    with listening(client) as next_of:
        next_of("view")
        assert streams.listening == 1
        change_staff(programme, programme.manager_id, active=False)
        assert next_of("over")["code"] == "unauthenticated"
    until(lambda: streams.listening == 0)
    assert code(client.get("/m/live")) == (401, "unauthenticated")


def test_a_stream_that_nobody_looks_at_ends(client: Http, programme: Programme) -> None:
    sign_in(client)
    with listening(client) as next_of:
        next_of("view")
        programme.clock.ms += IDLE_MS
        next_of("over")


@one_database
def test_a_session_has_few_streams(client: Http, programme: Programme) -> None:
    sign_in(client)
    streams = client.app.state.feed.followers[0]
    open_ones = [
        client.session.get(client.url + "/m/live", stream=True, timeout=20)
        for _ in range(MOST_A_SESSION)
    ]
    until(lambda: streams.listening == MOST_A_SESSION)
    assert code(client.get("/m/live")) == (429, "busy")
    for answer in open_ones:
        answer.close()
    until(lambda: streams.listening == 0)


def test_a_server_that_stops_ends_its_streams(programme: Programme) -> None:
    give_pin(programme)
    ended = threading.Event()
    with serving(make_app(programme.server)) as client:
        sign_in(client)
        answer = client.session.get(client.url + "/m/live", stream=True, timeout=20)
        lines = answer.iter_lines(1)
        assert next(lines) == b"event: view"
        client.app.state.feed.close()
        for _ in lines:
            pass
        ended.set()
        assert code(client.get("/m/live")) == (503, "busy")
    assert ended.is_set()
