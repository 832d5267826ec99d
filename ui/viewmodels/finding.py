"""Whom the text in the box means: looked up at each letter, decided at Enter or by a scan."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.domain.events import Proof
from app.services.core import Queries
from app.services.views import FoundMember, ScanResult

PROOF_BY_MATCH: Final = {
    "card": Proof.CARD,
    "card_ending": Proof.CARD,
    "phone": Proof.PHONE,
}
_PASS: Final = re.compile(r"M[1-9][ -~]{18,}")  # no member's name, phone or card begins so


class Finding:
    """Looks members up. Knows what was typed and who came up for it.

    Attributes:
        typed: what was looked up, stripped; '' while the box is empty.
        results: who came up, best first.
    """

    def __init__(self, queries: Queries) -> None:
        """Look up in `queries`."""
        self._queries = queries
        self.typed = ""
        self.results: Sequence[FoundMember] = ()

    def look_up(self, text: str) -> None:
        """Look up what stands in the box now.

        Raises:
            Unavailable: the disk; then it is as if nothing had been typed.
        """
        self.forget()
        typed = text.strip()
        is_pass = _PASS.fullmatch(typed)
        self.results = self._queries.search(typed) if typed and not is_pass else ()
        self.typed = typed

    def forget(self) -> None:
        """Empty everything."""
        self.typed, self.results = "", ()

    def meant(self, text: str, marked: UUID | None) -> FoundMember | ScanResult:
        """Return who or what Enter takes.

        Args:
            text: what stands in the box, stripped; not ''.
            marked: the member marked among the results; the first counts where it isn't there.

        Returns:
            The member; where nobody came up, what the text is as a pass or card typed by hand.
        """
        if text != self.typed:
            self.look_up(text)
        marked_one = (view for view in self.results if view.member_id == marked)
        member = next(marked_one, None) or next(iter(self.results), None)
        return member or self._queries.interpret_scan(text)


def proof_of(member: FoundMember) -> Proof:
    """Return how a member is proved by having been found so."""
    return PROOF_BY_MATCH.get(member.matched, Proof.NAME)
