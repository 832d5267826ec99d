"""One redemption: choose a reward, the customer says yes on the panel, it is booked."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.errors import GuichetError
from app.domain.events import CustomerYes, Proof
from app.services.commands import ConfirmRedemption, DeclineRedemption, RequestRedemption
from app.services.core import Queries
from app.services.views import (
    ApprovalStatus,
    Promise,
    RedemptionResult,
    RedemptionToConfirm,
    RewardOffer,
)
from ui.qt.command_runner import CommandRunner
from ui.viewmodels import wording
from ui.viewmodels.approval import ApprovalViewModel
from ui.viewmodels.said import Said


class Stage(StrEnum):
    """How far a redemption has come."""

    IDLE = "idle"
    CHOOSING = "choosing"
    CHECKING = "checking"
    APPROVING = "approving"
    ASKING = "asking"
    BOOKING = "booking"


class RedemptionViewModel(QObject):
    """Leads one redemption at a time. Nothing is spent before the customer's yes.

    Signals:
        changed(): `stage`, `offers`, `question`, `unanswered` or `proof` differ.
        asked(object): RedemptionToConfirm; the panel is to ask the customer.
        withdrawn(object): UUID of a question that the panel is to take away.
        settled(object): RedemptionResult, a refusal among them.
        failed(object): GuichetError; nothing was spent.
        told(object): Said, what the clerk is to be told of how it went.
    """

    changed = Signal()
    asked = Signal(object)
    withdrawn = Signal(object)
    settled = Signal(object)
    failed = Signal(object)
    told = Signal(object)

    def __init__(
        self, runner: CommandRunner, queries: Queries, parent: QObject | None = None
    ) -> None:
        """Lead redemptions through `runner`."""
        super().__init__(parent)
        self._runner = runner
        self._queries = queries
        self._encounter_id: UUID | None = None
        self._reward_number = 0
        self.stage = Stage.IDLE
        self.offers: Sequence[RewardOffer] = ()
        self.question: RedemptionToConfirm | None = None
        self.unanswered: RedemptionToConfirm | None = None  # may be asked again
        self.proof = self._found_by = Proof.NAME
        self.approval = ApprovalViewModel(runner, self)
        self.approval.agreed.connect(self._on_agreed)
        self.approval.declined.connect(self._on_disagreed)
        self.has_panel = True
        self.yes_by = CustomerYes.PANEL

    def start(self, encounter_id: UUID, proof: Proof) -> None:
        """Offer the rewards to the member of this encounter."""
        if self.stage is Stage.IDLE:
            self._encounter_id = encounter_id
            self.proof = self._found_by = proof
            self.offers = self._queries.offers(encounter_id)
            self._enter(Stage.CHOOSING)

    def refresh(self) -> None:
        """Read anew what could be promised; the network may have come or gone."""
        if self.stage is Stage.CHOOSING and self._encounter_id is not None:
            self.offers = self._queries.offers(self._encounter_id)
            self.changed.emit()

    def toggle_document_seen(self) -> None:
        """The clerk has seen the member's document, or has not after all."""
        if self.stage is Stage.CHOOSING:
            seen = self.proof is Proof.DOCUMENT
            self.proof = self._found_by if seen else Proof.DOCUMENT
            self.changed.emit()

    def choose(self, reward_number: int) -> None:
        """Ask the customer for this reward."""
        if self.stage is Stage.CHOOSING and self._encounter_id is not None:
            self._reward_number = reward_number
            self._enter(Stage.CHECKING)
            command = RequestRedemption(self._encounter_id, reward_number, self.proof)
            self._runner.run(command, self._on_requested, self._on_refused)

    @Slot(object)
    def say_yes(self, redemption_id: UUID) -> None:
        """The customer said yes on the panel."""
        self._book(redemption_id, self.yes_by)

    @Slot(object)
    def say_no(self, redemption_id: UUID) -> None:
        """The customer said no on the panel."""
        if self._is_asked(redemption_id):
            self._decline(redemption_id)
            self.told.emit(Said.message("info", "customer_said_no"))

    @Slot(object)
    def say_nothing(self, redemption_id: UUID) -> None:
        """Nobody answered on the panel in time; the same may be asked again."""
        if self._is_asked(redemption_id):
            question = self.question
            self._decline(redemption_id)
            self.unanswered = question
            self.told.emit(Said.message("info", "no_answer"))

    def proceed(self) -> None:
        """Enter: ask again what nobody answered, or take the signed slip for the yes."""
        if self.unanswered is not None and self._encounter_id is not None:
            self.offers = self._queries.offers(self._encounter_id)
            self._enter(Stage.CHOOSING)
            self.choose(self._reward_number)
        else:
            self.sign_slip()

    def sign_slip(self) -> None:
        """The customer signed the slip, where there is no panel."""
        if self.question is not None and not self.has_panel:
            self._book(self.question.redemption_id, CustomerYes.SIGNED_SLIP)

    def back(self) -> bool:
        """Go one step back; return whether there was one. What is being booked goes on."""
        self.unanswered = None
        if self.stage is Stage.CHOOSING:
            self._enter(Stage.IDLE)
            return True
        if self.stage is Stage.APPROVING and self.question is not None:
            self._decline(self.question.redemption_id)
            self.told.emit(Said.message("info", "redemption_withdrawn"))
            return True
        if self.stage is Stage.ASKING and self.question is not None:
            redemption_id = self.question.redemption_id
            self._decline(redemption_id)
            self.withdrawn.emit(redemption_id)
            self.told.emit(Said.message("info", "redemption_withdrawn"))
            return True
        return False

    def _enter(self, stage: Stage) -> None:
        self.stage, self.unanswered = stage, None
        if stage is not Stage.APPROVING:
            self.approval.stop()
        if stage not in (Stage.APPROVING, Stage.ASKING, Stage.BOOKING):
            self.question = None
        self.changed.emit()

    def _is_asked(self, redemption_id: UUID) -> bool:
        return (
            self.stage is Stage.ASKING
            and self.question is not None
            and self.question.redemption_id == redemption_id
        )

    def _book(self, redemption_id: UUID, customer_yes: CustomerYes) -> None:
        if self._is_asked(redemption_id):
            self._enter(Stage.BOOKING)
            command = ConfirmRedemption(redemption_id, customer_yes)
            self._runner.run(command, self._on_booked, self._on_failed)

    def _decline(self, redemption_id: UUID) -> None:
        self._enter(Stage.IDLE)
        self._runner.run(DeclineRedemption(redemption_id), self._on_declined, self._on_failed)

    def _on_requested(self, question: RedemptionToConfirm) -> None:
        self.question = question
        if question.challenge:
            self._enter(Stage.APPROVING)
            self.approval.begin(question.redemption_id, question.challenge, question.points)
        else:
            self._ask_customer(question)

    def _ask_customer(self, question: RedemptionToConfirm) -> None:
        self._enter(Stage.ASKING)
        self.asked.emit(question)

    @Slot(object)
    def _on_agreed(self, status: ApprovalStatus) -> None:
        if self.stage is Stage.APPROVING and self.question is not None:
            self._ask_customer(self.question)
            self.told.emit(Said.message("positive", "manager_agreed", name=status.manager_name))

    @Slot()
    def _on_disagreed(self) -> None:
        if self.stage is Stage.APPROVING and self.question is not None:
            self._decline(self.question.redemption_id)
            self.told.emit(Said.message("caution", "manager_declined"))

    def _on_refused(self, problem: GuichetError) -> None:
        self._enter(Stage.CHOOSING)
        self._fail(problem)

    def _on_booked(self, result: RedemptionResult) -> None:
        self._enter(Stage.IDLE)
        self.settled.emit(result)
        refused = result.promise is Promise.NOT_POSSIBLE
        text = wording.outcome(result)
        self.told.emit(Said.message("caution" if refused else "positive", "outcome", text=text))

    def _on_declined(self, result: None) -> None:
        """Nothing was spent, and so there is nothing to show."""

    def _on_failed(self, problem: GuichetError) -> None:
        self._enter(Stage.IDLE)
        self._fail(problem)

    def _fail(self, problem: GuichetError) -> None:
        self.failed.emit(problem)
        self.told.emit(Said.refusal(problem))
