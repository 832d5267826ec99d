"""Who may call what: each route of the application against each kind of caller."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import sqlalchemy as sa

from app.domain import events as e
from app.domain.entry import copy_statement
from sync.protocol import messages as m
from sync.protocol.told import (
    ConditionRequest,
    DaysRequest,
    ExposureRequest,
    FleetActRequest,
    FleetRequest,
    OwnWeeksRequest,
    StatementRequest,
)
from sync.server import auth
from sync.server.api.app import make_app
from sync.server.api.routes import OPEN_ROUTES
from sync.server.keys import make_keys
from sync.server.picture_files import CleanPicture
from sync.server.pictures import put_picture
from sync.server.problems import ProblemError
from sync.server.programme import revoke_device
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.conftest import KEYS, Programme, make_programme
from tests.server.http import Http, api_routes, is_phones, serving
from tests.server.seats import Seat, new_id, visit, voucher_of
from tests.server.test_snapshots import build as build_snapshot

V = {"Guichet-Protocol": "1"}


@pytest.fixture
def client(programme: Programme) -> Iterator[Http]:
    with serving(make_app(programme.server, feed_tick_s=0.05)) as client:
        yield client


def device_routes(client: Http, programme: Programme) -> list[tuple[str, str]]:
    """Whatever wants a device's token, parameters filled in."""
    open_ones = OPEN_ROUTES | {"/openapi.json"}
    every = api_routes(client.app)
    found = [each for each in every if each[1] not in open_ones and not is_phones(each[1])]
    assert len(found) == 20
    with reading(programme.server.engine) as connection:
        whole = sa.select(t.snapshot.c.snapshot_id).where(t.snapshot.c.complete).limit(1)
        snapshot_id = connection.execute(whole).scalar_one()
    with programme.work() as work:
        digest = put_picture(work, "", None, CleanPicture(b"\x89PNG", "png", 1, 1)).digest
    filled = {"snapshot_id": snapshot_id, "number": 0, "digest": digest}
    return [(method, path.format(**filled)) for method, path in found]


def bodies(seat: Seat) -> dict[str, bytes]:
    """For each route that takes one, a message in order but for who sends it."""
    visit(seat, score=1)
    rating = seat.bodies[-1]
    copy = m.UrgentRequest(msgspec.Raw(rating), [], seat.key.sign(copy_statement(rating)))
    messages = {
        "/v1/push": seat.request(),
        "/v1/urgent": copy,
        "/v1/sealed-key": m.SealedKeyRequest(b"k" * 80),
        "/v1/look-up": m.LookUpRequest("13812345678", seat.staff_id or new_id(), new_id()),
        "/v1/voucher": m.VoucherRequest(new_id(), voucher_of(seat, new_id())),
        "/v1/statement": StatementRequest(new_id(), seat.staff_id or new_id(), new_id()),
        "/v1/exposure": ExposureRequest(),
        "/v1/days": DaysRequest("", "2026-09-21", "2026-09-21"),
        "/v1/condition": ConditionRequest("0.1.0", "Linux 6.1"),
        "/v1/fleet": FleetRequest(seat.staff_id or new_id(), new_id()),
        "/v1/fleet/act": FleetActRequest(
            "revoke", new_id(), seat.staff_id or new_id(), new_id(), "lost"
        ),
        "/v1/own-weeks": OwnWeeksRequest(seat.staff_id or new_id(), new_id()),
    }
    return {path: msgspec.json.encode(message) for path, message in messages.items()}


def left_behind(programme: Programme) -> int:
    """How much callers have written."""
    tables = (
        t.entry, t.urgent_copy, t.quarantine, t.rating, t.encounter, t.lease, t.look_up,
        t.voucher_use, t.condition, t.device_act,
    )  # fmt: skip
    with reading(programme.server.engine) as connection:
        counts = [
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in tables
        ]
        sealed = t.device.c.sealed_work_key.is_not(None)
        counts.append(
            connection.execute(
                sa.select(sa.func.count()).select_from(t.device).where(sealed)
            ).scalar_one()
        )
    return sum(counts)


