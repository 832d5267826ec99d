"""Bars over the desk: a low rating unattended, the one loud thing, and what is to be looked at."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout

from ui.qt.words import Words
from ui.screens import desk_wording as wording
from ui.screens import look
from ui.screens.desk_listening_words import first_line
from ui.screens.look.roles import Role, Size, Space
from ui.viewmodels.desk import DeskViewModel
from ui.viewmodels.listening import ListeningViewModel


class AlarmBar(QFrame):
    """Says where and since when, shows the case, and silences; hidden while nothing waits."""

    def __init__(self, desk: DeskViewModel, words: Words) -> None:
        """Follow `desk`."""
        super().__init__()
        self._desk, self._words = desk, words
        self.icon = look.Icon("bell-ring", Role.ON_CRITICAL, 24)
        self.what = look.Text(size=Size.TITLE, ink=Role.ON_CRITICAL, bold=True)
        self.detail = look.Text(size=Size.SMALL, ink=Role.ON_CRITICAL)
        self.show_case = look.Button()
        self.silence = look.Button(icon="bell")
        self.show_case.setObjectName("show_case")
        self.silence.setObjectName("silence")
        said = QVBoxLayout()
        said.setSpacing(0)
        said.addWidget(self.what)
        said.addWidget(self.detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, Space.S, Space.L, Space.S)
        row.setSpacing(Space.M)
        row.addWidget(self.icon)
        row.addLayout(said, 1)
        row.addWidget(self.show_case)
        row.addWidget(self.silence)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.show_case.clicked.connect(self._on_show_case)
        self.silence.clicked.connect(desk.silence)

    def refresh(self, *, is_away: bool) -> None:
        """Say what waits longest, and offer to show it where it isn't: on another page, too."""
        desk, say = self._desk, self._words.say
        waiting = [case for case in desk.cases if case.case_id in desk.unattended]
        self.setVisible(bool(waiting))
        if not waiting:
            return
        oldest = waiting[0]
        seconds = max(0, desk.now_ms() - oldest.opened_ms) // 1000
        age = wording.age(self._words, seconds)
        alone = "rings" if seconds >= 60 else "rings_now"
        key = "rings_more" if len(waiting) > 1 else alone
        self.what.setText(say(key, label=oldest.counter_label, age=age, n=len(waiting) - 1))
        self.detail.setText("" if desk.rings else say("rings_silent"))
        self.detail.setVisible(not desk.rings)
        self.icon.set_icon("bell-ring" if desk.rings else "bell")
        self.silence.setText(say("silence"))
        self.silence.setVisible(desk.rings)
        self.show_case.setText(say("show_case"))
        self.show_case.setVisible(is_away or desk.selected_case_id != oldest.case_id)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill it with the alarm's colour."""
        QPainter(self).fillRect(self.rect(), look.colour(Role.CRITICAL))

    def _on_show_case(self) -> None:
        if self._desk.unattended:
            self._desk.select_case(self._desk.unattended[0])


class ReminderBar(QFrame):
    """Says which action is to be looked at; hidden while none is, and on its own page."""

    def __init__(self, listening: ListeningViewModel, words: Words) -> None:
        """Follow `listening`."""
        super().__init__()
        self.setProperty("look", "card")
        self._listening, self._words = listening, words
        self.icon = look.Icon("calendar-clock", Role.CAUTION, 24)
        self.what = look.Text(size=Size.TITLE, bold=True)
        self.detail = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.show_action = look.Button()
        self.show_action.setObjectName("show_action")
        said = QVBoxLayout()
        said.setSpacing(0)
        said.addWidget(self.what)
        said.addWidget(self.detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, Space.S, Space.L, Space.S)
        row.setSpacing(Space.M)
        row.addWidget(self.icon)
        row.addLayout(said, 1)
        row.addWidget(self.show_action)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def refresh(self, *, is_there: bool) -> None:
        """Say what has waited longest; `is_there`: the page of listening is shown."""
        reminders, say = self._listening.reminders, self._words.say
        self.setVisible(bool(reminders) and not is_there)
        self.show_action.setText(say("show_case"))
        if not reminders:
            return
        first, n = reminders[0], len(reminders) - 1
        what = first_line(first.action.what)
        self.what.setText(say("reminder_more" if n else "reminder_one", what=what, n=n))
        day = first.standing.check_on
        self.detail.setText(say("reminder_detail", owner=first.owner_name, day=day))
