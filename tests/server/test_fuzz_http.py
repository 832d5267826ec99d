"""Over HTTP, made from the OpenAPI document: whatever is sent is answered with a typed problem."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
import requests
import schemathesis
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.domain import events as e
from app.domain.phone import IDLE_MS
from sync.protocol.messages import Problem
from sync.server import pins
from sync.server.api import links
from sync.server.api.app import make_app
from sync.server.api.phones import PLAIN_COOKIE
from sync.server.phones.service import Phones
from sync.server.problems import STATUS
from sync.server.store.engine import make_engine
from sync.server.store.migrate import migrate
from tests.server.books import findings
from tests.server.conftest import Programme
from tests.server.hostile import (
    EDGES,
    PLANTED,
    STORABLE,
    damaged,
    deep,
    goes_on,
    quiet,
    rewritten,
    urgent_request,
)
from tests.server.http import Http, is_phones, serving
from tests.server.phones import HASHER, give_pin, signed_in
from tests.server.seats import Seat, new_id, visit

FEW, MANY = 30, 300
often = pytest.mark.parametrize("often", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
V = {"Guichet-Protocol": "1"}


def times(examples: int) -> settings:
    return settings(max_examples=examples, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One database will do: what they hold against values is tested without HTTP."""
    url = f"sqlite:///{tmp_path / 'guichet.db'}"
    engine = make_engine(url)
    migrate(engine)
    engine.dispose()
    return url


