"""What the counter shows: its parts, and what they come to together."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.services.core import Queries
from app.services.views import EarnProposal, EncounterView, MemberView
from ui.qt.change_notifier import ChangeNotifier
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.appealing import AppealingViewModel
from ui.viewmodels.arrival import Arrival
from ui.viewmodels.dialogue import Dialogue
from ui.viewmodels.earning import Earning
from ui.viewmodels.finding import Finding
from ui.viewmodels.forms import ClaimViewModel, MatterViewModel, MemberFormViewModel, ShiftViewModel
from ui.viewmodels.looking_up import LookingUp
from ui.viewmodels.own_weeks import OwnWeeks
from ui.viewmodels.receipts import ReceiptsViewModel
from ui.viewmodels.redemption import RedemptionViewModel, Stage
from ui.viewmodels.refund import Refunding
from ui.viewmodels.said import Said
from ui.viewmodels.sign_in import SignInViewModel
from ui.viewmodels.statement import ServedStatement
from ui.viewmodels.steps import KeyState, Step, key_states
from ui.viewmodels.visit import Visit


class CounterState(QObject):
    """Holds the counter's parts; what its keys do is `counter.CounterViewModel`.

    Attributes:
        visit: the customer being served.
        arrival: who the customer is.
        dialogue: where the clerk is and what is said.
        earning: what is proposed.
        refunding: which reward comes back, and how much of it.
        own_weeks: the clerk's own.
        statement: what changed the member's points.
        receipts: what came out of the printer, and what waits for a key.
        looking_up: what the server is asked where nobody on this PC was found.
        redemption, claim, member_form, matter, appealing, shift, switch: what a key opens, each on
            its own.

    Signals:
        step_changed(), changed(), box_emptied(): the dialogue's.
        reading_began(): the arrival's.
        invited(object): RatingInvitation; the panel asks the customer now.
        card_scanned(str): a scan meant for the form that is open.
    """

    step_changed = Signal()
    changed = Signal()
    reading_began = Signal()
    box_emptied = Signal()
    invited = Signal(object)
    card_scanned = Signal(str)

    def __init__(
        self,
        runner: CommandRunner,
        queries: Queries,
        notifier: ChangeNotifier,
        parent: QObject | None = None,
    ) -> None:
        """Make the parts; they do what they do through `runner`."""
        super().__init__(parent)
        self.dialogue = Dialogue(queries, self)
        self.earning = Earning(queries)
        self.redemption = RedemptionViewModel(runner, queries, self)
        self.claim = ClaimViewModel(runner, queries, self)
        self.member_form = MemberFormViewModel(runner, self)
        self.matter = MatterViewModel(runner, queries, self)
        self.appealing = AppealingViewModel(runner, queries, self)
        self.shift = ShiftViewModel(runner, self)
        self.switch = SignInViewModel(runner, self)
        self.receipts = ReceiptsViewModel(runner, queries, notifier, self.dialogue, self)
        self.visit = Visit(runner, queries, lambda: self.redemption.stage is Stage.CHECKING)
        self.statement = ServedStatement(runner, self.dialogue, self)
        self.statement.changed.connect(self.changed)
        self.own_weeks = OwnWeeks(runner, self.dialogue, self)
        self.own_weeks.changed.connect(self.changed)
        self.refunding = Refunding(queries, self.dialogue)
        self.looking_up = LookingUp(runner, queries, self)
        self.arrival = Arrival(
            queries, self.dialogue, self.visit, self.earning, self.looking_up, self
        )
        self.dialogue.step_changed.connect(self.step_changed)
        self.dialogue.changed.connect(self.changed)
        self.dialogue.box_emptied.connect(self.box_emptied)
        self.dialogue.box_emptied.connect(self.looking_up.forget)
        self.arrival.reading_began.connect(self.reading_began)
        self.arrival.badge_scanned.connect(self.switch.take_badge)
        self.arrival.stranger_scanned.connect(self.member_form.name_from_pass)
        self.receipts.changed.connect(self.changed)

    @property
    def step(self) -> Step:
        """What the counter is doing."""
        return self.dialogue.step

    @property
    def said(self) -> Said | None:
        """What the clerk is told just now."""
        return self.dialogue.said

    @property
    def finding(self) -> Finding:
        """Whom the box means."""
        return self.dialogue.finding

    @property
    def reading(self) -> bool:
        """Whether a scan is being worked on."""
        return self.arrival.reading

    @property
    def encounter(self) -> EncounterView | None:
        """The customer being served."""
        return self.visit.encounter

    @property
    def member(self) -> MemberView | None:
        """Who it is, where that is known."""
        return self.visit.member

    @property
    def proposal(self) -> EarnProposal | None:
        """What Enter would earn."""
        return self.earning.next if self.member is not None else None

    @property
    def asks(self) -> object | None:
        """What Enter on an empty box would confirm, None if nothing.

        What nobody answered, a proposal, the line to be undone, a reward that comes back, or the
        slip the customer signs.
        """
        if self.reading or self.finding.typed:
            return None
        if self.step is Step.SERVE:
            return self._proposed
        if self.step is Step.UNDO:
            return (line := self.visit.last_undoable) and line.ref_id  # its state may change
        if self.step is Step.REFUND_ASK:
            return self.refunding.asked
        return None if self.redemption.has_panel else self.redemption.question

    @property
    def _proposed(self) -> object | None:
        return self.redemption.unanswered or self.arrival.showing.voucher or self.proposal

    def keys(self) -> tuple[KeyState, ...]:
        """Return the key bar's states."""
        return key_states(
            has_encounter=self.encounter is not None,
            has_member=self.member is not None,
            has_lines=self.encounter is not None and bool(self.encounter.lines),
            can_undo=self.visit.last_undoable is not None,
            has_receipts=bool(self.receipts.items),
            is_asking=self.redemption.stage in (Stage.APPROVING, Stage.ASKING, Stage.BOOKING),
            proposes=self._proposed is not None,
        )
