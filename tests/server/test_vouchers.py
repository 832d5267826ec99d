"""Vouchers at the server: each is used once, or a manager hears of it; replicas are told."""

from __future__ import annotations

import base64
from datetime import date
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from app.credentials.voucher_keys import SeatVoucherKeys
from app.domain import events as e
from app.domain.records import UsedVouchers
from app.domain.voucher import read_voucher, shelf_of, tail_of
from sync.client.papers import take_voucher_credential
from sync.protocol.messages import PushAnswer
from sync.server.audit import audit
from sync.server.problems import ProblemError
from sync.server.programme import NewStaff, add_counter, add_office, add_staff, revoke_device
from sync.server.store import tables as t
from sync.server.store.engine import reading, writing
from tests.server import lost
from tests.server.books import sound
from tests.server.conftest import KEYS, Programme, make_programme
from tests.server.counter_pc import Counter
from tests.server.seats import Seat, new_id, used, visit, voucher_of


@pytest.fixture
def counters(programme: Programme) -> tuple[Seat, Seat]:
    return programme.seat(counter=0), programme.seat(counter=1)


def redeemed(programme: Programme, seat: Seat) -> UUID:
    """A reward given and posted online; its redemption."""
    encounter_id, _ = visit(seat, member_id=programme.member(5_000))
    event = e.RedemptionRequested(
        new_id(), encounter_id, member_of(seat), programme.reward_id, 1000,
        e.Proof.CARD, e.CustomerYes.PANEL,
    )  # fmt: skip
    (body,) = seat.record(event)
    assert seat.urgent(body).decision == "accepted"
    seat.push()
    return event.redemption_id


def member_of(seat: Seat) -> UUID:
    found = [msgspec.json.decode(body)["payload"].get("member_id") for body in seat.bodies]
    return UUID(next(each for each in reversed(found) if each))


def take(seat: Seat, text: str, use_id: UUID | None = None) -> str:
    """Use it in a visit of its own; how the server decides, '' for accepted."""
    encounter_id, _ = visit(seat, score=None)
    answer: PushAnswer = seat.push(used(encounter_id, text, use_id))
    return next((each.code for each in answer.decisions), "")


def exceptions(programme: Programme) -> list[str]:
    with reading(programme.server.engine) as connection:
        return list(connection.execute(sa.select(t.exception_item.c.code)).scalars())


def known_to(seat: Seat) -> set[str]:
    """What a pull tells of used vouchers."""
    tails: set[str] = set()
    for record in seat.pull().records:
        if record.kind == UsedVouchers.KIND:
            tails |= set(msgspec.json.decode(record.body, type=UsedVouchers).tails)
    return tails


def test_it_is_used_once_and_every_replica_is_told(
    programme: Programme, counters: tuple[Seat, Seat]
) -> None:
    issuer, other = counters
    redemption_id = redeemed(programme, issuer)
    assert take(other, voucher_of(issuer, redemption_id)) == ""
    assert exceptions(programme) == []
    assert known_to(issuer) == {tail_of(redemption_id)}
    sound(programme)


def test_the_audit_proves_what_vouchers_promise(
    programme: Programme, counters: tuple[Seat, Seat]
) -> None:
    issuer, other = counters
    undone, untold, returned = (redeemed(programme, issuer) for _ in range(3))
    for redemption_id in (undone, untold, returned):
        assert take(other, voucher_of(issuer, redemption_id)) == ""
    sound(programme)
    use, redemption = t.voucher_use, t.redemption
    with writing(programme.server.engine) as connection:
        connection.execute(
            sa.update(redemption).where(redemption.c.redemption_id == undone).values(state="voided")
        )
        connection.execute(
            sa.update(redemption)
            .where(redemption.c.redemption_id == returned)
            .values(refunded=1000)
        )
        connection.execute(
            sa.update(use).where(use.c.redemption_id == untold).values(event_id=new_id())
        )
    with reading(programme.server.engine) as connection:
        found = [line for line in audit(connection) if line.startswith("voucher_use")]
    assert sorted(found) == sorted(
        [
            f"voucher_use {undone}: its redemption is undone",
            f"voucher_use {untold}: no entry tells of it",
            f"voucher_use {returned}: its redemption was given back",
        ]
    )


