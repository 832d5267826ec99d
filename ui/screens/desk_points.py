"""The desk's page of points: one form to give or take them, and what waits for a second manager."""

from __future__ import annotations

from functools import partial
from typing import Final
from uuid import UUID

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.services.point_views import AdjustmentView
from ui.qt.words import Words
from ui.screens import desk_wording as wording
from ui.screens import look
from ui.screens.counter_pages import TextField, say_at_field
from ui.screens.counter_rendering import WEIGHT_TONES
from ui.screens.desk_centre import Scrolling
from ui.screens.desk_finder import MemberFinder
from ui.screens.desk_statement import StatementCard
from ui.screens.look.roles import Role, Size, Space, Tone
from ui.viewmodels.adjusting import AdjustingViewModel, Kind
from ui.viewmodels.desk import DeskViewModel

_KINDS: Final[tuple[tuple[Kind, str, Qt.Key], ...]] = (
    ("goodwill", "F2", Qt.Key.Key_F2),
    ("correction", "F3", Qt.Key.Key_F3),
)
REASON_PX: Final = 76
"""Three lines."""


class AdjustCard(look.Card):
    """Whose points, how many, why; Enter goes on, and at the end records it."""

    def __init__(self, adjusting: AdjustingViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__(spacing=Space.M)
        self._adjusting, self._words = adjusting, words
        self.intro = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.member = MemberFinder(adjusting.finder, words)
        self.statement = look.Button(key="F5", icon="clipboard-list")
        self.statement.setObjectName("adjust_statement")
        self.points = look.FormField("", placeholder="500")
        self.reason = TextField(text_px=REASON_PX)
        self.said = look.Banner()
        self.kinds = {kind: look.Button(key=key) for kind, key, _ in _KINDS}
        self.record = look.Button(kind=look.Kind.PRIMARY, key="Enter")
        self.record.setObjectName("adjust_record")
        kinds = QHBoxLayout()
        kinds.setSpacing(Space.S)
        for kind, button in self.kinds.items():
            button.clicked.connect(partial(self._on_kind, kind))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            kinds.addWidget(button)
        kinds.addStretch(1)
        self.body.addWidget(self.intro)
        self.body.addWidget(self.member)
        self.body.addWidget(self.statement, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addLayout(kinds)
        for below in (self.points, self.reason, self.said):
            self.body.addWidget(below)
        self.body.addWidget(self.record, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addStretch(1)
        self.member.passed.connect(self.points.setFocus)
        self.statement.clicked.connect(adjusting.toggle_statement)
        self.points.submitted.connect(self.reason.setFocus)
        self.reason.submitted.connect(self._on_record)
        self.record.clicked.connect(self._on_record)
        adjusting.changed.connect(self.render)
        adjusting.emptied.connect(self._on_emptied)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        say = self._words.say
        self.set_title(say("adjust_title"))
        self.member.retranslate()
        self.points.set_label(say("adjust_points"))
        self.reason.set_label(say("adjust_reason"))
        self.record.setText(say("adjust_record"))
        for kind, button in self.kinds.items():
            button.setText(say(f"adjust_{kind}"))
        self.render()

    @Slot()
    def render(self) -> None:
        """Show the adjustment as it stands."""
        model, say = self._adjusting, self._words.say
        intro = say("adjust_limit", limit=model.limit)
        if model.case is not None and model.kind == "goodwill":
            remedy = say("adjust_remedy", label=model.case.counter_label)
            intro = f"{remedy} {intro}"
        self.intro.setText(intro)
        member = model.finder.member
        self.member.show_member(
            ""
            if member is None
            else say(
                "exception_member",
                name=member.masked_name,
                card=member.masked_card,
                points=member.spendable_points,
            )
        )
        self.statement.setVisible(member is not None)
        is_open = model.statement.is_open
        self.statement.setText(say("statement_close" if is_open else "statement"))
        for kind, button in self.kinds.items():
            chosen = look.Kind.PRIMARY if kind == model.kind else look.Kind.SECONDARY
            button.set_kind(chosen)
        self.record.setEnabled(not model.busy)
        said = model.said
        say_at_field(
            {"member": self.member.field, "points": self.points, "reason": self.reason},
            self.said,
            WEIGHT_TONES[said.weight] if said is not None else Tone.INFO,
            said.words() if said is not None else "",
            model.field,
        )

    def _on_kind(self, kind: Kind, checked: bool = False) -> None:
        self._adjusting.set_kind(kind)

    @Slot()
    def _on_record(self) -> None:
        self._adjusting.submit(self.points.text(), self.reason.text())

    @Slot()
    def _on_emptied(self) -> None:
        self.points.set_text("")
        self.reason.set_text("")
        if self.isVisible():
            self.member.setFocus()


class DecisionCard(look.Card):
    """One adjustment that waits, and the second manager's two answers."""

    def __init__(self, adjusting: AdjustingViewModel, desk: DeskViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__(spacing=Space.S)
        self._adjusting, self._desk, self._words = adjusting, desk, words
        self.points = look.Badge(tone=Tone.CAUTION)
        self.header.addWidget(self.points)
        self.by = look.Text(size=Size.SMALL, ink=Role.MUTED)
        self.reason = look.Paragraph(size=Size.TITLE)
        self.state = look.Paragraph(ink=Role.MUTED)
        self.agree = look.Button(kind=look.Kind.PRIMARY, key="F12", icon="circle-check")
        self.decline = look.Button(icon="circle-x", key="F9")
        self.agree.setObjectName("decide_agree")
        self.decline.setObjectName("decide_decline")
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addWidget(self.agree)
        row.addWidget(self.decline)
        row.addStretch(1)
        for part in (self.by, self.reason, self.state):
            self.body.addWidget(part)
        self.body.addLayout(row)
        self.agree.clicked.connect(partial(self._on_decided, agree=True))
        self.decline.clicked.connect(partial(self._on_decided, agree=False))

    def show_adjustment(self, view: AdjustmentView) -> None:
        """Show what waits, and whether the person signed in may decide about it."""
        say, now_ms = self._words.say, self._desk.now_ms()
        self.set_title(_whose(self._words, view))
        self.points.set_badge(_how_many(self._words, view), Tone.CAUTION)
        when = wording.clock(view.recorded_ms, now_ms)
        self.by.setText(say("decide_by", name=view.recorded_by_name, time=when))
        self.reason.setText(view.reason)
        self.state.setText(state_words(self._words, view))
        waits = view.state == "waiting"
        self.agree.setVisible(waits and not view.refusal)
        self.decline.setVisible(waits and view.refusal in ("", "same_person"))
        own = view.refusal == "same_person"
        self.agree.setText(say("decide_agree"))
        self.decline.setText(say("decide_withdraw" if own else "decide_decline"))

    def press(self, key: int) -> bool:
        """Take F12 or F9 where their buttons are shown; return whether one was taken."""
        buttons = {Qt.Key.Key_F12: self.agree, Qt.Key.Key_F9: self.decline}
        button = buttons.get(Qt.Key(key))
        if button is None or not button.isVisible():
            return False
        button.click()
        return True

    def _on_decided(self, checked: bool = False, *, agree: bool) -> None:
        self._adjusting.decide(agree)


class PointsPage(QWidget):
    """The form on the right, what waits on the left; all state is in the view-model."""

    def __init__(self, adjusting: AdjustingViewModel, desk: DeskViewModel, words: Words) -> None:
        """Show `adjusting`."""
        super().__init__()
        self._adjusting, self._desk, self._words = adjusting, desk, words
        self.title = look.Text(bold=True)
        self.waiting = look.CaseList(empty_icon="circle-check")
        self.waiting.setObjectName("adjustments")
        self.decision = DecisionCard(adjusting, desk, words)
        self.adjust = AdjustCard(adjusting, words)
        self.statement = StatementCard(adjusting.statement, words)
        waiting = QWidget()
        column = QVBoxLayout(waiting)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.title)
        column.addWidget(self.waiting, 1)
        column.addWidget(self.decision)
        self.left = QStackedWidget()
        self.left.addWidget(waiting)
        self.left.addWidget(self.statement)
        body = QHBoxLayout(self)
        body.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        body.setSpacing(Space.L)
        body.addWidget(self.left, 1)
        body.addWidget(Scrolling(self.adjust), 1)
        adjusting.statement.changed.connect(self._on_statement)
        self.waiting.current_changed.connect(self._on_selected)
        adjusting.changed.connect(self.render)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        say = self._words.say
        self.waiting.empty.set_state("circle-check", say("decide_none"), say("decide_none_hint"))
        self.adjust.retranslate()
        self.render()

    def focus_first(self) -> None:
        """Begin with what is to be decided, or else with the form."""
        if self._adjusting.to_decide:
            self.waiting.setFocus()
        else:
            self.adjust.member.setFocus()

    @Slot()
    def render(self) -> None:
        """Show what waits."""
        say, now_ms = self._words.say, self._desk.now_ms()
        views = self._adjusting.waiting
        title = say("decide_title")
        self.title.setText(say("counted", title=title, n=len(views)) if views else title)
        with QSignalBlocker(self.waiting):  # filling a list is not the manager's choice
            self.waiting.set_cases([_row(self._words, view, now_ms) for view in views])
            selected = self._adjusting.selected_id
            self.waiting.select("" if selected is None else str(selected))
        member = self._adjusting.finder.member
        if member is not None and self._adjusting.statement.is_open:
            self.statement.show_statement(member.masked_name)
        selected_view = self._adjusting.selected
        self.decision.setVisible(selected_view is not None)
        if selected_view is not None:
            self.decision.show_adjustment(selected_view)

    @Slot()
    def _on_statement(self) -> None:
        """Show it in place of what waits, or that again; the keys go to what is shown."""
        is_open, was_open = self._adjusting.statement.is_open, bool(self.left.currentIndex())
        focused = QApplication.focusWidget()
        had_keys = focused is not None and self.statement.isAncestorOf(focused)
        self.left.setCurrentIndex(1 if is_open else 0)
        self.render()
        self.adjust.render()
        if is_open and not was_open:
            self.statement.focus_first()
        elif had_keys and not is_open:
            self.adjust.points.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the keys drawn on the buttons, wherever the focus is; only fresh presses count."""
        if not event.isAutoRepeat():
            is_open = self._adjusting.statement.is_open
            if event.key() == Qt.Key.Key_F5 or (event.key() == Qt.Key.Key_Escape and is_open):
                self._adjusting.toggle_statement()
                return
            for kind, _, key in _KINDS:
                if event.key() == key:
                    self._adjusting.set_kind(kind)
                    return
            if self.decision.isVisible() and self.decision.press(event.key()):
                return
        super().keyPressEvent(event)

    @Slot(str)
    def _on_selected(self, adjustment_id: str) -> None:
        self._adjusting.select(UUID(adjustment_id) if adjustment_id else None)


def state_words(words: Words, view: AdjustmentView) -> str:
    """Return what an adjustment waits for."""
    if view.state == "waiting" and view.refusal:
        return words.say(f"adjust_{view.refusal}")
    if view.state == "unsent" and view.takes_two:
        return words.say("adjust_unsent_two")
    return words.say(f"adjust_{view.state}")


def _whose(words: Words, view: AdjustmentView) -> str:
    if not view.masked_name:
        return words.say("decide_elsewhere")
    return f"{view.masked_name} · {view.masked_card}"


def _how_many(words: Words, view: AdjustmentView) -> str:
    """Return what it is, with the points' sign."""
    way = "taken" if view.points < 0 else "given"
    return words.say(f"{way}_{view.kind}", points=abs(view.points))


def _row(words: Words, view: AdjustmentView, now_ms: int) -> look.CaseView:
    lights = {"waiting": look.Light.CAUTION, "declined": look.Light.OFFLINE}
    return look.CaseView(
        str(view.adjustment_id),
        _whose(words, view),
        wording.age(words, max(0, now_ms - view.recorded_ms) // 1000),
        lights.get(view.state, look.Light.READY),
        _how_many(words, view),
        state=state_words(words, view),
    )
