"""What a server must have known at each of its decisions, worked out from those before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, Final, NamedTuple
from uuid import UUID

from tests.simulation.casework import STAGES
from tests.simulation.programme import CARD


class Key(NamedTuple):
    """Something that an entry makes known and others speak of."""

    kind: str
    id: UUID


WANTED: Final = {
    "unknown_encounter": "encounter",
    "unknown_member": "member",
    "unknown_rating": "rating",
    "unknown_accrual": "accrual",
    "unknown_case": "case",
    "unknown_adjustment": "adjustment",
    "unknown_appeal": "appeal",
    "unknown_action": "action",
}
"""By the refusal's code: the kind of thing that it says isn't known."""


def made_known(kind: str, told: dict[str, Any]) -> list[Key]:
    """What an entry of this type makes known."""
    match kind:
        case "EncounterOpened":
            return [Key("encounter", UUID(told["encounter_id"]))]
        case "MemberJoined":
            return [Key("member", UUID(told["member_id"]))]
        case "AccrualRecorded":
            return [Key("accrual", UUID(told["accrual_id"]))]
        case "PointsAdjusted":
            return [Key("adjustment", UUID(told["adjustment_id"]))]
        case "RatingAppealed":
            return [Key("appeal", UUID(told["appeal_id"]))]
        case "ActionOpened":
            return [Key("action", UUID(told["action_id"]))]
        case "RatingRecorded":
            rating_id = UUID(told["rating_id"])
            low = [Key("case", rating_id)] if told["score"] <= 2 else []
            return [Key("rating", rating_id), *low]
    return []


class Knowledge:
    """Grows by each entry that counts; tells of a refusal whether it was right.

    Attributes:
        keys: what is known.
    """

    def __init__(self, members: Iterable[UUID]) -> None:
        """`members` are those of the beginning, by rank."""
        members = list(members)
        self.keys = {Key("member", member_id) for member_id in members}
        self._belongs = {CARD.format(rank): who for rank, who in enumerate(members, 1)}
        self._flown: dict[UUID, _Flown] = {}  # by accrual
        self._presses: dict[UUID, set[int]] = defaultdict(set)
        self._ended: dict[UUID, str] = {}  # how the visit's invitation to rate did
        self._cases: dict[UUID, str] = {}
        self._decided: dict[UUID, str] = {}  # of adjustments
        self._appealed: set[UUID] = set()  # visits
        self._judged: dict[UUID, bool] = {}  # appeals, and whether they were upheld
        self._granted: set[UUID] = set()
        self._voided: set[UUID] = set()
        self._used: set[UUID] = set()  # redemptions whose vouchers were
        self._answered: set[UUID] = set()  # exceptions
        self._given_back: Counter[UUID] = Counter()  # points, by redemption

    def learn(self, kind: str, told: dict[str, Any], *, ahead: bool) -> None:
        """An entry counts; of one that travelled `ahead` of its chain what its copy brings."""
        self.keys.update(made_known(kind, told))
        match kind:
            case "MemberJoined":
                self._belongs[told["card_no"]] = UUID(told["member_id"])
            case "CardReplaced":
                owner = self._belongs.get(told["old_card_no"], UUID(told["member_id"]))
                self._belongs[told["new_card_no"]] = owner
            case "AccrualRecorded" if told["coupon_key"]:
                self._flown[UUID(told["accrual_id"])] = _Flown.of(told)
            case "AccrualReversed":
                self._flown.pop(UUID(told["accrual_id"]), None)
            case "RatingRecorded" if not ahead:
                self._presses[UUID(told["rating_id"])].add(told["revision"])
                self._ended[UUID(told["encounter_id"])] = "rated"
            case "RatingNotGiven":
                self._ended[UUID(told["encounter_id"])] = told["state"]
            case "RedemptionGranted" if told["cover"] != "online":
                self._granted.add(UUID(told["redemption_id"]))
            case "RedemptionVoided":
                self._voided.add(UUID(told["redemption_id"]))
            case "VoucherUsed":
                self._used.add(UUID(told["redemption_id"]))
            case "RedemptionRefunded":
                self._given_back[UUID(told["redemption_id"])] += told["points"]
            case "AdjustmentConfirmed" | "AdjustmentDeclined":
                self._decided.setdefault(UUID(told["adjustment_id"]), kind)
            case "RatingAppealed":
                self._appealed.add(UUID(told["encounter_id"]))
            case "AppealDecided":
                self._judged.setdefault(UUID(told["appeal_id"]), told["is_upheld"])
            case "CaseAcknowledged" | "CaseReopened":
                self._cases[UUID(told["case_id"])] = ""
            case "CaseAdvanced":
                case_id = UUID(told["case_id"])
                before = self._cases.get(case_id, "")
                self._cases[case_id] = max(before, told["stage"], key=STAGES.index)
            case "CaseClosed":
                self._cases[UUID(told["case_id"])] = "closed"

    def settle(self, told: dict[str, Any], about: dict[str, Any] | None) -> None:
        """A manager's answer counts; `about` is the entry that it is about."""
        self._answered.add(UUID(told["exception_id"]))
        if about is not None and told["answer"] != "noted" and about["type"] == "RedemptionGranted":
            self._granted.add(UUID(about["payload"]["redemption_id"]))

    def is_answer_refused(
        self, code: str, told: dict[str, Any], about: dict[str, Any] | None
    ) -> bool | None:
        """Whether an answer had to be refused for this; None where that can't be told from here."""
        match code:
            case "settled":
                return UUID(told["exception_id"]) in self._answered
            case "voided":
                return about is not None and UUID(about["payload"]["redemption_id"]) in self._voided
        return None

    def is_right(self, code: str, kind: str, told: dict[str, Any]) -> bool | None:
        """Whether an entry had to be refused for this; None where that can't be told from here."""
        if code in WANTED:
            return missing(code, told) not in self.keys
        match code, kind:
            case "encounter_known" | "accrual_known" | "member_known", _:
                return made_known(kind, told)[0] in self.keys
            case "card_taken", _:
                return (told.get("card_no") or told.get("new_card_no")) in self._belongs
            case "wrong_card", "CardReplaced":
                return self._belongs.get(told["old_card_no"]) != UUID(told["member_id"])
            case "already_earned", "AccrualRecorded":
                return told["coupon_key"] in {flown.coupon for flown in self._flown.values()}
            case "duplicate_flight", "AccrualRecorded":
                flight = _Flown.of(told).flight if told["coupon_key"] else None
                return flight in {flown.flight for flown in self._flown.values()}
            case "rating_known", "RatingRecorded":
                return told["revision"] in self._presses[UUID(told["rating_id"])]
            case "already_rated", "RatingRecorded":
                return self._ended.get(UUID(told["encounter_id"])) == "rated"
            case "already_rated", "RatingNotGiven":
                return UUID(told["encounter_id"]) in self._ended
            case "redemption_known", "RedemptionGranted":
                return UUID(told["redemption_id"]) in self._granted
            case "voided", "RedemptionGranted":
                return UUID(told["redemption_id"]) in self._voided
            case "voucher_used", "VoucherUsed" | "RedemptionVoided" | "RedemptionRefunded":
                return UUID(told["redemption_id"]) in self._used
            case "voucher_refunded", "VoucherUsed":
                return self._given_back[UUID(told["redemption_id"])] >= int(told["points"])
            case "voucher_voided", "VoucherUsed":
                return UUID(told["redemption_id"]) in self._voided
            case "voucher_issuer_shut_out", "VoucherUsed":
                return UUID(told["redemption_id"]) not in self._granted
            case "adjustment_decided", "AdjustmentConfirmed" | "AdjustmentDeclined":
                return self._decided.get(UUID(told["adjustment_id"]), kind) != kind
            case "appeal_known", "RatingAppealed":
                return UUID(told["encounter_id"]) in self._appealed
            case "appeal_decided", "AppealDecided":
                before = self._judged.get(UUID(told["appeal_id"]))
                return before is not None and before != told["is_upheld"]
            case "case_taken", "CaseAcknowledged":
                return UUID(told["case_id"]) in self._cases
            case "case_closed", "CaseClosed" | "CaseAdvanced":
                return self._cases.get(UUID(told["case_id"])) == "closed"
            case "case_open", "CaseReopened":
                return self._cases.get(UUID(told["case_id"])) != "closed"
        return None


def missing(code: str, told: dict[str, Any]) -> Key | None:
    """What an entry speaks of that isn't known, by the code; None where it speaks of no such."""
    kind = WANTED[code]
    name = f"{kind}_id"
    return Key(kind, UUID(told[name])) if told.get(name) else None


class _Flown(NamedTuple):
    coupon: str
    flight: tuple[UUID, str]

    @classmethod
    def of(cls, told: dict[str, Any]) -> _Flown:
        """What an accrual with a coupon was for: a claim by typing has one made of its flight."""
        coupon: str = told["coupon_key"]
        return cls(coupon, (UUID(told["member_id"]), coupon.partition(" ")[0]))