def test_two_counters_apart_are_one_exception(
    programme: Programme, counters: tuple[Seat, Seat]
) -> None:
    issuer, other = counters
    text = voucher_of(issuer, redeemed(programme, issuer))
    assert take(issuer, text) == ""
    assert take(other, text) == "voucher_used"
    assert exceptions(programme) == ["voucher_used"]


def test_it_may_be_used_before_the_server_has_heard_of_its_redemption(
    programme: Programme, counters: tuple[Seat, Seat]
) -> None:
    issuer, other = counters
    issuer.pull()
    encounter_id, _ = visit(issuer, member_id=programme.member(5_000))
    granted = e.RedemptionGranted(
        new_id(), encounter_id, member_of(issuer), programme.reward_id, 1000,
        e.Cover.AT_RISK, None, issuer.pool_id,
    )  # fmt: skip
    issuer.record(granted)
    text = voucher_of(issuer, granted.redemption_id, is_open=False, cover=e.Cover.AT_RISK)
    assert take(other, text) == ""
    assert issuer.push().decisions == []


def test_an_undone_redemption_has_no_voucher(
    programme: Programme, counters: tuple[Seat, Seat]
) -> None:
    issuer, other = counters
    redemption_id = redeemed(programme, issuer)
    encounter_id, _ = visit(issuer, score=None)
    issuer.push(e.RedemptionVoided(redemption_id, encounter_id, "undone"))
    text = voucher_of(issuer, redemption_id)
    assert other.claim(text).code == "voucher_voided"
    assert take(other, text) == "voucher_voided"


def test_what_was_handed_over_is_not_undone(
    programme: Programme, counters: tuple[Seat, Seat]
) -> None:
    issuer, other = counters
    redemption_id = redeemed(programme, issuer)
    assert take(other, voucher_of(issuer, redemption_id)) == ""
    encounter_id, _ = visit(issuer, score=None)
    answer = issuer.push(e.RedemptionVoided(redemption_id, encounter_id, "undone"))
    assert [each.code for each in answer.decisions] == ["voucher_used"]


def given_back(redemption_id: UUID, encounter_id: UUID, points: int) -> e.RedemptionRefunded:
    return e.RedemptionRefunded(new_id(), redemption_id, encounter_id, points, False, "returned")


@pytest.mark.parametrize("points", [1000, 1])
def test_what_was_handed_over_is_not_given_back(
    programme: Programme, counters: tuple[Seat, Seat], points: int
) -> None:
    issuer, other = counters
    redemption_id = redeemed(programme, issuer)
    assert take(other, voucher_of(issuer, redemption_id)) == ""
    encounter_id, _ = visit(issuer, score=None)
    answer = issuer.push(given_back(redemption_id, encounter_id, points))
    assert [each.code for each in answer.decisions] == ["voucher_used"]
    sound(programme)


def test_a_refund_that_waited_goes_before_a_manager_once_the_voucher_was_used(
    programme: Programme, counters: tuple[Seat, Seat]
) -> None:
    issuer, other = counters
    issuer.pull()
    encounter_id, _ = visit(issuer, member_id=programme.member(5_000))
    granted = e.RedemptionGranted(
        new_id(), encounter_id, member_of(issuer), programme.reward_id, 1000,
        e.Cover.AT_RISK, None, issuer.pool_id,
    )  # fmt: skip
    issuer.record(granted)
    elsewhere, _ = visit(other, score=None)
    assert other.push(given_back(granted.redemption_id, elsewhere, 1000)).decisions == []
    text = voucher_of(issuer, granted.redemption_id, is_open=False, cover=e.Cover.AT_RISK)
    assert take(other, text) == ""
    assert issuer.push().decisions == []
    assert exceptions(programme) == ["voucher_used"]
    sound(programme)


def test_what_was_given_back_whole_has_no_voucher(
    programme: Programme, counters: tuple[Seat, Seat]
) -> None:
    issuer, other = counters
    redemption_id = redeemed(programme, issuer)
    text = voucher_of(issuer, redemption_id)
    encounter_id, _ = visit(issuer, score=None)
    assert issuer.push(given_back(redemption_id, encounter_id, 999)).decisions == []
    assert other.claim(text).outcome == "taken", "a part of it is the member's still"
    assert issuer.push(given_back(redemption_id, encounter_id, 1)).decisions == []
    assert other.claim(text).code == "voucher_refunded"
    assert take(other, text) == "voucher_refunded"
    sound(programme)


