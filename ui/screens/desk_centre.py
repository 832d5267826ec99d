"""The centre of the desk: the case or the exception chosen, with its next step as one button."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final, Literal

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.domain.records import Case, CaseStage, ExceptionItem
from app.domain.settling import Answer, answers_to
from ui.qt.words import Words
from ui.screens import desk_wording as wording
from ui.screens import look
from ui.screens.desk_case_fields import CaseFields
from ui.screens.look.roles import Role, Size, Space, Tone
from ui.viewmodels.desk import DeskViewModel, next_step, stages_ahead


def note_field(name: str) -> look.FormField:
    """Return a field for a few lines, which Tab leaves."""
    editor = QPlainTextEdit()
    editor.setObjectName(name)
    editor.setTabChangesFocus(True)
    editor.setFixedHeight(64)
    return look.FormField("", editor=editor)


def text_of(field: look.FormField) -> str:
    """Return what stands in a note field."""
    editor = field.editor
    assert isinstance(editor, QPlainTextEdit)
    return editor.toPlainText().strip()


def empty(field: look.FormField) -> None:
    """Empty a note field."""
    editor = field.editor
    assert isinstance(editor, QPlainTextEdit)
    editor.clear()


_STAGE_ICONS: Final[dict[CaseStage, str]] = {
    "arrived": "map-pin",
    "investigating": "search",
    "offered": "gift",
    "told": "message-square-text",
}


def _walks(case: Case) -> bool:
    """Whether somebody walks to the customer next."""
    return "arrived" in stages_ahead(case)


class CaseCard(look.Card):
    """One case: what the customer said, what was done, and what is to be done next."""

    def __init__(self, desk: DeskViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__(spacing=Space.XS)
        self._desk, self._words = desk, words
        self._shown: Case | None = None
        self.waiting = look.Badge(tone=Tone.CRITICAL)
        self.header.addWidget(self.waiting)
        self.severity = look.StatusLight()
        self.when = look.Text(size=Size.SMALL, ink=Role.MUTED)
        self.facts = [look.Paragraph() for _ in range(4)]
        self.comment = look.Paragraph(size=Size.TITLE)
        self.notes = look.Paragraph()
        self.field = note_field("note_text")
        self.acknowledge = look.Button(
            kind=look.Kind.PRIMARY, key="Enter", icon="footprints", large=True
        )
        self.note = look.Button(key="Ctrl+Enter", icon="pencil")
        self.stages = {stage: look.Button(icon=icon) for stage, icon in _STAGE_ICONS.items()}
        self.reopen = look.Button(key="Ctrl+0", icon="repeat")
        self.fields = CaseFields(desk, words)
        self.resolved = look.Button(key="F12", icon="circle-check")
        self.unable = look.Button(icon="circle-x")
        self._buttons = {
            "acknowledge": self.acknowledge,
            "note": self.note,
            "close_resolved": self.resolved,
            "close_unable": self.unable,
            **{f"advance_{stage}": button for stage, button in self.stages.items()},
            "reopen": self.reopen,
        }
        ways = self._ways = QGridLayout()
        ways.setSpacing(Space.S)
        ways.setColumnStretch(2, 1)
        self._place_stages(tuple(self.stages))
        for stage, button in self.stages.items():
            button.clicked.connect(partial(self._on_advance, stage))
        ends = QHBoxLayout()  # of its own: in the columns above the longer one would be cut
        ends.setSpacing(Space.S)
        ends.addWidget(self.resolved)
        ends.addWidget(self.unable)
        ends.addStretch(1)
        for name, button in self._buttons.items():
            button.setObjectName(name)
        self.body.addWidget(self.severity)
        self.body.addWidget(self.when)
        for part in (*self.facts, self.comment):
            self.body.addWidget(part)
        self.body.addSpacing(Space.M)
        self.body.addWidget(self.field)
        self.body.addSpacing(Space.XS)
        self.body.addWidget(self.note, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addSpacing(Space.S)
        self.body.addLayout(ways)
        self.body.addSpacing(Space.XS)
        self.body.addLayout(ends)
        for alone in (self.acknowledge, self.reopen):
            self.body.addWidget(alone, 0, Qt.AlignmentFlag.AlignLeft)
        # What grows stands below what is pressed
        self.body.addSpacing(Space.M)
        self.body.addWidget(self.notes)
        self.body.addSpacing(Space.M)
        self.body.addWidget(self.fields)
        self.body.addStretch(1)
        self.acknowledge.clicked.connect(self._on_acknowledge)
        self.note.clicked.connect(self._on_note)
        self.resolved.clicked.connect(partial(self._on_close, "resolved"))
        self.unable.clicked.connect(partial(self._on_close, "unable"))
        self.reopen.clicked.connect(desk.reopen_case)
        desk.noted.connect(self._on_noted)

    def show_case(self, case: Case) -> None:
        """Show a case as it stands."""
        words, say, now_ms = self._words, self._words.say, self._desk.now_ms()
        if self._shown is None or self._shown.case_id != case.case_id:
            empty(self.field)
        self._shown = case
        key = "case_of" if case.clerk_number else "window"
        title = say(key, label=case.counter_label, number=case.clerk_number)
        self.set_title(title)
        self.waiting.set_badge(wording.waiting(words, case, now_ms), Tone.CRITICAL)
        self.severity.set_state(wording.light(case, now_ms), wording.title(words, case))
        opened = "rated_at" if case.origin == "rating" else "opened_at"
        parts = [
            say(opened, time=wording.clock(case.opened_ms, now_ms)),
            *([say("own_phone")] if case.source == "phone" else ()),
            wording.state(words, case),
            *wording.times(words, case),
        ]
        if case.due_ms is not None:
            parts.append(say("due", time=wording.clock(case.due_ms, now_ms)))
        self.when.setText(" · ".join(parts))
        self._show_facts(case)
        history = wording.history(words, case, now_ms)
        self.notes.setText("\n".join(history))
        self.notes.setVisible(bool(history))
        self._show_steps(case)

    def do_next(self) -> None:
        """What Enter does: the next step, or going to where it is done."""
        if self._shown is None:
            return
        step = next_step(self._shown)
        if step == "acknowledge":
            self._on_acknowledge()
        elif step == "advance":
            self._on_advance(stages_ahead(self._shown)[0])
        elif step == "note":
            self.field.setFocus()
        elif step == "close":
            self.resolved.setFocus(Qt.FocusReason.TabFocusReason)

    def take_digit(self, digit: int) -> None:
        """What Ctrl and a digit do, where the button with them is shown."""
        buttons = (self.reopen, *self.stages.values())
        if digit < len(buttons) and buttons[digit].isVisible():
            buttons[digit].click()

    def save_note(self) -> None:
        """Keep what was written, where a note can be written."""
        if self.note.isVisible():
            self._on_note()

    def close_resolved(self) -> None:
        """End the case as resolved, once that is the next step."""
        if self.resolved.isVisible():
            self.resolved.click()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        say = self._words.say
        for name, button in self._buttons.items():
            button.setText(say(name))
        self.field.set_label(say("note_label"))
        self.fields.retranslate()

    def _show_facts(self, case: Case) -> None:
        words, say = self._words, self._words.say
        call = wording.CALLS.get(case.call, "")
        said = (
            say(call) if call else "",
            wording.reasons(words, case) if case.origin == "rating" else wording.about(case),
            say("member", name=case.member_name) if case.member_name else "",
            wording.tiers(words, case, self._desk.now_ms()),
        )
        for fact, text in zip(self.facts, said, strict=True):
            fact.setText(text)
            fact.setVisible(bool(text))
        self.comment.setText(f"“{case.comment}”" if case.comment else "")
        self.comment.setVisible(bool(case.comment))

    def _place_stages(self, shown: Iterable[CaseStage]) -> None:
        """Two in a row, with no gap where one is left out."""
        for place, stage in enumerate(shown):
            self._ways.addWidget(self.stages[stage], place // 2, place % 2)

    def _show_steps(self, case: Case) -> None:
        step = next_step(case)
        taken = case.state == "acknowledged"
        self.acknowledge.setVisible(case.state == "new")
        key = "take_on" if case.origin == "matter" else "acknowledge"
        self.acknowledge.setText(self._words.say(key))
        self.note.setVisible(taken)
        self.note.set_kind(look.Kind.PRIMARY if step == "note" else look.Kind.SECONDARY)
        ahead = stages_ahead(case)
        self._place_stages(ahead)
        for digit, (stage, button) in enumerate(self.stages.items(), 1):
            is_next = stage in ahead[:1]
            button.setVisible(stage in ahead)
            button.set_kind(look.Kind.PRIMARY if is_next else look.Kind.SECONDARY)
            button.set_key("Enter" if is_next else f"Ctrl+{digit}")
        # A case may end at any stage, with a word written down
        self.resolved.setVisible(taken and bool(case.notes))
        self.resolved.set_kind(look.Kind.PRIMARY if step == "close" else look.Kind.SECONDARY)
        self.unable.setVisible(taken and bool(case.notes))
        self.reopen.setVisible(case.state == "closed")
        self.fields.setVisible(case.state != "new")
        self.fields.show_case(case)
        self.field.setVisible(taken)

    @Slot()
    def _on_acknowledge(self) -> None:
        self._desk.acknowledge()
        if self.field.isVisible() and self._shown is not None and not _walks(self._shown):
            self.field.setFocus()  # what was found is written there next

    def _on_advance(self, stage: CaseStage, checked: bool = False) -> None:
        self._desk.advance(stage)
        if stage == "arrived":
            self.field.setFocus()

    @Slot()
    def _on_note(self) -> None:
        self._desk.note(text_of(self.field))

    @Slot()
    def _on_noted(self) -> None:
        """Go on writing: a second Enter by habit mustn't end the case."""
        empty(self.field)
        if QApplication.focusWidget() is self.note:
            self.field.setFocus()

    def _on_close(self, outcome: Literal["resolved", "unable"], checked: bool = False) -> None:
        self._desk.close_case(outcome)


