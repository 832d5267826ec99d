"""Over HTTP: who gets in, what is bounded, what is told and what is kept quiet."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
import structlog
import zstandard

from app.domain import events as e
from sync.protocol.framing import encode
from sync.protocol.messages import MAX_BODY_BYTES, EnrolRequest, Problem, SealedKeyRequest
from sync.server.api import links, phones
from sync.server.api.app import make_app
from sync.server.api.routes import OPEN_ROUTES as OPEN_TO_DEVICES
from sync.server.auth import CODE_MINUTES, TOKEN_MS
from sync.server.enrolment import make_code
from sync.server.problems import STATUS, ProblemError
from sync.server.programme import revoke_device
from sync.server.store.engine import writing
from tests.server.conftest import KEYS, Programme, make_programme
from tests.server.http import Http, api_routes, is_phones, serving
from tests.server.seats import Seat, new_id, visit

V = {"Guichet-Protocol": "1"}
OPEN_ROUTES = OPEN_TO_DEVICES | phones.OPEN_ROUTES | links.OPEN_ROUTES
FOREIGN_LOGS = {"urllib3.connectionpool", "uvicorn.access"}


@pytest.fixture
def client(programme: Programme) -> Iterator[Http]:
    app = make_app(programme.server, metrics_token="secret", feed_tick_s=0.05)
    with serving(app) as client:
        yield client


def wire_routes(client: Http) -> list[tuple[str, str]]:
    found = []
    for path, item in client.get("/openapi.json").json()["paths"].items():
        found += [(method.upper(), path) for method in item]
    return found


def device_routes(client: Http) -> list[tuple[str, str]]:
    """Those that are no phone's, which are tried in test_phones_http.py and test_links_http.py."""
    return [each for each in wire_routes(client) if not is_phones(each[1])]


def called(path: str) -> str:
    """A route's path with its parameters filled in."""
    return path.format(snapshot_id=UUID(int=0), number=0, digest="0" * 64)


def signed_in(seat: Seat) -> dict[str, str]:
    return {**V, "Authorization": f"Bearer {seat.token()}"}


def test_every_route_but_the_open_ones_wants_a_token(client: Http, programme: Programme) -> None:
    routes = wire_routes(client)
    assert len(routes) == 37
    for method, path in routes:
        if path in OPEN_ROUTES:
            continue
        for headers in (V, {**V, "Authorization": "Bearer AAAA"}, {**V, "Authorization": "é"}):
            sent = {k: v.encode("latin-1") for k, v in headers.items()}
            answer = client.request(method, called(path), headers=sent)
            assert answer.status_code == 401, (method, path)
            assert msgspec.json.decode(answer.content, type=Problem).code == "unauthenticated"
    assert client.get("/metrics").status_code == 401
    token = {"Authorization": "Bearer secret"}
    assert b"guichet_requests_total" in client.get("/metrics", headers=token).content


def test_every_wire_route_names_its_version(client: Http, programme: Programme) -> None:
    wire = [(m, p) for m, p in wire_routes(client) if p.startswith("/v1")]
    for method, path in wire:
        for version, code in (("0", "old_protocol"), ("2", "new_protocol"), ("x", "bad_request")):
            answer = client.request(method, called(path), headers={"Guichet-Protocol": version})
            assert (answer.status_code, answer.json()["code"]) == (STATUS[code], code)


def test_tokens_end_and_revocation_holds_at_once(client: Http, programme: Programme) -> None:
    seat = programme.seat()
    headers = signed_in(seat)
    assert client.get("/v1/head", headers=headers).status_code == 200
    programme.clock.ms += TOKEN_MS
    assert client.get("/v1/head", headers=headers).status_code == 401
    headers = signed_in(seat)
    with programme.work() as work:
        revoke_device(work, KEYS, seat.device_id)
    for method, path in device_routes(client):
        if path in OPEN_ROUTES or method == "POST":
            continue
        answer = client.request(method, called(path), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "revoked"), path
    visit(seat)
    body = msgspec.json.encode(seat.request())
    answer = client.post("/v1/push", headers=headers, content=body)
    assert answer.json()["code"] == "revoked"
    with pytest.raises(ProblemError):
        seat.token()


