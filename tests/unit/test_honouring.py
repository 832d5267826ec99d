"""Which exceptions a manager can honour, and what comes of it."""

from __future__ import annotations

import pytest

from app.domain import events as e
from app.domain.honouring import DEPENDING, SHUT_OUT, WEIGHTY, Honour, honour_of


@pytest.mark.parametrize("kind", sorted(WEIGHTY, key=str), ids=lambda kind: str(kind.TYPE))
def test_all_that_a_shut_out_pc_may_not_say_by_itself_can_be_honoured(kind: type) -> None:
    changing = kind in (e.ContactUpdated, e.CardReplaced)
    wanted = Honour.OVER_NEWER if changing else Honour.AS_RECORDED
    assert honour_of(kind.__name__, SHUT_OUT) is wanted


@pytest.mark.parametrize("code", sorted(DEPENDING))
def test_what_waits_for_another_entry_is_applied_once_that_has_come(code: str) -> None:
    assert honour_of("AccrualRecorded", code) is Honour.AS_RECORDED
    assert honour_of("MemberIdentified", code) is Honour.AS_RECORDED
    assert honour_of("CardReplaced", code) is Honour.OVER_NEWER
    assert honour_of("RedemptionGranted", code) is Honour.SPEND
    assert honour_of("RatingRecorded", code) is None, "its visit is its own counter's"


@pytest.mark.parametrize("code", ["insufficient", "over_limit", "lease_closed", "failed"])
def test_a_reward_is_a_managers_to_grant_whatever_it_was_refused_for(code: str) -> None:
    assert honour_of("RedemptionGranted", code) is Honour.SPEND
    assert honour_of("AccrualRecorded", code) is None


@pytest.mark.parametrize("code", ["unreadable", "fork", "conflict", "malformed"])
@pytest.mark.parametrize("entry_type", ["RedemptionGranted", "MemberJoined", ""])
def test_what_is_not_to_be_had_is_not_to_be_honoured(entry_type: str, code: str) -> None:
    assert honour_of(entry_type, code) is None


def test_points_that_the_rules_do_not_come_to_are_honoured_as_recorded() -> None:
    for code in ("other_points", "unknown_rules"):
        assert honour_of("AccrualRecorded", code) is Honour.RULES_ASIDE
        assert honour_of("AccrualReversed", code) is None
    assert honour_of("RedemptionRefunded", "over_refund") is None
