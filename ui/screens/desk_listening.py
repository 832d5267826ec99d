"""The desk's page of listening: this week's customers, the office's actions, how far others are."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.domain.acting import RESULTS
from app.domain.listening import OUTCOMES, Quota
from app.services.listening_views import ListeningView
from ui.qt.words import Words
from ui.screens import desk_listening_words as listening_words
from ui.screens import look
from ui.screens.desk_centre import Scrolling
from ui.screens.desk_listening_cards import CheckCard, LogCard
from ui.screens.look.roles import Role, Size, Space
from ui.viewmodels.desk import DeskViewModel
from ui.viewmodels.listening import ListeningViewModel

LISTENING_KEY = "Ctrl+L"
_DIGITS = range(Qt.Key.Key_1, Qt.Key.Key_1 + len(OUTCOMES))
_LIST_PX = 96
"""However low the window is."""


class OfficePane(QWidget):
    """How far the office's managers are, what they heard about, and what they share."""

    def __init__(self, words: Words) -> None:
        """Make it empty."""
        super().__init__()
        self._words = words
        self.title = look.Text(bold=True)
        self.managers = look.CaseList(empty_icon="users")
        self.managers.setObjectName("listening_managers")
        self.managers.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.managers.setMinimumHeight(_LIST_PX)
        self.heard = look.Card(spacing=Space.XS)
        self.topics = look.Paragraph()
        self.actions_sum = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.shared_title = look.Text(size=Size.SMALL, ink=Role.MUTED, bold=True)
        self.shared = look.Paragraph()
        for part in (self.topics, self.actions_sum, self.shared_title, self.shared):
            self.heard.body.addWidget(part)
        self.heard.body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.title)
        column.addWidget(self.managers, 1)
        column.addWidget(Scrolling(self.heard), 1)

    def show_page(self, page: ListeningView) -> None:
        """Show the office's week."""
        words, say = self._words, self._words.say
        drawn, logged = (sum(getattr(q, name) for q in page.quotas) for name in ("drawn", "logged"))
        title = say("managers")
        total = say("managers_total", n=logged, drawn=drawn)
        self.title.setText(f"{title} · {total}" if drawn else title)
        self.managers.set_cases([_quota_row(words, quota, page) for quota in page.quotas])
        self.heard.set_title(say("heard_about"))
        topics = [
            say("heard_count", topic=listening_words.topic(words, code), n=n)
            for code, n in page.heard
        ]
        self.topics.setText(" · ".join(topics) or say("heard_nothing"))
        states = Counter(each.standing.state for each in page.actions)
        self.actions_sum.setVisible(bool(states))
        self.actions_sum.setText(
            say(
                "actions_sum",
                open=states["open"],
                effective=states["effective"],
                no_effect=states["no_effect"],
            )
        )
        for part in (self.shared_title, self.shared):
            part.setVisible(bool(page.shared))
        self.shared_title.setText(say("heard_shared"))
        self.shared.setText("\n".join(listening_words.shared(words, each) for each in page.shared))


