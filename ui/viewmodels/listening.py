"""The desk's page of listening: who is looked at, and what is written down of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from app.domain.acting import RESULTS
from app.domain.errors import GuichetError
from app.domain.listening import OUTCOMES, outcome_of
from app.domain.listening_records import Listening
from app.services.commands import CheckAction, LogConversation, OpenAction, ShowContact
from app.services.listening_views import (
    ActionView,
    ListenedCustomer,
    ListeningView,
    ShownContact,
)
from app.services.views import DeskView, SessionView
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.forms import FormViewModel

LOOKED_AT_AFTER_DAYS: Final = 14
"""What is proposed for when somebody looks at an action."""
_MOST_DAYS: Final = 4  # digits


def day_typed(text: str, today: str) -> str:
    """Read days from today as a date, and leave anything else as it was typed.

    >>> day_typed("14", "2026-11-30"), day_typed("2027-01-01", "2026-11-30")
    ('2026-12-14', '2027-01-01')
    """
    typed = text.strip()
    if typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DAYS and today:
        return (date.fromisoformat(today) + timedelta(int(typed))).isoformat()
    return typed


class ListeningViewModel(FormViewModel):
    """Holds whom or what the manager looks at, and how a conversation or an action went.

    Attributes:
        outcome: of the conversation, as chosen and not saved yet.
        result: of the action, likewise.
        is_acting: something is to be done about what was heard.
        contact: whom to call, once it was shown.

    Signals:
        emptied(): another one is looked at, or something else stands: begin with what does.
        saved(): what was typed is recorded.
    """

    emptied = Signal()
    saved = Signal()

    def __init__(
        self,
        runner: CommandRunner,
        view: Callable[[], DeskView | None],
        session: Callable[[], SessionView | None],
        now_ms: Callable[[], int],
        parent: QObject | None = None,
    ) -> None:
        """Follow the desk's `view`; `refresh` says that it differs."""
        super().__init__(runner, parent)
        self._view, self._session, self._now_ms = view, session, now_ms
        self._selected: UUID | None = None
        self.outcome = self.result = ""
        self.is_acting = False
        self.contact: ShownContact | None = None
        self._begun: Listening | None = None  # with what the form began
        self._is_touched = False

    @property
    def page(self) -> ListeningView:
        """All that there is to show."""
        view = self._view()
        return ListeningView() if view is None else view.listening

    @property
    def customer(self) -> ListenedCustomer | None:
        """The customer who is looked at."""
        found = (each for each in self.page.own if each.listening.listening_id == self._selected)
        return next(found, None)

    @property
    def action(self) -> ActionView | None:
        """The action that is looked at."""
        found = (each for each in self.page.actions if each.action.action_id == self._selected)
        return next(found, None)

    @property
    def reminders(self) -> Sequence[ActionView]:
        """Actions whose day has come, of whoever asked for them or does them and sits here."""
        session, now_ms = self._session(), self._now_ms()
        own_id = None if session is None else session.staff_id
        return [
            each
            for each in self.page.actions
            if each.standing.state == "open"
            and each.rings_ms is not None
            and each.rings_ms <= now_ms
            and own_id in (each.action.staff_id, each.standing.owner_id)
        ]

    @property
    def to_do(self) -> int:
        """Customers of this week who aren't written down, and actions whose day has come."""
        own = self.page.own if self.page.is_current else ()
        return sum(not outcome_of(each.listening) for each in own) + len(self.reminders)

    def select(self, which: UUID) -> None:
        """Look at a customer or an action."""
        if which != self._selected:
            self._selected = which
            self._begin()

    def choose(self, code: str) -> None:
        """Say how the conversation went, or what the action did; nothing is saved yet."""
        self._is_touched = True
        if self.customer is not None and code in OUTCOMES:
            self.outcome = code
        elif self.action is not None and self.action.standing.state == "open" and code in RESULTS:
            self.result = code
        self.reset()

    def touch(self) -> None:
        """Something was typed: it stays until it is saved, whatever the desk reads meanwhile."""
        self._is_touched = True

    def show_contact(self) -> None:
        """Show whom to call."""
        customer = self.customer
        if customer is not None and self.contact is None:
            self._send(ShowContact(customer.listening.listening_id), self._on_contact)

    def save(self, topic: str, heard: str, *, is_shared: bool) -> None:
        """Write down how it went; the words as typed."""
        customer = self.customer
        if customer is None or self.is_acting:
            return
        command = LogConversation(
            customer.listening.listening_id, self.outcome, topic, heard, is_shared
        )
        self._send(command, self._on_saved)

    def act(self) -> None:
        """Have something done about it, or go back to what was heard."""
        if self.customer is not None:
            self.is_acting = self._is_touched = not self.is_acting
            self.reset()

    def open_action(self, what: str, owner_id: UUID | None, check_on: str) -> None:
        """Note what is to be done; the day as typed."""
        customer = self.customer
        if customer is None or not self.is_acting:
            return
        if owner_id is None:
            self._on_failed(GuichetError("unknown_owner", "nobody"))
            return
        day = day_typed(check_on, self.page.today)
        self._send(OpenAction(customer.listening.listening_id, what, owner_id, day), self._on_saved)

    def check(self, note: str, check_on: str) -> None:
        """Say what the action did; the day as typed, of one that wasn't done."""
        view = self.action
        if view is not None and view.standing.state == "open":
            is_put_off = self.result == "not_done"
            day = day_typed(check_on, self.page.today) if is_put_off else ""
            command = CheckAction(view.action.action_id, self.result, note, day)
            self._send(command, self._on_saved)

    def refresh(self) -> None:
        """Take what the desk has read; begin with the first customer who isn't written down.

        What another desk said stands in the form, where nothing was typed into it here.
        """
        is_read = self._view() is not None and self._session() is not None
        if is_read and self.customer is None and self.action is None:
            self._selected = None
            own = self.page.own
            open_ones = (each for each in own if not outcome_of(each.listening))
            first = next(open_ones, own[0] if own else None)
            if first is not None:
                self._selected = first.listening.listening_id
                self._begin()
        elif self._is_stale:
            self._begin_again()
        self.changed.emit()

    @property
    def _is_stale(self) -> bool:
        """Whether the form shows what was said before, and nothing of one's own."""
        customer = self.customer
        if customer is None or self._is_touched or self.busy:
            return False
        return customer.listening != self._begun

    def forget(self) -> None:
        """Begin anew: who wrote something has gone."""
        self._selected = None
        self._begin()

    def _begin(self) -> None:
        customer = self.customer
        self.outcome = "" if customer is None else outcome_of(customer.listening)
        self._begun = None if customer is None else customer.listening
        self.result, self.is_acting, self.contact = "", False, None
        self.emptied.emit()
        self._is_touched = False  # a form that is filled says that something was typed
        self.reset()

    def _begin_again(self) -> None:
        """The same customer, whom the manager may be speaking with."""
        contact = self.contact
        self._begin()
        self.contact = contact
        self.changed.emit()

    def _on_contact(self, contact: ShownContact) -> None:
        customer = self.customer
        if customer is not None and customer.listening.listening_id == contact.listening_id:
            self.contact = contact
        self.changed.emit()

    def _on_saved(self, result: object) -> None:
        self.saved.emit()
        self._begin_again()
