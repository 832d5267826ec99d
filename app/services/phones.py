"""Managers' own phones, served by their desk: who is signed in on them, and what they touch.

A session is the phone's alone: who sits at the desk, and whether anybody does, is nothing to it.
Sessions and wrong tries are in memory; a desk that is started again asks for the PIN again.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.case import Step, StepKind, after
from app.domain.entry import Actor
from app.domain.errors import Rejected
from app.domain.events import CaseAcknowledged, CaseAdvanced, SessionEnded, SessionStarted
from app.domain.phone import IDLE_MS, LONGEST_MS, manages
from app.domain.records import Case, Staff
from app.domain.sign_in import FREE_TRIES, remaining_wait_s
from app.ports.phones import Floor, PagePlace, TapOutcome, TapStep, Touched
from app.ports.work import CaseAction, Work
from app.services.cases import shown_cases
from app.services.context import Context, enrolled

MOST_WRONG: Final = 10
"""Wrong tries that one address has in a minute."""
_MINUTE_MS: Final = 60_000
_MOST_SESSIONS: Final = 100
_MOST_TAPS: Final = 1_000
_MOST_COUNTED: Final = 1_000  # numbers that nobody has, and addresses
_PATIENCE_S: Final = 2.0  # of whoever waits for the ones before them to be judged

_STEPS: Final[dict[TapStep, tuple[StepKind, str]]] = {
    "acknowledged": ("acknowledged", ""),
    "arrived": ("advanced", "arrived"),
}
_REFUSALS: Final[dict[str, TapOutcome]] = {
    "case_taken": "case_taken",
    "case_closed": "case_closed",
}


@dataclass(slots=True)
class _Session:
    session_id: UUID
    staff_id: UUID
    pin_verifier: str  # that it began with
    started_ms: int
    seen_ms: int


class Phones:
    """Implements `app.ports.phones.PhoneDesk`."""

    def __init__(
        self, context: Context, new_id: Callable[[], UUID], changed: Callable[[], None]
    ) -> None:
        """`changed` tells everybody else of a touch."""
        self._context = context
        self._new_id = new_id
        self._changed = changed
        self._lock = threading.Lock()
        self._judging = threading.Lock()  # a PIN costs some of the PC, on purpose
        self._sessions: OrderedDict[bytes, _Session] = OrderedDict()
        self._taps: OrderedDict[UUID, tuple[UUID, UUID, TapStep]] = OrderedDict()
        self._tries: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._strangers: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._wrong: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._listeners: dict[object, Callable[[], None]] = {}
        self.place: PagePlace | None = None

    # --- what others do

    def hear(self, case: Case) -> None:
        """An alarm told of a case; phones show it before any pull."""
        self._context.heard.note(case)
        self._changed()

    def tell(self) -> None:
        """Something that phones show may have changed."""
        for listener in list(self._listeners.values()):
            listener()

    def note_place(self, place: PagePlace | None) -> None:
        self.place = place
        self._changed()

    def when_changed(self, listener: Callable[[], None]) -> Callable[[], None]:
        key = object()
        self._listeners[key] = listener

        def stop() -> None:
            self._listeners.pop(key, None)

        return stop

    def check_open(self) -> None:
        self._context.store.reads.session()  # which a blind seat refuses
        enrolled(self._context)

    # --- coming and going

    def sign_in(self, number: str, pin: str, *, address: str) -> str:
        number = number.strip()
        if not self._judging.acquire(timeout=_PATIENCE_S):
            raise Rejected("throttled", "Too many sign in at a time", wait_s=2)
        try:
            staff = self._judge(number, pin, address)
        finally:
            self._judging.release()
        seat, now_ms = enrolled(self._context), self._context.clock.now_ms()
        if not manages(staff.roles, staff.office_id, seat.office_id):
            raise Rejected("wrong_role", "Only a duty manager may do this", role="duty_manager")
        session = _Session(self._new_id(), staff.staff_id, staff.pin_verifier, now_ms, now_ms)
        started = SessionStarted(session.session_id, staff.staff_id, "phone")
        self._context.store.run(lambda work: work.append(started, actor=_actor(session)))
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[_key(token)] = session
            while len(self._sessions) > _MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return token

    def _judge(self, number: str, pin: str, address: str) -> Staff:
        """Whose number and PIN these are; a number that nobody has takes and waits as long."""
        members, now_ms = self._context.members, self._context.clock.now_ms()
        count, since_ms = self._wrong.get(address, (0, now_ms))
        if not 0 <= now_ms - since_ms < _MINUTE_MS:
            count, since_ms = 0, now_ms
        if count >= MOST_WRONG:
            raise Rejected("throttled", "Too many wrong tries", wait_s=_MINUTE_MS // 1000)
        staff = members.staff_by_number(number)
        known = self._strangers if staff is None else self._tries
        tries, last_ms = known.get(number, (0, now_ms))
        if wait_s := remaining_wait_s(tries, last_ms, now_ms):
            raise Rejected("throttled", "Too many wrong tries", wait_s=wait_s)
        everybody = members.all_staff()
        if not everybody:
            raise Rejected("staff_list_missing", "The staff list has not arrived on this PC yet")
        verifier = (staff or everybody[0]).pin_verifier
        if self._context.check_pin(verifier, pin) and staff is not None and staff.active:
            known.pop(number, None)
            return staff
        known[number] = tries + 1, now_ms
        self._wrong[address] = count + 1, since_ms
        for counted in (self._strangers, self._wrong):
            while len(counted) > _MOST_COUNTED:
                counted.popitem(last=False)
        left = max(0, FREE_TRIES - tries)
        raise Rejected("wrong_pin", "Number or PIN is wrong", tries_left=left)

    def sign_out(self, token: str) -> None:
        with self._lock:
            session = self._sessions.pop(_key(token), None)
        if session is not None:
            ended = SessionEnded(session.session_id, "signed_out")
            self._context.store.run(lambda work: work.append(ended, actor=_actor(session)))

    def _session(self, token: str, *, looked_at: bool) -> tuple[_Session, Staff]:
        """Who is signed in; whatever ends a session is looked for each time."""
        now_ms, key = self._context.clock.now_ms(), _key(token)
        with self._lock:
            session = self._sessions.get(key)
        staff = None if session is None else self._context.members.staff(session.staff_id)
        if session is None or staff is None or self._is_over(session, staff, now_ms):
            with self._lock:
                self._sessions.pop(key, None)
            raise Rejected("not_signed_in", "Sign in again")
        if looked_at:
            session.seen_ms = now_ms
        return session, staff

    def _is_over(self, session: _Session, staff: Staff, now_ms: int) -> bool:
        office_id = enrolled(self._context).office_id
        return (
            not 0 <= now_ms - session.started_ms < LONGEST_MS
            or now_ms - session.seen_ms >= IDLE_MS
            or not staff.active
            or not manages(staff.roles, staff.office_id, office_id)
            or staff.pin_verifier != session.pin_verifier
        )

    # --- the cases

    def floor(self, token: str, *, looked_at: bool = False) -> Floor:
        _, staff = self._session(token, looked_at=looked_at)
        seat = enrolled(self._context)
        open_ones = [c for c in self._ratings() if c.state != "closed"]
        return Floor(
            self._context.clock.now_ms(),
            staff.name,
            seat.office_id,
            seat.office_code,
            seat.office_name,
            seat.time_zone,
            tuple(sorted(open_ones, key=lambda case: -case.opened_ms)),
            self._is_named(),
        )

    def tap(self, token: str, tap_id: UUID, case_id: UUID, step: TapStep) -> Touched:
        session, staff = self._session(token, looked_at=True)
        said = case_id, staff.staff_id, step

        def unit(work: Work) -> TapOutcome:
            # On the writer: no other touch, nor the desk's own step, comes in between
            before = self._taps.get(tap_id)
            if before is not None:
                return "done" if before == said else "other_touch"
            return self._take(work, session, staff, case_id, step)

        outcome = self._context.store.run(unit)
        if outcome == "done":
            with self._lock:
                self._taps[tap_id] = said
                while len(self._taps) > _MOST_TAPS:
                    self._taps.popitem(last=False)
            self._changed()
        case = next((each for each in self._ratings() if each.case_id == case_id), None)
        return Touched(outcome, case, self._is_named(), self._context.clock.now_ms())

    def _take(
        self, work: Work, session: _Session, staff: Staff, case_id: UUID, step: TapStep
    ) -> TapOutcome:
        case = next((each for each in self._ratings() if each.case_id == case_id), None)
        if case is None:
            return "unknown_case"
        kind, text = _STEPS[step]
        own = [
            (each.action, each.text)
            for each in self._context.store.reads.case_actions()
            if (each.case_id, each.staff_id) == (case_id, staff.staff_id)
        ]
        if own and own[-1] == (kind, text):  # the touch, from before a restart
            return "done"
        try:
            after(case, Step(kind, work.now_ms(), staff.name, text))
        except Rejected as refusal:
            return "done" if (kind, text) in own else _REFUSALS[refusal.code]
        event = CaseAcknowledged(case_id) if kind == "acknowledged" else CaseAdvanced(case_id, text)
        entry = work.append(event, actor=_actor(session))
        action = CaseAction(case_id, kind, work.now_ms(), staff.staff_id, text)
        work.add_case_action(action, entry)
        return "done"

    def _ratings(self) -> list[Case]:
        office_id = enrolled(self._context).office_id
        return [
            case
            for case in shown_cases(self._context, self._name_of)
            if case.origin == "rating" and case.office_id == office_id
        ]

    def _name_of(self, staff_id: UUID) -> str:
        staff = self._context.members.staff(staff_id)
        return "" if staff is None else staff.name

    def _is_named(self) -> bool:
        value, _ = self._context.setting("rating")
        return bool((value or {}).get("show_member_name"))


def _actor(session: _Session) -> Actor:
    return Actor(session.staff_id, session.session_id)


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
