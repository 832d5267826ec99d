"""Over the desk's lists: what a counter asks the manager to agree to, and codes for who calls."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout

from app.services.views import ApprovalView
from ui.qt.words import Words
from ui.screens import desk_wording as wording
from ui.screens import look
from ui.screens.look.roles import Role, Size, Space
from ui.viewmodels.approvals import ApprovalsViewModel

AGREE_KEY, DECLINE_KEY, CODE_KEY = "F8", "F9", "F4"
_HALF = 4


class ApprovalBar(QFrame):
    """Says what is asked, by whom and why it is risky; hidden while nothing waits."""

    def __init__(self, approvals: ApprovalsViewModel, words: Words) -> None:
        """Follow `approvals`."""
        super().__init__()
        self.setProperty("look", "card")
        self._approvals, self._words = approvals, words
        self.icon = look.Icon("hand", Role.CAUTION, 24)
        self.what = look.Text(size=Size.TITLE, bold=True)
        self.detail = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.agree = look.Button(kind=look.Kind.PRIMARY, key=AGREE_KEY)
        self.decline = look.Button(key=DECLINE_KEY)
        self.agree.setObjectName("agree")
        self.decline.setObjectName("decline")
        said = QVBoxLayout()
        said.setSpacing(0)
        said.addWidget(self.what)
        said.addWidget(self.detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, Space.S, Space.L, Space.S)
        row.setSpacing(Space.M)
        row.addWidget(self.icon)
        row.addLayout(said, 1)
        row.addWidget(self.agree)
        row.addWidget(self.decline)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.agree.clicked.connect(lambda: approvals.answer(True))
        self.decline.clicked.connect(lambda: approvals.answer(False))

    def refresh(self) -> None:
        """Show the request that has waited longest."""
        first, say = self._approvals.first, self._words.say
        self.setVisible(first is not None)
        self.agree.setText(say("decide_agree"))
        self.decline.setText(say("approval_decline"))
        if first is not None:
            chinese = self._words.code.startswith("zh")
            name = first.reward_name if chinese else first.reward_name_en or first.reward_name
            self.what.setText(
                say("approval_asked", label=first.counter_label, reward=name, points=first.points)
            )
            self.detail.setText(self._detail(first))

    def _detail(self, asked: ApprovalView) -> str:
        say = self._words.say
        parts = [
            say("approval_member", name=asked.member_name or say("approval_stranger")),
            say(f"trust_{asked.trust}") if asked.trust in _LEVELS else "",
            say("approval_left", points=asked.spendable_points),
            say("approval_clerk", number=asked.clerk_number) if asked.clerk_number else "",
            say("approval_list", age=wording.age(self._words, asked.list_age_s)),
        ]
        if len(self._approvals.waiting) > 1:
            parts.append(say("approval_more", n=len(self._approvals.waiting) - 1))
        return " · ".join(part for part in parts if part)


_LEVELS = ("new", "known", "trusted")


class CodeBar(QFrame):
    """Makes the code for a counter that can't reach the desk; opened by a key."""

    def __init__(self, approvals: ApprovalsViewModel, words: Words) -> None:
        """Begin closed."""
        super().__init__()
        self.setProperty("look", "card")
        self._approvals, self._words = approvals, words
        self.counter = look.FormField("", placeholder="A1")
        self.challenge = look.FormField("", placeholder="1234 5678")
        self.points = look.FormField("", placeholder="4000")
        self.make = look.Button(kind=look.Kind.PRIMARY, key="Enter")
        self.code = look.Text(size=Size.FIGURE, bold=True)
        self.hint = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.fields = (self.counter, self.challenge, self.points)
        self.counter.setObjectName("code_counter")
        self.challenge.setObjectName("challenge")
        self.points.setObjectName("code_points")
        for field in self.fields:
            field.submitted.connect(self._on_enter)
            field.text_changed.connect(self._on_text_changed)
        self.make.setObjectName("make_code")
        row = QHBoxLayout()
        row.setSpacing(Space.M)
        for field in self.fields:
            row.addWidget(field, 1)
        row.addWidget(self.make, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.code, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.S, Space.L, Space.S)
        column.setSpacing(Space.XS)
        column.addLayout(row)
        column.addWidget(self.hint)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.make.clicked.connect(self._send)
        self.hide()

    def toggle(self) -> None:
        """Open it for the next caller, or close it and show its code to nobody any more."""
        for field in self.fields:
            field.set_text("")
        self._approvals.forget_code()
        self.setVisible(not self.isVisible())
        if self.isVisible():
            self.counter.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Show the code, or why there is none."""
        say, made, said = self._words.say, self._approvals.code, self._approvals.said
        self.counter.set_label(say("code_counter"))
        self.challenge.set_label(say("code_challenge"))
        self.points.set_label(say("points"))
        self.make.setText(say("code_make"))
        self.code.setText("" if made is None else f"{made.code[:_HALF]} {made.code[_HALF:]}")
        hint = say("code_hint") if made is None else say("code_made", points=made.points)
        self.hint.setText(hint if said is None else said.words())

    def _on_text_changed(self, text: str) -> None:
        if self._approvals.code is not None:  # it was for something else
            self._approvals.forget_code()

    def _on_enter(self) -> None:
        empty = next((field for field in self.fields if not field.text().strip()), None)
        if empty is not None:
            empty.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._send()

    def _send(self) -> None:
        self._approvals.make_code(*(field.text() for field in self.fields))
