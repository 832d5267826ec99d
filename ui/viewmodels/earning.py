"""What this customer could earn: proposed one by one, taken by Enter, never recorded here."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.domain.errors import GuichetError
from app.services.core import Queries
from app.services.views import EarnProposal
from ui.viewmodels.amounts import parse_amount
from ui.viewmodels.said import Said


class Earning:
    """Holds what is proposed. A pass scanned before its member is known waits for the member.

    Attributes:
        proposals: what could be earned, in order; it may be recorded once the member is known.
        waiting_pass: the scanned pass whose member isn't known yet, '' if there is none.
    """

    def __init__(self, queries: Queries) -> None:
        """Read what amounts earn from `queries`."""
        self._queries = queries
        self._warned = False
        self.proposals: list[EarnProposal] = []
        self.waiting_pass = ""

    @property
    def next(self) -> EarnProposal | None:
        """What is proposed first."""
        return self.proposals[0] if self.proposals else None

    def propose(self, proposals: Sequence[EarnProposal]) -> Said | None:
        """Replace what is proposed; return the refusal where nothing of it can be earned."""
        self._warned, self.waiting_pass = False, ""
        self.proposals = [proposal for proposal in proposals if not proposal.refused]
        if self.proposals or not proposals:
            return None
        return refusal(proposals[0])

    def currency(self) -> str:
        """Return what amounts are typed in."""
        return self._queries.currency()

    def propose_amount(self, member_id: UUID, text: str) -> Said | None:
        """Propose what an amount earns, as typed; return the refusal where it earns nothing."""
        amount_minor = parse_amount(text)
        if amount_minor is None:
            return Said.message("caution", "bad_amount")
        return self.propose((self._queries.propose_amount(member_id, amount_minor),))

    def claim_waiting_pass(self) -> Said | None:
        """Propose the waiting pass anew, now that the member and so the tier is known."""
        scanned, self.waiting_pass = self.waiting_pass, ""
        return self.propose(self._queries.interpret_scan(scanned).earn) if scanned else None

    def take(self) -> EarnProposal:
        """Remove and return what was proposed first: it has been recorded."""
        return self.proposals.pop(0)

    def forget(self) -> bool:
        """Drop what is proposed; return whether something was."""
        self._warned, self.waiting_pass = False, ""
        dropped, self.proposals = bool(self.proposals), []
        return dropped

    def warn_once(self) -> Said | None:
        """Return the warning that something proposed would be left, the first time only."""
        if self._warned or not self.proposals:
            return None
        self._warned = True
        return Said.message("caution", "finish_or_earn")


def refusal(proposal: EarnProposal) -> Said:
    """Return why nothing can be earned with it, with what the refusal is about."""
    about = (because.values for because in proposal.explanation if because.code == proposal.refused)
    detail = next(about, {})
    return Said.refusal(GuichetError(proposal.refused, "nothing to earn", **detail))
