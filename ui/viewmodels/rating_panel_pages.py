"""The pages of the customer's panel, and how long each waits for the customer."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from app.domain.lean import dataclass
from app.services.views import RatingInvitation


class Page(StrEnum):
    """What the panel shows."""

    IDLE = "idle"
    SERVING = "serving"
    CONFIRM = "confirm"
    BOOKING = "booking"
    OUTCOME = "outcome"
    VOUCHER = "voucher"
    RATING = "rating"
    DETAILS = "details"
    COMMENT = "comment"
    PHONE = "phone"
    THANKS = "thanks"
    TROUBLE = "trouble"


RESTING: Final = (Page.IDLE, Page.SERVING)
"""Nothing is asked, and nothing was answered a moment ago."""

INVITED: Final = (Page.RATING, Page.DETAILS, Page.COMMENT, Page.PHONE)
WRITING: Final = (Page.COMMENT, Page.PHONE)
PASSING: Final = (Page.OUTCOME, Page.VOUCHER, Page.THANKS, Page.TROUBLE)

_THANKS_MS: Final = 4_000
_SCAN_MS: Final = 12_000  # to take a phone out, and to point it


@dataclass(frozen=True, slots=True)
class PanelTimes:
    """How long the panel waits for the customer, ms.

    Attributes:
        change: how long after the first face another may be chosen.
        invitation: without a touch, until the question counts as timed out.
        details: without a touch, until what was ticked is taken as it stands.
        writing: without a key, until what was written is taken as it stands.
        confirm: until a question about points counts as a no.
        passing: how long outcomes stand.
        thanks: how long thanks do, longer where there is a code to be scanned.
        voucher: how long a voucher without paper stands to be photographed.
        repeat: presses on a new invitation closer to the last than this are flagged.
    """

    change: int = 5_000
    invitation: int = 15_000
    details: int = 12_000
    writing: int = 60_000
    confirm: int = 60_000
    passing: int = 4_000
    repeat: int = 5_000
    voucher: int = 20_000
    thanks: int = _THANKS_MS

    @classmethod
    def of(cls, invitation: RatingInvitation) -> PanelTimes:
        """Take the times that the rating's configuration names."""
        return cls(
            change=invitation.change_window_s * 1000,
            invitation=invitation.invitation_s * 1000,
            details=invitation.details_s * 1000,
            repeat=invitation.repeat_window_s * 1000,
            thanks=_SCAN_MS if invitation.link else _THANKS_MS,
        )

    def wait_on(self, page: Page) -> int:
        """Return how long `page` stands without a touch, ms; 0 for as long as need be."""
        if page in WRITING:
            return self.writing
        if page is Page.VOUCHER:
            return self.voucher
        if page is Page.THANKS:
            return self.thanks
        if page in PASSING:
            return self.passing
        waits = {
            Page.RATING: self.invitation,
            Page.DETAILS: self.details,
            Page.CONFIRM: self.confirm,
        }
        return waits.get(page, 0)
