"""Two cards of one person at the counter: both open one membership, with the network or without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.errors import Rejected
from app.domain.events import CustomerYes, Proof
from app.ports.sync_store import GrantedLease
from app.services import commands as c
from app.services.views import Promise, RedemptionResult
from tests.fakes.counter import Counter, member

ANNA, OTHER = UUID(int=1), UUID(int=3)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "seat")
    made.members.people.append(member(3, posted_points=3_000))
    made.core.execute(c.SignIn("1001", "1234"))
    yield made
    made.core.close()


def merge(counter: Counter) -> None:
    """What a pull brings: OTHER is an alias of ANNA, who has the points of both."""
    people = {one.member_id: one for one in counter.members.people}
    anna, other = people[ANNA], people[OTHER]
    counter.members.people = [
        replace(anna, posted_points=anna.posted_points + other.posted_points),
        replace(other, posted_points=0, status="merged", merged_into=ANNA),
    ]


def redeem(counter: Counter, encounter_id: UUID, number: int) -> RedemptionResult:
    ask = counter.core.execute(c.RequestRedemption(encounter_id, number, Proof.CARD))
    result: RedemptionResult = counter.core.execute(
        c.ConfirmRedemption(ask.redemption_id, CustomerYes.PANEL)
    )
    return result


def test_both_cards_and_the_name_lead_to_who_stays(counter: Counter) -> None:
    merge(counter)
    for number in (1, 3):
        scan = counter.core.queries.interpret_scan(f"CA{number:010d}")
        assert scan.member is not None
        assert (scan.member.member_id, scan.member.spendable_points) == (ANNA, 13_000)
    assert [found.member_id for found in counter.core.queries.search("张伟明")] == [ANNA]
    view = counter.core.execute(c.IdentifyMember(OTHER, Proof.CARD))
    assert view.member.member_id == ANNA
    assert counter.last("MemberIdentified")["member_id"] == str(ANNA)


def test_what_was_spent_under_the_other_id_counts(counter: Counter) -> None:
    """Served under the card that goes; the merge is heard of before the server has the spend."""
    counter.go_online(False)
    counter.grant(1, member_number=2)  # and the allowance with it
    view = counter.core.execute(c.IdentifyMember(OTHER, Proof.CARD))
    assert redeem(counter, view.encounter_id, 1).promise is Promise.OFFICE_RISK
    merge(counter)
    shown = counter.core.queries.member(ANNA)
    assert shown is not None
    assert shown.spendable_points == 12_500
    served = counter.core.queries.encounter()
    assert served is not None
    assert served.member is not None
    assert (served.member.member_id, served.member.spendable_points) == (ANNA, 12_500)


def test_caps_and_leases_count_for_both_ids(counter: Counter) -> None:
    counter.go_online(False)
    counter.grant(1, member_number=2)
    view = counter.core.execute(c.IdentifyMember(OTHER, Proof.CARD))
    for _ in range(5):
        assert redeem(counter, view.encounter_id, 1).promise is Promise.OFFICE_RISK
    merge(counter)
    with pytest.raises(Rejected) as refused:
        redeem(counter, view.encounter_id, 1)
    assert refused.value.detail["reason"] == "over_member_limit"
    counter.grant(3_000)  # under who stays
    assert redeem(counter, view.encounter_id, 2).promise is Promise.GUARANTEED_HERE


def test_a_lease_goes_over_to_who_stays_with_what_was_spent_of_it(counter: Counter) -> None:
    counter.go_online(False)
    lease_id = counter.grant(2_000, member_number=3)
    view = counter.core.execute(c.IdentifyMember(OTHER, Proof.CARD))
    assert redeem(counter, view.encounter_id, 1).promise is Promise.GUARANTEED_HERE
    merge(counter)
    told = GrantedLease(lease_id, ANNA, 2_000, 0, 2**45, "open", b"another")
    counter.seat.sync.acknowledge_pull(leases=[told], pool=None, horizon=2, now_ms=0)
    (lease,) = counter.seat.work.reads.leases(ANNA)
    assert (lease.lease_id, lease.remaining_points) == (lease_id, 1_500)
    assert counter.seat.work.reads.leases(OTHER) == []
