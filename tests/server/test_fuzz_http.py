"""Over HTTP, made from the OpenAPI document: whatever is sent is answered with a typed problem."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
import pytest
import requests
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain import events as e
from sync.protocol.messages import Problem
from sync.server.api.app import make_app
from sync.server.problems import STATUS
from sync.server.store.engine import make_engine
from sync.server.store.migrate import migrate
from tests.server.conftest import Programme
from tests.server.hostile import (
    JSON,
    PLANTED,
    TEXT,
    WHOLE,
    damaged,
    deep,
    findings,
    goes_on,
    quiet,
    rarely,
    rewritten,
    urgent_request,
)
from tests.server.http import Http, serving
from tests.server.seats import Seat, new_id, visit

FEW, MANY = 60, 600
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
def client(programme: Programme) -> Iterator[Http]:
    with serving(make_app(programme.server, metrics_token="secret", with_jobs=False)) as client:
        yield client


def is_typed(answer: requests.Response) -> None:
    """An answer is what was asked for, or a problem that the document of the wire names."""
    if answer.status_code < 400:
        return
    problem = msgspec.json.decode(answer.content, type=Problem)
    usual = STATUS[problem.code]
    allowed = {"bad_request": {usual, 405}, "busy": {429}, "internal": set()}
    assert answer.status_code in allowed.get(problem.code, {usual}), problem
    assert PLANTED not in answer.text + str(answer.headers)


def of_schema(schema: dict[str, Any], named: dict[str, Any]) -> st.SearchStrategy[Any]:
    """JSON as a schema has it, with hostile values; sometimes not even that."""
    if "$ref" in schema:
        return of_schema(named[schema["$ref"].rpartition("/")[2]], named)
    if "anyOf" in schema:
        return st.one_of([of_schema(each, named) for each in schema["anyOf"]])
    right: st.SearchStrategy[Any]
    match schema.get("type"):
        case "object" if "properties" in schema:
            right = st.fixed_dictionaries(
                {name: of_schema(each, named) for name, each in schema["properties"].items()}
            )
        case "array":
            right = st.lists(of_schema(schema.get("items", {}), named), max_size=3)
        case "integer":
            right = WHOLE
        case "string" if schema.get("format") == "uuid":
            right = st.uuids().map(str)
        case "string" if schema.get("contentEncoding") == "base64":
            right = st.sampled_from(["", "AAAA", "A" * 44, "A" * 88, "A", "é"])
        case "string":
            right = TEXT
        case _:
            right = JSON
    return rarely(right, JSON)


def calls(document: dict[str, Any]) -> st.SearchStrategy[tuple[str, str, bytes]]:
    """(method, path and query, body) of any operation, but for feeds, which have no end."""
    named = document["components"]["schemas"]
    found = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if path != "/v1/feed":
                found.append(_call(method.upper(), path, operation, named))
    return st.one_of(found)


def _call(
    method: str, path: str, operation: dict[str, Any], named: dict[str, Any]
) -> st.SearchStrategy[tuple[str, str, bytes]]:
    parameters = {
        (each["in"], each["name"]): of_schema(each["schema"], named)
        for each in operation.get("parameters", [])
    }
    content = operation.get("requestBody", {}).get("content", {})
    bodies = [of_schema(each["schema"], named) for each in content.values()]
    body = st.one_of(bodies).map(msgspec.json.encode) if bodies else st.just(b"")

    def called(values: dict[tuple[str, str], Any], sent: bytes) -> tuple[str, str, bytes]:
        texts = {key: quote(str(value)[:2_000], safe="") or "-" for key, value in values.items()}
        filled = re.sub(r"{(\w+)}", lambda found: texts["path", found[1]], path)
        query = "&".join(f"{n}={text}" for (where, n), text in texts.items() if where == "query")
        return method, f"{filled}?{query}", sent

    return st.builds(called, st.fixed_dictionaries(parameters), body)


@often
def test_whatever_the_document_allows_is_answered(
    client: Http, programme: Programme, often: int
) -> None:
    seat = programme.seat()
    tokens = ["", "Bearer ", f"Bearer {PLANTED}", "Basic x", f"Bearer {seat.token()}", "Bearer é"]
    versions = st.sampled_from(["1"] * 8 + ["0", "2", "", "-1", "１", "9" * 5_000, PLANTED])
    encodings = st.sampled_from([""] * 8 + ["zstd", "gzip", "br, zstd", PLANTED])

    @times(often)
    @given(calls(client.get("/openapi.json").json()), st.sampled_from(tokens), versions, encodings)
    def holds(call: tuple[str, str, bytes], token: str, version: str, encoding: str) -> None:
        method, path, body = call
        said = {"Guichet-Protocol": version, "Authorization": token, "Content-Encoding": encoding}
        headers = {name: value.encode() for name, value in said.items() if value}
        with quiet():
            is_typed(client.request(method, path, headers, body))

    holds()
    # what was typed in vain is counted; a minute later nothing stands in the way
    programme.clock.ms += 60_000
    goes_on(programme.seat(counter=1))
    assert findings(programme) == []


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
                is_typed(client.post(path, {**headers, **encoding}, bad))
            goes_on(seat)

    holds()
    assert findings(programme) == []


def test_bodies_nested_too_deeply_are_refused_by_every_route(
    client: Http, programme: Programme
) -> None:
    headers = {**V, "Authorization": f"Bearer {programme.seat().token()}"}
    for path, item in client.get("/openapi.json").json()["paths"].items():
        for body in (deep(100_000), b'{"x":' + deep(100_000) + b"}", b"[" * 1_000_000):
            if "post" in item:
                answer = client.post(path, headers, body)
                assert (answer.status_code, answer.json()["code"]) == (400, "bad_request"), path


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
