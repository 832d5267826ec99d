"""What events name, by kind: so that all that an upload speaks of is loaded at once."""

from __future__ import annotations

from typing import Final

from app.domain.entry import Event
from app.domain.events import ALL_EVENTS

_NAMED: Final = {
    "encounter_id": "encounter",
    "member_id": "member",
    "rating_id": "rating",
    "accrual_id": "accrual",
    "coupon_key": "coupon",
    "redemption_id": "redemption",
    "reward_id": "reward",
    "lease_id": "lease",
    "transfer_id": "transfer",
    "refund_id": "refund",
    "adjustment_id": "adjustment",
    "appeal_id": "appeal",
    "listening_id": "listening",
    "action_id": "action",
    "case_id": "case",
    "matter_id": "case",
    "exception_id": "exception",
    "card_no": "card",
    "old_card_no": "card",
    "new_card_no": "card",
}


def _ids_of(event: type[Event]) -> tuple[tuple[str, str], ...]:
    """(field, kind) of what an event names, and by what alone it says whose points it is about."""
    fields = event.__dataclass_fields__
    named = [(name, _NAMED[name]) for name in fields if name in _NAMED]
    if "member_id" not in fields:
        named += [(name, f"whose {kind}") for name, kind in named if kind in _OF_POINTS]
    return tuple(named)


_OF_POINTS: Final = ("accrual", "redemption")
IDS_OF: Final[dict[type, tuple[tuple[str, str], ...]]] = {
    event: _ids_of(event) for event in ALL_EVENTS
}
"""(field, kind) of what each names; 'whose …' where that alone says whose points it is about."""
