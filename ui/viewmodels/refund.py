"""A reward that comes back: which one, how much of it and why, before anything is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.domain.errors import GuichetError
from app.domain.lean import dataclass
from app.services.commands import RefundReward
from app.services.core import Queries
from app.services.point_views import RefundableReward, RefundForeseen
from ui.viewmodels.dialogue import Dialogue
from ui.viewmodels.said import Said
from ui.viewmodels.steps import Step

REASONS: Final = (
    ("changed_mind", False),
    ("cant_use", False),
    ("not_provided", True),
    ("our_mistake", True),
)
"""Codes in the order of their digits, and whether it is none of the customer's doing."""


@dataclass(frozen=True, slots=True)
class RefundAsked:
    """What Enter would record."""

    encounter_id: UUID
    reward: RefundableReward
    reason: str
    involuntary: bool
    foreseen: RefundForeseen

    def command(self) -> RefundReward:
        """Return what records it."""
        return RefundReward(
            self.encounter_id,
            self.reward.redemption_id,
            self.foreseen.points,
            self.involuntary,
            self.reason,
            self.reward.reward_name,
        )


class Refunding:
    """Leads from the list of rewards to what Enter would record.

    Attributes:
        items: what this counter gave the member, by digit.
        reward: the one chosen.
        points: how many of its points come back.
        asked: what Enter would record, None before the reason is known.
    """

    def __init__(self, queries: Queries, dialogue: Dialogue) -> None:
        """Ask through `dialogue`."""
        self._queries, self._dialogue = queries, dialogue
        self._encounter_id: UUID | None = None
        self.forget()

    def forget(self) -> None:
        """Nothing is chosen any more."""
        self.items: Sequence[RefundableReward] = ()
        self.reward: RefundableReward | None = None
        self.points = 0
        self.asked: RefundAsked | None = None

    def start(self, encounter_id: UUID) -> None:
        """Show what could come back."""
        self.forget()
        self._encounter_id = encounter_id
        self.items = self._queries.refundable(encounter_id)
        self._dialogue.enter(Step.REFUND)

    def press(self, letter: str) -> bool:
        """Choose a reward, or a reason, by its digit; return whether there is one."""
        if not letter.isdigit():
            return False
        place = int(letter) - 1
        if self._dialogue.step is Step.REFUND and 0 <= place < len(self.items):
            self._choose(self.items[place])
            return True
        if self._dialogue.step is Step.REFUND_WHY and 0 <= place < len(REASONS):
            self._ask(*REASONS[place])
            return True
        return False

    def take_voucher(self, text: str) -> None:
        """Choose the reward that a scanned voucher is of."""
        try:
            self._choose(self._queries.refundable_by_voucher(text))
        except GuichetError as problem:
            self._dialogue.say(Said.failed_scan(problem, text))

    def take_points(self, text: str) -> None:
        """Take how many points come back, as typed; nothing typed means all that is left."""
        assert self.reward is not None, "a reward was chosen"
        left = self.reward.left_points
        if text and not (text.isascii() and text.isdigit() and len(text) <= len(str(left))):
            self._dialogue.say(Said.message("caution", "refund_number", left=left))
            return
        points = int(text) if text else left
        if not 1 <= points <= left:
            self._dialogue.say(Said.message("caution", "refund_number", left=left))
            return
        self.points = points
        self._dialogue.empty_box()
        self._dialogue.hush()
        self._dialogue.enter(Step.REFUND_WHY)

    def foresee(self, involuntary: bool) -> RefundForeseen:
        """Return what would come back for one of the reasons."""
        return self._queries.foresee_refund(self.points, involuntary=involuntary)

    def _choose(self, reward: RefundableReward) -> None:
        if reward.refusal:
            problem = GuichetError(reward.refusal, "nothing of it can come back")
            self._dialogue.say(Said.refusal(problem))
            return
        self.reward = reward
        self._dialogue.hush()
        self._dialogue.enter(Step.REFUND_POINTS)

    def _ask(self, reason: str, involuntary: bool) -> None:
        assert self.reward is not None, "a reward was chosen"
        assert self._encounter_id is not None, "it was begun for somebody"
        foreseen = self.foresee(involuntary)
        self.asked = RefundAsked(self._encounter_id, self.reward, reason, involuntary, foreseen)
        self._dialogue.enter(Step.REFUND_ASK)
