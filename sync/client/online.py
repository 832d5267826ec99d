"""What a person waits for: a redemption asked at once, enrolment, the sealed work key."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Final, Literal, TypeVar
from uuid import UUID

import msgspec

from app.domain.errors import Rejected, Unavailable
from app.domain.redemption import SetAside
from app.domain.statement import StatementLine
from app.ports.clock import Clock
from app.ports.online import (
    ActVerdict,
    CounterExposure,
    DaysVerdict,
    Enrolment,
    ExposureVerdict,
    FleetVerdict,
    LookUpVerdict,
    OnlineVerdict,
    OwnWeeksVerdict,
    SavedAs,
    StatementVerdict,
    VoucherVerdict,
)
from app.ports.sync_store import SeatIdentity, StoredBlob, SyncStore
from sync.client.exchange import Ask, Fault, Request, Transport
from sync.client.link import problem_of
from sync.client.outcome import Refusal, Why, read
from sync.client.replica_file import to_member
from sync.client.session import Authenticator, TokenCache
from sync.client.shut_out import heed
from sync.client.told_days import days_of
from sync.client.told_fleet import act_told, fleet_told
from sync.protocol.framing import encode
from sync.protocol.messages import (
    Blob,
    EnrolAnswer,
    EnrolRequest,
    HeadAnswer,
    LookUpAnswer,
    LookUpRequest,
    Message,
    UrgentAnswer,
    UrgentRequest,
    VoucherAnswer,
    VoucherRequest,
)
from sync.protocol.told import (
    DaysAnswer,
    DaysRequest,
    ExposureAnswer,
    ExposureRequest,
    FleetActAnswer,
    FleetActRequest,
    FleetAnswer,
    FleetRequest,
    OwnWeeksAnswer,
    OwnWeeksRequest,
    StatementAnswer,
    StatementRequest,
)

_WORKERS: Final = 3
"""So that a redemption waits for no look-up that the server leaves unanswered."""
_PATIENT_S: Final = 15.0
_ASK_AGAIN_S: Final = 0.15
"""After a counter elsewhere was asked for points, which takes it some 0.2 s where all is well."""
_NEVER_SENT: Final = frozenset({"unreachable", "certificate"})

M = TypeVar("M", bound=Message)


class _NotAuthenticated(Exception):
    """No token could be had, so nothing else was sent.

    Attributes:
        problem: the link-state code of why.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class HttpOnlineDesk:
    """Asks the server while a person waits; implements `app.ports.online.OnlineDesk`.

    Calls run on threads of their own, because a name look-up can't be given a time limit and the
    caller's limit counts all the same.
    """

    def __init__(
        self,
        store: SyncStore,
        transport_factory: Callable[[str], Transport],
        clock: Clock,
        *,
        tokens: TokenCache,
        version: str,
        pool: Executor | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """Make the desk.

        Args:
            store: the seat's disk.
            transport_factory: makes a transport for a server's URL; called once per thread.
            clock: the seat's.
            tokens: the SyncRunner's.
            version: this program's, told at enrolment.
            pool: runs the calls; threads of its own if not given.
            wait: seconds pass.
        """
        self._store = store
        self._transport_factory = transport_factory
        self._clock = clock
        self._tokens = tokens
        self._version = version
        self._pool = pool or ThreadPoolExecutor(_WORKERS, thread_name_prefix="online")
        self._wait = wait
        self._mine = threading.local()

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    # --- redemption --------------------------------------------------------------------------

    def redeem(
        self, body: bytes, signature: bytes, blobs: Sequence[StoredBlob], *, limit_s: float
    ) -> OnlineVerdict:
        """Ask the server to post a redemption's intent (its entry's `body`), within `limit_s`."""
        identity = self._store.identity()
        if identity is None:
            return OnlineVerdict("unreachable", "not_enrolled")
        entry = UrgentRequest(
            entry=msgspec.Raw(body),
            blobs=[Blob(b.commitment, b.salt, b.content) for b in blobs],
            signature=signature,
        )
        deadline_s = self._clock.monotonic_s() + limit_s
        asked = self._pool.submit(self._redeem_patiently, identity, encode(entry), deadline_s)
        try:
            return asked.result(timeout=limit_s)
        except FutureTimeoutError:
            # One that had not begun can't be sent any more; of any other nobody knows
            return OnlineVerdict("unreachable" if asked.cancel() else "unknown", "timeout")

    def _redeem_patiently(
        self, identity: SeatIdentity, body: bytes, deadline_s: float
    ) -> OnlineVerdict:
        """Ask; and while counters elsewhere are handing back what it takes, again."""
        verdict = self._redeem(identity, body, deadline_s)
        while _is_coming(verdict) and self._clock.monotonic_s() + 2 * _ASK_AGAIN_S < deadline_s:
            self._wait(_ASK_AGAIN_S)
            again = self._redeem(identity, body, deadline_s)
            if again.outcome == "unreachable":
                return verdict
            verdict = again
        return verdict

    def _redeem(self, identity: SeatIdentity, body: bytes, deadline_s: float) -> OnlineVerdict:
        verdict = OnlineVerdict("unreachable", "timeout")
        for _ in range(2):  # a token that has just ended is worth a second try
            try:
                token = self._token(identity, deadline_s)
            except _NotAuthenticated as error:
                return OnlineVerdict("unreachable", error.problem)
            left_s = deadline_s - self._clock.monotonic_s()
            if left_s <= 0:
                return verdict
            request = Request(
                "POST",
                "/v1/urgent",
                Ask(),
                self._clock.monotonic_s(),
                body=body,
                token=token,
            )
            try:
                response = self._transport(identity.server_url).send(request, limit_s=left_s)
            except Fault as fault:
                never = fault.kind in _NEVER_SENT
                return OnlineVerdict("unreachable" if never else "unknown", problem_of(fault))
            answer = read(response, UrgentAnswer)
            if isinstance(answer, Refusal):
                heed(self._store, answer)
            if isinstance(answer, Refusal) and answer.why is Why.UNAUTHENTICATED:
                self._tokens.discard(token)
                verdict = OnlineVerdict("refused", answer.code, answer.message)
                continue
            return _verdict(answer)
        return verdict

    def _token(self, identity: SeatIdentity, deadline_s: float) -> str:
        """Give the shared token, or get one by challenge."""
        authenticator = Authenticator(self._store, self._tokens, random.Random())
        while True:
            now = self._clock.monotonic_s()
            token = self._tokens.current(now)
            if token is not None:
                return token
            if now >= deadline_s:
                raise _NotAuthenticated("timeout")
            try:
                request = authenticator.next_request(identity, now)
                assert request is not None, "a new authenticator does not rest"
                transport = self._transport(identity.server_url)
                response = transport.send(request, limit_s=deadline_s - now)
            except Fault as fault:
                raise _NotAuthenticated(problem_of(fault)) from fault
            except Unavailable as error:
                raise _NotAuthenticated(error.code) from error
            answer = authenticator.received(request, response, self._clock.monotonic_s())
            if isinstance(answer, Refusal):
                heed(self._store, answer)
                raise _NotAuthenticated(problem_of(answer))

    def _ask(
        self, identity: SeatIdentity, path: str, body: bytes, kind: type[M], deadline_s: float
    ) -> M | Refusal | str:
        """Ask what does no harm when it is asked twice; a code where there is no answer."""
        code = "timeout"
        for _ in range(2):  # a token that has just ended is worth a second try
            try:
                token = self._token(identity, deadline_s)
                now = self._clock.monotonic_s()
                request = Request("POST", path, Ask(), now, body=body, token=token)
                left_s = max(0.001, deadline_s - now)
                response = self._transport(identity.server_url).send(request, limit_s=left_s)
            except _NotAuthenticated as error:
                return error.problem
            except Fault as fault:
                return problem_of(fault)
            answer = read(response, kind)
            if not isinstance(answer, Refusal):
                return answer
            heed(self._store, answer)
            if answer.why is not Why.UNAUTHENTICATED:
                return answer
            self._tokens.discard(token)
            code = answer.code
        return code

    def _asked(self, path: str, ask: Message, kind: type[M], limit_s: float) -> M | Refusal | str:
        """As `_ask`, within `limit_s`, whatever the network does."""
        identity = self._store.identity()
        if identity is None:
            return "not_enrolled"
        deadline_s = self._clock.monotonic_s() + limit_s
        asked = self._pool.submit(self._ask, identity, path, encode(ask), kind, deadline_s)
        try:
            return asked.result(timeout=limit_s)
        except FutureTimeoutError:
            asked.cancel()
            return "timeout"

    # --- members that the seat doesn't hold -----------------------------------------------------

    def look_up(
        self, text: str, *, staff_id: UUID, session_id: UUID, limit_s: float
    ) -> LookUpVerdict:
        """Ask the server whom a text means, within `limit_s`; asking again does no harm."""
        ask = LookUpRequest(text, staff_id, session_id)
        answer = self._asked("/v1/look-up", ask, LookUpAnswer, limit_s)
        if isinstance(answer, str):
            return LookUpVerdict("unreachable", code=answer)
        if isinstance(answer, Refusal):
            return _look_up_refused(answer)
        try:
            return LookUpVerdict(answer.outcome, tuple(map(to_member, answer.members)))
        except ValueError:
            return LookUpVerdict("unreachable", code="server_error")

    # --- vouchers --------------------------------------------------------------------------------

    def claim_voucher(self, text: str, use_id: UUID, *, limit_s: float) -> VoucherVerdict:
        """Ask the server for a voucher, within `limit_s`; asking again does no harm."""
        answer = self._asked("/v1/voucher", VoucherRequest(use_id, text), VoucherAnswer, limit_s)
        if isinstance(answer, VoucherAnswer):
            return VoucherVerdict(answer.outcome, answer.code, answer.message)
        return VoucherVerdict("unreachable", answer if isinstance(answer, str) else answer.code)

    # --- statements ------------------------------------------------------------------------------

    def statement(
        self,
        member_id: UUID,
        *,
        first_day: str,
        staff_id: UUID,
        session_id: UUID,
        limit_s: float,
        saved_as: SavedAs = "",
    ) -> StatementVerdict:
        """Ask the server what changed a member's points, within `limit_s`."""
        ask = StatementRequest(member_id, staff_id, session_id, first_day, saved_as)
        answer = self._asked("/v1/statement", ask, StatementAnswer, limit_s)
        if isinstance(answer, str):
            return StatementVerdict("unreachable", answer)
        if isinstance(answer, Refusal):
            refused = answer.why is Why.REFUSED
            return StatementVerdict("refused" if refused else "unreachable", answer.code)
        return StatementVerdict(
            answer.outcome,
            opening_points=answer.opening_points,
            lines=tuple(StatementLine(**msgspec.to_builtins(line)) for line in answer.lines),
            closing_points=answer.closing_points,
            owed_points=answer.owed_points,
            lots=tuple((lot.remaining, lot.expires_on) for lot in answer.lots),
            set_aside=tuple(SetAside(**msgspec.to_builtins(each)) for each in answer.set_aside),
            at_ms=answer.server_ms,
        )

    # --- the worst possible loss ------------------------------------------------------------------

    def exposure(self, *, limit_s: float) -> ExposureVerdict:
        """Ask the server what could be lost at most, within `limit_s`."""
        answer = self._asked("/v1/exposure", ExposureRequest(), ExposureAnswer, limit_s)
        if not isinstance(answer, ExposureAnswer):
            code = answer if isinstance(answer, str) else answer.code
            return ExposureVerdict("unreachable", code)
        return ExposureVerdict(
            "told",
            counters=tuple(
                CounterExposure(
                    each.device_id,
                    each.counter_label,
                    dict(each.parts),
                    each.leases,
                    each.leased_points,
                    each.last_contact_ms,
                    each.is_shut_out,
                )
                for each in answer.counters
            ),
            programme_points=answer.programme_points,
            one_member_points=answer.one_member_points,
            owed_points=answer.owed_points,
            at_ms=answer.server_ms,
        )

    # --- the fleet --------------------------------------------------------------------------------

    def fleet(self, *, staff_id: UUID, session_id: UUID, limit_s: float) -> FleetVerdict:
        """Ask the server how the devices are, within `limit_s`."""
        request = FleetRequest(staff_id, session_id)
        return fleet_told(self._asked("/v1/fleet", request, FleetAnswer, limit_s))

    def act_on_device(
        self,
        act: Literal["revoke", "release"],
        device_id: UUID,
        reason: str,
        *,
        staff_id: UUID,
        session_id: UUID,
        limit_s: float,
    ) -> ActVerdict:
        """Have the server do something about a device, within `limit_s`."""
        request = FleetActRequest(act, device_id, staff_id, session_id, reason)
        return act_told(self._asked("/v1/fleet/act", request, FleetActAnswer, limit_s))

    # --- offices' figures -------------------------------------------------------------------------

    def days(
        self, office_code: str, *, first_day: str, last_day: str, limit_s: float
    ) -> DaysVerdict:
        """Ask what an office's days count, '' for all offices', within `limit_s`."""
        request = DaysRequest(office_code, first_day, last_day, cases_apart=True)
        answer = self._asked("/v1/days", request, DaysAnswer, limit_s)
        if not isinstance(answer, DaysAnswer):
            code = answer if isinstance(answer, str) else answer.code
            return DaysVerdict("unreachable", code)
        return DaysVerdict(
            "told", "", days_of(answer), tuple(answer.office_codes), answer.server_ms
        )

    def own_weeks(self, *, staff_id: UUID, session_id: UUID, limit_s: float) -> OwnWeeksVerdict:
        """Ask for the signed-in clerk's weeks, within `limit_s`."""
        request = OwnWeeksRequest(staff_id, session_id)
        answer = self._asked("/v1/own-weeks", request, OwnWeeksAnswer, limit_s)
        if not isinstance(answer, OwnWeeksAnswer):
            code = answer if isinstance(answer, str) else answer.code
            return OwnWeeksVerdict("unreachable", code)
        return OwnWeeksVerdict("told", "", tuple(answer.weeks), answer.least_n, answer.server_ms)

    # --- a seat that was away for long ----------------------------------------------------------

    def call_in(self, *, limit_s: float) -> None:
        """Ask the server for anything, within `limit_s`: it answers, or says we are revoked."""
        identity = self._store.identity()
        if identity is None:
            return
        began_s = self._clock.monotonic_s()
        asked = self._pool.submit(self._ask_in, identity, began_s + limit_s)
        with contextlib.suppress(FutureTimeoutError):
            asked.result(timeout=limit_s)

    def _ask_in(self, identity: SeatIdentity, deadline_s: float) -> None:
        try:
            token = self._token(identity, deadline_s)
            now = self._clock.monotonic_s()
            request = Request("GET", "/v1/head", Ask(), now, token=token)
            transport = self._transport(identity.server_url)
            response = transport.send(request, limit_s=max(0.0, deadline_s - now))
        except (Fault, _NotAuthenticated):
            return
        answer = read(response, HeadAnswer)
        if isinstance(answer, Refusal):
            heed(self._store, answer)
            return
        now_ms = self._clock.now_ms()
        self._store.note_contact(offset_ms=answer.server_ms - now_ms, now_ms=now_ms)

    # --- enrolment ---------------------------------------------------------------------------

    def enrol(
        self, server_url: str, code: str, public_key: bytes, *, office: str = ""
    ) -> Enrolment:
        """Trade a one-use code, or a token for many, for who this device is.

        Returns:
            The fields of EnrolAnswer as JSON holds them: ids as text, bytes as base64.

        Raises:
            Rejected: code_unknown, code_used, code_expired, or the server's other reason.
            Unavailable: unreachable, certificate, not_guichet, old_client, old_server,
                server_error.
        """
        ask = EnrolRequest(
            code=code,
            public_key=public_key,
            hostname=socket.gethostname(),
            version=self._version,
            office=office,
        )

        def call() -> EnrolAnswer | Refusal:
            now = self._clock.monotonic_s()
            request = Request("POST", "/v1/enrol", Ask(), now, body=encode(ask))
            answer = self._transport(server_url).send(request, limit_s=_PATIENT_S)
            return read(answer, EnrolAnswer)

        try:
            answer = self._pool.submit(call).result(timeout=2 * _PATIENT_S)
        except Fault as fault:
            raise Unavailable(problem_of(fault), str(fault)) from fault
        except FutureTimeoutError as error:
            raise Unavailable("unreachable", "no answer in time") from error
        if not isinstance(answer, Refusal):
            return Enrolment(msgspec.to_builtins(answer))
        if answer.why is Why.REFUSED:
            raise Rejected(answer.code, answer.message, **answer.detail)
        raise Unavailable(problem_of(answer), answer.message or answer.code)

    def _transport(self, server_url: str) -> Transport:
        """This thread's own connection to a server."""
        known: tuple[str, Transport] | None = getattr(self._mine, "transport", None)
        if known is None or known[0] != server_url:
            known = (server_url, self._transport_factory(server_url))
            self._mine.transport = known
        return known[1]


def _is_coming(verdict: OnlineVerdict) -> bool:
    """Whether counters elsewhere were asked for points or for a unit of the reward."""
    return bool(verdict.set_aside) or verdict.code == "stock_held"


def _look_up_refused(answer: Refusal) -> LookUpVerdict:
    """Say why nobody was looked for: the server would not, or it wasn't the server at all."""
    by_server = answer.why in (Why.REFUSED, Why.REVOKED, Why.BUSY)
    return LookUpVerdict("refused" if by_server else "unreachable", code=answer.code)


def _verdict(answer: UrgentAnswer | Refusal) -> OnlineVerdict:
    """Say what became of the redemption; where anybody but the server answered, nobody knows."""
    if isinstance(answer, UrgentAnswer):
        if answer.decision in ("accepted", "duplicate"):
            return OnlineVerdict("posted", answer.code, answer.message, answer.mark)
        held = tuple(
            SetAside(each.points, each.office_code, each.counter_label, each.since_ms)
            for each in answer.set_aside
        )
        return OnlineVerdict("refused", answer.code, answer.message, answer.mark, held)
    if answer.why in (Why.REFUSED, Why.REVOKED, Why.OLD_CLIENT, Why.OLD_SERVER):
        return OnlineVerdict("refused", answer.code, answer.message)
    return OnlineVerdict("unknown", problem_of(answer))