@pytest.fixture
def client(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> Iterator[Http]:
    monkeypatch.setattr(pins, "HASHER", HASHER)
    give_pin(programme)
    with serving(make_app(programme.server, metrics_token="secret", with_jobs=False)) as client:
        yield client


def typed_problem(answer: requests.Response | schemathesis.Response) -> Problem | None:
    """None for what was asked for; otherwise a problem that the document of the wire names."""
    if answer.status_code < 400:
        return None
    problem = msgspec.json.decode(answer.content, type=Problem)
    usual = STATUS[problem.code]
    allowed = {"bad_request": {usual, 405}, "busy": {429}, "internal": set()}
    assert answer.status_code in allowed.get(problem.code, {usual}), problem
    assert PLANTED not in f"{answer.content!r} {answer.headers}"
    return problem


class Line(requests.Session):
    """A device's connection: what is to travel as zstd is packed."""

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        prepared = super().prepare_request(request)
        if prepared.body and prepared.headers.get("Content-Encoding") == "zstd":
            assert isinstance(prepared.body, bytes)
            prepared.prepare_body(zstandard.compress(prepared.body), None)
        return prepared


class Caller:
    """Makes the calls that schemathesis thinks out, as a device of the programme."""

    def __init__(self, client: Http, programme: Programme) -> None:
        document = client.get("/openapi.json").json()
        _say_formats(document)
        for operations in document["paths"].values():
            for operation in operations.values():
                if operation.get("security") == [{"phone": []}]:
                    del operation["security"]  # a cookie that is right is brought, see `call`
        config = schemathesis.Config.from_dict(_CONFIG)
        # a feed has no end, and pages are for people: what they want and say is in
        # test_live_feed.py, test_phones_http.py, test_links_http.py
        self.api = schemathesis.openapi.from_dict(document, config=config).exclude(
            path=["/v1/feed", "/m/live", *links.OPEN_ROUTES]
        )
        found = list(self.api.get_all_operations())
        self.operations = [each.ok() for each in found if isinstance(each, Ok)]
        assert len(self.operations) == len(found)  # all of them can be read
        self._clock = programme.clock
        self._seat = programme.seat()
        self._phones = Phones(programme.server)
        self._token, self._signed_in_ms = "", 0
        self._where: Any = {"base_url": client.url, "session": Line()}

    def call(self, case: Case, encoding: str = "") -> None:
        """Call; the answer has to be what the document says of it, and typed, and quote nobody."""
        self._clock.ms += 60_000  # nobody asks too often
        headers = {"Authorization": f"Bearer {self._seat.token()}"}
        if encoding:
            headers["Content-Encoding"] = encoding
        of_phones = case.operation.path.startswith("/m/")
        if of_phones:
            headers["Cookie"] = f"{PLAIN_COOKIE}={self._phone_token()}"
        with quiet():
            answer = case.call(headers=headers, **self._where)
            case.validate_response(
                answer,
                # a place in a chain, or a signature, is no matter of schemas
                excluded_checks=[positive_data_acceptance],
                headers=headers,
                transport_kwargs=self._where,
            )
        problem = typed_problem(answer)
        if (
            problem is not None
            and case.meta is not None
            and encoding in (("",) if of_phones else ("", "zstd"))
        ):
            as_documented = case.meta.generation.mode.is_positive
            assert not (as_documented and problem.message.startswith(_NOT_READ)), case.body

    def _phone_token(self) -> str:
        if self._clock.ms - self._signed_in_ms >= IDLE_MS:
            self._token, self._signed_in_ms = signed_in(self._phones).token, self._clock.ms
        return self._token


_NOT_READ = ("The body is", "A parameter of the request")
_CONFIG: dict[str, Any] = {
    "dictionaries": {
        "hostile": {"values": STORABLE},
        "edges": {"values": EDGES},
    },
    "generation": {
        "dictionaries": {
            "string": {"dictionary": "hostile", "probability": 0.3},
            "integer": {"dictionary": "edges", "probability": 0.3},
        }
    },
    "checks": {
        "negative_data_rejection": {
            "expected-statuses": ["400", "401", "403", "404", "405", "409", "426"]
        }
    },
}


def _say_formats(node: Any) -> None:
    """Call base64 a format: its right name is a mere remark to JSON Schema."""
    if isinstance(node, dict):
        if node.get("contentEncoding") == "base64":
            node["format"] = "byte"
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            _say_formats(each)


def nothing_stands_in_the_way(programme: Programme) -> None:
    goes_on(programme.seat(counter=1))
    assert findings(programme) == []


def test_every_route_at_the_edges_of_what_is_documented(client: Http, programme: Programme) -> None:
    caller = Caller(client, programme)
    for operation in caller.operations:
        config = caller.api.config.generation_for(operation=operation)
        modes = list(GenerationMode)
        for case in caller.api.iter_coverage_cases(
            operation, generation_modes=modes, generation_config=config
        ):
            caller.call(case)
    nothing_stands_in_the_way(programme)


@often
def test_every_route_with_what_is_documented_and_what_is_not(
    client: Http, programme: Programme, often: int
) -> None:
    caller = Caller(client, programme)
    encodings = st.sampled_from(["", "zstd"] * 4 + ["gzip", "br, zstd", PLANTED])
    for operation in caller.operations:
        asks = operation.as_strategy()
        if len(operation.headers) + len(operation.query):  # else there is no way to be wrong
            asks |= operation.as_strategy(GenerationMode.NEGATIVE)

        @times(often)
        @given(asks, encodings)
        def holds(case: Case, encoding: str) -> None:
            caller.call(case, encoding)

        holds()
    nothing_stands_in_the_way(programme)


def pushed(seat: Seat) -> tuple[bytes, bytes]:
    """Good bodies of /v1/push and /v1/urgent with what is personal in them."""
    encounter_id, rating_id = visit(seat, score=1)
    detail = e.RatingDetailed(rating_id, encounter_id, (), 1, seat.blob(PLANTED.encode()), None)
    seat.record(detail, e.MemberJoined(encounter_id, new_id(), PLANTED, seat.blob(b'{"name":"a"}')))
    low = seat.bodies[-3]
    return msgspec.json.encode(seat.request()), msgspec.json.encode(urgent_request(seat, low))


@often
def test_damaged_bodies_are_answered(client: Http, programme: Programme, often: int) -> None:
    @times(often)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        seat = programme.seat()
        headers = {**V, "Authorization": f"Bearer {seat.token()}"}
        with quiet():
            for path, good in zip(("/v1/push", "/v1/urgent"), pushed(seat), strict=True):
                zipped = zstandard.compress(good)
                bad, packed = data.draw(
                    st.tuples(damaged(good) | rewritten(good), st.booleans())
                    | st.tuples(damaged(zipped), st.none())
                )
                if packed:
                    bad = zstandard.compress(bad)
                encoding = {} if packed is False else {"Content-Encoding": "zstd"}
                typed_problem(client.post(path, {**headers, **encoding}, bad))
            goes_on(seat)

    holds()
    assert findings(programme) == []


def test_bodies_nested_too_deeply_are_refused_by_every_route(
    client: Http, programme: Programme
) -> None:
    headers = {**V, "Authorization": f"Bearer {programme.seat().token()}"}
    for path, item in client.get("/openapi.json").json()["paths"].items():
        for body in (deep(100_000), b'{"x":' + deep(100_000) + b"}", b"[" * 1_000_000):
            if "post" in item and path not in links.OPEN_ROUTES:
                answer = client.post(path, headers, body)
                refused = [(400, "bad_request")]
                if is_phones(path):  # which asks who it is before it reads anything
                    refused.append((401, "unauthenticated"))
                if path == "/v1/leave":  # which takes no more than a letter
                    refused.append((413, "too_large"))
                assert (answer.status_code, answer.json()["code"]) in refused, path


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /v1/head\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS where none is spoken
        b"POST /v1/push HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/push HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        b"POST /v1/push HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET /v1/head HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \0\xff\r\n\r\n",
        b"GET /v1/%00%ff%fe/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_no_http_ends_with_its_own_connection(
    client: Http, programme: Programme, sent: bytes
) -> None:
    address = urlsplit(client.url)
    with quiet(), socket.create_connection((address.hostname, address.port), 20) as line:
        answer = b""
        with suppress(OSError):  # hung up on before it had read, or we had sent, everything
            line.sendall(sent)
            line.shutdown(socket.SHUT_WR)
            while part := line.recv(65_536):
                answer += part
    assert b" 500 " not in answer.partition(b"\r\n")[0]
    assert client.get("/healthz").status_code == 200
    goes_on(programme.seat())


@pytest.mark.parametrize("framed", ["by its length", "in chunks"])
def test_an_upload_whose_line_breaks_half_way_leaves_nothing(
    client: Http, programme: Programme, framed: str
) -> None:
    seat = programme.seat()
    body = zstandard.compress(pushed(seat)[0])
    half = body[: len(body) // 2]
    head = (
        f"POST /v1/push HTTP/1.1\r\nHost: x\r\nGuichet-Protocol: 1\r\nContent-Encoding: zstd\r\n"
        f"Authorization: Bearer {seat.token()}\r\n"
    ).encode()
    if framed == "in chunks":
        sent = head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(half), half)
    else:
        sent = head + b"Content-Length: %d\r\n\r\n%b" % (len(body), half)
    address = urlsplit(client.url)
    with quiet():
        with socket.create_connection((address.hostname, address.port), 20) as line:
            line.sendall(sent)
        headers = {**V, "Authorization": f"Bearer {seat.token()}"}
        assert client.get("/v1/head", headers).json()["head_seq"] == 0
        whole = client.post("/v1/push", {**headers, "Content-Encoding": "zstd"}, body)
        assert (whole.status_code, whole.json()["head_seq"]) == (200, len(seat.bodies))
    assert findings(programme) == []
