"""The counter's side sheet: what a key opened, beside the encounter and never in its way."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.domain.errors import Unavailable
from app.domain.events import Proof
from app.domain.typed_flight import TypedFlight
from ui.qt.language import translate
from ui.screens import (
    counter_forms,
    counter_lists,
    counter_menus,
    counter_own_weeks,
    counter_points,
    counter_statement,
    counter_visits,
    look,
)
from ui.screens import counter_rendering as rendering
from ui.screens.counter_approval import approval_words, read_aloud
from ui.screens.counter_pages import FormPage, MenuPage, RewardsPage
from ui.viewmodels import wording
from ui.viewmodels.counter import CounterViewModel
from ui.viewmodels.redemption import Stage
from ui.viewmodels.said import Said
from ui.viewmodels.status import StatusViewModel
from ui.viewmodels.steps import Step

_SCROLLED: Final = (Step.STATEMENT, Step.OWN_WEEKS)
_MENUS: Final = (Step.MEMBER, Step.SHIFT, Step.SKIP, Step.UNDO, Step.REFUND, Step.REFUND_WHY)


class CounterSheet(QFrame):
    """Shows the page of the counter's step; hidden where a step has none."""

    def __init__(
        self, counter: CounterViewModel, status: StatusViewModel, parent: QWidget | None = None
    ) -> None:
        """Follow `counter`."""
        super().__init__(parent)
        self.setProperty("look", "card")
        self._counter, self._status = counter, status
        self._title = look.Text(size=look.Size.TITLE, bold=True)
        self._note = look.Paragraph(size=look.Size.SMALL, ink=look.Role.MUTED)
        self._back = look.Button(kind=look.Kind.QUIET, key="Esc")
        self._back.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._back.clicked.connect(counter.back)
        self.menu = MenuPage()
        self.rewards = RewardsPage()
        self.question = look.EmptyState("gift")
        self.pending = look.EntryList(flush=True)
        self.statement = look.EntryList(flush=True)
        self.statement.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.forms: dict[Step, FormPage] = {}  # those that were opened
        self._submits = {
            Step.RETRO: self._on_claim,
            Step.JOIN: self._on_join,
            Step.CONTACT: self._on_contact,
            Step.CARD: self._on_card,
            Step.APPROVAL: self._on_approval_code,
            Step.MATTER: self._on_matter,
            Step.VISITS: self._on_appeal,
            Step.SWITCH: self._on_switch,
            Step.CLOSE_SHIFT: self._on_close_shift,
        }
        self._stack = QStackedWidget()
        self._stack.setProperty("look", "plain")
        for page in (self.menu, self.rewards, self.question, self.pending, self.statement):
            self._stack.addWidget(page)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._back)
        column = QVBoxLayout(self)
        column.setContentsMargins(look.Space.L, look.Space.S, look.Space.L, look.Space.L)
        column.setSpacing(look.Space.S)
        column.addLayout(head)
        column.addWidget(self._note)
        column.addWidget(self._stack, 1)
        self.pending.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.menu.pressed.connect(counter.press_letter)
        self.rewards.chosen.connect(counter.redemption.choose)
        self.question.action_triggered.connect(counter.redemption.sign_slip)
        counter.step_changed.connect(self._on_step_changed)
        counter.changed.connect(self.render)
        counter.card_scanned.connect(self._on_card_scanned)
        counter.claim.changed.connect(self.render)
        counter.member_form.changed.connect(self.render)
        counter.redemption.approval.changed.connect(self.render)
        counter.matter.changed.connect(self.render)
        counter.appealing.changed.connect(self.render)
        counter.switch.changed.connect(self.render)
        counter.shift.changed.connect(self.render)
        status.changed.connect(self.render)
        self.retranslate()

    def form(self) -> FormPage | None:
        """Return the form that has the focus now, None while the box has it."""
        if self._counter.step is Step.MATTER and not self._counter.matter.topic:
            return None
        if self._counter.step is Step.VISITS and self._counter.appealing.visit is None:
            return None
        step = self._counter.step
        return self.form_of(step) if step in counter_forms.STEPS else None

    def form_of(self, step: Step) -> FormPage:
        """Return the form of a step that has one, built when it is first asked for."""
        form = self.forms.get(step)
        if form is None:
            form = self.forms[step] = counter_forms.build(step)
            form.submitted.connect(self._submits[step])
            self._stack.addWidget(form)
        return form

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self._back.setText(translate("Counter", "Back"))
        for step, form in self.forms.items():
            counter_forms.name(step, form)
        self.render()

    @Slot()
    def render(self) -> None:
        """Show the step's page as it stands."""
        step = self._counter.step
        title, note = self._words(step)
        self.setVisible(bool(title))
        if not title:
            return
        self._title.setText(title)
        self._note.setText(note)
        self._note.setVisible(bool(note))
        form = self.form()
        if form is not None:
            self._stack.setCurrentWidget(form)
            self._render_form(step, form)
        elif step is Step.REFUND_POINTS or (
            step is Step.REFUND and not self._counter.refunding.items
        ):
            self._render_refund()
            self._stack.setCurrentWidget(self.question)
        elif step in _MENUS or step in (Step.MATTER, Step.VISITS):
            self.menu.set_choices(self._choices(step))
            self._stack.setCurrentWidget(self.menu)
        elif step is Step.REWARDS:
            self.rewards.set_offers(self._counter.redemption.offers)
            self._stack.setCurrentWidget(self.rewards)
        elif step is Step.ASKING:
            self._render_question()
            self._stack.setCurrentWidget(self.question)
        elif step in _SCROLLED:
            self._render_statement()
            self._stack.setCurrentWidget(self.statement)
        elif step is Step.PENDING:
            self._render_pending()
            self._stack.setCurrentWidget(self.pending)

    def _words(self, step: Step) -> tuple[str, str]:
        """Return a step's title and note; '' for steps without a page."""
        if step is Step.MATTER and self._counter.matter.topic:
            return wording.topic(self._counter.matter.topic), self._department()
        proof = self._counter.redemption.proof
        seen = (
            translate("Counter", "Document seen. F3 takes it back.")
            if proof is Proof.DOCUMENT
            else translate("Counter", "Type the number, then Enter. F3: document seen.")
        )
        receipts = self._counter.receipts
        again = (
            translate("Counter", "A digit prints it, X takes off what nobody wants.")
            if receipts.view.pending
            else translate("Counter", "A digit prints it again, marked as a copy.")
        )
        titles = {
            Step.UNDO: (translate("Counter", "Receipts"), again) if receipts.items else ("", ""),
            Step.REWARDS: (translate("Counter", "Rewards"), seen),
            Step.APPROVAL: approval_words(self._counter.redemption.approval),
            Step.ASKING: (translate("Counter", "The customer's yes"), ""),
            Step.RETRO: (translate("Counter", "Claim a past flight"), ""),
            Step.SKIP: (
                translate("Counter", "Finish without asking"),
                translate("Counter", "Type the digit of the reason; it is counted."),
            ),
            Step.MEMBER: (translate("Counter", "Member"), ""),
            Step.JOIN: (translate("Counter", "Join a member"), ""),
            Step.CONTACT: (translate("Counter", "Change the phone"), ""),
            Step.CARD: (translate("Counter", "Replace the card"), ""),
            Step.STATEMENT: (
                translate("Counter", "Statement of points"),
                counter_statement.note(self._counter.statement.view),
            ),
            Step.REFUND: (
                translate("Counter", "Give a reward back"),
                translate("Counter", "Given at this counter. Of others scan the voucher."),
            ),
            Step.REFUND_POINTS: (translate("Counter", "How much of it comes back"), ""),
            Step.REFUND_WHY: (
                translate("Counter", "Why it comes back"),
                translate("Counter", "What comes back is foreseen; the central office decides."),
            ),
            Step.MATTER: (
                translate("Counter", "Complaint or question"),
                translate("Counter", "Type the topic's digit."),
            ),
            Step.SHIFT: (translate("Counter", "Hand over or close"), ""),
            Step.VISITS: counter_visits.title(self._counter.appealing),
            Step.SWITCH: (translate("Counter", "Hand over to a colleague"), ""),
            Step.CLOSE_SHIFT: (translate("Counter", "Close the shift"), ""),
            Step.OWN_WEEKS: (
                translate("Counter", "My own weeks"),
                counter_own_weeks.note(self._counter.own_weeks.view),
            ),
            Step.PENDING: (
                translate("Counter", "Waiting to be sent"),
                counter_lists.pending_note((), self._status.pending),
            ),
        }
        return titles.get(step, ("", ""))

    def _department(self) -> str:
        for code, department in self._counter.matter.topics:
            if code == self._counter.matter.topic:
                return translate("Counter", "Answered by: {department}").format(
                    department=wording.department(department)
                )
        return ""

    def _choices(self, step: Step) -> list[tuple[str, str, str]]:
        if step is Step.MATTER:
            topics = enumerate(self._counter.matter.topics, start=1)
            return [
                (str(n), wording.topic(code), wording.department(department))
                for n, (code, department) in topics
            ]
        if step is Step.UNDO:
            return [
                rendering.receipt(item, n) for n, item in enumerate(self._counter.receipts.items, 1)
            ]
        if step is Step.VISITS:
            return counter_visits.choices(self._counter.appealing)
        if step is Step.REFUND:
            return counter_points.refundable(self._counter.refunding)
        if step is Step.REFUND_WHY:
            return counter_points.refund_reasons(self._counter.refunding)
        if step is Step.SKIP:
            reasons = enumerate(self._counter.visit.skip_reasons(), start=1)
            return [(str(n), wording.skip_reason(code), "") for n, code in reasons]
        if step is Step.SHIFT:
            serving = wording.reason("encounter_open") if self._counter.encounter else ""
            return counter_menus.shift_choices(serving)
        return counter_menus.member_choices(self._counter.member is not None)

    def _render_question(self) -> None:
        redemption = self._counter.redemption
        question = redemption.question
        if question is None:
            return
        name = wording.reward_name(question.reward_name, question.reward_name_en)
        sum_up = translate("Counter", "{points} points, {left} left after that").format(
            points=wording.number(question.points), left=wording.number(question.left_points)
        )
        if question.cash_minor:
            money = wording.money_of(question.cash_minor, question.currency)
            sum_up += "\n" + translate("Counter", "and {money} to be paid").format(money=money)
        kind = (
            translate("Counter", "Voucher for any office")
            if question.is_open
            else translate("Counter", "Voucher for this office alone")
        )
        title = f"{name}\n{sum_up}"
        if redemption.stage is Stage.BOOKING:
            self.question.set_state("loader", title, translate("Counter", "Being booked …"))
        elif redemption.has_panel:
            hint = translate("Counter", "The customer is being asked on the panel.")
            self.question.set_state("hand", title, f"{hint}\n{kind}")
        else:
            hint, action = counter_points.to_be_signed(self._counter.receipts.view.has_printer)
            self.question.set_state("pencil", title, f"{hint}\n{kind}", action=action, key="Enter")

    @Slot(int)
    def scroll_rows(self, rows: int) -> None:
        """Scroll what is too long for the sheet, by keys that go to the box."""
        if self._counter.step in _SCROLLED:
            self.statement.scroll_rows(rows)

    def _render_statement(self) -> None:
        view, own = self._counter.statement.view, self._counter.own_weeks.view
        icon, words = "loader", translate("Counter", "Reading …")
        if self._counter.step is Step.OWN_WEEKS and own is not None:
            icon, words = "calendar-clock", translate("Counter", "No week of yours yet")
        self.statement.empty.set_state(icon, words)
        if self._counter.step is Step.OWN_WEEKS:
            rows = [] if own is None else counter_own_weeks.entries(own)
        else:
            rows = [] if view is None else counter_statement.entries(view)
        if rows != self.statement.views():
            self.statement.set_entries(rows)

    def _render_refund(self) -> None:
        reward = self._counter.refunding.reward
        if self._counter.step is Step.REFUND_POINTS and reward is not None:
            name, hint = counter_points.refund_part(reward)
            self.question.set_state("undo-2", name, hint)
        else:
            self.question.set_state(
                "ticket",
                translate("Counter", "Nothing was given here lately"),
                translate("Counter", "Scan the voucher of the reward that comes back."),
            )

    def _render_pending(self) -> None:
        try:
            items = self._status.pending_items()
        except Unavailable as problem:
            self._note.hide()  # nothing is known of what it promises
            self.pending.empty.set_state("octagon-alert", wording.trouble(problem))
            self.pending.set_entries([])
            return
        self.pending.empty.set_state(
            "circle-check",
            translate("Counter", "Everything has been sent"),
            translate("Counter", "The central office has all of this counter's work."),
        )
        self._note.setText(counter_lists.pending_note(items, self._status.pending))
        self.pending.set_entries(counter_lists.pending(items, self._status.now_ms()))

    def _render_form(self, step: Step, form: FormPage) -> None:
        view_model: Any = {
            Step.RETRO: self._counter.claim,
            Step.APPROVAL: self._counter.redemption.approval,
            Step.MATTER: self._counter.matter,
            Step.VISITS: self._counter.appealing,
            Step.CLOSE_SHIFT: self._counter.shift,
        }.get(step, self._counter.member_form)
        said: Said | None = view_model.said
        busy, field = view_model.busy, view_model.field
        if step is Step.SWITCH:
            said, busy, field = self._counter.switch.said, self._counter.switch.busy, "pin"
        if step is Step.APPROVAL:
            seat = self._status.seat
            form.set_aloud(read_aloud(view_model, "" if seat is None else seat.counter_label))
        form.set_busy(busy)
        tone = rendering.WEIGHT_TONES[said.weight] if said else look.Tone.INFO
        form.say(tone, said.words() if said else "", field)

    @Slot()
    def _on_step_changed(self) -> None:
        step = self._counter.step
        form = self.forms.get(step)
        if form is not None:
            form.clear()
        if step in _SCROLLED:
            self.statement.scroll_to_top()
        if step is Step.JOIN:
            self.form_of(Step.JOIN).fields["latin"].set_text(self._counter.member_form.latin_name)
        if step is Step.PENDING:
            self._status.refresh()  # the chip ages with what is shown; it renders
        else:
            self.render()

    @Slot(str)
    def _on_card_scanned(self, text: str) -> None:
        form = self.form()
        if form is not None and "card" in form.fields:
            form.fields["card"].set_text(text)
            form.focus_first()

    @Slot()
    def _on_claim(self) -> None:
        names, page = ("flight", "day", "route", "booking_class"), self.form_of(Step.RETRO)
        typed = TypedFlight(*(page.text(name) for name in names))
        self._counter.claim.submit(self._counter.member, typed)

    @Slot()
    def _on_join(self) -> None:
        page = self.form_of(Step.JOIN)
        language = "en" if page.text("name").isascii() else "zh_CN"
        self._counter.member_form.join(
            page.text("card"), page.text("name"), page.text("latin"), page.text("phone"), language
        )

    @Slot()
    def _on_approval_code(self) -> None:
        code = self.form_of(Step.APPROVAL).text("code")
        self._counter.redemption.approval.submit(code)

    @Slot()
    def _on_contact(self) -> None:
        encounter = self._counter.encounter
        if encounter is not None:
            self._counter.member_form.update_contact(
                encounter.encounter_id, self.form_of(Step.CONTACT).text("phone")
            )

    @Slot()
    def _on_card(self) -> None:
        encounter = self._counter.encounter
        if encounter is not None:
            self._counter.member_form.replace_card(
                encounter.encounter_id, self.form_of(Step.CARD).text("card")
            )

    @Slot()
    def _on_matter(self) -> None:
        self._counter.matter.submit(self.form_of(Step.MATTER).text("text"))

    @Slot()
    def _on_appeal(self) -> None:
        self._counter.appealing.submit(self.form_of(Step.VISITS).text("reason"))

    @Slot()
    def _on_switch(self) -> None:
        form = self.form_of(Step.SWITCH)
        number, pin = form.text("number"), form.text("pin")
        form.fields["pin"].set_text("")
        self._counter.switch.submit(number, pin)

    @Slot()
    def _on_close_shift(self) -> None:
        form = self.form_of(Step.CLOSE_SHIFT)
        pin = form.text("pin")
        form.fields["pin"].set_text("")
        self._counter.shift.close(pin)
