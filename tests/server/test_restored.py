"""A restored server that forgot an incarnation: the real client's engine goes on with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from app.domain import events as e
from sync.client.exchange import Request, Response
from sync.protocol.framing import decode, encode
from sync.protocol.messages import Cursor, PushRequest, SealedKeyRequest, TokenRequest
from sync.server import epochs
from sync.server.audit import audit
from sync.server.problems import ProblemError
from sync.server.service import CentralServer
from sync.server.store import tables as t
from sync.server.store.engine import reading, writing
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit
from tests.sync.scripted import JSON, Bench


class Wire:
    """The central server as the scripted bench calls it."""

    def __init__(self, server: CentralServer) -> None:
        self._server = server
        self.calls: list[str] = []

    def send(self, request: Request) -> Response:
        parts = urlsplit(request.path)
        self.calls.append(parts.path)
        try:
            answer = self._answer(parts.path, parts.query, request)
        except ProblemError as error:
            return Response(error.status, dict(JSON), encode(error.problem))
        if answer is None:
            return Response(204, dict(JSON), b"")
        return Response(200, dict(JSON), encode(answer))

    def _answer(self, path: str, query: str, request: Request):  # type: ignore[no-untyped-def]
        body = request.body or b""
        if path == "/v1/challenge":
            return self._server.challenge()
        if path == "/v1/token":
            return self._server.token(decode(body, TokenRequest))
        device_id = self._server.authenticate(f"Bearer {request.token}")
        if path == "/v1/sealed-key":
            return self._server.deposit_sealed_key(device_id, decode(body, SealedKeyRequest))
        if path == "/v1/head":
            return self._server.head(device_id)
        if path == "/v1/push":
            return self._server.push(device_id, decode(body, PushRequest))
        if path == "/v1/first":
            return self._server.first(device_id)
        if path == "/v1/snapshot":
            return self._server.snapshot(device_id)
        asked = {name: int(v[0]) for name, v in parse_qs(query).items() if name != "standing"}
        if path == "/v1/bootstrap":
            return self._server.bootstrap(device_id, after_rank=asked["after_rank"])
        return self._server.pull(device_id, Cursor(asked["xid"], asked["seq"]))


def forget(programme: Programme, seat: Seat, *, incarnation: int, new_epoch: bool = True) -> None:
    """Set the server back to when the device was at `incarnation`."""
    with writing(programme.server.engine) as connection:
        for table in (t.entry, t.chain):
            connection.execute(
                table.delete().where(
                    table.c.device_id == seat.device_id, table.c.incarnation > incarnation
                )
            )
        connection.execute(
            t.device.update()
            .where(t.device.c.device_id == seat.device_id)
            .values(incarnation=incarnation)
        )
        if new_epoch:
            epochs.begin(
                connection,
                programme.programme_id,
                epoch_id=new_id(),
                now_ms=programme.clock(),
            )


def heads(programme: Programme, seat: Seat) -> dict[int, int]:
    with reading(programme.server.engine) as connection:
        rows = connection.execute(
            sa.select(t.chain.c.incarnation, t.chain.c.head_seq).where(
                t.chain.c.device_id == seat.device_id
            )
        )
        return {row.incarnation: row.head_seq for row in rows}


@pytest.fixture
def seat(programme: Programme) -> Seat:
    return programme.seat()


@pytest.fixture
def bench(programme: Programme, seat: Seat, tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    assert bench.store.seat is not None
    with reading(programme.server.engine) as connection:
        epoch = connection.execute(sa.select(t.epoch.c.epoch_id)).scalar_one()
    bench.store.key = seat.key
    bench.store.seat = replace(
        bench.store.seat,
        device_id=seat.device_id,
        programme_id=programme.programme_id,
        office_id=programme.office_id,
        epoch=epoch,
    )
    bench.server = Wire(programme.server)  # type: ignore[assignment]
    return bench


@pytest.mark.parametrize("new_epoch", [True, False], ids=["restored", "mended by hand"])
def test_the_client_goes_on_where_the_server_forgot_its_incarnation(
    programme: Programme, seat: Seat, bench: Bench, new_epoch: bool
) -> None:
    clone = Seat(seat.server, seat.clock, seat.device_id, seat.key)
    visit(clone)
    clone.push()  # the future of the seat's disk, which is then set back
    for _ in range(3):
        bench.store.append()
    bench.run(60)
    assert bench.store.seat is not None
    assert bench.store.seat.incarnation == 2
    assert heads(programme, seat) == {1: 3, 2: 3}
    forget(programme, seat, incarnation=1, new_epoch=new_epoch)
    bench.store.append()
    bench.engine.note_entries()
    bench.run(120)
    assert bench.store.confirmed_seq == 4
    assert heads(programme, seat) == {1: 3, 2: 4}
    assert programme.server.device(seat.device_id).incarnation == 2
    with reading(programme.server.engine) as connection:
        assert list(audit(connection)) == []
    bench.engine.close()


def test_a_forgotten_incarnation_is_taken_once_signed_and_forks_on(
    programme: Programme, seat: Seat
) -> None:
    ahead = Seat(seat.server, seat.clock, seat.device_id, seat.key, seat.staff_id, incarnation=3)
    visit(ahead)
    ahead.record(e.EncounterOpened(new_id(), "x"))
    with pytest.raises(ProblemError) as error:
        seat.server.push(seat.device_id, ahead.request(2))  # not from its beginning
    assert error.value.problem.code == "chain_gap"
    assert error.value.problem.detail["head_seq"] == 0
    good = ahead.key
    ahead.key = programme.seat(counter=1).key
    with pytest.raises(ProblemError) as error:
        ahead.push()
    assert error.value.problem.code == "bad_signature"
    assert programme.server.device(seat.device_id).incarnation == 1
    ahead.key = good
    assert ahead.push().decisions == []
    assert programme.server.device(seat.device_id).incarnation == 3
    visit(seat)
    with pytest.raises(ProblemError) as error:
        seat.push()  # the one before is closed
    assert (error.value.problem.code, error.value.problem.detail["incarnation"]) == ("fork", 3)


def test_an_incarnation_is_bounded(seat: Seat) -> None:
    ahead = Seat(seat.server, seat.clock, seat.device_id, seat.key, seat.staff_id, 2**31 + 1)
    visit(ahead)
    with pytest.raises(ProblemError) as error:
        ahead.push()
    assert error.value.problem.code == "bad_request"
