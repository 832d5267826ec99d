"""The desk's page of appeals: what waits, the rating that it is about, and the answer."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.services.views import AppealView
from ui.qt.words import Words
from ui.screens import desk_wording as wording
from ui.screens import look
from ui.screens.counter_pages import TextField, say_at_field
from ui.screens.counter_rendering import WEIGHT_TONES
from ui.screens.desk_centre import Scrolling
from ui.screens.desk_points import REASON_PX
from ui.screens.look.roles import Role, Size, Space, Tone
from ui.viewmodels.desk import DeskViewModel
from ui.viewmodels.judging import JudgingViewModel


class AppealCard(look.Card):
    """One appeal with the rating that it is about; upheld or declined with a reason."""

    def __init__(self, judging: JudgingViewModel, desk: DeskViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__(spacing=Space.S)
        self._judging, self._desk, self._words = judging, desk, words
        self.when = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.rating = look.Paragraph(size=Size.TITLE)
        self.reasons = look.Paragraph()
        self.reason_label = look.Text(size=Size.SMALL, ink=Role.MUTED, bold=True)
        self.reason = look.Paragraph()
        self.standing = look.Paragraph()
        self.how = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.answer = TextField(text_px=REASON_PX)
        self.uphold = look.Button(icon="circle-check", key="F12")
        self.decline = look.Button(icon="circle-x", key="F9")
        self.uphold.setObjectName("appeal_uphold")
        self.decline.setObjectName("appeal_decline")
        self.said = look.Banner()
        for part in (self.when, self.rating, self.reasons):
            self.body.addWidget(part)
        self.body.addSpacing(Space.S)
        self.body.addWidget(self.reason_label)
        self.body.addWidget(self.reason)
        self.body.addSpacing(Space.S)
        self.body.addWidget(self.standing)
        self.body.addWidget(self.answer)
        self.body.addWidget(self.how)
        ways = QHBoxLayout()
        ways.setSpacing(Space.S)
        ways.addWidget(self.uphold)
        ways.addWidget(self.decline)
        ways.addStretch(1)
        self.body.addLayout(ways)
        self.body.addWidget(self.said)
        self.body.addStretch(1)
        self.uphold.clicked.connect(partial(self.decide, True))
        self.decline.clicked.connect(partial(self.decide, False))
        judging.emptied.connect(self._on_emptied)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        say = self._words.say
        self.reason_label.setText(say("appeal_reason"))
        self.answer.set_label(say("appeal_answer"))
        self.how.setText(say("appeal_how"))
        self.uphold.setText(say("appeal_uphold"))
        self.decline.setText(say("appeal_decline"))

    def decide(self, is_upheld: bool, checked: bool = False) -> None:
        """Record the answer."""
        self._judging.decide(is_upheld=is_upheld, reason=self.answer.text())

    def render_appeal(self) -> None:
        """Show the one that is looked at."""
        view, say, words = self._judging.selected, self._words.say, self._words
        parts = (self.when, self.rating, self.reasons, self.reason_label, self.reason)
        for part in parts:
            part.setVisible(view is not None)
        may_decide = view is not None and not view.is_own and not view.decided
        for shown in (self.answer, self.how, self.uphold, self.decline):
            shown.setVisible(may_decide)
            shown.setEnabled(not self._judging.busy)
        self.standing.setVisible(view is not None and not may_decide)
        said = self._judging.said
        say_at_field(
            {"reason": self.answer},
            self.said,
            WEIGHT_TONES[said.weight] if said is not None else Tone.INFO,
            said.words() if said is not None else "",
            self._judging.field,
        )
        if view is None:
            self.set_title(say("appeal_choose"))
            return
        appeal, now_ms = view.appeal, self._desk.now_ms()
        number = appeal.staff_number
        by = say("appeal_by", name=appeal.staff_name, number=number)
        self.set_title(f"{say('window', label=appeal.counter_label)} · {by}")
        opened, at = (wording.clock(ms, now_ms) for ms in (appeal.opened_ms, appeal.at_ms))
        self.when.setText(say("appeal_visit", opened=opened, at=at))
        self.rating.setText(_rating(words, view))
        self.reasons.setText(_reasons(words, view))
        self.reasons.setVisible(bool(self.reasons.text()))
        self.reason.setText(appeal.reason)
        self.standing.setText(
            say("appeal_own") if not view.decided else say(view.decided.replace("_", "_done_", 1))
        )

    @Slot()
    def _on_emptied(self) -> None:
        self.answer.set_text("")


class AppealsPage(QWidget):
    """The list on the left, the appeal on the right; all state is in the view-model.

    Signals:
        left(): back to the cases.
    """

    left = Signal()

    def __init__(self, judging: JudgingViewModel, desk: DeskViewModel, words: Words) -> None:
        """Show `judging`."""
        super().__init__()
        self._judging, self._desk, self._words = judging, desk, words
        self.title = look.Text(bold=True)
        self.back = look.Button(kind=look.Kind.QUIET, key="F10")
        self.back.setObjectName("appeals_back")
        self.listed = look.CaseList(empty_icon="circle-check")
        self.listed.setObjectName("appeals")
        self.card = AppealCard(judging, desk, words)
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.back)
        columns = QHBoxLayout()
        columns.setSpacing(Space.L)
        columns.addWidget(self.listed, 1)
        columns.addWidget(Scrolling(self.card), 1)
        body = QVBoxLayout(self)
        body.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        body.setSpacing(Space.S)
        body.addLayout(top)
        body.addLayout(columns, 1)
        self.back.clicked.connect(self.left)
        self.listed.current_changed.connect(self._on_selected)
        self.listed.chosen.connect(self._on_chosen)
        judging.changed.connect(self.render)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        say = self._words.say
        self.back.setText(say("back_to_cases"))
        self.listed.empty.set_state("circle-check", say("appeals_none"), say("appeals_none_hint"))
        self.card.retranslate()
        self.render()

    def focus_first(self) -> None:
        """Begin with the list."""
        self.listed.setFocus()

    def take_key(self, key: int) -> bool:
        """Take F12 or F9 where their buttons are shown; return whether one was taken."""
        buttons = {Qt.Key.Key_F12: self.card.uphold, Qt.Key.Key_F9: self.card.decline}
        button = buttons.get(Qt.Key(key))
        if button is None or not button.isVisible():
            return False
        button.click()
        return True

    @Slot()
    def render(self) -> None:
        """Show what waits."""
        model, say, now_ms = self._judging, self._words.say, self._desk.now_ms()
        views, selected = model.listed, model.selected
        title = say("appeals")
        self.title.setText(say("counted", title=title, n=len(views)) if views else title)
        with QSignalBlocker(self.listed):  # filling a list is not the manager's choice
            self.listed.set_cases([_row(self._words, view, now_ms) for view in views])
            self.listed.select("" if selected is None else str(selected.appeal.appeal_id))
        self.card.render_appeal()

    @Slot(str)
    def _on_selected(self, appeal_id: str) -> None:
        if appeal_id:
            self._judging.select(UUID(appeal_id))

    @Slot(str)
    def _on_chosen(self, appeal_id: str) -> None:
        self._on_selected(appeal_id)
        self.card.answer.setFocus()


def _rating(words: Words, view: AppealView) -> str:
    score, phones = view.appeal.score, view.appeal.phones
    if view.is_own:
        return words.say("appeal_hidden")
    if score is not None:
        return wording.level(words, score)
    if not phones:
        return words.say("appeal_unrated")
    levels = " · ".join(wording.level(words, given) for given, _ in phones)
    return words.say("appeal_by_phone", levels=levels)


def _reasons(words: Words, view: AppealView) -> str:
    """The reasons of the rating above; and what phones said of a visit that the panel has, too."""
    appeal, ticked = view.appeal, partial(wording.ticked, words)
    if appeal.score is None:
        return "\n".join(ticked(reasons) for _, reasons in appeal.phones if reasons)
    lines = [ticked(appeal.reasons)] if appeal.reasons else []
    for score, reasons in appeal.phones:
        said = [wording.level(words, score), *([ticked(reasons)] if reasons else [])]
        lines.append(words.say("appeal_by_phone", levels=" · ".join(said)))
    return "\n".join(lines)


def _row(words: Words, view: AppealView, now_ms: int) -> look.CaseView:
    say, appeal = words.say, view.appeal
    light = look.Light.READY if view.decided else look.Light.CAUTION
    state = view.decided.replace("_", "_done_", 1) if view.decided else ""
    return look.CaseView(
        str(appeal.appeal_id),
        say("window", label=appeal.counter_label),
        wording.age(words, max(0, now_ms - appeal.at_ms) // 1000),
        look.Light.OFFLINE if view.is_own else light,
        _rating(words, view),
        state=say(state)
        if state
        else say("appeal_by", name=appeal.staff_name, number=appeal.staff_number),
    )