def test_each_route_refuses_whoever_is_no_device_of_ours(
    client: Http, programme: Programme
) -> None:
    seat, gone = programme.seat(), programme.seat()
    build_snapshot(programme)
    sent = bodies(seat)
    now = programme.clock.ms
    ours = KEYS.token_key
    ended = auth.issue_token(ours, seat.device_id, now_ms=now - auth.TOKEN_MS)[0]
    foreign = make_keys(now_ms=now)[0].token_key
    shut_out = gone.token()
    with programme.work() as work:
        revoke_device(work, KEYS, gone.device_id)
    good = seat.token()
    callers = {
        "": "unauthenticated",
        "Bearer ": "unauthenticated",
        "Basic " + good: "unauthenticated",
        good: "unauthenticated",
        "Bearer " + good[:-6] + "AAAAAA": "unauthenticated",
        "Bearer " + ended: "unauthenticated",
        # both are sealed by the same key, for another purpose
        "Bearer " + auth.challenge(ours, now_ms=2**62): "unauthenticated",
        "Bearer " + auth.issue_token(foreign, seat.device_id, now_ms=now)[0]: "unauthenticated",
        "Bearer " + auth.issue_token(ours, new_id(), now_ms=now)[0]: "unknown_device",
        "Bearer " + shut_out: "revoked",
    }
    for method, path in device_routes(client, programme):
        for caller, code in callers.items():
            answer = client.request(method, path, {**V, "Authorization": caller}, sent.get(path))
            assert answer.json()["code"] == code, (method, path, caller)
            assert answer.status_code in (401, 403, 404)
    assert left_behind(programme) == 0
    # and each of them is in order from the device itself
    for method, path in device_routes(client, programme):
        if path == "/v1/feed":
            continue
        answer = client.request(
            method, path, {**V, "Authorization": "Bearer " + good}, sent.get(path)
        )
        are_a_desks = ("/v1/exposure", "/v1/days", "/v1/fleet", "/v1/fleet/act")
        allowed = (403,) if path in are_a_desks else (200, 204)
        assert answer.status_code in allowed, (path, answer.text)
    assert left_behind(programme) > 0


@pytest.mark.parametrize("where", ["same office", "other programme"])
def test_no_device_speaks_for_another(client: Http, programme: Programme, where: str) -> None:
    seat = programme.seat()
    sent = bodies(seat)
    if where == "same office":
        liar = programme.seat(counter=1)
    else:
        liar = make_programme(programme.server, programme.clock, code="PEK").seat()
    headers = {**V, "Authorization": f"Bearer {liar.token()}"}
    assert client.post("/v1/push", headers, sent["/v1/push"]).json()["code"] == "bad_signature"
    # what the other signed may be carried within the office, and is still the other's word
    carried = client.post("/v1/urgent", headers, sent["/v1/urgent"]).json()
    if where == "same office":
        assert carried["decision"] == "accepted"
    else:
        assert carried["code"] == "forbidden"
    # signed by the liar, but about the other: kept as what it is, and nothing is done
    rating = seat.bodies[-1]
    signed = m.UrgentRequest(msgspec.Raw(rating), [], liar.key.sign(copy_statement(rating)))
    refused = client.post("/v1/urgent", headers, msgspec.json.encode(signed))
    assert refused.status_code in (400, 403)
    liar.bodies, liar.chain = [], []
    for body in seat.bodies:
        liar.append(body)
    answer = client.post("/v1/push", headers, msgspec.json.encode(liar.request()))
    assert {d["code"] for d in answer.json()["decisions"]} == {"malformed"}
    # its own chain is untouched
    assert {d.decision for d in seat.push().decisions} <= {"duplicate"}