class ExceptionCard(look.Card):
    """One entry that the server kept but could not simply post, and the answers to it.

    Signals:
        statement_asked(): what changed the member's points, please.
    """

    statement_asked = Signal()

    def __init__(self, desk: DeskViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__(spacing=Space.XS)
        self._desk, self._words = desk, words
        self._shown: ExceptionItem | None = None
        self.points = look.Badge(tone=Tone.CAUTION)
        self.header.addWidget(self.points)
        self.source = look.Text(size=Size.SMALL, ink=Role.MUTED)
        self.whose = look.Paragraph()
        self.statement = look.Button(key="F5", icon="clipboard-list")
        self.statement.setObjectName("item_statement")
        self.why_label = look.Text(size=Size.SMALL, ink=Role.MUTED, bold=True)
        self.why = look.Paragraph(size=Size.TITLE)
        self.field = note_field("settle_text")
        self.answers: dict[Answer, tuple[QWidget, look.Button, look.Paragraph]] = {}
        facts = QVBoxLayout()
        facts.setSpacing(Space.XS)
        facts.addWidget(self.source)
        facts.addWidget(self.whose)
        top = QHBoxLayout()
        top.setSpacing(Space.M)
        top.addLayout(facts, 1)
        top.addWidget(self.statement)
        self.body.addLayout(top)
        self.body.addSpacing(Space.M)
        self.body.addWidget(self.why_label)
        self.body.addWidget(self.why)
        self.body.addSpacing(Space.L)
        self.body.addWidget(self.field)
        self.body.addSpacing(Space.S)
        for answer in Answer:
            row, button, how = _answer_row(answer)
            button.clicked.connect(partial(self._on_answer, answer))
            self.answers[answer] = (row, button, how)
            self.body.addWidget(row)
        self.body.addStretch(1)
        self.statement.clicked.connect(self.statement_asked)
        desk.settled.connect(self._on_settled)

    def show_exception(self, item: ExceptionItem) -> None:
        """Show what happened and why it stands here."""
        words, say, now_ms = self._words, self._words.say, self._desk.now_ms()
        if self._shown is None or self._shown.exception_id != item.exception_id:
            empty(self.field)
        self._shown = item
        self.set_title(wording.entry(words, item))
        points = "" if item.points is None else say("exception_points", points=item.points)
        self.points.set_badge(points, Tone.CAUTION)
        when = wording.clock(item.received_ms, now_ms)
        key = "exception_by" if item.clerk_number else "exception_from"
        number = item.clerk_number
        self.source.setText(say(key, label=item.counter_label, number=number, time=when))
        self.why.setText(wording.why(words, item))
        has_member = item.member_id is not None
        offered = answers_to(item.entry_type, item.code, has_member=has_member)
        for answer, (row, _, _) in self.answers.items():
            row.setVisible(answer in offered)
        self._say_how()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        say = self._words.say
        self.why_label.setText(say("why"))
        self.field.set_label(say("settle_label"))
        self.statement.setText(say("statement"))
        for answer, (_, button, _) in self.answers.items():
            button.setText(say(f"settle_{answer}"))
        self._say_how()

    def _say_how(self) -> None:
        """What each answer will do, to this member's points."""
        item = self._shown
        if item is None:
            return
        member = self._desk.member_of(item)
        for answer, (_, _, how) in self.answers.items():
            how.setText(wording.answer(self._words, item, answer, member))
        self.whose.setText("" if member is None else wording.whose(self._words, member))
        self.whose.setVisible(member is not None)
        self.statement.setVisible(member is not None)

    def focus_first(self) -> None:
        """Go to the note."""
        self.field.setFocus()

    @Slot()
    def _on_settled(self) -> None:
        empty(self.field)

    def _on_answer(self, answer: Answer, checked: bool = False) -> None:
        self._desk.settle(answer, text_of(self.field))


def _answer_row(answer: Answer) -> tuple[QWidget, look.Button, look.Paragraph]:
    button = look.Button()
    button.setObjectName(f"settle_{answer}")
    button.setFixedWidth(150)
    how = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
    widget = QWidget()
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(Space.M)
    row.addWidget(button)
    row.addWidget(how, 1)
    return widget, button, how


class _Holder(QWidget):
    """Needs the height that its width makes; a paragraph's hint is of a far narrower one."""

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            hint.setHeight(layout.heightForWidth(max(self.width(), hint.width())))
        return hint


class Scrolling(QScrollArea):
    """Scrolls downwards where a small window has too little room, and never sideways."""

    def __init__(self, content: QWidget) -> None:
        """Hold `content`."""
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        holder = _Holder()
        holder.setProperty("look", "plain")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(content)
        self.setWidget(holder)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Be as wide as the content needs; Qt asks this of its widget's events."""
        taken = super().eventFilter(watched, event)
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            bar = self.verticalScrollBar().sizeHint().width()
            self.setMinimumWidth(self.widget().minimumSizeHint().width() + bar)
        return taken
