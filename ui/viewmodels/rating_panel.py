"""The customer's panel: figures to confirm while serving, one question afterwards.

Nobody's tap is anybody else's: what is pressed outside an invitation rates nobody and is counted
apart, and an answer of the core that comes after the panel has gone on to the next customer changes
nothing there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject, Slot

from app.domain.errors import GuichetError, Unavailable
from app.domain.events import CallWish, RatingState
from app.domain.rating import SCORES
from app.domain.stray_presses import NO, YES
from app.services.commands import AddRatingDetail, CloseInvitation, RecordRating
from app.services.core import Queries
from app.services.views import (
    RatingInvitation,
)
from ui.qt.change_notifier import ChangeNotifier
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.rating_answer import RatingAnswer
from ui.viewmodels.rating_panel_pages import INVITED, RESTING, WRITING, Page, PanelTimes
from ui.viewmodels.rating_panel_serving import ServingPanel, single_shot
from ui.viewmodels.stray_presses import StrayPresses

REPEAT: Final = "repeat"


class RatingPanelViewModel(ServingPanel):
    """Holds what the panel shows, for one customer after another.

    Attributes:
        invitation, answer: the question about the service, and what the customer has said to it.
        can_change: another face may still be chosen.
        is_called: the duty manager has been called.
        strays: what is pressed while no question is open.
    """

    def __init__(
        self,
        runner: CommandRunner,
        queries: Queries,
        notifier: ChangeNotifier,
        parent: QObject | None = None,
        *,
        times: PanelTimes | None = None,
        now_ms: Callable[[], float] = lambda: time.monotonic() * 1000,
    ) -> None:
        """Follow the counter's core.

        Args:
            runner: runs what the customer answers.
            queries: who is being served, and whether somebody is invited to rate.
            notifier: when to read them again.
            parent: Qt's.
            times: how long to wait for the customer, whatever the invitation says.
            now_ms: a monotonic clock, ms.
        """
        super().__init__(queries, notifier, parent, times=times, now_ms=now_ms)
        self._runner = runner
        self._fixed_times = times
        self.strays = StrayPresses(runner, self, now_ms=now_ms)
        self.invitation: RatingInvitation | None = None
        self.answer = RatingAnswer()
        self.can_change = False
        self.is_called = False
        self.detail_failed = False
        self.declined = False
        self._saved: int | None = None
        self._sent: AddRatingDetail | None = None
        self._presses = 0  # under way
        self._finishing = False
        self._last_invited: UUID | None = None
        self._held: RatingInvitation | None = None  # until a voucher is photographed
        self._last_press_ms: float | None = None
        self._invited_ms = 0.0
        self._change_window = single_shot(self, self._on_change_window_over)
        self._read()
        self._read_path()

    # what the screen shows

    @property
    def can_call(self) -> bool:
        """Whether somebody can be promised to come: a manager's desk is within reach."""
        return self.alarm_path or self.is_called

    @property
    def duty_phone(self) -> str:
        """The duty manager's number, '' where the office has none."""
        return self.invitation.duty_phone if self.invitation is not None else ""

    @property
    def phone_link(self) -> str:
        """What the customer's own phone may scan while the panel thanks, '' for nothing."""
        if self.page is not Page.THANKS or self.invitation is None:
            return ""
        return self.invitation.link

    @property
    def counter_label(self) -> str:
        """The window's name, '' before the seat is set up."""
        if self.invitation is not None:
            return self.invitation.counter_label
        return self.seat.counter_label if self.seat is not None else ""

    @property
    def staff_number(self) -> str:
        """The number of the clerk whom one rates, '' with nobody signed in."""
        if self.invitation is not None:
            return self.invitation.staff_number
        return self.session.staff_number if self.session is not None else ""

    # rating

    @Slot(object)
    def invite(self, invitation: RatingInvitation) -> None:
        """Ask the customer to rate; once an encounter, however often it is announced."""
        if invitation.encounter_id == self._last_invited:
            return
        if self.page is Page.VOUCHER and invitation.encounter_id == self._shown_to:
            self._held = invitation  # first the voucher is photographed
        else:
            self._begin(invitation)

    def _begin(self, invitation: RatingInvitation) -> None:
        self._leave()
        self._last_invited = invitation.encounter_id
        self._invited_ms = self._now_ms()
        self.invitation = invitation
        self.answer = RatingAnswer(invitation.reasons_by_score)
        self._times = self._fixed_times or PanelTimes.of(invitation)
        self._enter(Page.RATING)

    def close_voucher(self) -> None:
        """The customer has photographed the voucher; what waited for it is asked now."""
        held = self._held
        if held is not None and self.page is Page.VOUCHER:
            self._begin(held)
        else:
            super().close_voucher()

    @Slot(int)
    def press_key(self, number: int) -> None:
        """A keypad's key 1..5; outside a question, or held since before it, it is nobody's."""
        self.strays.note_key(number)
        if self.page in RESTING:
            self.strays.count_key()
        elif number in SCORES and self.strays.may_answer(self._invited_ms):
            self.choose(number)

    @Slot(bool)
    def answer_by_key(self, yes: bool) -> None:
        """Take the keypad's yes or no; outside a question it is nobody's."""
        self.strays.note_key(YES if yes else NO)
        if self.page in RESTING:
            self.strays.count_key()
        else:
            super().answer_by_key(yes)

    def touch_glass(self) -> None:
        """The panel was touched beside everything that can be."""
        if self.page in RESTING:
            self.strays.count_touch()

    @Slot(int)
    def choose(self, level: int) -> None:
        """The customer touched a face; another one may follow within the change window."""
        is_open = self.page is Page.RATING or (self.page is Page.DETAILS and self.can_change)
        if not is_open or self._finishing or level == self.answer.choice or self.invitation is None:
            return
        flags: tuple[str, ...] = ()
        now_ms = self._now_ms()
        if self.answer.choice is None:
            if self._last_press_ms is not None:
                is_repeat = now_ms - self._last_press_ms < self._times.repeat
                flags = (REPEAT,) if is_repeat else ()
            self.can_change = True
            self._change_window.start(self._times.change)
        self._last_press_ms = now_ms
        self.answer.choose(level)
        self.touched()
        self.changed.emit()
        invitation = self.invitation
        self._presses += 1

        def done(result: object) -> None:
            if self.invitation is invitation:
                self._on_rated(level)

        def failed(problem: GuichetError) -> None:
            if self.invitation is invitation:
                self._on_not_rated(problem)

        self._runner.run(RecordRating(invitation.encounter_id, level, flags), done, failed)

    def decline(self) -> None:
        """'No, thanks'."""
        if self.page is Page.RATING and self.answer.choice is None and not self._finishing:
            self.declined = True
            self._close_invitation(RatingState.DECLINED, Page.THANKS)

    def toggle_reason(self, code: str) -> None:
        """Tick a reason, or take the tick away."""
        if (
            self.page is Page.DETAILS
            and not self._finishing
            and code in self.answer.offered_reasons
        ):
            self.answer.toggle(code)
            self.touched()
            self.changed.emit()

    def wish(self, call: CallWish) -> None:
        """What a dissatisfied customer wants done; sent at once, before anything else is asked."""
        if self.page is not Page.DETAILS or self._finishing or not self.answer.is_low:
            return
        if call is not self.answer.call:
            self.answer.call = call
            self.is_called = False
            self.touched()
            self._send_details()
        if call is CallWish.CALL_ME:
            self._enter(Page.PHONE)
        else:
            self.changed.emit()

    def write_comment(self) -> None:
        """Open the keyboard."""
        if self.page is Page.DETAILS and not self._finishing:
            self._enter(Page.COMMENT)

    def set_text(self, text: str) -> None:
        """Take what stands on the keyboard page, as it is typed."""
        if self.page is Page.COMMENT:
            self.answer.write_comment(text)
        elif self.page is Page.PHONE:
            self.answer.write_phone(text)
        else:
            return
        self.touched()
        self.changed.emit()

    def stop_writing(self) -> None:
        """Go back to the reasons; what was written stays."""
        if self.page in WRITING:
            self._enter(Page.DETAILS)
            if self.answer.call is CallWish.CALL_ME:
                self._send_details()  # the manager may call while the customer ticks reasons

    def finish(self) -> None:
        """'Done': thank the customer once everything is durable."""
        if self.page in (Page.DETAILS, *WRITING) and not self._finishing:
            self._finishing = True
            self._change_window.stop()
            self.can_change = False
            self._send_details()
            self._thank_when_saved()

    # answers

    def _on_rated(self, level: int) -> None:
        self._presses -= 1
        self._saved = level
        if self.page is Page.RATING:
            self._enter(Page.DETAILS)
        self._thank_when_saved()

    def _on_not_rated(self, problem: GuichetError) -> None:
        self._presses -= 1
        if self._presses:
            return  # a later press says what counts
        if self._saved is not None:
            self.answer.choose(self._saved)
            self.changed.emit()
            self._thank_when_saved()
        elif isinstance(problem, Unavailable):
            self._break_down()
        else:
            self._enter(self._resting_page())

    def _break_down(self) -> None:
        """Nothing can be recorded: say so calmly, and try to count the encounter as such."""
        assert self.invitation is not None
        command = CloseInvitation(self.invitation.encounter_id, RatingState.DEVICE_DOWN)
        self._enter(Page.TROUBLE)
        self._runner.run(command, _nothing_to_show, _nothing_to_show)

    def _close_invitation(self, state: RatingState, then: Page) -> None:
        invitation = self.invitation
        assert invitation is not None
        self._finishing = True

        def done(result: object) -> None:
            if self.invitation is invitation:
                self._enter(then if then is Page.THANKS else self._resting_page())

        def failed(problem: GuichetError) -> None:
            # The core settles it with the next encounter, or as 'device down' after a start
            if self.invitation is invitation:
                self._enter(self._resting_page())

        self._runner.run(CloseInvitation(invitation.encounter_id, state), done, failed)

    def _send_details(self) -> None:
        invitation = self.invitation
        command = self.answer.details(invitation.encounter_id) if invitation is not None else None
        if command is None or command == self._sent:
            return
        self._sent = command
        self._presses += 1

        def done(result: object) -> None:
            if self.invitation is invitation:
                self._presses -= 1
                self.is_called = command.call is CallWish.NOW and self.alarm_path
                self.detail_failed = False
                self.changed.emit()
                self._thank_when_saved()

        def failed(problem: GuichetError) -> None:
            if self.invitation is invitation:
                self._presses -= 1
                self._sent = None
                self.detail_failed = True
                if self.answer.call is CallWish.NOW:
                    self.answer.call = None  # so that it can be asked for again
                self.changed.emit()
                self._thank_when_saved()

        self._runner.run(command, done, failed)

    def _thank_when_saved(self) -> None:
        if self._finishing and not self._presses:
            self._enter(Page.THANKS)

    # going from page to page

    def _leave(self) -> None:
        """The next customer is here: keep what the one before had already ticked or written."""
        if self.page in (Page.DETAILS, *WRITING) and not self._finishing:
            self._send_details()
        super()._leave()

    def _forget(self) -> None:
        super()._forget()
        self._held = None
        self._change_window.stop()
        self.invitation = None
        self.answer = RatingAnswer()
        self._saved = self._sent = None
        self.can_change = self.is_called = self._finishing = False
        self.declined = self.detail_failed = False
        self._presses = 0

    @Slot()
    def _on_idle(self) -> None:
        if self.page is Page.RATING and self.answer.choice is None and not self._finishing:
            answerable = self.can_be_answered()
            state = RatingState.TIMED_OUT if answerable else RatingState.DEVICE_DOWN
            self._close_invitation(state, Page.IDLE)
        elif self.page in (Page.DETAILS, *WRITING):
            self.finish()
        else:
            super()._on_idle()

    @Slot()
    def _on_change_window_over(self) -> None:
        self.can_change = False
        self.changed.emit()

    def _read(self) -> None:
        super()._read()
        self.strays.sign_in(None if self.session is None else self.session.session_id)

    def _is_superseded(self) -> bool:
        encounter, rated = self._encounter, self.invitation
        ended = self.page in (*INVITED, Page.THANKS, Page.TROUBLE)
        return (
            ended
            and encounter is not None
            and (rated is None or rated.encounter_id != encounter.encounter_id)
        )


def _nothing_to_show(result: object) -> None:
    """Neither success nor failure changes what the customer sees."""
