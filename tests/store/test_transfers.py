"""Both ends of a lease that is handed on, on real disks: durable before it is said, once each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.credentials.device_key import DeviceKey
from app.credentials.ids import new_id
from app.domain.errors import Rejected, Unavailable
from app.domain.events import CustomerYes, Proof
from app.domain.lease import TransferProof
from app.domain.risk import RiskCaps
from app.ports.online import OnlineVerdict
from app.ports.sync_store import Decided, GrantedLease, GrantedPool
from app.ports.transfers import HandedOn
from app.services import commands as c
from app.services.views import Promise, RedemptionResult
from app.store.journal import Journal
from tests.fakes.counter import Counter, member
from tests.store.test_use_cases import ANNA, redeem, refusal, serve, sign_in

LEASE = UUID(int=900)


class Cut(BaseException):
    """The power went."""


def granted(lease_id: UUID, points: int, *, may_hand_on: bool = True) -> GrantedLease:
    return GrantedLease(lease_id, ANNA, points, 0, 2**45, "open", bytes(64), may_hand_on)


def pull(counter: Counter, *leases: GrantedLease, horizon: int = 1) -> None:
    pool = GrantedPool(UUID(int=77), 5_000, RiskCaps.unheeded(2_000, 2_500))
    counter.seat.sync.acknowledge_pull(
        leases=list(leases), pool=pool, horizon=horizon, now_ms=counter.clock.ms
    )


def left(counter: Counter) -> list[int]:
    return [each.remaining_points for each in counter.seat.work.reads.leases(ANNA)]


@pytest.fixture
def giver(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "giver", device_number=42)
    pull(made, granted(LEASE, 2_000))
    yield made
    made.core.close()


@pytest.fixture
def receiver(tmp_path: Path, giver: Counter) -> Iterator[Counter]:
    made = Counter(tmp_path / "receiver", device_number=43, programme=giver.programme)
    made.go_online(False)

    def hand_on(member_id: UUID, points: int) -> None:
        done = giver.seat.transfers.hand_on(new_id(), member_id, UUID(int=43), points)
        made.seat.transfers.take_over(done)
        made.neighbours.label = "A2"

    made.neighbours.during = hand_on
    pull(made)
    yield made
    made.core.close()


def hand_on(giver: Counter, points: int = 500, transfer_id: UUID | None = None) -> HandedOn:
    return giver.seat.transfers.hand_on(transfer_id or new_id(), ANNA, UUID(int=43), points)


def test_what_is_handed_on_is_journalled_signed_and_gone(giver: Counter) -> None:
    done = hand_on(giver)
    said = giver.last("LeaseHandedOn")
    assert said == {
        "transfer_id": str(done.transfer.transfer_id),
        "lease_id": str(LEASE),
        "member_id": str(ANNA),
        "to_device_id": str(UUID(int=43)),
        "points": 500,
    }
    key = Ed25519PublicKey.from_public_bytes(DeviceKey(giver.vault).public_key())
    key.verify(done.proof.signature, done.transfer.statement)
    assert (done.proof.lease_points, done.proof.lease_signature) == (2_000, bytes(64))
    assert TransferProof.of_text(done.proof.to_text()) == done.proof
    assert left(giver) == [1_500]
    giver.restart()
    assert left(giver) == [1_500]


def test_the_same_transfer_is_the_same_answer_and_another_isnt(giver: Counter) -> None:
    done = hand_on(giver)
    giver.restart()
    assert hand_on(giver, 500, done.transfer.transfer_id) == done
    assert left(giver) == [1_500]
    for points, to in ((501, 43), (500, 44)):
        with pytest.raises(Rejected, match="id"):
            giver.seat.transfers.hand_on(done.transfer.transfer_id, ANNA, UUID(int=to), points)
    assert giver.types().count("LeaseHandedOn") == 1


def test_a_lease_filled_up_since_proves_the_transfer_as_well(giver: Counter) -> None:
    done = hand_on(giver)
    pull(giver, granted(LEASE, 3_000))
    again = hand_on(giver, 500, done.transfer.transfer_id)
    assert again.transfer == done.transfer
    assert again.proof.lease_points == 3_000
    assert left(giver) == [2_500]


def test_what_is_spent_short_or_not_to_be_handed_on_stays(giver: Counter) -> None:
    at_giver = giver.seat.transfers
    assert at_giver.could_hand_on(ANNA, 2_000)
    assert not at_giver.could_hand_on(ANNA, 2_001)
    assert not at_giver.could_hand_on(UUID(int=2), 1)
    with pytest.raises(Rejected, match="set aside"):
        hand_on(giver, 2_001)
    pull(giver, granted(LEASE, 2_000, may_hand_on=False))
    assert not at_giver.could_hand_on(ANNA, 1)  # as an older server tells it
    assert "LeaseHandedOn" not in giver.types()


def test_without_its_key_a_giver_says_nothing_and_says_it_later(
    giver: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_giver, transfer_id = giver.seat.transfers, new_id()

    def locked(statement: bytes) -> bytes:
        raise Unavailable("keyring_locked", "locked")

    monkeypatch.setattr(at_giver, "_sign", locked)
    with pytest.raises(Unavailable):
        at_giver.hand_on(transfer_id, ANNA, UUID(int=43), 500)
    assert left(giver) == [1_500], "it is durable, and unsaid"
    assert hand_on(giver, 500, transfer_id).transfer.transfer_id == transfer_id
    assert left(giver) == [1_500]


def test_taken_over_once_it_is_a_lease_of_its_own(giver: Counter, receiver: Counter) -> None:
    done = hand_on(giver)
    assert receiver.seat.transfers.take_over(done)
    assert not receiver.seat.transfers.take_over(done)
    assert receiver.types().count("LeaseReceived") == 1
    said = receiver.last("LeaseReceived")
    assert said["proof"] == done.proof.to_text()
    assert said["from_device_id"] == str(UUID(int=42))
    assert left(receiver) == [500]
    assert not receiver.seat.transfers.could_hand_on(ANNA, 1), "it goes no further"


def test_a_pull_that_does_not_know_of_it_leaves_it_and_one_that_does_takes_it_along(
    giver: Counter, receiver: Counter
) -> None:
    done = hand_on(giver)
    receiver.seat.transfers.take_over(done)
    pull(receiver)
    assert left(receiver) == [500]
    pull(receiver, granted(done.transfer.transfer_id, 500, may_hand_on=False))
    assert left(receiver) == [500]
    pull(receiver)
    assert left(receiver) == []
    assert not receiver.seat.transfers.take_over(done), "an answer that was late"
    assert left(receiver) == []


def test_what_the_server_does_not_believe_is_spent_no_more(
    giver: Counter, receiver: Counter
) -> None:
    receiver.seat.transfers.take_over(hand_on(giver))
    run = receiver.seat.sync.unsent(max_entries=99, max_bytes=10**6)
    assert run is not None
    (place,) = [
        run.first_seq + n
        for n, body in enumerate(run.bodies)
        if json.loads(body)["type"] == "LeaseReceived"
    ]
    decided = [Decided(place, "exception", "unknown_lease", "")]
    receiver.seat.sync.confirm(run.last_seq, decided, mark=5)
    assert left(receiver) == []


# --- in front of a customer ----------------------------------------------------------------------


def confirm(counter: Counter, redemption_id: UUID) -> RedemptionResult:
    result: RedemptionResult = counter.core.execute(
        c.ConfirmRedemption(redemption_id, CustomerYes.PANEL)
    )
    return result


def test_offline_a_neighbours_lease_is_fetched_before_anything_is_at_risk(
    giver: Counter, receiver: Counter
) -> None:
    sign_in(receiver)
    encounter_id = serve(receiver)
    asked = receiver.core.execute(c.RequestRedemption(encounter_id, 1, Proof.CARD))
    assert asked.promise is Promise.GUARANTEED_HERE
    result = confirm(receiver, asked.redemption_id)
    assert (result.promise, result.fetched_from) == (Promise.GUARANTEED_HERE, "A2")
    said = receiver.last("RedemptionGranted")
    assert said["cover"] == "lease"
    assert said["lease_id"] == receiver.last("LeaseReceived")["transfer_id"]
    assert receiver.neighbours.asked == [(ANNA, 500)]
    assert left(receiver) == [0]
    assert left(giver) == [1_500]


def test_who_holds_enough_asks_nobody(receiver: Counter) -> None:
    pull(receiver, granted(new_id(), 500))
    sign_in(receiver)
    result = redeem(receiver, serve(receiver))
    assert (result.promise, result.fetched_from) == (Promise.GUARANTEED_HERE, "")
    assert receiver.neighbours.asked == []


def test_where_no_neighbour_has_it_the_counter_goes_on_at_risk(receiver: Counter) -> None:
    receiver.neighbours.during = None
    sign_in(receiver)
    result = redeem(receiver, serve(receiver))
    assert (result.promise, result.fetched_from) == (Promise.OFFICE_RISK, "")


def test_beyond_what_the_member_has_nobody_is_asked(receiver: Counter) -> None:
    sign_in(receiver)
    refused = refusal(receiver, c.RequestRedemption(serve(receiver), 3, Proof.CARD))
    assert refused.code == "insufficient"
    assert receiver.neighbours.asked == []


def test_what_other_counters_hold_of_all_points_is_no_longer_out_of_reach(
    giver: Counter, receiver: Counter
) -> None:
    receiver.members.people[0] = member(1, leased_points=10_000)
    sign_in(receiver)
    encounter_id = serve(receiver)
    (offer, *_) = receiver.core.queries.offers(encounter_id)
    assert offer.reason == "set_aside"
    assert redeem(receiver, encounter_id).fetched_from == "A2"


@pytest.mark.parametrize("outcome", ["unknown", "unreachable", "refused"])
def test_a_server_that_does_not_answer_or_has_no_points_left_is_helped_out(
    receiver: Counter, outcome: str
) -> None:
    receiver.go_online()
    receiver.online.verdict = OnlineVerdict(outcome, "insufficient")  # type: ignore[arg-type]
    sign_in(receiver)
    encounter_id = serve(receiver)
    asked = receiver.core.execute(c.RequestRedemption(encounter_id, 1, Proof.CARD))
    assert receiver.neighbours.asked == [], "the server may do"
    result = confirm(receiver, asked.redemption_id)
    assert (result.promise, result.fetched_from) == (Promise.GUARANTEED_HERE, "A2")
    assert result.redemption_id == asked.redemption_id


def test_what_the_server_refuses_for_good_no_neighbour_is_asked_for(receiver: Counter) -> None:
    receiver.go_online()
    receiver.online.verdict = OnlineVerdict("refused", "member_closed")
    sign_in(receiver)
    assert redeem(receiver, serve(receiver)).promise is Promise.NOT_POSSIBLE
    assert receiver.neighbours.asked == []


def test_a_customer_who_says_no_leaves_the_points_here(giver: Counter, receiver: Counter) -> None:
    sign_in(receiver)
    encounter_id = serve(receiver)
    asked = receiver.core.execute(c.RequestRedemption(encounter_id, 1, Proof.CARD))
    receiver.core.execute(c.DeclineRedemption(asked.redemption_id))
    assert left(receiver) == [500]
    receiver.neighbours.during = None
    again = redeem(receiver, encounter_id)
    assert (again.promise, again.fetched_from) == (Promise.GUARANTEED_HERE, "")


def test_two_leases_of_a_member_here_are_both_this_counters(
    giver: Counter, receiver: Counter
) -> None:
    pull(receiver, granted(new_id(), 300))
    receiver.seat.transfers.take_over(hand_on(giver))
    assert left(receiver) == [500, 300]
    sign_in(receiver)
    serve(receiver)
    view = receiver.core.queries.encounter()
    assert view is not None
    assert view.member is not None
    assert view.member.spendable_points == 10_000


def test_a_power_cut_at_either_end_takes_all_or_nothing(
    giver: Counter, receiver: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise Cut

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "flush", cut)
        with pytest.raises(Cut):
            hand_on(giver)
    giver.restart()
    assert left(giver) == [2_000]
    assert "LeaseHandedOn" not in giver.types()
    done = hand_on(giver)
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "flush", cut)
        with pytest.raises(Cut):
            receiver.seat.transfers.take_over(done)
    receiver.restart()
    assert left(receiver) == []
    assert receiver.seat.transfers.take_over(done)