def test_staff_act_in_their_office_and_role_alone(programme: Programme) -> None:
    """The device is in order each time; who is signed in at it isn't."""
    other = make_programme(programme.server, programme.clock, code="SHA")
    seat = programme.seat()
    visit(seat, score=1)
    rating = seat.bodies[-1]
    seat.urgent(rating)
    case_id = msgspec.json.decode(rating)["payload"]["rating_id"]
    acknowledged = e.CaseAcknowledged(case_id)
    for staff_id, code in (
        (programme.clerk_id, "not_manager"),
        (other.manager_id, "unknown_staff"),
        (new_id(), "unknown_staff"),
        (None, "no_staff"),
    ):
        desk = programme.seat(counter=2, kind="desk")
        desk.staff_id = staff_id
        assert [d.code for d in desk.push(acknowledged).decisions] == [code]
    desk = programme.seat(counter=2, kind="desk")
    assert desk.push(acknowledged).decisions == []


def test_a_token_is_given_for_a_fresh_nonce_signed_by_the_device(programme: Programme) -> None:
    server, seat = programme.server, programme.seat()

    def ask(change: Callable[[m.TokenRequest], m.TokenRequest] = lambda sent: sent) -> str:
        nonce = server.challenge().nonce
        statement = b"guichet token 1\0" + seat.device_id.bytes + nonce.encode()
        try:
            server.token(change(m.TokenRequest(seat.device_id, nonce, seat.key.sign(statement))))
        except ProblemError as error:
            return error.problem.code
        return ""

    def set_to(**values: object) -> Callable[[m.TokenRequest], m.TokenRequest]:
        return lambda sent: msgspec.structs.replace(sent, **values)

    def later(sent: m.TokenRequest) -> m.TokenRequest:
        programme.clock.ms += auth.CHALLENGE_MS + 1
        return sent

    assert ask() == ""
    assert ask(set_to(nonce="")) == "unauthenticated"
    assert ask(set_to(nonce="é" * 40)) == "unauthenticated"
    assert ask(set_to(nonce=auth.challenge(b"x" * 32, now_ms=programme.clock.ms))) == (
        "unauthenticated"
    )
    assert ask(set_to(nonce=seat.token())) == "unauthenticated"
    assert ask(set_to(signature=b"")) == "unauthenticated"
    assert ask(set_to(signature=bytes(64))) == "unauthenticated"
    assert ask(set_to(device_id=programme.seat(counter=1).device_id)) == "unauthenticated"
    assert ask(set_to(device_id=new_id())) == "unknown_device"
    assert ask(later) == "unauthenticated"


def test_wrong_codes_are_bounded_by_address_and_in_all() -> None:
    throttle = auth.Throttle()

    def wait_s(address: str, now_ms: int) -> int | str | None:
        try:
            throttle.check(address, now_ms)
        except ProblemError as error:
            return error.problem.detail["wait_s"]
        return None

    for second in range(10):
        assert wait_s("10.0.0.1", second * 1000) is None
        throttle.note_wrong("10.0.0.1", second * 1000)
    assert wait_s("10.0.0.1", 10_000) == 51
    assert wait_s("10.0.0.2", 10_000) is None
    assert wait_s("10.0.0.1", 60_000) is None
    # behind a unix socket nobody has an address, and one wrong code doesn't count twice
    for _ in range(50):
        assert wait_s("", 120_000) is None
        throttle.note_wrong("", 120_000)
    # a flood of addresses moves no bound
    for each in range(50):
        assert wait_s(f"10.1.0.{each}", 120_000) is None
        throttle.note_wrong(f"10.1.0.{each}", 120_000)
    assert wait_s("10.9.9.9", 120_000) == 61
    assert wait_s("10.9.9.9", 180_000) is None


def test_the_throttle_is_shared_by_threads() -> None:
    throttle = auth.Throttle()

    def hammer(start_ms: int) -> int:
        for now_ms in range(start_ms, start_ms + 2_000 * 97, 97):
            with contextlib.suppress(ProblemError):
                throttle.check("", now_ms)
                throttle.note_wrong("", now_ms)
        return start_ms

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(hammer, range(4))) == [0, 1, 2, 3]
