"""Rewards that come back at a counter, whole and in parts, with and without the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.domain.errors import Rejected
from app.domain.receipt import Pair
from app.domain.records import Setting
from app.domain.voucher import read_voucher
from app.ports.sync_store import Decided
from app.services import commands as c
from app.services.point_views import RefundForeseen
from app.services.receipts import document_of
from tests.fakes.counter import Counter
from tests.fakes.programme import Programme
from tests.store.test_use_cases import redeem, refusal, serve, sign_in
from tests.store.test_vouchers import redeem as give

ANNA = UUID(int=1)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "seat")
    made.members.settings["points"] = Setting(
        "points", 4, {"refund_fee_percent": 10, "involuntary_months": 3}
    )
    made.go_online()
    sign_in(made)
    yield made
    made.core.close()


def refund(
    encounter_id: UUID, redemption_id: UUID, points: int, *, involuntary: bool = False
) -> c.RefundReward:
    return c.RefundReward(encounter_id, redemption_id, points, involuntary, "changed_mind")


def test_a_part_comes_back_less_the_fee_and_shows_as_on_its_way(counter: Counter) -> None:
    encounter_id = serve(counter)
    given = redeem(counter, encounter_id)  # 500 points
    before = counter.core.queries.member(ANNA)
    assert before is not None
    (reward,) = counter.core.queries.refundable(encounter_id)
    assert (reward.points, reward.left_points, reward.refusal) == (500, 500, "")
    foreseen = counter.core.queries.foresee_refund(205, involuntary=False)
    assert (foreseen.fee_points, foreseen.coming_points) == (20, 185)
    view = counter.core.execute(refund(encounter_id, given.redemption_id, 205))
    line = view.lines[-1]
    assert (line.kind, line.text, line.text_en, line.points, line.state) == (
        "refund", "奖品1", "Reward 1", 185, "waiting",
    )  # fmt: skip
    assert counter.last("RedemptionRefunded")["points"] == 205
    assert (view.member.spendable_points, view.member.pending_points) == (
        before.spendable_points,
        185,
    ), "nobody spends what the server hasn't booked"
    (left,) = counter.core.queries.refundable(encounter_id)
    assert left.left_points == 295
    refused = refusal(counter, refund(encounter_id, given.redemption_id, 296))
    assert refused.code == "over_refund"
    counter.core.execute(refund(encounter_id, given.redemption_id, 295))
    (whole,) = counter.core.queries.refundable(encounter_id)
    assert (whole.left_points, whole.refusal) == (0, "refunded_whole")
    assert refusal(counter, c.UndoLast(encounter_id)).code == "partly_refunded"


def test_what_the_customer_never_wanted_costs_nothing_and_lasts_longer(counter: Counter) -> None:
    assert counter.core.queries.foresee_refund(205, involuntary=True) == RefundForeseen(
        205, 0, "2027-02-28"
    )
    counter.members.settings["points"] = Setting("points", 5, {"of": "a newer program"})
    assert counter.core.queries.foresee_refund(205, involuntary=False).fee_points == 0


def test_a_slip_says_what_is_foreseen(counter: Counter) -> None:
    encounter_id = serve(counter)
    given = redeem(counter, encounter_id)
    counter.core.execute(refund(encounter_id, given.redemption_id, 205))
    row = counter.seat.work.reads.last_receipts(1)[0]
    assert row.kind == "refund"
    pairs = {
        block.left: block.right
        for block in document_of(counter.context, row, "en").blocks
        if isinstance(block, Pair)
    }
    assert (pairs["退回积分"], pairs["手续费"], pairs["返还"]) == ("205", "-20", "+185")


def test_what_the_server_refuses_is_there_to_come_back_again(counter: Counter) -> None:
    encounter_id = serve(counter)
    given = redeem(counter, encounter_id)
    counter.core.execute(refund(encounter_id, given.redemption_id, 500))
    seq = counter.entries()[-1]["seq"]
    counter.seat.sync.confirm(
        seq, [Decided(seq, "exception", "over_refund", "More would come back")], mark=9
    )
    view = counter.core.queries.encounter()
    assert view is not None
    assert (view.lines[-1].state, view.lines[-1].reason) == ("exception", "over_refund")
    assert view.member is not None
    assert view.member.pending_points == 0
    (reward,) = counter.core.queries.refundable(encounter_id)
    assert reward.left_points == 500


def test_what_was_handed_over_does_not_come_back(counter: Counter) -> None:
    encounter_id = serve(counter)
    given = redeem(counter, encounter_id)
    counter.members.used_vouchers.add(given.redemption_id)
    (reward,) = counter.core.queries.refundable(encounter_id)
    assert reward.refusal == "refund_handed_over"
    assert refusal(counter, refund(encounter_id, given.redemption_id, 1)).code == (
        "refund_handed_over"
    )
    counter.seat.work.run(lambda work: work.use_voucher(given.redemption_id, uuid4()))
    (reward,) = counter.core.queries.refundable(encounter_id)
    assert reward.refusal == "refund_handed_over_here"


def test_one_given_elsewhere_comes_back_by_its_voucher(tmp_path: Path) -> None:
    programme = Programme()
    issuer = Counter(tmp_path / "a", programme=programme, device_number=1)
    other = Counter(tmp_path / "b", programme=programme, device_number=2)
    sign_in(issuer)
    sign_in(other)
    text = give(issuer)
    encounter_id = serve(other)
    assert other.core.queries.refundable(encounter_id) == []
    reward = other.core.queries.refundable_by_voucher(text)
    assert reward.redemption_id == read_voucher(text).voucher.redemption_id
    assert (reward.reward_name, reward.points, reward.left_points) == ("奖品1", 500, 500)
    command = c.RefundReward(
        encounter_id, reward.redemption_id, 500, True, "not_provided", reward.reward_name
    )
    view = other.core.execute(command)
    assert (view.lines[-1].text, view.lines[-1].points) == ("奖品1", 500)
    assert view.member.pending_points == 0, "whose points they are only the server knows"
    assert other.core.queries.refundable_by_voucher(text).refusal == "refunded_whole"
    assert issuer.core.queries.refundable_by_voucher(text).left_points == 500
    copier = Counter(tmp_path / "c", device_number=3)  # has no key of this authority's
    stranger = Counter(tmp_path / "d", programme=Programme(UUID(int=6)), device_number=4)
    for asked, read, code in (
        (copier, text, "voucher_forged"),
        (stranger, text, "voucher_other_programme"),
        (other, text[:-9], "voucher_unreadable"),
    ):
        with pytest.raises(Rejected) as caught:
            asked.core.queries.refundable_by_voucher(read)
        assert caught.value.code == code
    for made in (issuer, other, copier, stranger):
        made.core.close()
