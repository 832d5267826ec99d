"""Vouchers at the counters: issued by one, read and taken by another with no network."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.credentials.voucher_keys import SeatVoucherKeys
from app.domain.errors import Rejected
from app.domain.events import Cover, CustomerYes, Proof
from app.domain.receipt import Code
from app.domain.records import Revocation, Setting
from app.domain.slips import RedemptionSlip
from app.domain.voucher import Voucher, VoucherRules, looks_like_voucher, read_voucher
from app.ports.online import OnlineVerdict, VoucherVerdict
from app.services import commands as c
from app.services.receipts import document_of, voucher_text
from app.services.views import VoucherView
from tests.fakes.counter import Counter
from tests.fakes.printers import MemoryPrinter
from tests.fakes.programme import Programme

Make = Callable[..., Counter]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    programme, made = Programme(), list[Counter]()

    def one(device: int, office: int = 500, **options: Any) -> Counter:
        options = {"programme": programme, **options}
        folder = tmp_path / f"seat{len(made)}"
        counter = Counter(folder, office_number=office, device_number=device, **options)
        counter.core.execute(c.SignIn("1001", "1234"))
        made.append(counter)
        return counter

    yield one
    for counter in made:
        counter.core.close()


def redeem(counter: Counter, *, at_risk: bool = False) -> str:
    """A reward given offline; the voucher that its slip shows."""
    counter.grant(0 if at_risk else 2_000)
    visit = counter.core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD)).encounter_id
    ask = counter.core.execute(c.RequestRedemption(visit, 1, Proof.CARD))
    counter.core.execute(c.ConfirmRedemption(ask.redemption_id, CustomerYes.PANEL))
    counter.core.execute(c.FinishEncounter(visit))
    row = counter.seat.work.reads.last_receipts(1)[0]
    codes = [b.text for b in document_of(counter.context, row, "en").blocks if isinstance(b, Code)]
    assert len(codes) == 1
    return codes[0]


def seen(counter: Counter, text: str) -> VoucherView:
    result = counter.core.queries.interpret_scan(text)
    assert result.kind == "voucher"
    assert result.voucher is not None
    return result.voucher


def refused(counter: Counter, text: str) -> str:
    before = counter.types()
    with pytest.raises(Rejected) as error:
        counter.core.execute(c.TakeVoucher(text))
    assert counter.types() == before
    return error.value.code


def test_where_no_paper_comes_out_the_customer_is_shown_the_same_voucher(make: Make) -> None:
    issuer = make(1)
    issuer.grant(2_000)
    visit = issuer.core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD)).encounter_id
    ask = issuer.core.execute(c.RequestRedemption(visit, 1, Proof.CARD))
    result = issuer.core.execute(c.ConfirmRedemption(ask.redemption_id, CustomerYes.PANEL))
    row = issuer.seat.work.reads.last_receipts(1)[0]
    slip = RedemptionSlip.of(row.facts)
    assert result.voucher == voucher_text(issuer.context, slip.voucher)
    assert read_voucher(result.voucher).voucher.redemption_id == ask.redemption_id
    dear = issuer.core.execute(c.RequestRedemption(visit, 1, Proof.CARD))
    issuer.seat.sync.acknowledge_pull(leases=[], pool=None, horizon=2, now_ms=issuer.clock.ms)
    refused = issuer.core.execute(c.ConfirmRedemption(dear.redemption_id, CustomerYes.PANEL))
    assert refused.voucher == "", "nothing was given"


def test_with_a_printer_the_slip_says_it(make: Make) -> None:
    issuer = make(1, printer=MemoryPrinter())
    issuer.grant(2_000)
    visit = issuer.core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD)).encounter_id
    ask = issuer.core.execute(c.RequestRedemption(visit, 1, Proof.CARD))
    yes = c.ConfirmRedemption(ask.redemption_id, CustomerYes.PANEL)
    assert issuer.core.execute(yes).voucher == ""


def test_another_counter_reads_it_with_no_network_and_takes_it(make: Make) -> None:
    issuer, other = make(1), make(2)
    text = redeem(issuer)
    assert len(text) == 416
    view = seen(other, text)
    assert (view.reward_name, view.points, view.is_open) == ("奖品1", 500, True)
    assert (view.refusal, view.is_checked) == ("", False)
    encounter = other.core.execute(c.TakeVoucher(text))
    (line,) = encounter.lines
    assert (line.kind, line.text) == ("voucher", "奖品1")
    used = other.last("VoucherUsed")
    assert used["voucher"] == text
    assert used["redemption_id"] == issuer.last("RedemptionRequested")["redemption_id"]


def test_the_same_counter_takes_it_once(make: Make) -> None:
    issuer, other = make(1), make(2)
    text = redeem(issuer)
    other.core.execute(c.TakeVoucher(text))
    assert seen(other, text).refusal == "voucher_used_here"
    assert refused(other, text) == "voucher_used_here"
    other.restart()
    other.core.execute(c.SignIn("1001", "1234"))
    assert refused(other, text) == "voucher_used_here"


def test_it_is_known_from_a_pull_that_it_was_used_elsewhere(make: Make) -> None:
    issuer, other = make(1), make(2)
    text = redeem(issuer)
    other.members.used_vouchers.add(read_voucher(text).voucher.redemption_id)
    assert seen(other, text).refusal == "voucher_used"
    assert refused(other, text) == "voucher_used"


def test_at_risk_it_is_the_offices_own(make: Make) -> None:
    issuer, neighbour, far = make(1), make(2), make(3, office=501)
    text = redeem(issuer, at_risk=True)
    assert not seen(neighbour, text).is_open
    assert seen(far, text).refusal == "voucher_elsewhere"
    assert refused(far, text) == "voucher_elsewhere"
    neighbour.core.execute(c.TakeVoucher(text))


def test_another_programmes_and_other_keys(make: Make) -> None:
    issuer, far = make(1), make(2, programme=Programme(UUID(int=6)))
    impostor = make(4, programme=Programme())  # the same programme's name by another authority
    text = redeem(issuer)
    assert refused(far, text) == "voucher_other_programme"
    assert refused(issuer, redeem(impostor)) == "voucher_forged"


def test_each_changed_byte_is_noticed(make: Make) -> None:
    issuer, other = make(1), make(2)
    text = redeem(issuer)
    packed = base64.b32decode(text[3:] + "=" * (-len(text[3:]) % 8))
    for place in range(len(packed)):
        changed = bytearray(packed)
        changed[place] ^= 0x04
        forged = "GV1" + base64.b32encode(changed).decode().rstrip("=")
        assert refused(other, forged) in (
            "voucher_forged", "voucher_other_programme", "voucher_unreadable",
        )  # fmt: skip


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_scan_that_broke_off(make: Make, cut: int) -> None:
    issuer = make(1)
    text = redeem(issuer)[:-cut]
    if looks_like_voucher(text):
        result = issuer.core.queries.interpret_scan(text)
        assert (result.kind, result.problem) == ("unknown", "voucher_unreadable")
    with pytest.raises(Rejected, match="read whole"):
        issuer.core.execute(c.TakeVoucher(text))


def test_caps_lock_changes_nothing(make: Make) -> None:
    issuer, other = make(1), make(2)
    text = redeem(issuer)
    assert seen(other, text.lower()).text == text
    other.core.execute(c.TakeVoucher(text.lower()))
    assert refused(other, text) == "voucher_used_here"


def test_after_its_last_day(make: Make) -> None:
    issuer, other = make(1), make(2)
    text = redeem(issuer)
    last_day = read_voucher(text).voucher.last_day
    days = (last_day - date(2026, 11, 18)).days
    assert days == 89
    other.clock.ms += days * 86_400_000
    assert seen(other, text).refusal == ""
    other.clock.ms += 86_400_000
    assert refused(other, text) == "voucher_expired"


def test_a_shut_out_counters_is_taken_only_by_the_servers_word(make: Make) -> None:
    issuer, other = make(1), make(2)
    text = redeem(issuer)
    other.members.shut_out.append(Revocation(UUID(int=1), 0))
    assert refused(other, text) == "voucher_issuer_shut_out"
    other.go_online()
    assert seen(other, text).refusal == "", "the server will say"
    other.online.claim = VoucherVerdict("unreachable")
    assert refused(other, text) == "voucher_issuer_shut_out"
    other.online.claim = VoucherVerdict("taken")
    other.core.execute(c.TakeVoucher(text))


def test_the_server_is_asked_first_where_it_answers(make: Make) -> None:
    issuer, other = make(1), make(2)
    text = redeem(issuer)
    other.go_online()
    assert seen(other, text).is_checked
    other.online.claim = VoucherVerdict("refused", "voucher_used", "")
    assert refused(other, text) == "voucher_used"
    other.online.claim = VoucherVerdict("unreachable", "timeout")
    other.core.execute(c.TakeVoucher(text))
    ((first, _), (second, use_id)) = other.online.claimed
    assert first == second == text
    assert other.last("VoucherUsed")["use_id"] == str(use_id), "whether claimed or not, one use"


def test_what_was_handed_over_here_is_not_undone_here(make: Make) -> None:
    counter = make(1)
    counter.grant(2_000)
    visit = counter.core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD)).encounter_id
    ask = counter.core.execute(c.RequestRedemption(visit, 1, Proof.CARD))
    counter.core.execute(c.ConfirmRedemption(ask.redemption_id, CustomerYes.PANEL))
    row = counter.seat.work.reads.last_receipts(1)[0]
    text = voucher_text(counter.context, RedemptionSlip.of(row.facts).voucher)
    counter.core.execute(c.TakeVoucher(text))
    with pytest.raises(Rejected) as error:
        counter.core.execute(c.UndoLast(visit))
    assert error.value.code == "voucher_used_here"


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_what_was_handed_over_is_not_given_back(make: Make, where: str) -> None:
    counter = make(1)
    counter.grant(2_000)
    visit = counter.core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD)).encounter_id
    ask = counter.core.execute(c.RequestRedemption(visit, 1, Proof.CARD))
    counter.core.execute(c.ConfirmRedemption(ask.redemption_id, CustomerYes.PANEL))
    if where == "here":
        row = counter.seat.work.reads.last_receipts(1)[0]
        text = voucher_text(counter.context, RedemptionSlip.of(row.facts).voucher)
        counter.core.execute(c.TakeVoucher(text))
    else:
        counter.members.used_vouchers.add(ask.redemption_id)
    with pytest.raises(Rejected) as error:
        counter.core.execute(c.RefundReward(visit, ask.redemption_id, 1, False, "returned"))
    assert error.value.code == f"refund_handed_over{'_here' if where == 'here' else ''}"


def test_what_was_given_back_whole_is_not_handed_over_where_it_was(make: Make) -> None:
    counter = make(1)
    counter.grant(2_000)
    visit = counter.core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD)).encounter_id
    ask = counter.core.execute(c.RequestRedemption(visit, 1, Proof.CARD))
    result = counter.core.execute(c.ConfirmRedemption(ask.redemption_id, CustomerYes.PANEL))
    row = counter.seat.work.reads.last_receipts(1)[0]
    text = voucher_text(counter.context, RedemptionSlip.of(row.facts).voucher)
    for points in (1, result.points - 1):
        assert seen(counter, text).refusal == ""
        refund = c.RefundReward(visit, ask.redemption_id, points, False, "returned")
        counter.core.execute(refund)
    assert refused(counter, text) == "voucher_refunded"


def test_an_undone_redemptions_is_not_taken_where_it_was_undone(make: Make) -> None:
    counter = make(1)
    counter.grant(2_000)
    visit = counter.core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD)).encounter_id
    ask = counter.core.execute(c.RequestRedemption(visit, 1, Proof.CARD))
    counter.core.execute(c.ConfirmRedemption(ask.redemption_id, CustomerYes.PANEL))
    row = counter.seat.work.reads.last_receipts(1)[0]
    text = voucher_text(counter.context, RedemptionSlip.of(row.facts).voucher)
    counter.core.execute(c.UndoLast(visit))
    assert refused(counter, text) == "voucher_voided"


def test_the_programme_says_which_are_open_and_for_how_long(make: Make) -> None:
    counter = make(1)
    terms: dict[str, object] = {"valid_days": 1, "open_covers": ["at_risk"]}
    counter.members.settings["voucher"] = Setting("voucher", 2, terms)
    text = redeem(counter)
    voucher = read_voucher(text).voucher
    assert not voucher.is_open
    assert voucher.last_day == date(2026, 11, 18)


@pytest.mark.parametrize(
    "wrong", [{"valid_days": 0}, {"valid_days": "9"}, {"valid_days": True}, {"open_covers": 7}, {}]
)
def test_rules_that_make_no_sense_keep_their_default(wrong: dict[str, object]) -> None:
    assert VoucherRules.from_setting(wrong) == VoucherRules.from_setting(None)


def test_a_seat_without_a_credential_prints_no_voucher(make: Make) -> None:
    counter = make(1)
    counter.online.verdict = OnlineVerdict("unreachable")
    voucher = Voucher(UUID(int=1), UUID(int=2), 5, 0, date(2027, 1, 1), True, Cover.LEASE)
    bare = replace(
        counter.context, vouchers=SeatVoucherKeys(document=lambda: None, sign=lambda _: b"")
    )
    assert voucher_text(bare, voucher) == ""


def test_the_credentials_end_binds(make: Make) -> None:
    issuer, other = make(1), make(2)
    issuer.clock.ms += int(timedelta(days=5 * 366) / timedelta(milliseconds=1))
    text = redeem(issuer)
    other.clock.ms = issuer.clock.ms
    assert refused(other, text) == "voucher_forged"
