"""The voucher that was shown: proposed to the clerk, taken by Enter, never recorded here."""

from __future__ import annotations

from app.domain.errors import Rejected
from app.services.views import VoucherView
from ui.viewmodels.said import Said


class Showing:
    """Holds what was scanned until it is taken or put aside.

    Attributes:
        voucher: what Enter would take; None for nothing.
    """

    def __init__(self) -> None:
        """Begin with nothing shown."""
        self.voucher: VoucherView | None = None

    def show(self, voucher: VoucherView) -> Said | None:
        """Propose it; return the refusal where it isn't taken."""
        self.voucher = None if voucher.refusal else voucher
        if voucher.refusal:
            return Said.refusal(Rejected(voucher.refusal, "not taken"))
        return None

    def forget(self) -> bool:
        """Put it aside; return whether there was one."""
        shown, self.voucher = self.voucher, None
        return shown is not None
