"""The desk's page of the deny list: who is on it, and one form to put on or take off."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.services.point_views import DenialView
from ui.qt.words import Words
from ui.screens import counter_lists, look
from ui.screens import desk_wording as wording
from ui.screens.counter_pages import TextField
from ui.screens.counter_rendering import WEIGHT_TONES
from ui.screens.desk_centre import Scrolling
from ui.screens.desk_points import REASON_PX, RESULTS_PX
from ui.screens.look.roles import Role, Size, Space, Tone
from ui.viewmodels.denying import DenyingViewModel
from ui.viewmodels.desk import DeskViewModel


class DenyCard(look.Card):
    """Whom it is about, and why; Enter goes on, and at the end records it."""

    def __init__(self, denying: DenyingViewModel, desk: DeskViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__(spacing=Space.M)
        self._denying, self._desk, self._words = denying, desk, words
        self.intro = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.member = look.FormField("")
        self.results = look.ResultList()
        self.results.setFixedHeight(RESULTS_PX)
        self.results.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.chosen = look.Text(bold=True)
        self.standing = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.reason = TextField(text_px=REASON_PX)
        self.said = look.Banner()
        self.record = look.Button(kind=look.Kind.PRIMARY, key="Enter")
        self.record.setObjectName("deny_record")
        for part in (
            self.intro,
            self.member,
            self.results,
            self.chosen,
            self.standing,
            self.reason,
            self.said,
        ):
            self.body.addWidget(part)
        self.body.addWidget(self.record, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addStretch(1)
        self.member.text_changed.connect(denying.search)
        self.member.submitted.connect(self._on_member)
        self.member.editor.installEventFilter(self)
        self.results.chosen.connect(self._on_chosen)
        self.reason.submitted.connect(self._on_record)
        self.record.clicked.connect(self._on_record)
        denying.emptied.connect(self._on_emptied)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        say = self._words.say
        self.set_title(say("deny_title"))
        self.intro.setText(say("deny_how"))
        self.member.set_label(say("adjust_member"))
        self.reason.set_label(say("adjust_reason"))
        self.results.empty.set_state("search-x", say("adjust_nobody"))

    def render_form(self) -> None:
        """Show the form as it stands."""
        model, say = self._denying, self._words.say
        results = counter_lists.results(self.member.text(), model.found)
        if results != self.results.views():
            self.results.set_results(results)
            height = self.results.rows_height() if results else RESULTS_PX
            self.results.setFixedHeight(min(height, RESULTS_PX))
        is_chosen = model.member_id is not None
        self.results.setVisible(bool(self.member.text().strip()) and not is_chosen)
        self.chosen.setVisible(is_chosen)
        name = f"{model.masked_name} · {model.masked_card}"
        self.chosen.setText(name if model.masked_name else say("decide_elsewhere"))
        denial = model.denial
        self.standing.setVisible(denial is not None)
        if denial is not None:
            self.standing.setText(standing_words(self._words, denial, self._desk.now_ms()))
        self.record.setText(say("deny_take_off" if model.allows else "deny_put_on"))
        self.record.setEnabled(not model.busy)
        words = model.said.words() if model.said is not None else ""
        fields = {"member": self.member, "reason": self.reason}
        for at, field in fields.items():
            field.set_error(words if at == model.field else "")
        tone = WEIGHT_TONES[model.said.weight] if model.said is not None else Tone.INFO
        self.said.show_message(tone, "" if model.field in fields else words)
        if model.field in fields and words:
            fields[model.field].setFocus()

    def take_from_list(self) -> None:
        """Whoever was being searched for isn't meant any more."""
        with QSignalBlocker(self.member):
            self.member.set_text("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let arrow keys walk through those found, and Tab take who is marked, as Enter does."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Tab and self.results.isVisible():
                if not self.results.current_id():
                    return False
                self._on_member()
                return True
            rows = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if rows is not None and self.results.isVisible():
                self.results.step(rows)
                return True
        return super().eventFilter(watched, event)

    def _on_member(self) -> None:
        if self._denying.member_id is not None:
            self.reason.setFocus()
        elif self.results.current_id():
            self._on_chosen(self.results.current_id())

    @Slot(str)
    def _on_chosen(self, member_id: str) -> None:
        self._denying.choose(UUID(member_id))
        self.reason.setFocus()

    @Slot()
    def _on_record(self) -> None:
        self._denying.submit(self.reason.text())

    @Slot()
    def _on_emptied(self) -> None:
        said, field = self._denying.said, self._denying.field
        for each in (self.member, self.reason):
            each.set_text("")
        self._denying.said, self._denying.field = said, field  # emptying asked for nobody
        if self.isVisible():
            self.member.setFocus()
        self.render_form()


class DenyPage(QWidget):
    """The list on the left, the form on the right; all state is in the view-model."""

    def __init__(self, denying: DenyingViewModel, desk: DeskViewModel, words: Words) -> None:
        """Show `denying`."""
        super().__init__()
        self._denying, self._desk, self._words = denying, desk, words
        self.title = look.Text(bold=True)
        self.as_of = look.Text(size=Size.SMALL, ink=Role.MUTED)
        self.listed = look.CaseList(empty_icon="circle-check")
        self.listed.setObjectName("denials")
        self.card = DenyCard(denying, desk, words)
        left = QVBoxLayout()
        left.setSpacing(Space.S)
        for part in (self.title, self.as_of):
            left.addWidget(part)
        left.addWidget(self.listed, 1)
        body = QHBoxLayout(self)
        body.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        body.setSpacing(Space.L)
        body.addLayout(left, 1)
        body.addWidget(Scrolling(self.card), 1)
        self.listed.current_changed.connect(self._on_selected)
        self.listed.chosen.connect(self._on_picked)
        denying.changed.connect(self.render)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        say = self._words.say
        self.listed.empty.set_state("circle-check", say("deny_none"))
        self.card.retranslate()
        self.render()

    def focus_first(self) -> None:
        """Begin with the form: most who come here come to put somebody on it."""
        self.card.member.setFocus()

    @Slot()
    def render(self) -> None:
        """Show the list, as old as it is."""
        model, say, now_ms = self._denying, self._words.say, self._desk.now_ms()
        views = model.listed
        title = say("deny_list")
        self.title.setText(say("counted", title=title, n=len(views)) if views else title)
        age_s = model.age_s
        self.as_of.setText(
            say("deny_age_never")
            if age_s is None
            else say("deny_age", age=wording.age(self._words, age_s))
        )
        with QSignalBlocker(self.listed):  # filling a list is not the manager's choice
            self.listed.set_cases([_row(self._words, view, now_ms) for view in views])
            self.listed.select("" if model.denial is None else str(model.member_id))
        self.card.render_form()

    @Slot(str)
    def _on_selected(self, member_id: str) -> None:
        if member_id:
            self.card.take_from_list()
            self._denying.select(UUID(member_id))

    @Slot(str)
    def _on_picked(self, member_id: str) -> None:
        self._on_selected(member_id)
        self.card.reason.setFocus()


def standing_words(words: Words, view: DenialView, now_ms: int) -> str:
    """Return since when and by whom, or what was done here and isn't with the server."""
    if view.state != "denied":
        return words.say(f"deny_{view.state}", reason=view.reason)
    if not view.since_ms or not view.by:
        return words.say("deny_by_office")
    return words.say("deny_by", name=view.by, time=wording.clock(view.since_ms, now_ms))


def _row(words: Words, view: DenialView, now_ms: int) -> look.CaseView:
    name = f"{view.masked_name} · {view.masked_card}"
    age_s = max(0, now_ms - view.since_ms) // 1000
    light = look.Light.CAUTION if view.state == "denying" else look.Light.CRITICAL
    return look.CaseView(
        str(view.member_id),
        name if view.masked_name else words.say("decide_elsewhere"),
        wording.age(words, age_s) if view.since_ms else "",
        look.Light.READY if view.state == "allowing" else light,
        words.say("deny_state_allowing" if view.state == "allowing" else "deny_state_denied"),
        state=standing_words(words, view, now_ms),
    )
