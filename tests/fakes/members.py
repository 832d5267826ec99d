"""Server state in memory, for use cases that are not about the members file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Hit:
    member: Member
    matched: str
    from_server: bool = False


@dataclass
class MemoryMembers:
    """Implements app.ports.members.Members; tests change the lists."""

    people: list[Member] = field(default_factory=list)
    crew: list[Staff] = field(default_factory=list)
    catalogue: list[Reward] = field(default_factory=list)
    offices: list[Office] = field(default_factory=list)
    settings: dict[str, Setting] = field(default_factory=dict)
    open_cases: list[Case] = field(default_factory=list)
    open_exceptions: list[ExceptionItem] = field(default_factory=list)
    open_adjustments: list[Adjustment] = field(default_factory=list)
    open_appeals: list[Appeal] = field(default_factory=list)
    appeal_answers: dict[UUID, AppealAnswer] = field(default_factory=dict)
    listed: list[Listening] = field(default_factory=list)
    actions: list[CorrectiveAction] = field(default_factory=list)
    shut_out: list[Revocation] = field(default_factory=list)
    stocks: list[RewardStock] = field(default_factory=list)
    used_vouchers: set[UUID] = field(default_factory=set)
    deny_list: list[Denial] = field(default_factory=list)
    counted: list[Figures] = field(default_factory=list)
    followed: Recovery | None = None
    families: dict[UUID, Family] = field(default_factory=dict)

    def search(self, text: str, limit: int) -> Sequence[Hit]:
        return [Hit(one, "name") for one in self.people if text in one.name][:limit]

    def by_id(self, member_id: UUID) -> Member | None:
        return next((one for one in self.people if one.member_id == member_id), None)

    def aliases(self, member_id: UUID) -> Sequence[UUID]:
        return [one.member_id for one in self.people if one.merged_into == member_id]

    def by_card(self, card_no: str) -> Member | None:
        return next((one for one in self.people if one.card_no == card_no), None)

    def keep_looked_up(self, members: Sequence[Member]) -> None:
        self.people += members

    def stock_of(self, reward_id: UUID) -> RewardStock | None:
        return next((one for one in self.stocks if one.reward_id == reward_id), None)

    def staff_by_number(self, number: str) -> Staff | None:
        return next((one for one in self.crew if one.number == number), None)

    def staff_by_badge(self, badge_hash: str) -> Staff | None:
        return next((one for one in self.crew if one.badge_hash == badge_hash), None)

    def staff(self, staff_id: UUID) -> Staff | None:
        return next((one for one in self.crew if one.staff_id == staff_id), None)

    def rewards(self) -> Sequence[Reward]:
        return [one for one in self.catalogue if one.active]

    def office(self, office_id: UUID) -> Office | None:
        return next((one for one in self.offices if one.office_id == office_id), None)

    def setting(self, name: str) -> Setting | None:
        return self.settings.get(name)

    def cases(self) -> Sequence[Case]:
        return self.open_cases

    def exceptions(self) -> Sequence[ExceptionItem]:
        return self.open_exceptions

    def adjustments(self) -> Sequence[Adjustment]:
        return [each for each in self.open_adjustments if each.state == "waiting"]

    def appeals(self) -> Sequence[Appeal]:
        return [each for each in self.open_appeals if each.state == "waiting"]

    def appeal_answer(self, appeal_id: UUID) -> AppealAnswer | None:
        return self.appeal_answers.get(appeal_id)

    def listenings(self) -> Sequence[Listening]:
        return self.listed

    def corrective_actions(self) -> Sequence[CorrectiveAction]:
        return self.actions

    def revocations(self) -> Sequence[Revocation]:
        return self.shut_out

    def is_voucher_used(self, redemption_id: UUID) -> bool:
        return redemption_id in self.used_vouchers

    def all_staff(self) -> Sequence[Staff]:
        return self.crew

    def is_denied(self, member_id: UUID) -> bool:
        return any(one.member_id == member_id for one in self.denials())

    def denials(self) -> Sequence[Denial]:
        return [one for one in self.deny_list if one.is_denied]

    def family(self, member_id: UUID) -> Family | None:
        return self.families.get(member_id)

    def recovery(self, office_code: str) -> Recovery | None:
        return self.followed

    def figures(self, office_code: str, first_day: str, last_day: str) -> Sequence[Figures]:
        return [day for day in self.counted if first_day <= day.day <= last_day]