def test_another_programmes_device_sees_nothing_of_this_one(
    client: Http, programme: Programme
) -> None:
    member_id = programme.member(8000, home_office="PEK", name="秘密")
    own = programme.seat()
    encounter_id, rating_id = visit(own, score=1, member_id=member_id)
    own.push(e.RatingDetailed(rating_id, encounter_id, (), 1, own.blob("秘密".encode()), None))
    other = make_programme(programme.server, programme.clock, code="PEK")
    sum(programme.upkeep.refreshing())
    desk = other.seat(counter=2, kind="desk")
    headers = signed_in(desk)
    for method, path in device_routes(client):
        if path in OPEN_ROUTES or method == "POST" or path == "/v1/feed":
            continue
        answer = client.request(method, called(path), headers=headers)
        gone = ("snapshot_gone", "not_found")
        assert answer.status_code == 200 or answer.json()["code"] in gone, path
        for secret in ("秘密", str(member_id), str(rating_id), str(programme.programme_id)):
            assert secret not in answer.text, path
    # and what it pushes about the other's ids is unknown to it
    pushed = desk.push(
        e.EncounterEnded(encounter_id, e.EncounterOutcome.FINISHED),
        e.CaseAcknowledged(rating_id),
    )
    assert [d.code for d in pushed.decisions] == ["unknown_encounter", "unknown_case"]


def test_a_counter_never_gets_what_is_the_desks(client: Http, programme: Programme) -> None:
    seat, other = programme.seat(), programme.seat(counter=1)
    visit(other, score=1)
    other.push(e.RatingRecorded(new_id(), new_id(), 1, 2))
    for path in ("/v1/pull", "/v1/bootstrap"):
        records = client.get(path, headers=signed_in(seat)).json()["records"]
        kinds = {record["kind"] for record in records}
        assert kinds == {"staff", "reward", "office", "counter"}, path
    case_id = new_id()
    assert [d.code for d in seat.push(e.CaseAcknowledged(case_id)).decisions] == ["not_manager"]


def test_bodies_are_bounded_also_as_bombs(client: Http, programme: Programme) -> None:
    headers = signed_in(programme.seat())
    bomb = zstandard.ZstdCompressor().compress(bytes(MAX_BODY_BYTES + 1))
    for method, path in device_routes(client):
        if method != "POST":
            continue
        answer = client.post(path, headers=headers, content=bytes(MAX_BODY_BYTES + 1))
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large"), path
        zipped = {**headers, "Content-Encoding": "zstd"}
        answer = client.post(path, headers=zipped, content=bomb)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large"), path
        for bad in (b"\x28\xb5\x2f\xfd", b"no zstd"):
            answer = client.post(path, headers=zipped, content=bad)
            assert (answer.status_code, answer.json()["code"]) == (400, "bad_request"), path
        answer = client.post(path, headers=headers, content=b'{"no":')
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request"), path


def test_a_visit_goes_through_compressed(client: Http, programme: Programme) -> None:
    seat = programme.seat()
    for _ in range(20):
        visit(seat)
    headers = {**signed_in(seat), "Content-Encoding": "zstd", "Accept-Encoding": "zstd"}
    body = zstandard.ZstdCompressor().compress(msgspec.json.encode(seat.request()))
    assert client.post("/v1/push", headers=headers, content=body).json()["head_seq"] == 60
    page = client.get("/v1/bootstrap", headers=headers)
    assert page.headers["content-encoding"] == "zstd"


def test_codes_work_once_and_not_for_long(programme: Programme) -> None:
    server, clock = programme.server, programme.clock

    def code() -> str:
        with writing(server.engine) as connection:
            return make_code(
                connection,
                programme.programme_id,
                counter_id=programme.counter_ids[0],
                kind="counter",
                now_ms=clock(),
            )

    used, old = code(), code()
    first = server.enrol(EnrolRequest(used.lower().replace("-", " "), b"1" * 32, "pc", "1"))
    again = server.enrol(EnrolRequest(used, b"1" * 32, "pc", "1"))
    assert first.device_id == again.device_id  # the same key: its answer was lost
    clock.ms += CODE_MINUTES * 60_000
    for text, problem in ((used, "code_used"), (old, "code_expired"), ("X", "code_unknown")):
        with pytest.raises(ProblemError) as error:
            server.enrol(EnrolRequest(text, b"2" * 32, "pc", "1"), address="::1")
        assert error.value.problem.code == problem
    for _ in range(7):
        with pytest.raises(ProblemError):
            server.enrol(EnrolRequest("X", b"2" * 32, "pc", "1"), address="::1")
    with pytest.raises(ProblemError) as error:
        server.enrol(EnrolRequest(code(), b"2" * 32, "pc", "1"), address="::1")
    assert error.value.problem.code == "busy"
    clock.ms += 60_000
    server.enrol(EnrolRequest(code(), b"2" * 32, "pc", "1"), address="::1")


