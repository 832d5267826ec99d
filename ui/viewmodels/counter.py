"""The counter: one customer after another, from the scan to the question on the panel.

Keys never wait: while a command is under way the next keys queue up and run in order; after a
refusal what had queued up is dropped, since the clerk pressed it expecting something else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject, Slot

from app.domain.errors import GuichetError, Unavailable
from app.services.commands import (
    Command,
    FinishEncounter,
    OpenEncounter,
    RecordAccrual,
    UndoLast,
)
from app.services.core import Queries
from app.services.views import (
    ChangeKind,
    EarnProposal,
    EncounterView,
    FoundMember,
    RatingInvitation,
    SessionView,
    VoucherView,
)
from ui.qt.change_notifier import ChangeNotifier
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.counter_state import CounterState
from ui.viewmodels.redemption import Stage
from ui.viewmodels.refund import RefundAsked
from ui.viewmodels.said import Said
from ui.viewmodels.steps import KEY_STEPS, LETTERS, PARENT, Step

_OF_MEMBER: Final = (Step.CONTACT, Step.CARD, Step.REFUND, Step.STATEMENT)
"""What F5 does with whoever is served."""


class CounterViewModel(CounterState):
    """Does what the counter's keys say."""

    def __init__(
        self,
        runner: CommandRunner,
        queries: Queries,
        notifier: ChangeNotifier,
        parent: QObject | None = None,
    ) -> None:
        """Serve customers through `runner`."""
        super().__init__(runner, queries, notifier, parent)
        self._queries = queries
        self.looking_up.answered.connect(self._on_looked_up)
        notifier.changed.connect(self._on_core_changed)
        self.redemption.changed.connect(self._on_redemption_changed)
        self.redemption.told.connect(self._on_redemption_told)
        self.claim.proposed.connect(self._on_claimed)
        self.member_form.saved.connect(self._on_saved)
        self.matter.saved.connect(self._on_saved)
        self.appealing.sent.connect(self._on_appealed)
        self.switch.signed_in.connect(self._on_switched)

    # the box

    def search(self, text: str) -> None:
        """Look members up while the clerk types, where the box is for searching."""
        if self.step is not Step.SERVE:
            return
        try:
            self.finding.look_up(text)
        except Unavailable as problem:
            self._say(Said.refusal(problem))
            return
        self.looking_up.consider(self.finding.typed, found=bool(self.finding.results))
        if text:
            self.dialogue.hush()
        self.changed.emit()

    def submit(self, text: str, chosen: UUID | None) -> None:
        """Take a fresh Enter in the box.

        Args:
            text: what stands in it, stripped.
            chosen: the member selected among the results.
        """
        if text or self.step in (Step.AMOUNT, Step.REWARDS, Step.REFUND_POINTS):
            self.visit.press(lambda: self._submit(text, chosen))
        elif self.asks is not None:
            asked = self.asks
            self.visit.press(lambda: self._confirm(asked))

    def _submit(self, text: str, chosen: UUID | None) -> None:
        if self.step is Step.AMOUNT:
            self._propose_amount(text)
        elif self.step is Step.REWARDS:
            self._choose_reward(text)
        elif self.step is Step.REFUND_POINTS:
            self.refunding.take_points(text)
        elif self.step is Step.SERVE and text:
            self.arrival.take_typed(text, chosen)

    def _confirm(self, asked: object) -> None:
        """Do what was asked when the key was pressed, if that is asked still."""
        if isinstance(asked, VoucherView) and asked == self.asks:
            self.arrival.showing.take(asked)
            return
        if asked != self.asks or self.encounter is None:
            return
        encounter_id = self.encounter.encounter_id
        if isinstance(asked, EarnProposal):
            self._run(RecordAccrual(encounter_id, asked), self._on_earned)
        elif isinstance(asked, RefundAsked):
            self._run(asked.command(), self._on_refunded)
        elif self.step is Step.UNDO:
            self._run(UndoLast(encounter_id), self._on_undone)
        else:
            self.redemption.proceed()

    def choose_member(self, member: FoundMember) -> None:
        """Serve this member, found by what was typed."""
        self.visit.press(lambda: self.arrival.serve(member))

    def _propose_amount(self, text: str) -> None:
        if self.member is not None:
            said = self.earning.propose_amount(self.member.member_id, text)
            if said is None or said.problem is not None:
                self._empty_box()
                self._enter(Step.SERVE)
            self._say(said)

    def _choose_reward(self, text: str) -> None:
        if text.isascii() and text.isdigit() and len(text) <= 4:
            self._empty_box()
            self.dialogue.hush()
            self.redemption.choose(int(text))
        else:
            self._say(Said.message("caution", "bad_number"))

    # scans

    @Slot(str)
    def take_scan(self, text: str) -> None:
        """Take what a scanner read, wherever the clerk is."""
        self.arrival.begin_reading()
        self.visit.press(lambda: self._take_scan(text))

    def _take_scan(self, text: str) -> None:
        self.arrival.end_reading()
        if self.step in (Step.JOIN, Step.CARD):
            self.card_scanned.emit(text)
        elif self.step is Step.SWITCH:
            self.switch.take_badge(text)
        elif self.step is Step.REFUND:
            self.refunding.take_voucher(text)
        elif self.step is Step.ASKING:
            self._say(Said.message("info", "answer_first"))
        elif self.step in (Step.CONTACT, Step.MATTER, Step.VISITS, Step.CLOSE_SHIFT):
            self._say(Said.message("info", "scan_not_here"))
        elif self.step is Step.RETRO and (why := self.arrival.why_unreadable(text)) is not None:
            self._say(why)  # over what was typed so far
        else:
            self.redemption.back()
            self._empty_box()
            self._enter(Step.SERVE)
            self.arrival.take_scan(text)

    # keys

    def press(self, key: str) -> None:
        """Do what a key of the bar says."""
        self.visit.press(lambda: self._press(key))

    def _press(self, key: str) -> None:
        state = {state.key: state for state in self.keys()}.get(key)
        if state is None:
            return
        if not state.enabled:
            self._say(Said.key_refused(state.why))
        elif key == "F3" and self.step is Step.REWARDS:
            self.redemption.toggle_document_seen()
        elif key == "F12":
            self._finish()
        else:
            self._open(key)

    def _open(self, key: str) -> None:
        self.redemption.back()
        self._empty_box()
        self.dialogue.hush()
        if key == "F3" and self.encounter is not None:
            self.redemption.start(self.encounter.encounter_id, self.visit.proof)
            return
        if key == "F4":
            self.claim.reset()
        elif key == "F6":
            self.matter.start()
        self._enter(KEY_STEPS[key])

    def press_letter(self, letter: str) -> bool:
        """Take a letter or digit where a menu waits for one; return whether it was taken."""
        letter = letter.upper()
        if self.step is Step.MATTER and not self.matter.topic:
            return letter.isdigit() and self.matter.choose(int(letter))
        if self.step is Step.VISITS and self.appealing.visit is None:
            return letter.isdigit() and self.appealing.choose(int(letter))
        if self.step is Step.SKIP and (skip := self.visit.skipping(letter)) is not None:
            self._run(skip, lambda _: self._clear("finished_unasked"))
            return True
        if self.step is Step.UNDO:
            return self.receipts.press(letter)
        if self.step is Step.STATEMENT:
            return self.statement.press(letter)
        if self.step in (Step.REFUND, Step.REFUND_WHY):
            return self.refunding.press(letter)
        if self.step is Step.MEMBER and letter == "W":
            self._enter(Step.SERVE)
            self._run(OpenEncounter("walk_in"), self._take_encounter)
            return True
        if self.step is Step.SHIFT and letter == "S":
            self.shift.sign_out()
            return True
        target = LETTERS.get(self.step, {}).get(letter)
        if target is None:
            return False
        no_member = target in _OF_MEMBER and self.member is None
        if no_member or (target is Step.CLOSE_SHIFT and self.encounter is not None):
            self._say(Said.key_refused("no_member" if no_member else "encounter_open"))
            return True
        self.dialogue.hush()
        self.member_form.reset()
        self.switch.reset()
        self.shift.reset()
        if target is Step.REFUND and self.encounter is not None:
            self.refunding.start(self.encounter.encounter_id)
        elif target is Step.VISITS:
            self.appealing.start()
            self._enter(target)
        elif target is Step.STATEMENT and self.encounter is not None:
            self.statement.start(self.encounter.encounter_id)
        elif target is Step.OWN_WEEKS:
            self.own_weeks.start()
        else:
            self._enter(target)
        return True

    def finish_unasked(self) -> None:
        """Shift+F12: finish without asking the customer, with a reason."""
        asking = self.redemption.stage in (Stage.APPROVING, Stage.ASKING, Stage.BOOKING)
        if self.encounter is not None and not asking:
            self.redemption.back()
            self._enter(Step.SKIP)

    def back(self) -> None:
        """Esc: one step back. Recorded work is never touched."""
        self._forget_keys()
        if self.redemption.stage is Stage.BOOKING:
            self._say(Said.message("info", "booking"))
        elif self.redemption.back() or self._unchoose():
            return
        elif self.step is not Step.SERVE:
            if self.step is Step.REFUND_POINTS:
                self._empty_box()
            self.dialogue.hush()
            self._enter(PARENT.get(self.step, Step.SERVE))
        elif self.finding.typed:
            self._empty_box()
            self.changed.emit()
        elif self.said is not None:
            self._forget_stranger()
            self._say(None)
        elif self.arrival.showing.forget() or self.earning.forget():
            self.changed.emit()

    def _finish(self) -> None:
        assert self.encounter is not None
        self.redemption.back()
        warning = self.earning.warn_once() if self.proposal is not None else None
        if warning is not None:
            self._say(warning)
            return
        self._run(FinishEncounter(self.encounter.encounter_id), self._on_finished)

    # answers

    def _run(self, command: Command, done: Callable[..., None]) -> None:
        self.visit.run(command, done, self._on_failed)

    def _forget_keys(self) -> None:
        self.visit.forget_keys()
        self.arrival.end_reading()  # a scan may have been among them

    def _on_failed(self, problem: GuichetError) -> None:
        self.arrival.end_reading()
        if self.step in (Step.UNDO, Step.SKIP, Step.REFUND_ASK):
            self._enter(Step.SERVE)
        self._say(Said.refusal(problem))

    def _take_encounter(self, encounter: EncounterView) -> None:
        self.visit.encounter = encounter
        self._say(None)

    def _on_earned(self, encounter: EncounterView) -> None:
        points = self.earning.take().points
        self._take_encounter(encounter)
        self._say(Said.message("positive", "earned", points=points))

    def _on_undone(self, encounter: EncounterView) -> None:
        self._enter(Step.SERVE)
        self._take_encounter(encounter)
        self._say(Said.message("positive", "undone"))

    def _on_refunded(self, encounter: EncounterView) -> None:
        self.refunding.forget()
        self._enter(Step.SERVE)
        self._take_encounter(encounter)
        points = encounter.lines[-1].points or 0
        self._say(Said.message("positive", "refunded", points=points))

    def _on_finished(self, invitation: RatingInvitation | None) -> None:
        self._clear("customer_rates" if invitation is not None else "finished_unasked")
        if invitation is not None:
            self.invited.emit(invitation)

    def _clear(self, message: str) -> None:
        self.visit.end()
        self._tidy()
        self._say(Said.message("positive", message))

    def _start_anew(self) -> None:
        """Leave the next clerk nothing but the open visit."""
        self._forget_keys()
        self._tidy()

    def _unchoose(self) -> bool:
        """Go back from a form to what it is about; return whether there was a step to go."""
        if self.step is Step.MATTER:
            return self.matter.unchoose()
        return self.step is Step.VISITS and self.appealing.unchoose()

    @Slot(object)
    def _on_appealed(self, said: Said) -> None:
        self._enter(Step.SERVE)
        self._say(said)

    def _forget_stranger(self) -> None:
        """Nobody whose pass was read before joins, or earns with it."""
        self.earning.waiting_pass = ""
        self.member_form.latin_name = ""

    def _tidy(self) -> None:
        """Leave nothing half done or said."""
        self.redemption.back()
        self.earning.forget()
        self.arrival.showing.forget()
        self.refunding.forget()
        self.statement.forget()
        self.own_weeks.forget()
        self._forget_stranger()
        self._empty_box()
        self.dialogue.hush()
        self._enter(Step.SERVE)

    @Slot(object)
    def _on_core_changed(self, kinds: frozenset[ChangeKind]) -> None:
        if ChangeKind.SESSION in kinds and self._queries.session() is None:
            self._start_anew()
        # PENDING: what was done here has been sent, or refused
        if kinds & {ChangeKind.ENCOUNTER, ChangeKind.MEMBERS, ChangeKind.PENDING}:
            self.visit.reread()
            self.changed.emit()
        if kinds & {ChangeKind.MEMBERS, ChangeKind.READINESS}:
            self.redemption.refresh()

    @Slot()
    def _on_looked_up(self) -> None:
        self.finding.look_up(self.finding.typed)
        self.changed.emit()

    @Slot()
    def _on_redemption_changed(self) -> None:
        stage = self.redemption.stage
        choosing = stage in (Stage.CHOOSING, Stage.CHECKING)
        if choosing and self.step is not Step.REWARDS:
            self._enter(Step.REWARDS)
        elif stage is Stage.APPROVING and self.step is not Step.APPROVAL:
            self._enter(Step.APPROVAL)
        elif stage in (Stage.ASKING, Stage.BOOKING) and self.step is not Step.ASKING:
            self._enter(Step.ASKING)
        elif stage is Stage.IDLE and self.step in (Step.REWARDS, Step.APPROVAL, Step.ASKING):
            self._enter(Step.SERVE)
        self.changed.emit()
        self.visit.run_keys()

    @Slot(object)
    def _on_redemption_told(self, said: Said) -> None:
        if said.problem is not None:
            self._forget_keys()
        self.visit.reread()
        self._say(said)

    @Slot(object)
    def _on_claimed(self, proposal: EarnProposal) -> None:
        self._enter(Step.SERVE)
        self._say(self.earning.propose((proposal,)))

    @Slot(object, object)
    def _on_saved(self, encounter: EncounterView, said: Said) -> None:
        self._enter(Step.SERVE)
        self._take_encounter(encounter)
        refused = self.earning.claim_waiting_pass() if self.member is not None else None
        self._say(refused or said)

    @Slot(object)
    def _on_switched(self, session: SessionView) -> None:
        self._start_anew()
        self._say(Said.message("positive", "clerk_switched", name=session.staff_name))

    def _enter(self, step: Step) -> None:
        self.dialogue.enter(step)

    def _empty_box(self) -> None:
        self.dialogue.empty_box()

    def _say(self, said: Said | None) -> None:
        self.dialogue.say(said)
