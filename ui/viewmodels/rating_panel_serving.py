"""The customer's panel while somebody is served: whose turn it is, and points to agree to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance, Slot

from app.domain.errors import GuichetError
from app.services.core import Queries
from app.services.views import (
    ChangeKind,
    EncounterView,
    RedemptionResult,
    RedemptionToConfirm,
    Seat,
    SessionView,
)
from ui.qt.change_notifier import ChangeNotifier
from ui.viewmodels.rating_panel_pages import PASSING, Page, PanelTimes

READ_MS: Final = 500  # nobody has read in less what a question about points says


class ServingPanel(QObject):
    """Goes from page to page with the counter; the rating is `rating_panel.RatingPanelViewModel`.

    Attributes:
        page: what is shown.
        question, outcome: of spending points, while it is asked or told.
        alarm_path: a low rating would reach a manager now.
        has_keypad: the customer can press a key without seeing the panel.

    Signals:
        changed(): anything shown differs.
        page_changed(): `page` differs; emitted before `changed`.
        language_reset(): the customer has gone; the next begins in the office's language.
        said_yes(object): UUID of the redemption the customer agreed to.
        said_no(object): UUID of the redemption the customer refused.
        unanswered(object): UUID of the redemption the customer said nothing to.
    """

    changed = Signal()
    page_changed = Signal()
    language_reset = Signal()
    said_yes = Signal(object)
    said_no = Signal(object)
    unanswered = Signal(object)

    def __init__(
        self,
        queries: Queries,
        notifier: ChangeNotifier,
        parent: QObject | None = None,
        *,
        times: PanelTimes | None = None,
        now_ms: Callable[[], float] = lambda: time.monotonic() * 1000,
    ) -> None:
        """Follow the counter's core.

        Args:
            queries: who is being served, and whether somebody is invited to rate.
            notifier: when to read them again.
            parent: Qt's.
            times: how long to wait for the customer.
            now_ms: a monotonic clock, ms.
        """
        super().__init__(parent)
        self._queries = queries
        self._times = times or PanelTimes()
        self._now_ms = now_ms
        self.page = Page.IDLE
        self.seat: Seat | None = None
        self.session: SessionView | None = None
        self.question: RedemptionToConfirm | None = None
        self.outcome: RedemptionResult | None = None
        self.alarm_path = True
        self.has_keypad = False
        self._is_seen = True
        self.is_member = False
        self._asked_ms = 0.0
        self._shown_to: UUID | None = None  # whose outcome is told
        self._encounter: EncounterView | None = None
        self._idle = single_shot(self, self._on_idle)
        notifier.changed.connect(self._on_core_changed)

    def name_in(self, language: str, name: str) -> str:
        """Return what a reward, an office or a window is called in the customer's language."""
        return self._queries.name_in(language, name)

    # spending points

    @Slot(object)
    def ask_redemption(self, question: RedemptionToConfirm) -> None:
        """Ask the customer; the clerk has proposed a reward."""
        self._leave()
        self._asked_ms = self._now_ms()
        self.question = question
        self._enter(Page.CONFIRM)

    @Slot(object)
    def withdraw(self, redemption_id: UUID) -> None:
        """The clerk took the question back."""
        if self._is_asked(redemption_id) and self.page is Page.CONFIRM:
            self._enter(self._resting_page())

    @Slot(object)
    def show_outcome(self, result: RedemptionResult) -> None:
        """Say what became of the redemption."""
        if self._is_asked(result.redemption_id) and self.page is Page.BOOKING:
            self.outcome = result
            self._asked_ms = self._now_ms()
            self._shown_to = None if self._encounter is None else self._encounter.encounter_id
            self._enter(Page.VOUCHER if result.voucher else Page.OUTCOME)

    def close_voucher(self) -> None:
        """The customer has photographed the voucher."""
        if self.page is Page.VOUCHER:
            self._enter(self._resting_page())

    @Slot(object)
    def show_failure(self, problem: GuichetError) -> None:
        """The redemption that the customer agreed to failed; nothing was spent."""
        if self.page is Page.BOOKING:
            self.outcome = None
            self._enter(Page.OUTCOME)

    def say_yes(self) -> None:
        """The customer agrees. A second tap finds nothing to agree to."""
        if self.page is Page.CONFIRM and self.question is not None:
            self._enter(Page.BOOKING)
            self.said_yes.emit(self.question.redemption_id)

    def say_no(self) -> None:
        """The customer refuses."""
        self._end_question(self.said_no)

    @Slot(bool)
    def answer_by_key(self, yes: bool) -> None:
        """Take the keypad's yes or no; not one pressed before what it answers could be read."""
        if self._now_ms() - self._asked_ms < READ_MS:
            return
        if self.page is Page.VOUCHER and yes:
            self.close_voucher()
        else:
            (self.say_yes if yes else self.say_no)()

    def set_seen(self, seen: bool) -> None:
        """The customer's screen has come, or has gone in the middle of whatever was shown."""
        before, self._is_seen = self._is_seen, seen
        if before and not seen:
            self._end_question(self.unanswered)
        elif seen and not before:
            self.touched()  # the time to answer begins now

    def can_be_answered(self) -> bool:
        """Return whether a customer could answer: they see the panel, or have a keypad."""
        return self._is_seen or self.has_keypad

    def touched(self) -> None:
        """Somebody is here: begin waiting anew."""
        wait_ms = self._times.wait_on(self.page)
        if wait_ms:
            self._idle.start(wait_ms)
        else:
            self._idle.stop()

    # going from page to page

    def _resting_page(self) -> Page:
        return Page.SERVING if self._encounter is not None else Page.IDLE

    def _enter(self, page: Page) -> None:
        before, self.page = self.page, page
        if page in (Page.IDLE, Page.SERVING):
            self._forget()
        if page is Page.IDLE and before is not Page.IDLE:
            self.language_reset.emit()
        self.touched()
        if before is not page:
            self.page_changed.emit()
        self.changed.emit()

    def _leave(self) -> None:
        """The next customer is here."""
        self._forget()

    def _forget(self) -> None:
        self.question = self.outcome = None

    def _end_question(self, how: SignalInstance) -> None:
        if self.page is Page.CONFIRM and self.question is not None:
            redemption_id = self.question.redemption_id
            self._enter(self._resting_page())
            how.emit(redemption_id)

    def _is_asked(self, redemption_id: UUID) -> bool:
        return self.question is not None and self.question.redemption_id == redemption_id

    @Slot()
    def _on_idle(self) -> None:
        if self.page is Page.CONFIRM:
            self._end_question(self.unanswered)
        elif self.page is Page.VOUCHER:
            self.close_voucher()
        elif self.page in PASSING:
            self._enter(self._resting_page())

    @Slot(object)
    def _on_core_changed(self, kinds: frozenset[ChangeKind]) -> None:
        if kinds & {ChangeKind.ENCOUNTER, ChangeKind.SESSION}:
            self._read()
        if ChangeKind.READINESS in kinds:
            self._read_path()

    def _read_path(self) -> None:
        before = self.alarm_path
        self.alarm_path = self.seat is not None and self._queries.readiness().alarm_path
        if self.alarm_path is not before:
            self.changed.emit()

    def _read(self) -> None:
        self.seat = self._queries.seat()
        self.session = self._queries.session()
        self._encounter = self._queries.encounter()
        if self._encounter is not None:
            self.is_member = self._encounter.member is not None
        is_open = self._encounter is not None
        if self._is_superseded():  # the core has counted it
            self._leave()
            self.language_reset.emit()
            self._enter(Page.SERVING)
        elif self.page is Page.SERVING and not is_open and self._queries.invitation() is not None:
            self.changed.emit()  # the question follows: the customer's language stays
        elif self.page in (Page.IDLE, Page.SERVING):
            self._enter(self._resting_page())
        elif self.page is Page.VOUCHER and self._is_next():
            self._enter(Page.SERVING)  # it is nobody else's to see
        elif self.page in (Page.CONFIRM, Page.BOOKING) and not is_open:
            self._enter(Page.IDLE)

    def _is_next(self) -> bool:
        """Whether another customer is served than the one who was shown something."""
        now = self._encounter
        return now is not None and now.encounter_id != self._shown_to

    def _is_superseded(self) -> bool:
        """Whether the next customer is served while the one before is still asked."""
        raise NotImplementedError


def single_shot(parent: QObject, slot: Callable[[], None]) -> QTimer:
    """Return a timer that calls `slot` once each time it is started."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.timeout.connect(slot)
    return timer
