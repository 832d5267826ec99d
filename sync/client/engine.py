"""The sync engine: decides what to send next and what an answer means; others do the doing.

No clock, socket, thread or disk of its own. Its owner loops:

    match engine.poll(now):
        case Send(request): carry it, then engine.received(request, response, now) or .failed(…)
        case Idle(until_s): wait until then, or until something was noted

One call is under way at a time; what a Send names as `meanwhile` is for the time until its answer.
Two lanes, the chain's upload and the members file's download, take
turns and rest apart from each other after failures, so neither ever waits for the other to recover.
`now` is seconds on a clock that only grows; the wall clock is only ever compared, never trusted.
"""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from app.domain.errors import Unavailable
from app.ports.clock import Clock
from app.ports.sync_store import SeatIdentity, SyncStore
from sync.client.backoff import LINK_CAP_S, SERVER_CAP_S, Lane
from sync.client.download import FEED_LOST_DESK_S, FEED_LOST_S, PULL_EVERY_S, Download
from sync.client.exchange import (
    Bootstrap,
    Challenge,
    Chunk,
    Deposit,
    Fault,
    First,
    Head,
    Idle,
    Pull,
    Push,
    Request,
    Response,
    Send,
    Snapshot,
    Step,
    Token,
)
from sync.client.link import Link, is_of_link, problem_of
from sync.client.outcome import Refusal, Why, read, read_nothing, read_pages
from sync.client.recount import PAUSE_S
from sync.client.replica_file import BadPage, Damaged
from sync.client.session import Authenticator, TokenCache
from sync.client.shut_out import heed
from sync.client.upload import Pushed, Upload
from sync.protocol.messages import (
    BootstrapAnswer,
    HeadAnswer,
    PullAnswer,
    PushAnswer,
    SnapshotAnswer,
)

_log = logging.getLogger(__name__)

ENROLLED_LOOK_S: Final = 30.0
LOOK_AT_ABSENCE_S: Final = 300.0
PULL_AFTER_PUSH_S: Final = 1.0
"""What was pushed should soon show as server state; one pull for all pushes of a second."""

_Answer = HeadAnswer | PushAnswer | BootstrapAnswer | SnapshotAnswer | PullAnswer
_ANSWERS: Final[dict[type, type[_Answer]]] = {
    Head: HeadAnswer,
    Push: PushAnswer,
    First: BootstrapAnswer,
    Snapshot: SnapshotAnswer,
    Bootstrap: BootstrapAnswer,
    Pull: PullAnswer,
}


