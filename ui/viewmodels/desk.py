"""The duty manager's desk: low ratings ring until somebody takes them, cases and exceptions."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Literal
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.domain.case import STAGES
from app.domain.case_facts import CaseRules
from app.domain.errors import GuichetError, Rejected
from app.domain.promises import Promise, board
from app.domain.records import Case, CaseStage, ExceptionItem, Figures
from app.domain.settling import Answer
from app.ports.phones import PagePlace
from app.services.commands import (
    AcknowledgeCase,
    AdvanceCase,
    CloseCase,
    Command,
    NoteCase,
    ReopenCase,
    SetCaseField,
    SettleException,
    SignOut,
)
from app.services.core import Queries
from app.services.views import ChangeKind, DeskView, ItemMember, Seat, SessionView
from ui.qt.change_notifier import ChangeNotifier
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.adjusting import AdjustingViewModel
from ui.viewmodels.approvals import ApprovalsViewModel
from ui.viewmodels.denying import DenyingViewModel
from ui.viewmodels.exposure import ExposureViewModel
from ui.viewmodels.figures import FiguresViewModel
from ui.viewmodels.fleet import FleetViewModel
from ui.viewmodels.judging import JudgingViewModel
from ui.viewmodels.listening import ListeningViewModel
from ui.viewmodels.said import Said

REFRESH_MS: Final = 15_000  # '4 min' grows although nothing changes

Step = Literal["acknowledge", "advance", "note", "close", "none"]


def stages_ahead(case: Case) -> tuple[CaseStage, ...]:
    """Return how far a case can come yet, nearest first; nobody walks to a complaint's customer."""
    if case.state != "acknowledged":
        return ()
    ahead = STAGES[STAGES.index(case.stage) + 1 :]
    return tuple(stage for stage in ahead if stage != "arrived" or case.origin == "rating")


def next_step(case: Case) -> Step:
    """Return what is to be done next about a case: take it, bring it further, write down, close."""
    if case.state == "new":
        return "acknowledge"
    if case.state == "closed":
        return "none"
    if stages_ahead(case):
        return "advance"
    return "close" if case.notes else "note"


def is_unattended(case: Case) -> bool:
    """Whether a case rings: a low rating that nobody has taken."""
    return case.state == "new" and case.origin == "rating"


def urgency(case: Case) -> tuple[bool, bool, int]:
    """Return what cases are sorted by: what rings, then what is open, each oldest first."""
    return case.state == "closed", not is_unattended(case), case.opened_ms


def is_late(case: Case, now_ms: int) -> bool:
    """Whether a complaint has waited longer than its answer was promised for."""
    return case.state != "closed" and case.due_ms is not None and case.due_ms < now_ms


def following(order: tuple[UUID, ...], gone: UUID, still: tuple[UUID, ...]) -> UUID | None:
    """Return what stood next to `gone` in the list, below it or else above; None for nothing."""
    if gone not in order:
        return None
    at = order.index(gone)
    nearest = (*order[at + 1 :], *reversed(order[:at]))
    return next((each for each in nearest if each in still), None)


