"""The counter's screen: box, member, encounter and keys, for keyboard and scanner alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.qt.key_clock import KeyClock, monotonic_ms
from ui.qt.language import translate
from ui.screens import counter_lists, look
from ui.screens import counter_rendering as rendering
from ui.screens.counter_asking import show_asked
from ui.screens.counter_outlook import Outlook
from ui.screens.counter_sheet import CounterSheet
from ui.viewmodels import wording
from ui.viewmodels.counter import CounterViewModel
from ui.viewmodels.status import StatusViewModel
from ui.viewmodels.steps import LETTERS, Step

KEYS: Final = {
    Qt.Key.Key_F2: "F2",
    Qt.Key.Key_F3: "F3",
    Qt.Key.Key_F4: "F4",
    Qt.Key.Key_F5: "F5",
    Qt.Key.Key_F6: "F6",
    Qt.Key.Key_F7: "F7",
    Qt.Key.Key_F8: "F8",
    Qt.Key.Key_F9: "F9",
    Qt.Key.Key_F12: "F12",
}
_READ_ONLY: Final = (
    Step.ASKING,
    Step.UNDO,
    Step.PENDING,
    Step.REFUND_ASK,
    Step.STATEMENT,
    Step.OWN_WEEKS,
)
_BY_LETTER: Final = (
    *_READ_ONLY,
    Step.SKIP,
    Step.MATTER,
    Step.VISITS,
    Step.REFUND,
    Step.REFUND_WHY,
)
_ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
INPUT_METHOD_KEY: Final = Qt.Key.Key_F11
NOTICE_GAP_PX: Final = 116  # above the key bar and the line over it
SHEET_WIDTH_PX: Final = 440
READ_MS: Final = 300  # from paint to press: nobody has read what Enter confirms in less
WIDEST_PX: Final = 1560
MEMBER_WIDTH_PX: Final = 480  # a third of the window, up to here
NARROW_PX: Final = 1200  # below it the sheet takes the encounter's place instead of standing by it


class CounterScreen(QWidget):
    """Lays out the counter and binds its keys; all state is in the view-models."""

    def __init__(
        self,
        counter: CounterViewModel,
        status: StatusViewModel,
        parent: QWidget | None = None,
        *,
        now_ms: Callable[[], float] = monotonic_ms,
    ) -> None:
        """Show `counter`; `now_ms` is a monotonic clock."""
        super().__init__(parent)
        self.setProperty("look", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._counter, self._status = counter, status
        self.box = look.SearchBox()
        self.light = look.StatusLight()
        self.clerk = look.Text(size=look.Size.SMALL, ink=look.Role.MUTED)
        self.member = look.MemberCard()
        self.outlook = Outlook()
        self.resumed = look.Banner()
        self.banner = look.Banner()
        self.proposal = look.ProposalBar()
        self.results = look.ResultList()
        self.entries = look.EntryList()
        self.chip = look.Chip()
        self.chip_key = look.KeyCap("F7")
        self.receipts_chip = look.Chip(icon="printer", tone=look.Tone.CAUTION)
        self.receipts_key = look.KeyCap("F8")
        self.hint = look.Text(size=look.Size.SMALL, ink=look.Role.MUTED)
        self.sheet = CounterSheet(counter, status)
        self.keys = look.KeyBar()
        self.notice = look.Notice(self)
        self.notice.set_bottom_gap(NOTICE_GAP_PX)
        self._noticed: object = None
        self._now_ms = now_ms
        self._key_clock = KeyClock(now_ms)
        self._pressed_ms = 0.0  # the key that the box is about to get
        self._asked: object = None
        self._painted_ms: float | None = None  # when what Enter confirms could first be seen
        self._lay_out()
        self._connect()
        self.retranslate()

    # what is where

    def _lay_out(self) -> None:
        header = QFrame()
        header.setProperty("look", "header")
        beside = QVBoxLayout()
        beside.setSpacing(2)
        beside.addStretch(1)
        beside.addWidget(self.light)
        beside.addWidget(self.clerk)
        beside.addStretch(1)
        self._top = QHBoxLayout(header)
        self._top.setSpacing(look.Space.XL)
        self._top.addWidget(self.box, 3)
        self._top.addLayout(beside, 2)
        self._who = QStackedWidget()
        self._who.setMaximumWidth(MEMBER_WIDTH_PX)
        self._who.addWidget(self.member)
        self._who.addWidget(self.outlook)
        self._centre = QStackedWidget()
        self._centre.addWidget(self.entries)
        self._centre.addWidget(self.results)
        self._work = QWidget()
        work = QVBoxLayout(self._work)
        work.setContentsMargins(0, 0, 0, 0)
        work.setSpacing(look.Space.M)
        for part in (self.resumed, self.banner, self.proposal):
            work.addWidget(part)
        work.addWidget(self._centre, 1)
        right = QHBoxLayout()
        right.setSpacing(look.Space.M)
        right.addWidget(self._work, 1)
        right.addWidget(self.sheet, 1)
        self._body = QHBoxLayout()
        self._body.setSpacing(look.Space.M)
        self._body.addWidget(self._who, 1)
        self._body.addLayout(right, 2)
        self._foot = QHBoxLayout()
        self._foot.setSpacing(look.Space.S)
        self._foot.addWidget(self.hint, 1)
        self._foot.addWidget(self.receipts_chip)
        self._foot.addWidget(self.receipts_key)
        self._foot.addWidget(self.chip)
        self._foot.addWidget(self.chip_key)
        self.hint.setMinimumHeight(look.Chip("0").sizeHint().height())  # nothing jumps with it
        self._place_columns()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(header)
        column.addLayout(self._body, 1)
        column.addLayout(self._foot)
        column.addWidget(self.keys)
        for quiet in (self.results, self.entries, self.member):
            quiet.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def _connect(self) -> None:
        for watched in (self.box.edit, self.proposal, self.sheet.question):
            watched.installEventFilter(self)
        self.box.text_changed.connect(self._counter.search)
        self.box.submitted.connect(self._on_submitted)
        self.box.step_requested.connect(self.results.step)
        self.box.step_requested.connect(self.sheet.scroll_rows)
        self.results.chosen.connect(self._on_chosen)
        self.proposal.accepted.connect(self._on_proposal_accepted)
        self.keys.triggered.connect(self._counter.press)
        self.chip.clicked.connect(self._on_chip_clicked)
        self.receipts_chip.clicked.connect(self._on_receipts_clicked)
        self._counter.changed.connect(self.render)
        self._counter.step_changed.connect(self._on_step_changed)
        self._counter.reading_began.connect(self.box.repaint)  # before the work, not after it
        self._counter.box_emptied.connect(self.box.clear)
        self._counter.matter.changed.connect(self._keep_focus)
        self._counter.appealing.changed.connect(self._keep_focus)
        self._status.changed.connect(self._render_status)
        QApplication.instance().focusChanged.connect(self._on_focus_changed)  # type: ignore[union-attr]

    # what it says

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.box.set_clear_words(translate("Counter", "Empty the box"))
        self.box.set_input_method_words("ABC · F11", translate("Counter", "Input method · F11"))
        self.sheet.retranslate()
        self.render()
        self._render_status()

    @Slot()
    def render(self) -> None:
        """Show the counter as it stands."""
        counter = self._counter
        view = counter.encounter
        self.member.set_member(rendering.member(counter.member) if counter.member else None)
        self.entries.set_entries([rendering.entry(line) for line in view.lines] if view else [])
        searching = counter.step is Step.SERVE and bool(counter.finding.typed)
        self.results.empty.set_state(
            *counter_lists.nobody(counter.finding.typed, counter.looking_up.nobody)
        )
        results = counter_lists.results(counter.finding.typed, counter.finding.results)
        if [each.id for each in results] != [each.id for each in self.results.views()]:
            self.results.set_results(results)
        elif results != self.results.views():
            self.results.set_views(results)  # in other words: who is marked stays so
        self._centre.setCurrentWidget(self.results if searching else self.entries)
        self.keys.set_keys(rendering.key_hints(counter.keys()))
        self.hint.setText(
            translate("Counter", "Shift+F12 finishes without asking the customer")
            if view is not None
            else translate("Counter", "Ctrl+F1 中文 / English · F10 small bar · F11 input method")
        )
        words = rendering.printer_words(counter.receipts.view)
        self.receipts_chip.set_text(words)
        self.receipts_key.setVisible(bool(words))
        self._render_box()
        show_asked(self.proposal, counter)
        self._render_asked()
        self._render_said()
        if counter.visit.is_resumed:
            self.resumed.show_message(look.Tone.CAUTION, wording.message("resumed"))
        else:
            self.resumed.clear()
        self._render_empty_list()
        self._render_empty_member()

    def _render_box(self) -> None:
        words = {
            Step.AMOUNT: translate("Counter", "Amount paid in {currency}, then Enter").format(
                currency=self._counter.earning.currency()
            ),
            Step.REWARDS: translate("Counter", "Reward number, then Enter"),
            Step.ASKING: translate("Counter", "The customer decides"),
            Step.OWN_WEEKS: translate("Counter", "Esc goes back"),
            Step.STATEMENT: translate("Counter", "A letter, or Esc goes back"),
            Step.REFUND: translate("Counter", "A digit, or scan the reward's voucher"),
            Step.REFUND_POINTS: translate("Counter", "Points that come back, then Enter"),
            Step.REFUND_WHY: translate("Counter", "The reason's digit"),
            Step.REFUND_ASK: translate("Counter", "Enter gives back, Esc goes back"),
            Step.UNDO: translate("Counter", "Enter undoes, Esc goes back")
            if self._counter.visit.last_undoable is not None
            else translate("Counter", "A digit prints, Esc goes back"),
        }
        usual = translate("Counter", "Scan, or type phone, card or name")
        reading = self._counter.reading
        shown = words.get(self._counter.step, usual)
        self.box.set_placeholder(translate("Counter", "Reading …") if reading else shown)
        self.box.set_busy(reading)

    def _render_asked(self) -> None:
        """Begin anew to wait for the paint when Enter would confirm something else."""
        if self._counter.asks != self._asked:
            self._asked, self._painted_ms = self._counter.asks, None
            self.proposal.update()
            self.sheet.question.update()

    def _render_said(self) -> None:
        said = self._counter.said
        if said is None or said.weight != "positive":
            self.notice.hide()  # it spoke of what was done before
        if said is None:
            self.banner.clear()
        elif said.weight == "positive":
            self.banner.clear()
            if said is not self._noticed:
                self.notice.show_text(said.words())
        else:
            self.banner.show_message(rendering.WEIGHT_TONES[said.weight], said.words())
        self._noticed = said

    def _render_empty_list(self) -> None:
        if self._counter.encounter is None:
            self.entries.empty.set_state(
                "scan-line",
                translate("Counter", "Ready for the next customer"),
                translate(
                    "Counter",
                    "Scan the pass or card, or type the last digits of the phone.\n"
                    "Enter takes what is proposed, F12 finishes and asks the customer.",
                ),
            )
        else:
            self.entries.empty.set_state(
                "clipboard-list",
                translate("Counter", "Nothing done for this customer yet"),
                translate("Counter", "What you do here appears in this list."),
            )

    def _render_empty_member(self) -> None:
        readiness = self._status.readiness
        has_data = readiness is not None and "no_data_yet" not in readiness.reasons
        choosing = bool(self._counter.finding.results)
        idle = self._counter.encounter is None and not choosing
        self._who.setCurrentWidget(self.outlook if idle and has_data else self.member)
        if readiness is not None and "no_data_yet" in readiness.reasons:
            self.member.set_empty(
                "loader",
                translate("Counter", "The members are on their way"),
                translate("Counter", "Cards and passes can be taken already."),
            )
        elif choosing:
            self.member.set_empty(
                "search",
                translate("Counter", "Which one is it?"),
                translate("Counter", "↑ and ↓ choose, Enter takes the marked one."),
            )
        elif self._counter.encounter is not None:
            self.member.set_empty(
                "user-round",
                translate("Counter", "Served without a member"),
                translate("Counter", "Scan or search to add one."),
            )

    @Slot()
    def _render_status(self) -> None:
        status = self._status
        if status.session is not None:
            self.clerk.setText(rendering.clerk(status.session))
        if status.readiness is not None:
            self.outlook.set_readiness(status.readiness)
            light = rendering.light(status.readiness)
            detail = wording.readiness_detail(status.readiness)
            self.light.set_state(light, wording.light(status.readiness), detail)
        words = wording.pending_chip(status.pending, status.now_ms())
        self.chip.set_text(words)
        self.chip_key.setVisible(bool(words))
        self._render_empty_member()

    # keys and focus

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take letters for the menus before the box does; note what is painted and pressed."""
        if event.type() == QEvent.Type.Paint and self._painted_ms is None:
            self._painted_ms = self._now_ms()
        elif isinstance(event, QKeyEvent):
            self._pressed_ms = self._key_clock.pressed_ms(event)
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if watched is self.box.edit and self._counter.visit.keys_wait and _is_typed(event):
                if not event.isAutoRepeat():
                    self._type_later(Qt.Key(event.key()), event.text(), self._pressed_ms)
                return True
            if self._takes_letters() and _is_character(event.text()):
                if not event.isAutoRepeat():
                    self._counter.press_letter(event.text())
                return True
        return super().eventFilter(watched, event)

    def _takes_letters(self) -> bool:
        return self._counter.step in LETTERS or self._counter.step in _BY_LETTER

    def _type_later(self, key: Qt.Key, text: str, pressed_ms: float) -> None:
        """What is typed behind a key that waits is meant for what that key opens."""

        def type_now() -> None:
            edit = self.window().focusWidget()
            if key in _ENTER:
                self._pressed_ms = pressed_ms
                self._on_submitted(self.box.text().strip())
            elif self._takes_letters():
                self._counter.press_letter(text)
            elif isinstance(edit, QLineEdit) and not edit.isReadOnly():
                edit.backspace() if key == Qt.Key.Key_Backspace else edit.insert(text)

        self._counter.visit.press(type_now)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Bind the bar's keys, Esc and the input method's key; only fresh presses count."""
        key = Qt.Key(event.key())
        if event.isAutoRepeat():
            event.accept()
        elif key == Qt.Key.Key_F12 and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._counter.finish_unasked()
        elif key in KEYS:
            self._counter.press(KEYS[key])
        elif key == Qt.Key.Key_Escape:
            self._counter.back()
        elif key == INPUT_METHOD_KEY:
            self.box.set_input_method(not self.box.input_method())
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language and regain the focus with the window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            QTimer.singleShot(0, self, self._keep_focus)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with the cursor in the box."""
        super().showEvent(event)
        self._keep_focus()

    def hideEvent(self, event: QHideEvent) -> None:
        """What one clerk was told is nothing for the next."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.notice.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the sheet beside the encounter, or in its place where there is no room."""
        super().resizeEvent(event)
        self._place_columns()
        self._place_sheet()

    def _place_columns(self) -> None:
        """Keep to the middle of a wide screen: a line too long to read across helps nobody."""
        side = max(look.Space.L, (self.width() - WIDEST_PX) // 2)
        self._top.setContentsMargins(side, look.Space.M, side, look.Space.M)
        self._body.setContentsMargins(side, look.Space.L, side, look.Space.S)
        self._foot.setContentsMargins(side, 0, side, look.Space.S)

    def _place_sheet(self) -> None:
        narrow = self.width() < NARROW_PX
        self.sheet.setMaximumWidth(16_777_215 if narrow else SHEET_WIDTH_PX)
        self._work.setVisible(not (narrow and not self.sheet.isHidden()))

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, old: QWidget | None, now: QWidget | None) -> None:
        if self.isVisible() and self.isActiveWindow():
            QTimer.singleShot(0, self, self._keep_focus)

    @Slot()
    def _keep_focus(self) -> None:
        """The box has the focus always, except while a form asks for something."""
        if not self.isVisible():
            return
        form = self.sheet.form()
        now = QApplication.focusWidget()
        if form is None:
            if now is not self.box.edit:
                self.box.setFocus(Qt.FocusReason.OtherFocusReason)
        elif now is None or not form.isAncestorOf(now):
            form.focus_first()

    @Slot()
    def _on_step_changed(self) -> None:
        forms = self.sheet.form() is not None
        policy = Qt.FocusPolicy.NoFocus if forms else Qt.FocusPolicy.StrongFocus
        self.box.edit.setFocusPolicy(policy)
        self.box.set_read_only(self._counter.step in _READ_ONLY)
        if self._counter.step is not Step.SERVE:
            self.notice.hide()  # it would lie over what was just opened
        self._place_sheet()
        self._keep_focus()

    @Slot(str)
    def _on_submitted(self, text: str) -> None:
        if not text and self._counter.asks is not None and not self._has_been_read():
            return
        self._counter.submit(text, _as_id(self.results.current_id()))

    def _has_been_read(self) -> bool:
        painted_ms = self._painted_ms
        return painted_ms is not None and self._pressed_ms - painted_ms >= READ_MS

    @Slot(str)
    def _on_chosen(self, member_id: str) -> None:
        for member in self._counter.finding.results:
            if str(member.member_id) == member_id:
                self._counter.choose_member(member)

    @Slot()
    def _on_proposal_accepted(self) -> None:
        self._counter.submit("", None)

    @Slot()
    def _on_chip_clicked(self) -> None:
        self._counter.press("F7")

    @Slot()
    def _on_receipts_clicked(self) -> None:
        self._counter.press("F8")


def _is_character(text: str) -> bool:
    return bool(text) and text.isprintable()


def _is_typed(event: QKeyEvent) -> bool:
    """Whether a key writes into the box, takes back or submits."""
    key = Qt.Key(event.key())
    return key in (*_ENTER, Qt.Key.Key_Backspace) or _is_character(event.text())


def _as_id(text: str) -> UUID | None:
    return UUID(text) if text else None