def test_a_pinned_one_is_its_own_offices(programme: Programme) -> None:
    with programme.work() as work:
        office_id = add_office(work, code="SHA", name="Shanghai", time_zone="Asia/Shanghai")
        programme.counter_ids.append(add_counter(work, office_id=office_id, label="S1"))
        clerk = add_staff(work, NewStaff("201", "Zhao", ("clerk",), office_id, "$argon2id$"))
    issuer, far = programme.seat(), programme.seat(counter=3)
    far.staff_id = clerk
    redemption_id = redeemed(programme, issuer)
    pinned = voucher_of(issuer, redemption_id, is_open=False)
    assert far.claim(pinned).code == "voucher_elsewhere"
    assert take(far, pinned) == "voucher_elsewhere"
    assert take(far, voucher_of(issuer, redemption_id)) == ""


def test_claims_keep_others_out_and_give_way_to_nobody_else(
    programme: Programme, counters: tuple[Seat, Seat]
) -> None:
    issuer, other = counters
    text = voucher_of(issuer, redeemed(programme, issuer))
    use_id = new_id()
    assert other.claim(text, use_id).outcome == "taken"
    assert other.claim(text, use_id).outcome == "taken", "its answer was lost"
    assert issuer.claim(text).code == "voucher_used"
    again = new_id()
    assert other.claim(text, again).outcome == "taken", "it died before it handed anything over"
    assert known_to(issuer) == set(), "nothing was handed over yet"
    assert take(other, text, again) == ""
    assert other.claim(text).code == "voucher_used"
    assert take(issuer, text) == "voucher_used"


def test_what_was_handed_over_counts_before_a_claim(
    programme: Programme, counters: tuple[Seat, Seat]
) -> None:
    issuer, other = counters
    text = voucher_of(issuer, redeemed(programme, issuer))
    use_id = new_id()
    assert other.claim(text, use_id).outcome == "taken"
    assert take(issuer, text) == "", "offline, and nobody else has handed it over"
    assert take(other, text, use_id) == "voucher_used"
    assert exceptions(programme) == ["voucher_used"]


def test_a_use_that_nobody_claimed_takes_over_its_own_counters_claim(
    programme: Programme, counters: tuple[Seat, Seat]
) -> None:
    issuer, other = counters
    text = voucher_of(issuer, redeemed(programme, issuer))
    assert other.claim(text).outcome == "taken"
    assert take(other, text) == "", "offline meanwhile, under another id"


def test_forged_ones(programme: Programme, counters: tuple[Seat, Seat]) -> None:
    issuer, other = counters
    redemption_id = redeemed(programme, issuer)
    good = voucher_of(issuer, redemption_id)
    packed = bytearray(base64.b32decode(good[3:] + "=" * (-len(good[3:]) % 8)))
    packed[147 + 16] ^= 1  # another reward
    changed = "GV1" + base64.b32encode(packed).decode().rstrip("=")
    stranger = Seat(issuer.server, issuer.clock, issuer.device_id, other.key)
    dearer = voucher_of(issuer, redemption_id, points=9_999)
    for text, code in (
        (changed, "voucher_forged"),
        (voucher_of(stranger, redemption_id), "voucher_forged"),
        (dearer, "voucher_forged"),
        (voucher_of(other, redemption_id), "voucher_forged"),
        (good[:-9], "voucher_unreadable"),
        ("GV1" + "A" * 20_000, "voucher_unreadable"),
        ("", "voucher_unreadable"),
    ):
        assert issuer.claim(text).code == code
    encounter_id, _ = visit(issuer, score=None)
    event = used(encounter_id, good)
    other_points = e.VoucherUsed(
        event.use_id, encounter_id, event.redemption_id, event.reward_id, 1, good
    )
    answer = issuer.push(other_points)
    assert [each.code for each in answer.decisions] == ["voucher_forged"]


def test_another_programmes(programme: Programme) -> None:
    other = make_programme(programme.server, programme.clock, code="SHA")
    issuer, far = other.seat(), programme.seat()
    text = voucher_of(issuer, redeemed(other, issuer))
    assert far.claim(text).code == "voucher_forged"
    assert take(far, text) == "voucher_forged"


def test_expired_ones_are_the_managers(programme: Programme, counters: tuple[Seat, Seat]) -> None:
    issuer, other = counters
    text = voucher_of(issuer, redeemed(programme, issuer), last_day=date(2026, 9, 1))
    assert take(other, text) == "voucher_expired"