class DeskViewModel(QObject):
    """Holds what the desk shows and does what the manager decides.

    Attributes:
        charts: the page of figures.
        phone_page: where managers' phones find this desk, None: nowhere.
        exposure: the worst possible loss.
        fleet: the devices that the manager looks after.
        denying: the deny list.
        judging: appeals against ratings.
        listening: customers to listen to, and what is done then.
        adjusting: points given or taken, and what waits for a second manager.

    Signals:
        changed(): cases, exceptions, figures, the selection or `said` differ.
        alarm_changed(): `unattended` or `rings` differs.
        rang(object): Case; a low rating that nobody has taken, once each.
        noted(): a note is durable; its field may be emptied.
        settled(): an exception's answer is durable.
    """

    changed = Signal()
    alarm_changed = Signal()
    rang = Signal(object)
    noted = Signal()
    settled = Signal()

    def __init__(
        self,
        runner: CommandRunner,
        queries: Queries,
        notifier: ChangeNotifier,
        parent: QObject | None = None,
        *,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """Read now and after each change.

        Args:
            runner: runs what the manager decides.
            queries: what is open.
            notifier: when to read again.
            parent: Qt's.
            now_ms: wall time, ms since 1970.
        """
        super().__init__(parent)
        self._runner, self._queries, self.now_ms = runner, queries, now_ms
        self.seat: Seat | None = None
        self.session: SessionView | None = None
        self.online = True
        self.view: DeskView | None = None
        self.phone_page: PagePlace | None = None
        self.said: Said | None = None
        self.cases: tuple[Case, ...] = ()
        self.selected_case_id: UUID | None = None
        self.selected_exception_id: UUID | None = None
        self._rung: dict[UUID, Case] = {}  # heard of, not yet pulled
        self._announced: set[UUID] = set()
        self._taking: set[UUID] = set()  # acknowledged here, not yet in the view
        self._waiting_for_pull: set[UUID] = set()
        self._unattended: tuple[UUID, ...] = ()
        self._silenced: frozenset[UUID] = frozenset()
        self._to_settle: tuple[UUID, ...] = ()
        self.has_sound = True
        self.approvals = ApprovalsViewModel(runner, queries, notifier, self)
        self.charts = FiguresViewModel(runner, now_ms, self)
        self.exposure = ExposureViewModel(runner, self)
        self.fleet = FleetViewModel(runner, self)
        self.denying = DenyingViewModel(runner, queries, lambda: self.view, self)
        self.judging = JudgingViewModel(runner, lambda: self.view, self)
        self.listening = ListeningViewModel(
            runner, lambda: self.view, lambda: self.session, now_ms, self
        )
        self.adjusting = AdjustingViewModel(runner, queries, lambda: self.view, self)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        notifier.changed.connect(self._on_core_changed)
        self.refresh()

    # what the screen shows

    @property
    def unattended(self) -> tuple[UUID, ...]:
        """The low ratings that nobody has taken yet, oldest first: these ring."""
        return self._unattended

    @property
    def is_for_devices(self) -> bool:
        """Whether an administrator is here, no duty manager: they see devices alone."""
        roles = () if self.session is None else self.session.roles
        return "administrator" in roles and "duty_manager" not in roles

    @property
    def rings(self) -> bool:
        """Whether it is to be heard: nobody took a case, and it wasn't silenced."""
        return not self._silenced.issuperset(self._unattended)

    @property
    def late(self) -> int:
        """Of how many cases and actions something is later than it was promised."""
        return sum(promise.due_ms < self.now_ms() for promise in self.board)

    @property
    def selected_case(self) -> Case | None:
        """The case in the centre."""
        return next((c for c in self.cases if c.case_id == self.selected_case_id), None)

    @property
    def selected_exception(self) -> ExceptionItem | None:
        """The exception in the centre."""
        wanted = self.selected_exception_id
        return next((item for item in self.exceptions if item.exception_id == wanted), None)

    @property
    def exceptions(self) -> tuple[ExceptionItem, ...]:
        """What is still to be settled, oldest first."""
        items = self.view.exceptions if self.view is not None else ()
        return tuple(item for item in items if item.state == "open")

    @property
    def causes(self) -> tuple[str, ...]:
        """What may lie at the root of a case."""
        return self._rules.causes

    @property
    def board(self) -> tuple[Promise, ...]:
        """What was promised of open cases and actions, the latest first."""
        checks = (
            Promise(each.due_ms, each.action.action_id, "check")
            for each in self.listening.page.actions
            if each.standing.state == "open" and each.due_ms is not None
        )
        return board(self.cases, self._rules, checks)

    @property
    def _rules(self) -> CaseRules:
        return self.view.rules if self.view is not None else CaseRules()

    @property
    def figures(self) -> Figures | None:
        """Today's figures, None before there are any."""
        return self.view.figures if self.view is not None else None

    # alarms

    @Slot(object)
    def ring(self, case: Case) -> None:
        """Ring for a case just heard of, before any pull; however often it comes, it is one."""
        known = {each.case_id for each in (self.view.cases if self.view else ())}
        if case.case_id not in known:
            self._rung[case.case_id] = case
        self._merge()

    def silence(self) -> None:
        """Ring no more for what is unattended now; badge and bar stay, and the next one rings."""
        self._silenced = frozenset(self._unattended)
        self.alarm_changed.emit()
        self.changed.emit()

    def report_sound(self, has_sound: bool) -> None:
        """Say whether this PC can play the alarm."""
        if has_sound is not self.has_sound:
            self.has_sound = has_sound
            self.changed.emit()

    # what the manager does

    def select_case(self, case_id: UUID | None) -> None:
        """Put a case in the centre."""
        if case_id != self.selected_case_id or self.selected_exception_id is not None:
            self.selected_case_id, self.selected_exception_id = case_id, None
            self.changed.emit()

    def select_exception(self, exception_id: UUID | None) -> None:
        """Put an exception in the centre."""
        if exception_id != self.selected_exception_id or self.selected_case_id is not None:
            self.selected_case_id, self.selected_exception_id = None, exception_id
            self.changed.emit()

    def acknowledge(self) -> None:
        """Take the case in the centre: it stops ringing here at once, elsewhere with their pull."""
        case = self.selected_case
        if case is not None and case.state == "new" and case.case_id not in self._taking:
            self._acknowledge(case.case_id)

    def note(self, text: str) -> None:
        """Write down what was found or done."""
        case = self.selected_case
        if case is not None and case.state != "closed":
            command = NoteCase(case.case_id, text)
            self._run(command, self.noted.emit)

    def advance(self, stage: CaseStage) -> None:
        """Say that the case in the centre has come so far."""
        case = self.selected_case
        if case is not None and stage in stages_ahead(case):
            self._run(AdvanceCase(case.case_id, stage))

    def reopen_case(self) -> None:
        """Go on with the case in the centre, which was closed."""
        case = self.selected_case
        if case is not None and case.state == "closed":
            self._run(ReopenCase(case.case_id))

    def set_field(self, field: str, value: str) -> None:
        """Say one thing of the case in the centre, or settle what two desks said of it."""
        case = self.selected_case
        if case is not None:
            self._run(SetCaseField(case.case_id, field, value))

    def close_case(self, outcome: Literal["resolved", "unable"]) -> None:
        """End the case in the centre."""
        case = self.selected_case
        if case is not None and case.state == "acknowledged":
            self._run(CloseCase(case.case_id, outcome))

    def member_of(self, item: ExceptionItem) -> ItemMember | None:
        """Whose points an exception is about, as far as this PC knows them."""
        if self.view is None or item.member_id is None:
            return None
        return self.view.members.get(item.member_id)

    def settle(self, answer: Answer, note: str) -> None:
        """Answer the exception in the centre."""
        item = self.selected_exception
        if item is not None:
            self._run(SettleException(item.exception_id, answer, note), self.settled.emit)

    def sign_out(self) -> None:
        """Leave the desk; alarms go on ringing."""
        self._runner.run(SignOut(), self._on_signed_out, self._on_failed)

    @Slot()
    def refresh(self) -> None:
        """Read everything again."""
        self.seat = self._queries.seat()
        before, self.session = self.session, self._queries.session()
        if before is not None and self.session is None:
            self.adjusting.forget()
            self.charts.forget()
            self.exposure.forget()
            self.fleet.forget()
            self.denying.forget()
            self.judging.forget()
            self.listening.forget()
        if self.seat is not None:
            self.online = self._queries.readiness().online
            self.phone_page = self._queries.phone_page()
        try:
            self._take(self._queries.desk())
        except GuichetError as problem:
            self.view = None
            if self.session is not None and not self.is_for_devices:
                self.said = Said.refusal(problem)
            self._merge()

    # answers

    def _run(self, command: Command, then: Callable[[], object] | None = None) -> None:
        def done(view: DeskView) -> None:
            self.said = None
            self._take(view)
            if then is not None:
                then()

        self._runner.run(command, done, self._on_failed)

    def _acknowledge(self, case_id: UUID) -> None:
        self._taking.add(case_id)
        self._merge()

        def done(view: DeskView) -> None:
            self._taking.discard(case_id)
            self.said = None
            self._take(view)

        def failed(problem: GuichetError) -> None:
            if problem.code == "unknown_case" and case_id in self._rung:
                self._waiting_for_pull.add(case_id)  # it was heard of before it was pulled
                return
            self._taking.discard(case_id)
            self._on_failed(problem)

        self._runner.run(AcknowledgeCase(case_id), done, failed)

    def _take(self, view: DeskView) -> None:
        self.view = view
        for case in view.cases:
            self._rung.pop(case.case_id, None)
            if case.case_id in self._waiting_for_pull:
                self._waiting_for_pull.discard(case.case_id)
                if case.state == "new":
                    self._acknowledge(case.case_id)
                else:
                    self._taking.discard(case.case_id)
        self._merge()

    def _merge(self) -> None:
        """Show what was pulled and what was only heard of as one list; ring for what is new."""
        pulled = self.view.cases if self.view is not None else ()
        cases = (*pulled, *self._rung.values())
        own = self.session.staff_name if self.session is not None else ""
        merged = (
            replace(case, state="acknowledged", acknowledged_by=own)
            if case.case_id in self._taking and case.state == "new"
            else case
            for case in cases
        )
        self.cases = tuple(sorted(merged, key=urgency))
        ringing = [case for case in self.cases if is_unattended(case)]
        before, self._unattended = self._unattended, tuple(case.case_id for case in ringing)
        self._silenced &= frozenset(self._unattended)
        self._choose()
        self.adjusting.refresh()
        self.denying.refresh()
        self.judging.refresh()
        self.listening.refresh()
        self.changed.emit()
        if before != self._unattended:
            self.alarm_changed.emit()
        for case in ringing:
            if case.case_id not in self._announced:
                self._announced.add(case.case_id)
                self.rang.emit(case)

    def _choose(self) -> None:
        """Keep what the manager looks at; with nothing there, the oldest open case."""
        case = self.selected_case
        order, self._to_settle = self._to_settle, tuple(e.exception_id for e in self.exceptions)
        settled = self.selected_exception_id
        if settled is not None and self.selected_exception is None:
            self.selected_exception_id = following(order, settled, self._to_settle)
        rings = bool(self._unattended) and case is not None and case.state == "closed"
        if rings or (case is None and self.selected_exception is None):
            self.selected_exception_id = None
            still_open = (each.case_id for each in self.cases if each.state != "closed")
            self.selected_case_id = next(still_open, None)

    def _on_failed(self, problem: GuichetError) -> None:
        self.said = Said.refusal(problem)
        if isinstance(problem, Rejected) and problem.code in ("not_manager", "not_signed_in"):
            self.view = None
        self._merge()

    def _on_signed_out(self, result: None) -> None:
        self.refresh()

    @Slot(object)
    def _on_core_changed(self, kinds: frozenset[ChangeKind]) -> None:
        if kinds & {
            ChangeKind.CASES,
            ChangeKind.ALARM,
            ChangeKind.SESSION,
            ChangeKind.READINESS,
        }:
            self.refresh()
