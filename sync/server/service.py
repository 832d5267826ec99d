"""The central server without HTTP: one method a message, for routers and simulations alike.

`CentralServer(engine, keys, clock).push(device_id, PushRequest) -> PushAnswer` and so on; each call
is one transaction, takes the time from `clock` alone, and raises `ProblemError` for what the wire
answers with a `Problem`. `device_id` is the caller's, as `authenticate` read it from its token.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar
from uuid import UUID

import uuid_utils.compat
from sqlalchemy.engine import Connection, Engine

from sync.protocol.messages import (
    BootstrapAnswer,
    ChallengeAnswer,
    Cursor,
    EnrolAnswer,
    EnrolRequest,
    HeadAnswer,
    LeaveAnswer,
    LeaveRequest,
    LookUpAnswer,
    LookUpRequest,
    PictureAnswer,
    PullAnswer,
    PushAnswer,
    PushRequest,
    SealedKeyRequest,
    SnapshotAnswer,
    TokenAnswer,
    TokenRequest,
    UrgentAnswer,
    UrgentRequest,
    VoucherAnswer,
    VoucherRequest,
)
from sync.protocol.told import (
    ConditionRequest,
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
from sync.server import (
    auth,
    bootstrap,
    enrol_tokens,
    enrolment,
    exposure_at_desk,
    fleet,
    fleet_at_desk,
    handing_out,
    ingest,
    leases,
    leaving,
    look_up,
    pictures,
    pull,
    statement_at_counter,
    stock_leases,
    urgent,
    vouchers,
)
from sync.server.contacts import Contacts
from sync.server.devices import Device, find_device
from sync.server.figures_told import days_told
from sync.server.keys import ServerKeys
from sync.server.own_weeks import own_weeks_told
from sync.server.problems import ProblemError
from sync.server.revocation import refuse_revoked
from sync.server.setting_aside import Aside, push_around
from sync.server.store.driver import send_gathered
from sync.server.store.engine import reading, take_time, writing
from sync.server.transactions import Transactions
from sync.server.work import Work

T = TypeVar("T")

_LEASES_EVERY_MS = 60_000
_LEASES_WEIGHED_EVERY_MS = 300_000
"""A device that has all the leases it may have is looked at so often, whom they are for."""
_FEW_ENTRIES = 16


def _is_due(last_ms: dict[UUID, int], of: UUID, now_ms: int, every_ms: int) -> bool:
    """Whether the last time is so long ago; then it is now."""
    before_ms = last_ms.get(of)
    is_due = before_ms is None or not 0 <= now_ms - before_ms < every_ms
    if is_due:
        last_ms[of] = now_ms
    return is_due


class _RehearsedError(Exception):
    """Undoes a transaction that was only tried."""


class CentralServer:
    """All that the wire can ask for.

    Args:
        engine: from `store.engine.make_engine`, on a migrated database.
        keys: the server's own.
        clock: milliseconds since 1970 UTC.
        new_id: makes ids; UUIDv7 unless a simulation wants its own.

    Attributes:
        transactions: by which it writes; who listens to them hears of every change.
    """

    def __init__(
        self,
        engine: Engine,
        keys: ServerKeys,
        clock: Callable[[], int],
        *,
        new_id: Callable[[], UUID] = uuid_utils.compat.uuid7,
    ) -> None:
        self.engine = engine
        self.keys = keys
        self.clock = clock
        self.new_id = new_id
        self.transactions = Transactions(engine, clock, new_id=new_id)
        self.throttle = auth.Throttle()
        self._contacts = Contacts(engine)
        self._leases_looked_ms: dict[UUID, int] = {}
        self._leases_weighed_ms: dict[UUID, int] = {}
        self.on_wrong_code: Callable[[str], None] = lambda caller: None

    # --- who is calling

    def enrol(self, request: EnrolRequest, *, address: str = "") -> EnrolAnswer:
        """Make a PC a device, by a code for one or a token for many.

        Raises:
            ProblemError: code_unknown, code_used, code_expired, bad_request, busy; what
                `enrol_tokens.enrol_by_token` names.
        """
        now_ms = self.clock()
        caller = auth.caller_key(self.keys.token_key, address)
        self.throttle.check(caller, now_ms)
        try:
            return self.transactions.repeated(lambda: self._enrol(request, now_ms))
        except ProblemError as error:
            if error.problem.code.startswith("code_"):
                self.throttle.note_wrong(caller, now_ms)
                self.on_wrong_code(caller)
            raise

    def _enrol(self, request: EnrolRequest, now_ms: int) -> EnrolAnswer:
        with writing(self.engine) as connection:
            token = enrol_tokens.find_token(connection, request.code)
            if token is None:
                return enrolment.enrol(
                    connection, self.keys, request, device_id=self.new_id(), now_ms=now_ms
                )
            work = self.transactions.begin(connection, token.programme_id)
            answer = enrol_tokens.enrol_by_token(work, self.keys, token, request)
            tell = self.transactions.finish(work)
        tell()
        return answer

    def leave(self, request: LeaveRequest, *, address: str = "") -> LeaveAnswer:
        """Let a device go whose PC gave its seat up; the same letter again answers the same.

        Raises:
            ProblemError: unknown_device, bad_signature, revoked, work_missing, busy.
        """
        now_ms = self.clock()
        caller = auth.caller_key(self.keys.token_key, address)
        self.throttle.check(caller, now_ms)
        try:
            with reading(self.engine) as connection:
                programme_id = leaving.check_letter(connection, request)
        except ProblemError:
            self.throttle.note_wrong(caller, now_ms)
            self.on_wrong_code(caller)
            raise
        let_go = partial(leaving.let_go, letter=request, keys=self.keys)
        while self.transactions.step(programme_id, let_go):
            pass
        return LeaveAnswer("released", self.clock())

    def challenge(self) -> ChallengeAnswer:
        now_ms = self.clock()
        return ChallengeAnswer(auth.challenge(self.keys.token_key, now_ms=now_ms), now_ms)

    def token(self, request: TokenRequest) -> TokenAnswer:
        """Raises ProblemError: unknown_device, revoked, unauthenticated."""
        now_ms = self.clock()
        # Before the database is asked: strangers cost a hash
        auth.check_challenge(self.keys.token_key, request.nonce, now_ms=now_ms)
        with reading(self.engine) as connection:
            device = self._known(connection, request.device_id)
        auth.check_answer(
            device_id=device.device_id,
            public_key=device.public_key,
            nonce=request.nonce,
            signature=request.signature,
        )
        token, expires_ms = auth.issue_token(self.keys.token_key, device.device_id, now_ms=now_ms)
        return TokenAnswer(token, expires_ms, now_ms)

    def authenticate(self, authorization: str | None) -> UUID:
        """The calling device's id. Raises ProblemError('unauthenticated').

        Whether it was revoked is looked up by each message itself, in its own transaction.
        """
        return auth.read_token(self.keys.token_key, authorization, now_ms=self.clock())

    def device(self, device_id: UUID) -> Device:
        """Raises ProblemError: unknown_device, revoked."""
        with reading(self.engine) as connection:
            return self._known(connection, device_id)

    def deposit_sealed_key(self, device_id: UUID, request: SealedKeyRequest) -> None:
        with writing(self.engine) as connection:
            device = self._known(connection, device_id)
            enrolment.keep_sealed_key(connection, device, request.sealed_work_key)

    # --- the journal

    def head(self, device_id: UUID) -> HeadAnswer:
        now_ms = self.clock()
        with reading(self.engine) as connection:
            device = self._known(connection, device_id)
            answer = enrolment.head(connection, self.keys, device, now_ms=now_ms)
        if not enrolment.wants_certificate(answer.certificate, device, now_ms=now_ms):
            return answer
        with writing(self.engine) as connection:
            device = self._known(connection, device_id, lock=True)
            answer = enrolment.head(connection, self.keys, device, now_ms=now_ms)
            # Another call may have renewed it before this one had the lock
            if not enrolment.wants_certificate(answer.certificate, device, now_ms=now_ms):
                return answer
            enrolment.renew_certificate(connection, self.keys, device, now_ms=now_ms)
            return enrolment.head(connection, self.keys, device, now_ms=now_ms)

    def push(self, device_id: UUID, request: PushRequest, *, unsigned: bool = False) -> PushAnswer:
        """Take in an upload; `unsigned` is for rescued disks alone (see ingest.push).

        Raises:
            ProblemError: bad_request, too_large, chain_gap, bad_signature, fork.
        """

        def take_in(aside: Aside) -> PushAnswer:
            def push(work: Work, device: Device) -> PushAnswer:
                return ingest.push(work, device, request, aside=aside, unsigned=unsigned)

            return self._work(device_id, push, pipelined=len(request.entries) > _FEW_ENTRIES)

        def rehearse(aside: Aside) -> None:
            def and_undo(work: Work, device: Device) -> None:
                ingest.push(work, device, request, aside=aside, unsigned=unsigned)
                work.finish()
                send_gathered(work.connection)  # each error is seen before it is undone
                raise _RehearsedError

            with suppress(_RehearsedError):
                self._work(device_id, and_undo, pipelined=False)

        last_seq = request.first_seq + len(request.entries) - 1
        return push_around(request.first_seq, last_seq, take_in, rehearse)

    def urgent(self, device_id: UUID, request: UrgentRequest) -> UrgentAnswer:
        """Raises ProblemError: bad_request, bad_signature, forbidden."""
        signer_id = urgent.signer_of(request)
        if signer_id is not None and signer_id != device_id:
            return self.transactions.repeated(lambda: self._relayed(device_id, signer_id, request))
        return self._work(
            device_id, lambda work, device: urgent.urgent(work, device, request), pipelined=False
        )

    def _relayed(self, carrier_id: UUID, signer_id: UUID, request: UrgentRequest) -> UrgentAnswer:
        """Take in what one seat heard of another; a word about the signer is none about it."""
        with writing(self.engine, pipelined=False) as connection:
            carrier = self._known(connection, carrier_id)
            signer = urgent.check_relay(carrier, find_device(connection, signer_id, lock=True))
            work = self.transactions.begin(connection, carrier.programme_id)
            answer = urgent.urgent(work, signer, request, is_relayed=True)
            tell = self.transactions.finish(work)
        tell()
        return answer

    # --- the replica

    def pull(
        self,
        device_id: UUID,
        cursor: Cursor,
        *,
        limit: int = 500,
        standing: str = "",
        caps: bool = False,
    ) -> PullAnswer:
        """`caps`: the device heeds all that bounds a risk pool (`RiskPool`).

        Raises ProblemError: cursor_unknown.
        """
        now_ms = self.clock()
        self._contacts.write_due(now_ms)  # every device pulls now and then
        page = partial(pull.pull, after=cursor, limit=limit, now_ms=now_ms, standing=standing)
        with reading(self.engine) as connection:
            device = self._known(connection, device_id)
            answer = page(connection, device)
            wanted = self._wants_leases(connection, device, answer, now_ms, caps)
        if not wanted:
            return answer
        goes_on = self._work(device_id, lambda work, held: self._issue(work, held, heeds_caps=caps))
        if goes_on:  # the next pull looks again, whenever the last was
            self._leases_looked_ms.pop(device_id, None)
        with reading(self.engine) as connection:
            return page(connection, device)

    def _issue(self, work: Work, device: Device, *, heeds_caps: bool) -> bool:
        goes_on = leases.issue(work, device, self.keys, heeds_caps=heeds_caps)
        stock_leases.issue(work, device, self.keys)
        return goes_on

    def _wants_leases(
        self, connection: Connection, device: Device, answer: PullAnswer, now_ms: int, caps: bool
    ) -> bool:
        """Whether the device should have other leases; to look costs more than a pull."""
        if answer.more or device.is_desk:
            return False
        of = device.device_id
        thoroughly = _is_due(self._leases_weighed_ms, of, now_ms, _LEASES_WEIGHED_EVERY_MS)
        is_news = not answer.stands or answer.members or answer.records
        looks = _is_due(self._leases_looked_ms, of, now_ms, _LEASES_EVERY_MS)
        if not (thoroughly or is_news or looks):
            return False
        return leases.wants_leases(
            connection, device, now_ms, heeds_caps=caps, thoroughly=thoroughly
        ) or stock_leases.wants_stock(connection, device, now_ms)

    def bootstrap(
        self, device_id: UUID, *, after_rank: int = 0, limit: int = 500
    ) -> BootstrapAnswer:
        with reading(self.engine) as connection:
            return bootstrap.bootstrap(
                connection,
                self._known(connection, device_id),
                after_rank=after_rank,
                limit=limit,
                now_ms=self.clock(),
            )

    def first(self, device_id: UUID) -> BootstrapAnswer:
        """What a seat can't wait for: all its records, and the members it will meet first."""
        with reading(self.engine) as connection:
            device = self._known(connection, device_id)
            return bootstrap.first(connection, device, now_ms=self.clock())

    def snapshot(self, device_id: UUID, *, going_on: UUID | None = None) -> SnapshotAnswer:
        """Raises ProblemError: no_snapshot."""
        now_ms = self.clock()
        with reading(self.engine) as connection:
            device = self._known(connection, device_id)
        if device.scope_id is not None:
            with writing(self.engine, pipelined=False) as connection:
                handing_out.note_asked(connection, device, now_ms=now_ms)
        with reading(self.engine) as connection:
            return handing_out.offered(connection, device, going_on=going_on, now_ms=now_ms)

    def snapshot_chunk(self, device_id: UUID, snapshot_id: UUID, number: int) -> bytes:
        """Raises ProblemError: snapshot_gone."""
        with reading(self.engine) as connection:
            device = self._known(connection, device_id)
            return handing_out.chunk(connection, device, snapshot_id, number)

    def picture_piece(self, device_id: UUID, digest: str, number: int) -> PictureAnswer:
        """Raises ProblemError: not_found."""
        with reading(self.engine) as connection:
            device = self._known(connection, device_id)
            return pictures.picture_piece(connection, device, digest, number)

    def look_up(self, device_id: UUID, request: LookUpRequest) -> LookUpAnswer:
        """Raises ProblemError: forbidden, bad_request, busy."""

        def once() -> LookUpAnswer:
            with writing(self.engine) as connection:
                device = self._known(connection, device_id)
                return look_up.look_up(
                    connection, device, request, look_up_id=self.new_id(), now_ms=self.clock()
                )

        return self.transactions.repeated(once)

    def claim_voucher(self, device_id: UUID, request: VoucherRequest) -> VoucherAnswer:
        """Raises ProblemError: forbidden."""
        return self._work(
            device_id, lambda work, device: vouchers.claim(work, device, request), pipelined=False
        )

    def statement(self, device_id: UUID, request: StatementRequest) -> StatementAnswer:
        """Raises ProblemError: forbidden, busy, bad_request."""

        def once() -> StatementAnswer:
            with writing(self.engine, pipelined=False) as connection:
                device = self._known(connection, device_id)
                return statement_at_counter.statement_at(
                    connection, device, request, look_up_id=self.new_id(), now_ms=self.clock()
                )

        return self.transactions.repeated(once)

    def exposure(self, device_id: UUID, request: ExposureRequest) -> ExposureAnswer:
        """Raises ProblemError: forbidden."""
        with reading(self.engine) as connection:
            device = self._known(connection, device_id)
            return exposure_at_desk.exposure_at(connection, device, now_ms=self.clock())

    def days(self, device_id: UUID, request: DaysRequest) -> DaysAnswer:
        """Raises ProblemError: forbidden, bad_request."""
        with reading(self.engine) as connection:
            take_time(connection)
            device = self._known(connection, device_id)
            return days_told(connection, device, request, now_ms=self.clock())

    def own_weeks(self, device_id: UUID, request: OwnWeeksRequest) -> OwnWeeksAnswer:
        """Raises ProblemError: forbidden."""
        with reading(self.engine) as connection:
            device = self._known(connection, device_id)
            return own_weeks_told(connection, device, request, now_ms=self.clock())

    # --- the fleet

    def note_condition(self, device_id: UUID, request: ConditionRequest) -> None:
        """Keep what a device says of itself. Raises ProblemError: bad_request."""
        with writing(self.engine, pipelined=False) as connection:
            device = self._known(connection, device_id)
            fleet.keep_condition(connection, device, request, now_ms=self.clock())

    def fleet(self, device_id: UUID, request: FleetRequest) -> FleetAnswer:
        """Raises ProblemError: forbidden."""
        with reading(self.engine) as connection:
            desk = self._known(connection, device_id)
            return fleet_at_desk.fleet_at(connection, desk, request, now_ms=self.clock())

    def act_on_device(self, device_id: UUID, request: FleetActRequest) -> FleetActAnswer:
        """Raises ProblemError: forbidden, bad_request."""
        done = fleet_at_desk.NOTHING
        while True:
            some = partial(fleet_at_desk.act, request=request, keys=self.keys, goes_on=done.goes_on)
            done = done.and_then(self._work(device_id, some))
            if not done.goes_on:
                return FleetActAnswer(done.leases, done.points, done.units, self.clock())

    def _known(self, connection: Connection, device_id: UUID, *, lock: bool = False) -> Device:
        device = find_device(connection, device_id, lock=lock)
        if device is None:
            raise ProblemError("unknown_device", "This device isn't enrolled here")
        self._contacts.note(device, self.clock())
        refuse_revoked(self.keys, device)
        return device

    # --- transactions

    def _work(
        self, device_id: UUID, do: Callable[[Work, Device], T], *, pipelined: bool = True
    ) -> T:
        """Run one writing transaction with the device locked, again if the database asks so."""
        return self.transactions.repeated(
            lambda: self._work_once(device_id, do, pipelined=pipelined)
        )

    def _work_once(self, device_id: UUID, do: Callable[[Work, Device], T], *, pipelined: bool) -> T:
        kept: ProblemError | None = None
        with writing(self.engine, pipelined=pipelined) as connection:
            device = self._known(connection, device_id, lock=True)
            work = self.transactions.begin(connection, device.programme_id)
            result: T | None = None
            try:
                result = do(work, device)
            except ProblemError as error:
                if not error.keep:
                    raise
                kept = error
            tell = self.transactions.finish(work)
        tell()
        if kept is not None:
            raise kept
        return result  # type: ignore[return-value] # `do` returned, or raised what was kept
