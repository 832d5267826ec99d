"""Which answers an exception has, and who bears the price of what was given away by each."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import ledger, reversing
from app.domain.events import EVENT_TYPES
from app.domain.ledger import Account, Holdings, Lot
from app.domain.settling import Answer, Effect, answers_to, effect_of, is_given_away

ALL = ("honour", "claim_back", "write_off", "noted")


@pytest.mark.parametrize(
    ("entry_type", "code", "offered"),
    [
        ("RedemptionGranted", "over_limit", ALL),
        ("RedemptionGranted", "insufficient", ALL),
        ("RedemptionGranted", "shut_out", ALL),
        ("RedemptionGranted", "fork", ("claim_back", "write_off", "noted")),
        ("RedemptionGranted", "voided", ("noted",)),
        ("RedemptionGranted", "redemption_known", ("noted",)),
        ("RedemptionGranted", "written_off", ("noted",)),
        ("RedemptionGranted", "over_clerk_limit", ("noted",)),
        ("RedemptionGranted", "conflict", ("noted",)),
        ("RedemptionGranted", "unreadable", ("noted",)),
        ("VoucherUsed", "voucher_used", ("claim_back", "write_off", "noted")),
        ("VoucherUsed", "voucher_refunded", ("claim_back", "write_off", "noted")),
        ("VoucherUsed", "voucher_voided", ("claim_back", "write_off", "noted")),
        ("VoucherUsed", "voucher_forged", ("write_off", "noted")),
        ("VoucherUsed", "voucher_issuer_shut_out", ("honour", "write_off", "noted")),
        ("VoucherUsed", "voucher_expired", ("honour", "noted")),
        ("VoucherUsed", "voucher_elsewhere", ("honour", "noted")),
        ("RedemptionVoided", "voucher_used", ("noted",)),
        ("RedemptionRefunded", "voucher_used", ("noted",)),
        ("AccrualRecorded", "already_earned", ("noted",)),
        ("AccrualRecorded", "other_points", ("honour", "noted")),
        ("Watched", "watch_emptied", ("noted",)),
        ("", "malformed", ("noted",)),
    ],
)
def test_the_answers_that_are_offered(entry_type: str, code: str, offered: tuple[str, ...]) -> None:
    assert answers_to(entry_type, code, has_member=True) == offered
    without = tuple(answer for answer in offered if answer != "claim_back")
    assert answers_to(entry_type, code, has_member=False) == without


@given(st.sampled_from(sorted(EVENT_TYPES)), st.text(max_size=20))
def test_every_exception_has_an_answer_and_claims_come_with_write_offs(
    kind: str, code: str
) -> None:
    offered = answers_to(kind, code, has_member=True)
    assert offered[-1] == Answer.NOTED
    assert (Answer.WRITE_OFF in offered) == is_given_away(kind, code)
    assert Answer.CLAIM_BACK not in offered or Answer.WRITE_OFF in offered


@given(st.sampled_from(Answer), st.integers(1, 2**53), st.integers(-(2**53), 2**53))
def test_somebody_bears_all_of_the_price(answer: Answer, points: int, spendable: int) -> None:
    effect = effect_of(answer, points, spendable=spendable)
    if answer is Answer.NOTED:
        assert effect == Effect()
        return
    assert effect.taken + effect.owed + effect.borne == points
    assert min(effect.taken, effect.owed, effect.borne) >= 0
    assert effect.taken <= max(0, spendable)
    assert not effect.owed or answer is Answer.CLAIM_BACK
    assert not effect.borne or answer is not Answer.CLAIM_BACK


LOT = UUID(int=1)


@given(
    has=st.integers(0, 1_000),
    owes=st.integers(0, 50),
    points=st.integers(1, 900),
    answer=st.sampled_from([Answer.HONOUR, Answer.CLAIM_BACK, Answer.WRITE_OFF]),
    back=st.integers(1, 900),
)
def test_what_is_booked_sums_to_zero_and_comes_back_where_it_came_from(
    has: int, owes: int, points: int, answer: Answer, back: int
) -> None:
    before = Holdings((Lot(LOT, has, has, 0, None),) if has else (), owes)
    effect = effect_of(answer, points, spendable=before.spendable("2026-01-01"))
    spent = ledger.spend(before, points, today="2026-01-01", at_risk=True, borne=effect.borne)
    lost = [line.amount for line in spent.postings if line.account is Account.WRITTEN_OFF]
    assert sum(line.amount for line in spent.postings) == 0
    assert lost == ([-effect.borne] if effect.borne else [])
    assert before.posted - spent.after.posted == effect.taken + effect.owed
    ids = iter([UUID(int=n) for n in range(2, 9)])
    part = reversing.Part(min(back, points))
    returned = reversing.reverse_spend(
        spent.after, spent.postings, part, to_lease=False, new_id=lambda: next(ids)
    )
    assert sum(line.amount for line in returned.postings) == 0
    to_programme = sum(
        line.amount for line in returned.postings if line.account is Account.WRITTEN_OFF
    )
    assert to_programme == min(part.points, effect.borne), "what was borne comes back first"
    assert returned.after.posted - spent.after.posted == part.points - to_programme