def test_a_shut_out_counters_vouchers_are_good_as_far_as_the_server_knows_them(
    programme: Programme, counters: tuple[Seat, Seat]
) -> None:
    issuer, other = counters
    good = voucher_of(issuer, redeemed(programme, issuer))
    made_up = voucher_of(issuer, new_id())
    with programme.work() as work:
        revoke_device(work, KEYS, issuer.device_id)
    assert other.claim(made_up).code == "voucher_issuer_shut_out"
    assert take(other, made_up) == "voucher_issuer_shut_out"
    assert other.claim(good).outcome == "taken"


def test_desks_take_none(programme: Programme) -> None:
    issuer, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    with pytest.raises(ProblemError) as refused:
        desk.claim(voucher_of(issuer, new_id()))
    assert refused.value.problem.code == "forbidden"


def test_replicas_forget_what_nobody_would_take(
    programme: Programme, counters: tuple[Seat, Seat]
) -> None:
    issuer, other = counters
    old = UUID(int=new_id().int & ~0xFF)
    young = UUID(int=(new_id().int & ~0xFF))
    assert shelf_of(old) == shelf_of(young)
    assert take(other, voucher_of(issuer, old, last_day=date(2026, 9, 30))) == ""
    assert known_to(issuer) == {tail_of(old)}
    programme.clock.ms += 20 * 86_400_000
    assert take(other, voucher_of(issuer, young)) == ""
    assert known_to(issuer) == {tail_of(young)}


def test_the_credential_is_the_certificates(programme: Programme) -> None:
    seat = programme.seat()
    first = seat.server.head(seat.device_id).voucher_credential
    programme.clock.ms += 86_400_000
    assert seat.server.head(seat.device_id).voucher_credential == first
    signed = read_voucher(voucher_of(seat, new_id()))
    assert signed.credential.office_id == programme.office_id
    assert signed.credential.device_id == seat.device_id
    assert len(signed.to_text()) == 416


def test_what_was_handed_over_is_not_undone_before_its_redemption_is_here(
    programme: Programme, counters: tuple[Seat, Seat]
) -> None:
    issuer, other = counters
    redemption_id = new_id()
    assert take(other, voucher_of(issuer, redemption_id)) == ""
    encounter_id, _ = visit(issuer, score=None)
    answer = issuer.push(e.RedemptionVoided(redemption_id, encounter_id, "undone"))
    assert [each.code for each in answer.decisions] == ["voucher_used"]


def test_a_counter_from_before_learns_at_its_next_contact_what_it_shows(
    programme: Programme, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pc = Counter(programme, tmp_path / "pc")
    keys = SeatVoucherKeys(document=pc.seat.document, sign=pc.seat.sync.sign)
    assert keys.credential() is not None, "told with its enrolment"
    identity = pc.seat.sync.identity()
    assert identity is not None
    offered = programme.server.head(pc.device_id).voucher_credential
    pc.seat.sync.keep_voucher_credential(b"")
    assert keys.credential() is None
    take_voucher_credential(pc.seat.sync, identity, b"")  # by a server from before
    for wrong in (offered[:-1] + bytes([offered[-1] ^ 1]), offered[1:], b"x" * 147):
        take_voucher_credential(pc.seat.sync, identity, wrong)
    strangers = programme.server.head(programme.seat(counter=1).device_id).voucher_credential
    take_voucher_credential(pc.seat.sync, identity, strangers)
    assert keys.credential() is None
    assert "another device's" in caplog.text
    caplog.clear()
    take_voucher_credential(pc.seat.sync, identity, offered)
    assert keys.credential() == (offered[:-64], offered[-64:])
    pc.close()


def test_one_that_waited_for_its_visit_is_told_of_once_that_has_come(programme: Programme) -> None:
    """The counter's disk gave the visit back after all."""
    seat, other = programme.seat(), programme.seat(counter=1)
    encounter_id, _ = visit(seat, score=None)
    text = voucher_of(seat, new_id())
    seat.record(used(encounter_id, text))
    whole = seat.request()
    refused = lost.push(seat, lost.broken(seat, {1}))
    assert (3, "exception", "unknown_encounter") in refused
    assert known_to(other) == set()
    lost.push(seat, whole)
    assert known_to(other) == {tail_of(read_voucher(text).voucher.redemption_id)}
    sound(programme)