class ListeningPage(QWidget):
    """One's list and the actions on the left, the one looked at in the centre, the office beside.

    Signals:
        left(): back to the cases.
    """

    left = Signal()

    def __init__(self, model: ListeningViewModel, desk: DeskViewModel, words: Words) -> None:
        """Show `model`."""
        super().__init__()
        self._model, self._desk, self._words = model, desk, words
        self.title = look.Text(bold=True)
        self.back = look.Button(kind=look.Kind.QUIET, key=LISTENING_KEY)
        self.back.setObjectName("listening_back")
        self.customers = look.CaseList(empty_icon="ear")
        self.customers.setObjectName("listening")
        self.actions_title = look.Text(bold=True)
        self.acting = look.CaseList(empty_icon="flag")
        self.acting.setObjectName("actions")
        self.log = LogCard(model, desk, words)
        self.check = CheckCard(model, desk, words)
        self.nothing = look.EmptyState("ear")
        self.office = OfficePane(words)
        self.centre = QStackedWidget()
        self._log_place, self._check_place = Scrolling(self.log), Scrolling(self.check)
        for place in (self.nothing, self._log_place, self._check_place):
            self.centre.addWidget(place)
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.back)
        lists = QVBoxLayout()
        lists.setSpacing(Space.S)
        lists.addWidget(self.customers, 3)
        lists.addWidget(self.actions_title)
        lists.addWidget(self.acting, 2)
        columns = QHBoxLayout()
        columns.setSpacing(Space.L)
        columns.addLayout(lists, 5)
        columns.addWidget(self.centre, 9)
        columns.addWidget(self.office, 6)
        body = QVBoxLayout(self)
        body.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        body.setSpacing(Space.S)
        body.addLayout(top)
        body.addLayout(columns, 1)
        self.back.clicked.connect(self.left)
        for rows in (self.customers, self.acting):
            rows.setMinimumHeight(_LIST_PX)
            rows.current_changed.connect(self._on_selected)
            rows.chosen.connect(self._on_chosen)
        model.emptied.connect(self._on_emptied)
        model.saved.connect(self._on_saved)
        model.changed.connect(self.render)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        say = self._words.say
        self.back.setText(say("back_to_cases"))
        self.customers.empty.set_state("ear", say("listening_none"), say("listening_none_hint"))
        self.acting.empty.set_state("flag", say("actions_none"), say("actions_none_hint"))
        self.nothing.set_state("ear", say("listening_choose"))
        self.log.retranslate()
        self.check.retranslate()
        self.render()

    def focus_first(self) -> None:
        """Begin with the list of what is looked at."""
        (self.acting if self._model.action is not None else self.customers).setFocus()

    def show_action(self, action_id: UUID) -> None:
        """Look at an action."""
        self._model.select(action_id)

    def take_key(self, event: QKeyEvent) -> bool:
        """Take the keys drawn on the buttons that are shown; return whether one was taken."""
        key, model = event.key(), self._model
        has_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        card = self.log if model.customer is not None else self.check
        if key == Qt.Key.Key_F12:
            card.submit()
        elif key == Qt.Key.Key_F5:
            model.show_contact()
        elif has_control and key == Qt.Key.Key_N and not self.log.act.isHidden():
            model.act()
            self.log.focus_first()
        elif has_control and key in _DIGITS and not model.is_acting:
            codes = OUTCOMES if model.customer is not None else RESULTS
            model.choose(codes[_DIGITS.index(key)])
            if not model.busy:
                card.focus_first()
        else:
            return False
        return True

    @Slot()
    def render(self) -> None:
        """Show the lists, and the one that is looked at."""
        model, words, say, now_ms = self._model, self._words, self._words.say, self._desk.now_ms()
        page, customer, action = model.page, model.customer, model.action
        self.title.setText(
            say("listening_week" if page.is_current else "listening_old", day=page.week)
            if page.week
            else say("listening")
        )
        n = sum(each.standing.state == "open" for each in page.actions)
        actions = say("actions")
        self.actions_title.setText(say("counted", title=actions, n=n) if n else actions)
        for rows, views, current in (
            (
                self.customers,
                [listening_words.customer_row(words, each) for each in page.own],
                None if customer is None else customer.listening.listening_id,
            ),
            (
                self.acting,
                [listening_words.action_row(words, each, now_ms) for each in page.actions],
                None if action is None else action.action.action_id,
            ),
        ):
            with QSignalBlocker(rows):  # filling a list is not the manager's choice
                rows.set_cases(views)
                rows.select("" if current is None else str(current))
        if customer is not None:
            self.log.render_customer(customer)
            self.centre.setCurrentWidget(self._log_place)
        elif action is not None:
            self.check.render_action(action)
            self.centre.setCurrentWidget(self._check_place)
        else:
            self.centre.setCurrentWidget(self.nothing)
        self.office.show_page(page)

    @Slot()
    def _on_emptied(self) -> None:
        self.log.begin()
        self.check.begin()

    @Slot()
    def _on_saved(self) -> None:
        """Give the keys back to the list before what had them hides: on with the next one."""
        focused = QApplication.focusWidget()
        if focused is not None and self.centre.isAncestorOf(focused):
            self.focus_first()

    @Slot(str)
    def _on_selected(self, which: str) -> None:
        if which:
            self._model.select(UUID(which))

    @Slot(str)
    def _on_chosen(self, which: str) -> None:
        self._on_selected(which)
        (self.log if self._model.customer is not None else self.check).focus_first()


def _quota_row(words: Words, quota: Quota, page: ListeningView) -> look.CaseView:
    say = words.say
    is_done = quota.logged >= quota.drawn
    light = look.Light.READY if is_done else look.Light.CAUTION
    return look.CaseView(
        str(quota.staff_id),
        page.names.get(quota.staff_id, ""),
        "",
        light if quota.drawn else look.Light.OFFLINE,
        say("managers_done", n=quota.logged, drawn=quota.drawn)
        if quota.drawn
        else say("managers_none"),
        state=say("managers_reached", n=quota.reached) if quota.logged else "",
    )