class Engine:
    """Keeps one seat and its server in step."""

    def __init__(
        self,
        store: SyncStore,
        clock: Clock,
        *,
        tokens: TokenCache,
        source: random.Random,
        pull_every_s: float = PULL_EVERY_S,
        only_uploads: bool = False,
    ) -> None:
        """`source` decides the jitter of waits; `only_uploads` leaves the members file as it is."""
        self._store = store
        self._tokens = tokens
        self._auth = Authenticator(store, tokens, source)
        self._upload = Upload(store, Lane(source))
        self._download = Download(store, clock, Lane(source), source, pull_every_s=pull_every_s)
        self._lanes = (self._upload.lane, self._download.lane)
        self._only_uploads = only_uploads
        self._link = Link(store, clock, auth=self._auth.lane, work=self._lanes)
        self._identity: SeatIdentity | None = None  # as of the last time it can have changed
        self._uploaded_last = False
        self._entries_noted = False
        self._changes_noted = False
        self._feed_lost_noted = False
        self._waking_noted = False
        self._source = source
        self._absence_looked_s: float | None = None

    def note_entries(self) -> None:
        """Something was added to the journal. May be called from any thread."""
        self._entries_noted = True

    def note_changes(self) -> None:
        """The server has something new for us. May be called from any thread."""
        self._changes_noted = True

    def note_feed(self, *, is_open: bool) -> None:
        """The live feed began or ended. May be called from any thread.

        While it is open the server says what is worth a pull, so that few are made unasked.
        """
        self._feed_lost_noted = self._download.feed_is_open and not is_open
        self._download.feed_is_open = is_open

    def note_waking(self) -> None:
        """The PC has slept. May be called from any thread."""
        self._waking_noted = True

    def poll(self, now: float) -> Send | Idle:
        """What to do now."""
        if self._waking_noted:
            self._waking_noted = False
            self._wake_lanes(now)
        if self._entries_noted:
            self._entries_noted = False
            self._upload.lane.hurry(now)
        if self._changes_noted:
            self._changes_noted = False
            self._download.lane.hurry(now)
        if self._feed_lost_noted:
            # Usually it comes back and asks for a pull itself; not all counters at once otherwise
            self._feed_lost_noted = False
            is_desk = self._identity is not None and self._identity.kind == "desk"
            wait_s = FEED_LOST_DESK_S if is_desk else FEED_LOST_S
            self._download.lane.hurry(now + wait_s * (0.5 + self._source.random()))
        if self._store.is_shut():  # whoever said so: the server, a neighbour, or nobody for long
            return Idle(now + ENROLLED_LOOK_S)
        identity = self._identity or self._store.identity()
        if identity is None:
            return Idle(now + ENROLLED_LOOK_S)
        self._identity = identity
        if self._is_absent_too_long(now):
            return Idle(now + ENROLLED_LOOK_S)
        if self._auth.is_due(now):
            try:
                request = self._auth.next_request(identity, now)
            except Unavailable as error:
                self._set_back(self._auth.lane, error, now)
                request = None
            if request is not None:
                return Send(request)
        token = self._tokens.current(now)
        if token is None:
            return Idle(self._auth.lane.next_s)
        for lane in self._turns():
            if not lane.is_ready(now):
                continue
            try:
                request = self._next_call(lane, identity, token, now)
            except Unavailable as error:
                self._set_back(lane, error, now)
                continue
            if request is not None:
                self._uploaded_last = lane is self._upload.lane
                return Send(request, self._meanwhile(identity, request.step, now))
        self._write_page(now)
        return Idle(
            min(
                self._look_through(now),
                self._auth.next_s(),
                *(lane.next_s for lane in self._turns()),
            )
        )

    def received(self, request: Request, response: Response, now: float) -> None:
        """Take the answer to the request that `poll` gave."""
        identity = self._identity
        assert identity is not None, "nothing is sent before enrolment"
        lane = self._lane_of(request)
        self._upload.link_works(now)
        self._write_page(now)
        try:
            if isinstance(request.step, Challenge | Token):
                granted = self._auth.received(request, response, now)
                if isinstance(granted, Refusal):
                    self._refused(identity, request, granted, now)
                else:
                    self._link.answered(request, granted.server_ms, now)
                    self._link.works()
                return
            if isinstance(request.step, Chunk):
                self._take_chunk(identity, request, request.step, read_pages(response), now)
                return
            if isinstance(request.step, Deposit):
                self._take_nothing(identity, request, read_nothing(response), now)
                return
            answer = read(response, _ANSWERS[type(request.step)])
            if isinstance(answer, Refusal):
                self._refused(identity, request, answer, now)
                return
            self._auth.worked(now)
            self._link.answered(request, answer.server_ms, now)
            self._take(identity, request, answer, now)
            self._link.works()
        except Unavailable as error:
            self._set_back(lane, error, now)
        except Damaged as error:
            self._download.rebuild(str(error))
            lane.fail(now, "")
        except BadPage as error:
            self._page_is_bad(error, now)
        finally:
            # A pull changes neither epoch nor incarnation, nor does an upload that was taken in
            if not isinstance(request.step, Pull | Push) or response.status != 200:
                self._identity = None

    def failed(self, request: Request, fault: Fault, now: float) -> None:
        """The request that `poll` gave had no answer; nothing is used up by that."""
        self._write_page(now)
        problem = problem_of(fault)
        cap_s = LINK_CAP_S if is_of_link(problem) else SERVER_CAP_S
        self._lane_of(request).fail(now, problem, cap_s=cap_s)
        if is_of_link(problem):
            self._upload.link_lost()
        self._link.tell()

    def close(self) -> None:
        """Let go of the members file."""
        self._download.close()

    def _wake_lanes(self, now: float) -> None:
        """Try at once what rested because of a network of before; what the server asked is kept."""
        for lane in (self._auth.lane, *self._lanes):
            if is_of_link(lane.problem):
                lane.rested()
        for lane in self._lanes:
            lane.hurry(now)

    def _is_absent_too_long(self, now: float) -> bool:
        """Count the time without the server; past the limit the seat locks itself up."""
        if self._absence_looked_s is not None and now - self._absence_looked_s < LOOK_AT_ABSENCE_S:
            return False
        self._absence_looked_s = now
        try:
            if not self._store.absent_too_long():
                return False
            self._store.lock_up()
        except Unavailable as error:
            _log.warning("the time without the server can't be counted: %s", error.message)
            return False
        return True

    def _look_through(self, now: float) -> float:
        """Spend an idle moment on the members file; returns when the next is wanted."""
        if self._only_uploads:
            return math.inf
        try:
            return self._download.look_through(now)
        except Damaged as error:
            self._download.rebuild(str(error))
        except Unavailable as error:
            _log.warning("the members file can't be looked through: %s", error)
            return math.inf
        self._download.lane.hurry(now + PAUSE_S)
        return now + PAUSE_S

    # --- what to send ------------------------------------------------------------------------

    def _turns(self) -> tuple[Lane, ...]:
        upload, download = self._lanes
        if self._only_uploads:
            return (upload,)
        return (download, upload) if self._uploaded_last else (upload, download)

    def _next_call(
        self, lane: Lane, identity: SeatIdentity, token: str, now: float
    ) -> Request | None:
        if lane is self._upload.lane:
            return self._upload.next_request(identity, token, now)
        return self._download.next_request(identity, token, now)

    def _meanwhile(self, identity: SeatIdentity, step: Step, now: float) -> Callable[[], None]:
        """What to do while the answer is awaited.

        The page that came before is written, the upload behind this one readied.
        """

        def work() -> None:
            self._write_page(now)
            if isinstance(step, Push) and self._upload.is_full:
                with suppress(Unavailable):  # it is found again when it is that upload's turn
                    self._upload.ready_behind(identity, step)

        return work

    def _write_page(self, now: float) -> None:
        """Write the page that has another behind it, unless that is done."""
        try:
            self._download.write_page()
        except Unavailable as error:
            self._set_back(self._download.lane, error, now)
        except Damaged as error:
            self._download.rebuild(str(error))
            self._download.lane.fail(now, "")
        except BadPage as error:
            self._page_is_bad(error, now)

    def _page_is_bad(self, error: BadPage, now: float) -> None:
        _log.warning("the server sent a page that can't be: %s", error)
        self._download.lane.fail(now, "server_error")
        self._link.tell()

    def _lane_of(self, request: Request) -> Lane:
        match request.step:
            case Challenge() | Token():
                return self._auth.lane
            case Head() | Deposit() | Push():
                return self._upload.lane
            case _:
                return self._download.lane

    # --- what an answer means ----------------------------------------------------------------

    def _take(self, identity: SeatIdentity, request: Request, answer: _Answer, now: float) -> None:
        if isinstance(answer, BootstrapAnswer) and answer.epoch != identity.epoch:
            self._upload.head_is_known = False
        match request.step, answer:
            case Head(), HeadAnswer():
                if answer.epoch != identity.epoch:
                    self._store.set_epoch(answer.epoch)
                self._upload.head_received(identity, answer, now)
            case Push() as step, PushAnswer():
                pushed = self._upload.pushed(step, answer, now)
                if pushed is not Pushed.NOTHING:
                    self._store.announce("pending")
                if pushed is Pushed.PULL_AWAITED:
                    self._download.lane.hurry(now + PULL_AFTER_PUSH_S)
            case First(), BootstrapAnswer():
                self._download.first_received(identity, answer, now)
            case Snapshot(), SnapshotAnswer():
                self._download.snapshot_offered(answer, now)
            case Bootstrap() as step, BootstrapAnswer():
                self._download.page_received(identity, step, answer, now)
            case Pull() as step, PullAnswer():
                if self._download.pulled(identity, step, answer, now):
                    self._upload.lane.hurry(now)
                if answer.epoch != identity.epoch:
                    self._upload.head_is_known = False
                    self._upload.lane.hurry(now)

    def _take_chunk(
        self,
        identity: SeatIdentity,
        request: Request,
        step: Chunk,
        answer: bytes | Refusal,
        now: float,
    ) -> None:
        if isinstance(answer, Refusal):
            self._refused(identity, request, answer, now)
            return
        self._auth.worked(now)
        self._download.chunk_received(identity, step, answer, now)
        self._link.works()

    def _take_nothing(
        self, identity: SeatIdentity, request: Request, refusal: Refusal | None, now: float
    ) -> None:
        if refusal is not None:
            self._refused(identity, request, refusal, now)
            return
        self._auth.worked(now)
        self._upload.deposited(now)
        self._link.works()

    def _refused(
        self, identity: SeatIdentity, request: Request, refusal: Refusal, now: float
    ) -> None:
        lane = self._lane_of(request)
        step = request.step
        if heed(self._store, refusal):
            return
        if refusal.why is Why.UNAUTHENTICATED and request.token is not None:
            self._auth.unauthenticated(request.token, now)
            self._link.works()
            return
        if isinstance(step, Push) and self._upload.refused(identity, step, refusal, now):
            return
        if refusal.why is Why.REFUSED and isinstance(step, Deposit):
            _log.warning("the server doesn't take the sealed key: %s", refusal.message)
            self._upload.deposited(now)
            return
        if refusal.why is Why.NOT_THERE and isinstance(step, Snapshot | Chunk):
            self._download.snapshot_refused(now)
            self._link.works()
            return
        if refusal.why is Why.EPOCH and isinstance(step, Pull | Bootstrap):
            self._upload.head_is_known = False
            self._upload.lane.hurry(now)
            self._download.rebuild(refusal.code)
        problem = problem_of(refusal)
        if problem != lane.problem:
            _log.warning("%s: %s %s", request.path.partition("?")[0], refusal.code, refusal.message)
        cap_s = LINK_CAP_S if is_of_link(problem) else SERVER_CAP_S
        lane.fail(now, problem, cap_s=cap_s, retry_after_s=refusal.retry_after_s)
        if is_of_link(problem):
            self._link.tell()
        else:
            self._link.works()

    def _set_back(self, lane: Lane, error: Unavailable, now: float) -> None:
        """Our own disk or vault failed, which says nothing of the link."""
        if error.code == "members_damaged":
            self._download.rebuild(error.message)
        else:
            _log.warning("sync has to wait: %s", error.message)
        lane.fail(now, lane.problem)