def test_logs_hold_nothing_of_people(
    client: Http,
    programme: Programme,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    planted = "Planted-Person-13912345678"
    seat = programme.seat()
    headers = signed_in(seat)
    encounter_id, rating_id = visit(seat, score=1)
    seat.record(e.RatingDetailed(rating_id, encounter_id, (), 1, seat.blob(planted.encode()), None))
    seat.record(e.MemberJoined(encounter_id, new_id(), planted, seat.blob({"name": planted})))
    client.post("/v1/push", headers=headers, content=msgspec.json.encode(seat.request()))
    client.post("/v1/push", headers=headers, content=f'{{"incarnation":"{planted}"}}'.encode())
    client.get(f"/v1/pull?xid={planted}", headers=headers)
    client.get(f"/v1/{planted}", headers=headers)
    out = capsys.readouterr()
    # the test's own HTTP client and the access log, which `serve` switches off, name the URL
    logged = [r.getMessage() for r in caplog.records if r.name not in FOREIGN_LOGS]
    assert any("/v1/push" in line for line in logged)
    assert planted not in "\n".join(logged) + out.out + out.err


def test_the_document_of_the_wire_is_complete(client: Http) -> None:
    text = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
    for method, path in wire_routes(client):
        assert f"{method} {path}" in text
    for code in STATUS:
        assert f"`{code}`" in text
    from sync.protocol import messages, told
    from sync.protocol.phones import messages as of_phones

    for name, kind in {**vars(messages), **vars(told), **vars(of_phones)}.items():
        if isinstance(kind, type) and issubclass(kind, messages.Message):
            assert f"`{name}`" in text, name


def test_the_openapi_document_resolves(client: Http) -> None:
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]

    def references(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "$ref":
                    yield value.rpartition("/")[2]
                else:
                    yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    named = set(references(document))
    assert named <= set(schemas)
    assert "PushRequest" in named


def test_the_openapi_document_says_who_may_ask_and_with_which_version(client: Http) -> None:
    document = client.get("/openapi.json").json()
    schemes = document["components"]["securitySchemes"]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            asked = [name for each in operation.get("security", []) for name in each]
            assert set(asked) <= schemes.keys()
            is_open, scheme = path in OPEN_ROUTES, "phone" if is_phones(path) else "device"
            assert (asked == [scheme]) == (not is_open), path
            headers = [p["name"] for p in operation.get("parameters", []) if p["in"] == "header"]
            assert headers == (["Guichet-Protocol"] if path.startswith("/v1/") else []), path
            assert "422" not in operation["responses"]  # it is 400, a problem


def test_a_method_that_does_not_exist_is_answered_with_those_that_do(client: Http) -> None:
    answer = client.request("TRACE", "/v1/push")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_routes_are_all_documented(client: Http) -> None:
    assert set(wire_routes(client)) == set(api_routes(client.app)) - {("GET", "/openapi.json")}
    assert structlog.is_configured()


def test_a_device_hears_whether_its_sealed_key_is_here(client: Http, programme: Programme) -> None:
    seat = programme.seat()
    headers = {"Guichet-Protocol": "1", "Authorization": f"Bearer {seat.token()}"}
    assert client.get("/v1/head", headers=headers).json()["key_is_here"] is False
    body = encode(SealedKeyRequest(b"sealed"))
    answer = client.request("POST", "/v1/sealed-key", headers, body)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Guichet-Protocol"] == "1", "no portal's"
    assert client.get("/v1/head", headers=headers).json()["key_is_here"] is True
