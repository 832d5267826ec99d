"""What the core shows to screens: commands in, views out, changes announced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol
from uuid import UUID

from app.domain.texts import Texts
from app.domain.typed_flight import TypedFlight
from app.ports.phones import PagePlace
from app.services.commands import Command
from app.services.point_views import RefundableReward, RefundForeseen
from app.services.views import (
    ApprovalView,
    ChangeKind,
    DeskView,
    EarnProposal,
    EncounterView,
    FoundMember,
    MemberView,
    OwnVisit,
    PendingItem,
    PendingSummary,
    RatingInvitation,
    Readiness,
    ReceiptsView,
    RewardOffer,
    ScanResult,
    Seat,
    SessionView,
)


class Queries(Protocol):
    """Reads; each takes a few milliseconds and may be called on the GUI thread."""

    def seat(self) -> Seat | None:
        """None until the device is enrolled."""

    def session(self) -> SessionView | None: ...

    def encounter(self) -> EncounterView | None:
        """The open encounter, also one found after a power cut."""

    def invitation(self) -> RatingInvitation | None:
        """The invitation to rate that is open on the panel."""

    def search(self, text: str, limit: int = 20) -> Sequence[FoundMember]:
        """Ten milliseconds at most: called at every keystroke."""

    def member(self, member_id: UUID) -> MemberView | None: ...

    def interpret_scan(self, text: str) -> ScanResult: ...

    def currency(self) -> str:
        """ISO code of what amounts are typed in at this programme's counters."""

    def propose_amount(self, member_id: UUID, amount_minor: int) -> EarnProposal: ...

    def propose_claim(self, member_id: UUID, typed: TypedFlight) -> EarnProposal:
        """Rejected: unknown_member, bad_flight, bad_day, bad_route, bad_class."""

    def offers(self, encounter_id: UUID) -> Sequence[RewardOffer]: ...

    def refundable(self, encounter_id: UUID) -> Sequence[RefundableReward]:
        """What this counter gave the member lately. Rejected: no_encounter, no_member."""

    def refundable_by_voucher(self, text: str) -> RefundableReward:
        """Rejected: voucher_unreadable, voucher_forged, voucher_other_programme."""

    def foresee_refund(self, points: int, *, involuntary: bool) -> RefundForeseen: ...

    def matter_topics(self) -> Sequence[tuple[str, str]]:
        """(code, department) in the order of their digit keys."""

    def skip_reasons(self) -> Sequence[str]:
        """Codes of why staff may skip the panel, in the order of their digit keys."""

    def name_in(self, language: str, name: str) -> str:
        """What a reward, an office or a counter is called in a language; `name` if not told."""

    def texts(self) -> Texts:
        """What the programme says to customers in its own words (app.domain.texts)."""

    def panel_picture(self) -> bytes | None:
        """The PNG or JPEG that the server gave for this office's panels; None for none."""

    def staff_photo(self, staff_number: str) -> bytes | None:
        """The one that it gave of a clerk; None for none."""

    def own_visits(self) -> Sequence[OwnVisit]:
        """Rated visits of whoever is signed in, the newest first; none without anybody."""

    def pending(self, limit: int = 200) -> Sequence[PendingItem]: ...

    def pending_summary(self) -> PendingSummary: ...

    def readiness(self) -> Readiness: ...

    def receipts(self) -> ReceiptsView:
        """What came out of the printer, and what waits for a person."""

    def approvals(self) -> Sequence[ApprovalView]:
        """What counters of the office ask a manager to agree to, the oldest first."""

    def phone_page(self) -> PagePlace | None:
        """Where managers' phones find this desk's page, None while it serves none."""

    def desk(self) -> DeskView:
        """Rejected('not_manager') unless a duty manager is signed in."""


class Core(Protocol):
    """Thread-safe. `execute` blocks until committed, so the GUI calls it through ui.qt."""

    @property
    def queries(self) -> Queries: ...

    def execute(self, command: Command) -> Any: ...

    def subscribe(self, listener: Callable[[frozenset[ChangeKind]], None]) -> None:
        """`listener` is called on the thread that made the change, soon after its commit."""

    def close(self) -> None: ...
