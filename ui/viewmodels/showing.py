"""The voucher that was shown: proposed to the clerk, taken by Enter."""

from __future__ import annotations

from app.domain.errors import GuichetError, Rejected
from app.services.commands import TakeVoucher
from app.services.views import EncounterView, VoucherView
from ui.viewmodels import wording
from ui.viewmodels.dialogue import Dialogue
from ui.viewmodels.said import Said
from ui.viewmodels.visit import Visit


class Showing:
    """Holds what was scanned until it is taken or put aside.

    Attributes:
        voucher: what Enter would take; None for nothing.
    """

    def __init__(self, visit: Visit, dialogue: Dialogue) -> None:
        """Take into `visit`, with what there is to say in `dialogue`."""
        self._visit, self._dialogue = visit, dialogue
        self.voucher: VoucherView | None = None

    def show(self, voucher: VoucherView) -> None:
        """Propose it, or say why it isn't taken."""
        self.voucher = None if voucher.refusal else voucher
        refused = Said.refusal(Rejected(voucher.refusal, "not taken")) if voucher.refusal else None
        self._dialogue.say(refused)

    def take(self, voucher: VoucherView) -> None:
        """The clerk hands over what it is for."""

        def done(encounter: EncounterView) -> None:
            self.voucher = None
            self._visit.encounter = encounter
            reward = wording.reward_name(voucher.reward_name, voucher.reward_name_en)
            self._dialogue.say(
                Said.message("positive", "voucher_taken", voucher=voucher.code, reward=reward)
            )

        def failed(problem: GuichetError) -> None:
            self.voucher = None  # it isn't to be tried again and again
            self._dialogue.say(Said.refusal(problem))

        self._visit.run(TakeVoucher(voucher.text), done, failed)

    def forget(self) -> bool:
        """Put it aside; return whether there was one."""
        shown, self.voucher = self.voucher, None
        return shown is not None
