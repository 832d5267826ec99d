"""Server state as this seat holds it. The adapter is app.store.members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from app.domain.listening_records import CorrectiveAction, Listening
from app.domain.member import Member
from app.domain.records import (
    Adjustment,
    Appeal,
    AppealAnswer,
    Case,
    Denial,
    ExceptionItem,
    Family,
    Figures,
    Office,
    Recovery,
    Revocation,
    Reward,
    RewardStock,
    Setting,
    Staff,
)


class MemberMatch(Protocol):
    """A search hit: the member and which kind of key found it."""

    @property
    def member(self) -> Member: ...

    @property
    def matched(self) -> str: ...

    @property
    def from_server(self) -> bool:
        """Found by the server a while ago, and not in the members file."""


class Members(Protocol):
    """Thread-safe; every call opens nothing and takes a few milliseconds.

    Before the first bootstrap has finished nothing is found.
    """

    def search(self, text: str, limit: int) -> Sequence[MemberMatch]: ...

    def by_id(self, member_id: UUID) -> Member | None: ...

    def aliases(self, member_id: UUID) -> Sequence[UUID]:
        """Ids that lead to this member since records of one person were merged."""

    def by_card(self, card_no: str) -> Member | None: ...

    def keep_looked_up(self, members: Sequence[Member]) -> None:
        """Keep for a while whom the server found, until the members file holds them.

        Unlike the others it writes, so never on the GUI thread.
        """

    def staff_by_number(self, number: str) -> Staff | None: ...

    def staff_by_badge(self, badge_hash: str) -> Staff | None: ...

    def staff(self, staff_id: UUID) -> Staff | None: ...

    def all_staff(self) -> Sequence[Staff]: ...

    def rewards(self) -> Sequence[Reward]:
        """Active ones, by number."""

    def stock_of(self, reward_id: UUID) -> RewardStock | None:
        """How many of a reward the server told could be given, None where it hasn't."""

    def office(self, office_id: UUID) -> Office | None: ...

    def setting(self, name: str) -> Setting | None: ...

    def cases(self) -> Sequence[Case]: ...

    def exceptions(self) -> Sequence[ExceptionItem]: ...

    def adjustments(self) -> Sequence[Adjustment]:
        """Those that wait for a second manager."""

    def appeals(self) -> Sequence[Appeal]:
        """Those of this office that wait for a manager."""

    def appeal_answer(self, appeal_id: UUID) -> AppealAnswer | None:
        """What became of an appeal, None while it waits as far as the server has told."""

    def listenings(self) -> Sequence[Listening]:
        """Customers on this office's managers' lists, of whatever week."""

    def corrective_actions(self) -> Sequence[CorrectiveAction]:
        """What is done at this office about what was heard, over or not."""

    def revocations(self) -> Sequence[Revocation]:
        """Devices that were shut out."""

    def is_voucher_used(self, redemption_id: UUID) -> bool:
        """Whether the server has told that the redemption's voucher was used."""

    def is_denied(self, member_id: UUID) -> bool:
        """Whether the member is on the deny list, as the server has told."""

    def family(self, member_id: UUID) -> Family | None:
        """What the member is, or was, in a family; None: the server never told of any."""

    def denials(self) -> Sequence[Denial]:
        """Who is on it."""

    def recovery(self, office_code: str) -> Recovery | None:
        """What the office's customers did after low ratings; None: nobody told yet."""

    def figures(self, office_code: str, first_day: str, last_day: str) -> Sequence[Figures]:
        """The office's days from one ISO date to another, both within, in their order."""
