"""The server in-process, and the network that loses, repeats, delays and forges before it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import sqlalchemy as sa

from sync.client.exchange import Fault, Request, Response
from sync.protocol.framing import PAGES_TYPE, ZSTD, decode, decompress, encode
from sync.protocol.messages import (
    Cursor,
    EnrolRequest,
    LookUpRequest,
    Message,
    Problem,
    PushRequest,
    SealedKeyRequest,
    TokenRequest,
    UrgentRequest,
    VoucherRequest,
)
from sync.protocol.told import ExposureRequest, StatementRequest
from sync.server.problems import ProblemError
from sync.server.service import CentralServer
from tests.simulation.clock import World
from tests.simulation.feed import Line, Wires
from tests.simulation.weather import Weather

JSON: Final = {"content-type": "application/json", "guichet-protocol": "1"}
PAGES: Final = {"content-type": PAGES_TYPE}
HTML: Final = {"content-type": "text/html"}

FAULTS: Final = {
    "lost_request": 0.04,
    "lost_answer": 0.05,
    "repeated": 0.05,
    "delayed": 0.04,
    "server_killed_while_writing": 0.05,
    "server_killed_before_commit": 0.03,
    "server_killed_after_commit": 0.04,
    "portal": 0.01,
    "busy": 0.01,
    "error_500": 0.01,
    "cut_answer": 0.01,
    "forgotten_token": 0.01,
    "old_protocol": 0.01,
}
_TROUBLED: Final = (("/v1/urgent", 2.0), ("/v1/enrol", 2.4))
"""What has more than its share: a copy can be overtaken by its own chain; a PC enrols once."""
_BEGINNINGS: Final = ("/v1/enrol", "/v1/first", "/v1/snapshot", "/v1/bootstrap")
_DEEPEST: Final = 30  # statements of a server's transaction


class ServerKilled(BaseException):
    """The server process died inside a transaction."""


@dataclass(frozen=True)
class _Late:
    at_s: float
    sent: int
    who: str
    request: Request


class Network:
    """What every PC's transport sends through.

    Attributes:
        taken_in: called when the server has dealt with an upload, or died of it: True then.
    """

    def __init__(
        self,
        world: World,
        source: random.Random,
        start_server: Callable[[], CentralServer],
        weather: Weather,
        trace: Callable[[str], None],
    ) -> None:
        self._world = world
        self._source = source
        self._start_server = start_server
        self._weather = weather
        self._fired = weather.fired
        self._trace = trace
        self._late: list[_Late] = []
        self.wires = Wires(world, random.Random(source.random()), weather)
        self._kill_in = ""
        self._statements_left = 0  # until the server is killed; 0: it isn't
        self._sent = 0
        self._newest: dict[str, int] = {}  # of what each counter sent, the last that arrived
        self.taken_in: Callable[[bool], None] = lambda died: None
        self.is_gone = False
        """The server is out of everybody's reach."""
        self.is_newer = False
        """The server was updated: from then on it says more than the clients know of."""
        self.offline: set[str] = set()
        self.server = self._boot()

    def _boot(self) -> CentralServer:
        server = self._start_server()
        server.transactions.after_commit.append(lambda *_: self._maybe_die("after_commit"))
        self.wires.begin(server)
        server.transactions.before_commit.append(lambda *_: self._maybe_die("before_commit"))
        return server

    def _statement(self, *_: object) -> None:
        self._statements_left -= 1
        if self._statements_left == 0:
            raise ServerKilled("while_writing")

    def _maybe_die(self, where: str) -> None:
        if self._kill_in == where:
            raise ServerKilled(where)

    # --- late deliveries -------------------------------------------------------------------------

    @property
    def next_s(self) -> float:
        late_s = min((late.at_s for late in self._late), default=float("inf"))
        return min(late_s, self.wires.loop.next_s)

    def deliver_late(self) -> None:
        """Do what the server put off, and hand over the requests whose time has come.

        Nobody waits for their answers.
        """
        self.wires.loop.run_due()
        due = [late for late in self._late if late.at_s <= self._world.s]
        self._late = [late for late in self._late if late.at_s > self._world.s]
        for late in due:
            self._trace(f"late {late.request.path}")
            self._fired["reordered"] += late.sent < self._newest.get(late.who, 0)
            self.handle(late.request)

    def listen(self, who: str, token: str, take: Callable[[bytes], None]) -> Line:
        """Open the live feed. Raises Fault, ProblemError."""
        self._world.s += 0.002
        if who in self.offline or self.is_gone:
            raise Fault("unreachable", "no route")
        return self.wires.open(who, token, take)

    # --- the way there and back ------------------------------------------------------------------

    def send(self, who: str, request: Request, *, limit_s: float | None = None) -> Response:
        self._world.s += 0.002 + self._source.random() * 0.03
        if who in self.offline or self.is_gone:
            self._fired["offline"] += 1
            self._world.s += 0.05
            raise Fault("unreachable", "no route")
        trouble = next((much for begins, much in _TROUBLED if request.path.startswith(begins)), 1.0)
        fault = self._weather.pick(self._source, FAULTS, trouble=trouble)
        if fault and request.path.startswith(_BEGINNINGS):
            kind = "enrolment" if request.path == "/v1/enrol" else "first_fetch"
            self._fired[f"{kind}_disturbed"] += 1
        self._sent += 1
        response = self._under(fault, who, request)
        if fault not in ("delayed", "lost_request", "portal", "busy", "error_500", "old_protocol"):
            self._newest[who] = self._sent
        self._trace(f"{who} {request.method} {request.path.partition('?')[0]} {fault or 'ok'}")
        if response is None:
            self._world.s += min(limit_s or 10.0, self._source.choice((0.01, 3.0)))
            raise Fault("lost", fault)
        return response

    def _under(self, fault: str, who: str, request: Request) -> Response | None:
        """What comes back, None for nothing; a fault counts as fired where it did something."""
        if fault.startswith("server_killed_"):
            return self._killed(fault, request)
        if fault:
            self._fired[fault] += 1
        match fault:
            case "lost_request":
                return None
            case "lost_answer":
                self.handle(request)
                return None
            case "repeated":
                self.handle(request)
                return self.handle(request)
            case "delayed":
                wait_s = self._source.choice((0.5, 5.0, 60.0)) * self._source.random()
                self._late.append(_Late(self._world.s + wait_s, self._sent, who, request))
                return None
            case "portal":
                return Response(200, HTML, b"<html>Accept our terms</html>")
            case "busy":
                return Response(503, JSON | {"retry-after": "3"}, encode(Problem("busy", "busy")))
            case "error_500":
                return Response(500, JSON, encode(Problem("internal", "oops")))
            case "cut_answer":
                whole = self.handle(request)
                return replace(whole, body=whole.body[: len(whole.body) // 2])
            case "forgotten_token":
                return self._problem(ProblemError("unauthenticated", "a new token key"))
            case "old_protocol":
                return self._problem(ProblemError("old_protocol", "update", oldest=2, newest=3))
            case _:
                answer = self.handle(request)
                return _with_news(answer) if self.is_newer else answer

    def _killed(self, fault: str, request: Request) -> Response | None:
        self._kill_in = fault.removeprefix("server_killed_")
        engine = self.server.engine
        if self._kill_in == "while_writing":
            self._statements_left = self._source.randint(2, _DEEPEST)
            sa.event.listen(engine, "before_cursor_execute", self._statement)
        try:
            return self.handle(request)  # a call that writes nothing is answered
        except ServerKilled:
            self._fired[fault] += 1
            self.server = self._boot()
            return None
        finally:
            if self._kill_in == "while_writing":
                sa.event.remove(engine, "before_cursor_execute", self._statement)
            self._kill_in = ""

    # --- the server's door -----------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        parts = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        died = True
        try:
            answer = self._route(parts.path, query, request)
            died = False
        except ProblemError as error:
            died = False
            return self._problem(error)
        finally:
            self._statements_left = 0  # what is looked at from now on is no work of the server's
            if parts.path in ("/v1/push", "/v1/urgent"):
                self.taken_in(died)
        if isinstance(answer, bytes):
            return Response(200, dict(PAGES), decompress(answer, ZSTD))
        if answer is None:
            return Response(204, dict(JSON), b"")
        return Response(200, dict(JSON), encode(answer))

    def _problem(self, error: ProblemError) -> Response:
        return Response(error.status, dict(JSON), encode(error.problem))

    def _route(self, path: str, query: dict[str, str], request: Request) -> Message | bytes | None:
        server, body = self.server, request.body or b""
        match path:
            case "/v1/enrol":
                return server.enrol(decode(body, EnrolRequest))
            case "/v1/challenge":
                return server.challenge()
            case "/v1/token":
                return server.token(decode(body, TokenRequest))
        device = server.authenticate(f"Bearer {request.token}")
        if path.startswith("/v1/snapshot/"):
            *_, snapshot_id, number = path.split("/")
            return server.snapshot_chunk(device, UUID(snapshot_id), int(number))
        calls: dict[str, Callable[[], Any]] = {
            "/v1/sealed-key": lambda: server.deposit_sealed_key(
                device, decode(body, SealedKeyRequest)
            ),
            "/v1/head": lambda: server.head(device),
            "/v1/push": lambda: server.push(device, decode(body, PushRequest)),
            "/v1/urgent": lambda: server.urgent(device, decode(body, UrgentRequest)),
            "/v1/voucher": lambda: server.claim_voucher(device, decode(body, VoucherRequest)),
            "/v1/statement": lambda: server.statement(device, decode(body, StatementRequest)),
            "/v1/exposure": lambda: server.exposure(device, decode(body, ExposureRequest)),
            "/v1/look-up": lambda: server.look_up(device, decode(body, LookUpRequest)),
            "/v1/pull": lambda: self._pull(device, query),
            "/v1/first": lambda: server.first(device),
            "/v1/snapshot": lambda: server.snapshot(
                device, going_on=UUID(query["going_on"]) if query else None
            ),
            "/v1/bootstrap": lambda: server.bootstrap(
                device, after_rank=int(query["after_rank"]), limit=min(int(query["limit"]), 16)
            ),
        }
        answer: Message | None = calls[path]()
        return answer

    def _pull(self, device: UUID, query: dict[str, str]) -> Message:
        # Pages of a few rows, so that pulls are cut between pages too
        cursor = Cursor(int(query["xid"]), int(query["seq"]))
        limit = min(int(query["limit"]), 20)
        return self.server.pull(device, cursor, limit=limit, standing=query.get("standing", ""))


def _with_news(response: Response) -> Response:
    """The answer as a server of a later version would give it: with more than we know of."""
    if response.headers != JSON or response.status == 204:
        return response
    return replace(response, body=b'{"of_a_later_version":{"x":[1,null]},' + response.body[1:])
