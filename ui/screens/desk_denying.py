"""The desk's page of the deny list: who is on it, and one form to put on or take off."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.services.point_views import DenialView
from ui.qt.words import Words
from ui.screens import desk_wording as wording
from ui.screens import look
from ui.screens.counter_pages import TextField, say_at_field
from ui.screens.counter_rendering import WEIGHT_TONES
from ui.screens.desk_centre import Scrolling
from ui.screens.desk_finder import MemberFinder
from ui.screens.desk_points import REASON_PX
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
        self.member = MemberFinder(denying.finder, words)
        self.standing = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.reason = TextField(text_px=REASON_PX)
        self.said = look.Banner()
        self.record = look.Button(kind=look.Kind.PRIMARY, key="Enter")
        self.record.setObjectName("deny_record")
        for part in (self.intro, self.member, self.standing, self.reason, self.said):
            self.body.addWidget(part)
        self.body.addWidget(self.record, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addStretch(1)
        self.member.passed.connect(self.reason.setFocus)
        self.reason.submitted.connect(self._on_record)
        self.record.clicked.connect(self._on_record)
        denying.emptied.connect(self._on_emptied)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        say = self._words.say
        self.set_title(say("deny_title"))
        self.intro.setText(say("deny_how"))
        self.member.retranslate()
        self.reason.set_label(say("adjust_reason"))

    def render_form(self) -> None:
        """Show the form as it stands."""
        model, say = self._denying, self._words.say
        member = model.finder.member
        self.member.show_member(
            say("decide_elsewhere")
            if member is None
            else f"{member.masked_name} · {member.masked_card}"
        )
        denial = model.denial
        self.standing.setVisible(denial is not None)
        if denial is not None:
            self.standing.setText(standing_words(self._words, denial, self._desk.now_ms()))
        self.record.setText(say("deny_take_off" if model.allows else "deny_put_on"))
        self.record.setEnabled(not model.busy)
        said = model.said
        say_at_field(
            {"member": self.member.field, "reason": self.reason},
            self.said,
            WEIGHT_TONES[said.weight] if said is not None else Tone.INFO,
            said.words() if said is not None else "",
            model.field,
        )

    @Slot()
    def _on_record(self) -> None:
        self._denying.submit(self.reason.text())

    @Slot()
    def _on_emptied(self) -> None:
        self.reason.set_text("")
        if self.isVisible():
            self.member.setFocus()


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
            self.listed.select("" if model.denial is None else str(model.finder.member_id))
        self.card.render_form()

    @Slot(str)
    def _on_selected(self, member_id: str) -> None:
        if member_id:
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
