"""The duty manager's desk: cases by age, the one in hand, today's figures and what to settle."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtCore import QEvent, QLocale, QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.qt.words import Words
from ui.screens import desk_wording as wording
from ui.screens import look
from ui.screens.desk_approvals import CODE_KEY, ApprovalBar, CodeBar
from ui.screens.desk_bar import AlarmBar, ReminderBar
from ui.screens.desk_centre import CaseCard, ExceptionCard, Scrolling
from ui.screens.desk_figures import Aside, FiguresPane
from ui.screens.desk_fleet import FLEET_KEY
from ui.screens.desk_listening import LISTENING_KEY
from ui.screens.desk_pages import PHONE_KEY, DeskPages, Page
from ui.screens.look.roles import Role, Size, Space, Tone
from ui.viewmodels.desk import DeskViewModel
from ui.viewmodels.desk_words import DESK

_LIST_PX = 120
_ROOM_FOR_ICONS_PX = 1_500
_DIGITS = range(Qt.Key.Key_0, Qt.Key.Key_9 + 1)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def language_in_force() -> str:
    """Return the application's language as the desk's words know it."""
    chinese = QLocale().language() == QLocale.Language.Chinese
    return "zh_CN" if chinese else "en"


class DeskScreen(QWidget):
    """Lays out the desk; all state is in the view-model.

    Interactive widgets by name: cases, exceptions, acknowledge, note_text, note, close_resolved,
    close_unable, advance_arrived, advance_investigating, advance_offered, advance_told, reopen,
    silence, show_case, settle_text, settle_honour, settle_claim_back, settle_write_off,
    settle_noted, item_statement, sign_out, language.

    Signals:
        language_asked(): the other language, please.
    """

    language_asked = Signal()

    def __init__(self, desk: DeskViewModel, parent: QWidget | None = None) -> None:
        """Show `desk`."""
        super().__init__(parent)
        self.setProperty("look", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._desk = desk
        self.words = Words("desk", DESK, self)
        self.title = look.Text(size=Size.TITLE, bold=True)
        self.place = look.Text(size=Size.SMALL, ink=Role.MUTED)
        self.light = look.StatusLight()
        self.language = look.Button(kind=look.Kind.QUIET, icon="languages")
        self.leave = look.Button(kind=look.Kind.QUIET, icon="log-out")
        self.to_charts = look.Button(kind=look.Kind.QUIET, key="F2")
        self.to_charts.setObjectName("to_charts")
        self.to_points = look.Button(kind=look.Kind.QUIET, key="F6")
        self.to_points.setObjectName("to_points")
        self.to_exposure = look.Button(kind=look.Kind.QUIET, key="F7")
        self.to_exposure.setObjectName("to_exposure")
        self.to_denying = look.Button(kind=look.Kind.QUIET, key="F11")
        self.to_denying.setObjectName("to_denying")
        self.to_phone = look.Button(kind=look.Kind.QUIET, key=PHONE_KEY, icon="phone")
        self.to_phone.setObjectName("to_phone")
        self.to_fleet = look.Button(kind=look.Kind.QUIET, key=FLEET_KEY, icon="monitor")
        self.to_fleet.setObjectName("to_fleet")
        self.to_listening = look.Button(kind=look.Kind.QUIET, key=LISTENING_KEY, icon="ear")
        self.to_listening.setObjectName("to_listening")
        self.language.setObjectName("language")
        self.leave.setObjectName("sign_out")
        self.bar = AlarmBar(desk, self.words)
        self.reminder = ReminderBar(desk.listening, self.words)
        self.approval = ApprovalBar(desk.approvals, self.words)
        self.codes = CodeBar(desk.approvals, self.words)
        self.code = look.Button(kind=look.Kind.QUIET, key=CODE_KEY)
        self.code.setObjectName("open_code")
        self._icons = {
            self.code: "ticket",
            self.to_charts: "chart-line",
            self.to_points: "coins",
            self.to_exposure: "shield-check",
            self.to_denying: "lock",
        }
        self.banner = look.Banner()
        self.cases = look.CaseList()
        self.cases.setObjectName("cases")
        self.cases_title = look.Text(bold=True)
        self.exceptions = look.CaseList(empty_icon="inbox")
        self.exceptions.setObjectName("exceptions")
        self.exceptions_title = look.Text(bold=True)
        self.figures = FiguresPane(self.words)
        self.figures_title = look.Text(bold=True)
        self.case = CaseCard(desk, self.words)
        self.exception = ExceptionCard(desk, self.words)
        self.quiet = look.EmptyState("circle-check")
        self.centre = QStackedWidget()
        self._case_place, self._exception_place = Scrolling(self.case), Scrolling(self.exception)
        for place in (self.quiet, self._case_place, self._exception_place):
            self.centre.addWidget(place)
        pages = self.pages = DeskPages(desk, self.words)
        self.charts, self.board, self.appeals = pages.charts, pages.board, pages.appeals
        self.points, self.exposure, self.denying = pages.points, pages.exposure, pages.denying
        self._lay_out()
        desk.changed.connect(self._on_changed)
        self.cases.current_changed.connect(self._on_case_selected)
        self.cases.chosen.connect(self._on_case_chosen)
        self.exceptions.current_changed.connect(self._on_exception_selected)
        self.exceptions.chosen.connect(self._on_exception_chosen)
        desk.approvals.changed.connect(self._on_changed)
        self.code.clicked.connect(self.codes.toggle)
        self.language.clicked.connect(self.language_asked)
        self.leave.clicked.connect(desk.sign_out)
        for button, page in (
            (self.to_charts, pages.charts),
            (self.figures.to_board, pages.board),
            (self.figures.to_appeals, pages.appeals),
            (self.to_points, pages.points),
            (self.to_exposure, pages.exposure),
            (self.to_denying, pages.denying),
            (self.to_phone, pages.phone),
            (self.to_fleet, pages.fleet),
            (self.to_listening, pages.listening),
        ):
            button.clicked.connect(partial(self._on_page_asked, page))
        pages.turned.connect(self._on_turned)
        pages.board.case_asked.connect(self._on_case_asked)
        pages.board.action_asked.connect(self._on_action_asked)
        self.reminder.show_action.clicked.connect(self._on_reminded)
        self.bar.show_case.clicked.connect(pages.show_cases)
        self.exception.statement_asked.connect(self._on_statement_asked)
        self.case.fields.goodwill_asked.connect(self._on_goodwill_asked)
        desk.adjusting.changed.connect(self._name_points)
        # After these the focus would stay on a button, or be anywhere once it is hidden
        ends = (self.case.resolved, self.case.unable, self.case.reopen)
        for button in (self.bar.silence, self.bar.show_case, *ends, self.language):
            button.clicked.connect(self.cases.setFocus)
        QApplication.instance().focusChanged.connect(self._on_focus_changed)  # type: ignore[union-attr]
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.words.use(language_in_force())
        say = self.words.say
        self.title.setText(say("title"))
        self.language.setText(say("language"))
        self.leave.setText(say("sign_out"))
        self.to_phone.setText(say("phones"))
        self.to_fleet.setText(say("fleet"))
        self.code.setText(say("code_open"))
        self.figures_title.setText(say("today"))
        self.exceptions.empty.set_state("inbox", say("no_exceptions"))
        self.case.retranslate()
        self.exception.retranslate()
        self.pages.retranslate()
        self._on_changed()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give up icons on top before words."""
        super().resizeEvent(event)
        for button, icon in self._icons.items():
            button.set_icon(icon if self.width() >= _ROOM_FOR_ICONS_PX else "")

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with the list of cases, for the keyboard."""
        super().showEvent(event)
        self._focus_first()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the keys drawn on the case's buttons, wherever the focus is."""
        key, fresh = event.key(), not event.isAutoRepeat()
        if fresh and self._take_approval_key(key):
            return
        if self.pages.take_key(event):
            return
        if self.pages.page is not None:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_F5 and fresh:
            self._on_statement_asked()
        elif self._desk.selected_case is None or key not in (*_ENTER, Qt.Key.Key_F12, *_DIGITS):
            super().keyPressEvent(event)
        elif key in _DIGITS:
            if fresh and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.case.take_digit(_DIGITS.index(key))
        elif fresh and key == Qt.Key.Key_F12:
            self.case.close_resolved()
        elif fresh and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.case.save_note()
        elif fresh:
            self.case.do_next()

    def _take_approval_key(self, key: int) -> bool:
        """Take the keys drawn on the bars over the lists; return whether it was one."""
        if key == Qt.Key.Key_F4:
            self.codes.toggle()
        elif self._desk.approvals.first is not None and key in (Qt.Key.Key_F8, Qt.Key.Key_F9):
            self._desk.approvals.answer(key == Qt.Key.Key_F8)
        elif key == Qt.Key.Key_Escape and self.codes.isVisible():
            self.codes.toggle()
            self.cases.setFocus()
        else:
            return False
        return True

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, old: QWidget | None, now: QWidget | None) -> None:
        if now is None or now is self.window():
            QTimer.singleShot(0, self, self._keep_focus)

    @Slot()
    def _keep_focus(self) -> None:
        """Keys pressed with the focus nowhere would do nothing."""
        now = QApplication.focusWidget()
        if self.isVisible() and self.isActiveWindow() and now in (None, self.window()):
            self._focus_first()

    def _focus_first(self) -> None:
        page = self.pages.page
        if page is not None:
            page.focus_first()
        elif self._desk.selected_exception is not None:
            self.exceptions.setFocus()  # the other list would put a case in its place
        else:
            self.cases.setFocus()

    def _on_page_asked(self, page: Page, checked: bool = False) -> None:
        self.pages.turn_to(page)

    @Slot()
    def _on_turned(self) -> None:
        self._name_points()
        self._focus_first()

    @Slot(str)
    def _on_case_asked(self, case_id: str) -> None:
        self._desk.select_case(UUID(case_id))
        self.pages.show_cases()

    @Slot(str)
    def _on_action_asked(self, action_id: str) -> None:
        self._desk.listening.select(UUID(action_id))
        self.pages.turn_to(self.pages.listening)

    @Slot()
    def _on_reminded(self) -> None:
        reminders = self._desk.listening.reminders
        if reminders:
            self._on_action_asked(str(reminders[0].action.action_id))

    @Slot()
    def _on_statement_asked(self) -> None:
        """Of whose points the exception in the centre is about, where this PC knows them."""
        item = self._desk.selected_exception
        if item is not None and item.member_id is not None and self._desk.member_of(item):
            self.exceptions.setFocus()  # where the way back leads
            self.pages.turn_to(self.points)
            self._desk.adjusting.begin_with(item.member_id)

    @Slot()
    def _on_goodwill_asked(self) -> None:
        self.pages.turn_to(self.points)
        self._desk.adjusting.be_remedy_of(self._desk.selected_case)

    @Slot()
    def _name_points(self) -> None:
        """Say on the buttons how much is to be decided, or that they lead back to the cases."""
        n, page, say = self._desk.adjusting.to_decide, self.pages.currentWidget(), self.words.say
        name = "points_n" if n else "points"
        self.to_charts.setText(say("back_to_cases" if page is self.charts else "figures"))
        self.to_points.setText(say("back_to_cases" if page is self.points else name, n=n))
        self.to_exposure.setText(say("back_to_cases" if page is self.exposure else "exposure"))
        self.to_denying.setText(say("back_to_cases" if page is self.denying else "deny_list"))
        self.bar.refresh(is_away=self.pages.currentIndex() > 0)
        self.reminder.refresh(is_there=page is self.pages.listening)
        to_do, title = self._desk.listening.to_do, say("listening")
        self.to_listening.setText(say("counted", title=title, n=to_do) if to_do else title)

    def _lay_out(self) -> None:
        header = QFrame()
        header.setProperty("look", "header")
        top = QHBoxLayout(header)
        top.setContentsMargins(Space.L, Space.S, Space.L, Space.S)
        top.setSpacing(Space.S)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self.title)
        names.addWidget(self.place)
        top.addLayout(names, 1)
        for part in (
            self.light,
            self.code,
            self.to_charts,
            self.to_points,
            self.to_exposure,
            self.to_denying,
            self.language,
            self.leave,
        ):
            top.addWidget(part)
        left = _column(self.cases_title)
        left.addWidget(self.cases, 1)
        foot = QVBoxLayout()
        foot.setSpacing(0)
        for part in (self.to_listening, self.to_phone, self.to_fleet):
            foot.addWidget(part, 0, Qt.AlignmentFlag.AlignLeft)
        left.addLayout(foot)
        centre = _column()
        centre.addWidget(self.banner)
        centre.addWidget(self.centre, 1)
        right = _column(self.figures_title)
        right.addWidget(self.figures)
        right.addSpacing(Space.S)
        right.addWidget(self.exceptions_title)
        right.addWidget(self.exceptions, 1)
        self.exceptions.setMinimumHeight(_LIST_PX)
        cases = QWidget()
        body = QHBoxLayout(cases)
        body.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        body.setSpacing(Space.L)
        body.addLayout(left, 5)
        body.addLayout(centre, 9)
        body.addWidget(Aside(self.figures, right), 6)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(header)
        whole.addWidget(self.bar)
        whole.addWidget(self.reminder)
        whole.addWidget(self.approval)
        whole.addWidget(self.codes)
        self.pages.insertWidget(0, cases)
        self.pages.setCurrentIndex(0)
        whole.addWidget(self.pages, 1)

    @Slot()
    def _on_changed(self) -> None:
        desk, words = self._desk, self.words
        now_ms = desk.now_ms()
        seat, session = desk.seat, desk.session
        self.pages.follow_desk()
        self._name_points()
        header = (self.to_charts, self.to_points, self.to_exposure, self.to_denying)
        for button in (*header, self.to_phone, self.to_listening):
            button.setEnabled(desk.view is not None)
        self.to_fleet.setEnabled(self.pages.may_show(self.pages.fleet))
        parts = [seat.office_name if seat else "", session.staff_name if session else ""]
        self.place.setText(" · ".join(part for part in parts if part))
        self._show_link()
        self._show_banner()
        for rows, views, selected in (
            (
                self.cases,
                [wording.case_view(words, case, now_ms) for case in desk.cases],
                desk.selected_case_id,
            ),
            (
                self.exceptions,
                [wording.exception_view(words, item, now_ms) for item in desk.exceptions],
                desk.selected_exception_id,
            ),
        ):
            with QSignalBlocker(rows):  # filling a list is not the manager's choice
                rows.set_cases(views)
                rows.select("" if selected is None else str(selected))
        still_open = sum(case.state != "closed" for case in desk.cases)
        self._count(self.cases_title, "cases", still_open)
        self._count(self.exceptions_title, "exceptions", len(desk.exceptions))
        self._show_empty_list()
        self.approval.refresh()
        self.codes.refresh()
        self.figures.show_figures(desk.figures)
        self.figures.show_late(desk.late)
        self.figures.show_appeals(desk.judging.to_decide)
        self.figures.to_board.setEnabled(desk.view is not None)
        self._show_centre()

    def _count(self, title: look.Text, key: str, count: int) -> None:
        say = self.words.say
        title.setText(say("counted", title=say(key), n=count) if count else say(key))

    def _show_centre(self) -> None:
        case, item = self._desk.selected_case, self._desk.selected_exception
        if case is not None:
            self.case.show_case(case)
            self.centre.setCurrentWidget(self._case_place)
        elif item is not None:
            self.exception.show_exception(item)
            self.centre.setCurrentWidget(self._exception_place)
        else:
            say = self.words.say
            if self._desk.cases:
                self.quiet.set_state("clipboard-list", say("choose_case"))
            else:
                self.quiet.set_state("circle-check", say("all_quiet"), say("all_quiet_hint"))
            self.centre.setCurrentWidget(self.quiet)

    def _show_empty_list(self) -> None:
        say = self.words.say
        if self._desk.view is None and self._desk.session is None:
            self.cases.empty.set_state("lock", say("not_manager"))
        elif self._desk.view is None:
            self.cases.empty.set_state("loader", say("loading"))
        else:
            self.cases.empty.set_state("circle-check", say("no_cases"), say("no_cases_hint"))

    def _show_link(self) -> None:
        desk, say = self._desk, self.words.say
        if desk.is_for_devices and desk.online:
            self.light.set_state(look.Light.READY, say("online"))
            return
        age_s = desk.view.data_age_s if desk.view is not None else None
        if age_s is None:
            self.light.set_state(look.Light.OFFLINE, say("offline_never"))
            return
        age = wording.age(self.words, age_s)
        if not desk.online:
            self.light.set_state(look.Light.OFFLINE, say("offline", age=age))
        elif age_s < 60:
            self.light.set_state(look.Light.READY, say("online"))
        else:
            self.light.set_state(look.Light.CAUTION, say("online_age", age=age))

    def _show_banner(self) -> None:
        desk, say = self._desk, self.words.say
        if desk.said is not None:
            tone = Tone.CRITICAL if desk.said.weight == "critical" else Tone.CAUTION
            self.banner.show_message(tone, desk.said.words())
        elif not desk.online:
            self.banner.show_message(Tone.CAUTION, say("offline_title"), say("offline_detail"))
        elif not desk.has_sound:
            self.banner.show_message(Tone.CAUTION, say("no_sound"), say("no_sound_detail"))
        else:
            self.banner.clear()

    @Slot(str)
    def _on_case_selected(self, case_id: str) -> None:
        if case_id:
            self._desk.select_case(UUID(case_id))

    @Slot(str)
    def _on_case_chosen(self, case_id: str) -> None:
        self._desk.select_case(UUID(case_id))
        self.case.do_next()

    @Slot(str)
    def _on_exception_selected(self, exception_id: str) -> None:
        if exception_id:
            self._desk.select_exception(UUID(exception_id))

    @Slot(str)
    def _on_exception_chosen(self, exception_id: str) -> None:
        self._desk.select_exception(UUID(exception_id))
        self.exception.focus_first()


def _column(title: QWidget | None = None) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(Space.S)
    if title is not None:
        column.addWidget(title)
    return column
