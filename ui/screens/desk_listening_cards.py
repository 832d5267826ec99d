"""The centre of the page of listening: a conversation's log, and what an action did."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.acting import RESULTS
from app.domain.listening import OUTCOMES, counting, is_shared
from app.services.listening_views import ActionView, ListenedCustomer
from ui.qt.words import Words
from ui.screens import desk_listening_words as listening_words
from ui.screens import desk_wording as wording
from ui.screens import look
from ui.screens.counter_pages import TextField
from ui.screens.desk_case_fields import Choice
from ui.screens.desk_listening_form import (
    ACT_KEY,
    SAVE_KEY,
    SHOW_KEY,
    TEXT_PX,
    ActionForm,
    Codes,
    choosing,
    chosen_in,
    fill,
    say_refusal,
    show_day,
)
from ui.screens.look.roles import Role, Size, Space
from ui.viewmodels.desk import DeskViewModel
from ui.viewmodels.listening import LOOKED_AT_AFTER_DAYS, ListeningViewModel


class LogCard(look.Card):
    """A customer on one's own list: whom to call, how it went, what was heard."""

    def __init__(self, model: ListeningViewModel, desk: DeskViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__(spacing=Space.M)
        self._model, self._desk, self._words = model, desk, words
        self.why = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.phone = look.Text(size=Size.TITLE, tabular=True)
        self.show_number = look.Button(key=SHOW_KEY, icon="phone")
        self.show_number.setObjectName("listening_show")
        self.shown_how = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.outcomes = Codes(OUTCOMES, model, "outcome")
        self.differs = look.Paragraph(size=Size.SMALL, ink=Role.CRITICAL)
        self.topic = look.FormField("", editor=choosing("listening_topic"))
        self.reads = look.FormField("", editor=choosing("listening_reads"))
        self.heard = TextField(text_px=TEXT_PX)
        self.said = look.Banner()
        self.save = look.Button(kind=look.Kind.PRIMARY, key=SAVE_KEY, icon="check")
        self.act = look.Button(key=ACT_KEY, icon="flag")
        self.saved = look.Text(size=Size.SMALL, ink=Role.MUTED)
        self.save.setObjectName("listening_save")
        self.act.setObjectName("listening_act")
        self.form = ActionForm(model, words)
        self.log = QWidget()
        call = QHBoxLayout()
        call.setSpacing(Space.M)
        call.addWidget(self.phone)
        call.addWidget(self.show_number)
        call.addStretch(1)
        fields = QGridLayout()
        fields.setSpacing(Space.M)
        for column, field in enumerate((self.topic, self.reads)):
            fields.addWidget(field, 0, column, Qt.AlignmentFlag.AlignTop)
            fields.setColumnStretch(column, 1)
        ways = QHBoxLayout()
        ways.setSpacing(Space.S)
        for way in (self.save, self.act):
            ways.addWidget(way)
        ways.addWidget(self.saved, 1)
        log = QVBoxLayout(self.log)
        log.setContentsMargins(0, 0, 0, 0)
        log.setSpacing(Space.M)
        log.addWidget(self.outcomes)
        log.addWidget(self.differs)
        log.addWidget(self.heard)
        log.addLayout(fields)
        log.addWidget(self.said)
        log.addLayout(ways)
        self.body.addWidget(self.why)
        self.body.addLayout(call)
        self.body.addWidget(self.shown_how)
        self.body.addWidget(self.log)
        self.body.addWidget(self.form)
        self.body.addStretch(1)
        self.show_number.clicked.connect(model.show_contact)
        self.save.clicked.connect(self.submit)
        self.heard.submitted.connect(self.submit)
        self.act.clicked.connect(self._on_act)
        self.heard.text_changed.connect(model.touch)
        for field in (self.topic, self.reads):
            editor = field.editor
            assert isinstance(editor, Choice)
            editor.activated.connect(model.touch)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        say = self._words.say
        self.show_number.setText(say("listening_show"))
        self.shown_how.setText(say("listening_shown_how"))
        for code, button in self.outcomes.buttons.items():
            button.setText(say(f"outcome_{code}"))
        self.topic.set_label(say("listening_topic"))
        self.reads.set_label(say("listening_reads"))
        self.heard.set_label(say("listening_heard"))
        self.save.setText(say("listening_save"))
        self.act.setText(say("listening_act"))
        self.form.retranslate()
        self._offer(chosen_in(self.topic), chosen_in(self.reads))

    def begin(self) -> None:
        """Begin with what stands of the customer who is looked at."""
        customer = self._model.customer
        topic = heard = None
        if customer is not None:
            topic, heard = (counting(customer.listening, name) for name in ("topic", "heard"))
        shares = customer is not None and is_shared(customer.listening)
        self._offer("" if topic is None else topic.value, "yes" if shares else "no")
        self.heard.set_text("" if heard is None else heard.text)
        self.form.begin()

    def _offer(self, topic: str, reads: str) -> None:
        """Offer topics and readers in the language in force, these two chosen."""
        words, say = self._words, self._words.say
        offered = self._model.page.rules.topics
        if topic and topic not in offered:  # by an older list
            offered = (*offered, topic)
        topics = [(listening_words.topic(words, code), code) for code in offered]
        fill(self.topic, [("–", ""), *topics], topic)
        readers = [(say("listening_reads_own"), "no"), (say("listening_reads_all"), "yes")]
        fill(self.reads, readers, reads)

    def render_customer(self, customer: ListenedCustomer) -> None:
        """Show the customer, and what was chosen so far."""
        model, words, say, now_ms = self._model, self._words, self._words.say, self._desk.now_ms()
        listening, contact = customer.listening, model.contact
        name = listening_words.customer_name(words, customer)
        self.set_title(" · ".join(filter(None, (contact.name if contact else name, customer.card))))
        self.why.setText(say("listening_why", stratum=say(f"stratum_{listening.stratum}")))
        self.phone.setText(contact.phone if contact is not None else customer.phone)
        self.phone.setVisible(bool(self.phone.text()))
        self.show_number.setVisible(contact is None and bool(customer.phone))
        self.show_number.setEnabled(not model.busy)
        self.shown_how.setVisible(bool(customer.phone))
        self.outcomes.show_chosen(model.outcome)
        differs = [
            listening_words.said_otherwise(words, listening.said, field, model.page, now_ms)
            for field in ("outcome", "heard", "topic")
        ]
        self.differs.setText("\n".join(filter(None, differs)))
        self.differs.setVisible(any(differs))
        self.log.setVisible(not model.is_acting)
        self.form.setVisible(model.is_acting)
        self.save.setEnabled(not model.busy and bool(model.outcome))
        outcome = counting(listening, "outcome")
        self.act.setVisible(outcome is not None)
        self.saved.setText(
            ""
            if outcome is None
            else say("listening_saved", time=wording.clock(outcome.at_ms, now_ms))
        )
        if model.is_acting:
            self.form.render_form()
        else:
            say_refusal(model, self.said, self.heard)

    def focus_first(self) -> None:
        """Begin with what is written."""
        (self.form.what if self._model.is_acting else self.heard).setFocus()

    @Slot()
    def submit(self) -> None:
        """Save what was heard, or note the action: whichever is shown."""
        if self._model.is_acting:
            self.form.submit()
        elif self.save.isEnabled():
            topic, reads = (chosen_in(field) for field in (self.topic, self.reads))
            self._model.save(topic, self.heard.text(), is_shared=reads == "yes")

    @Slot()
    def _on_act(self) -> None:
        self._model.act()
        self.focus_first()


class CheckCard(look.Card):
    """An action: what was said of it so far, and what it did."""

    def __init__(self, model: ListeningViewModel, desk: DeskViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__(spacing=Space.M)
        self._model, self._desk, self._words = model, desk, words
        self.state = look.StatusLight()
        self.what = look.Paragraph(size=Size.TITLE)
        self.by = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.history = look.Paragraph()
        self.differs = look.Paragraph(size=Size.SMALL, ink=Role.CRITICAL)
        self.results = Codes(RESULTS, model, "result")
        self.note = TextField(text_px=TEXT_PX)
        self.again = look.FormField("")
        self.again.editor.setObjectName("check_again")
        self.said = look.Banner()
        self.save = look.Button(kind=look.Kind.PRIMARY, key=SAVE_KEY, icon="check")
        self.save.setObjectName("check_save")
        for part in (
            self.state, self.what, self.by, self.history, self.differs, self.results, self.note,
            self.again, self.said,
        ):  # fmt: skip
            self.body.addWidget(part)
        self.body.addWidget(self.save, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addStretch(1)
        self.again.text_changed.connect(self._on_day_typed)
        self.note.submitted.connect(self._on_noted)
        self.again.submitted.connect(self.submit)
        self.save.clicked.connect(self.submit)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        say = self._words.say
        self.set_title(say("actions"))
        for code, button in self.results.buttons.items():
            button.setText(say(f"result_{code}"))
        self.again.set_label(say("action_again"))
        self.save.setText(say("action_check"))
        self._on_day_typed()

    def begin(self) -> None:
        """Begin with nothing said."""
        self.note.set_text("")
        self.again.set_text(str(LOOKED_AT_AFTER_DAYS))
        self._on_day_typed()

    def render_action(self, view: ActionView) -> None:
        """Show the action, and what was chosen so far."""
        model, words, say, now_ms = self._model, self._words, self._words.say, self._desk.now_ms()
        is_open = view.standing.state == "open"
        state = (
            listening_words.action_when(words, view, now_ms)
            if is_open
            else listening_words.action_state(words, view)
        )
        self.state.set_state(listening_words.action_light(view, now_ms), state)
        self.what.setText(view.action.what)
        by = say("action_by", owner=view.owner_name, name=view.staff_name)
        self.by.setText(" · ".join(filter(None, (by, listening_words.topic(words, view.topic)))))
        lines = listening_words.action_history(words, view, model.page.names, now_ms)
        self.history.setText("\n".join(lines))
        differs = listening_words.said_otherwise(
            words, view.action.said, "result", model.page, now_ms
        )
        self.differs.setText(differs)
        self.differs.setVisible(bool(differs))
        put_off = model.result == "not_done"
        self.note.set_label(say("action_why" if put_off else "action_found"))
        for part in (self.results, self.note, self.save, self.said):
            part.setVisible(is_open)
        self.again.setVisible(is_open and put_off)
        self.results.show_chosen(model.result)
        self.save.setEnabled(bool(model.result) and not model.busy)
        say_refusal(model, self.said, self.note, {"check_on": self.again})

    def focus_first(self) -> None:
        """Begin with what was found."""
        self.note.setFocus()

    @Slot()
    def submit(self) -> None:
        """Save what the action did."""
        if self.save.isEnabled():
            self._model.check(self.note.text(), self.again.text())

    @Slot()
    def _on_noted(self) -> None:
        if self.again.isVisible():
            self.again.setFocus()
        else:
            self.submit()

    @Slot()
    def _on_day_typed(self) -> None:
        show_day(self._words, self._model, self.again)
