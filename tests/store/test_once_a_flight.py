"""A counter that credited a flight says so before it credits the member for it again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.boarding_pass import BoardingPass, Leg, encode
from app.domain.errors import Rejected
from app.domain.events import Proof
from app.domain.office_time import local_day
from app.domain.typed_flight import TypedFlight
from app.services import commands as c
from app.services.views import EarnProposal
from tests.fakes.counter import Counter

ANNA, LI = UUID(int=1), UUID(int=2)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "seat")
    made.core.execute(c.SignIn("1001", "1234"))
    yield made
    made.core.close()


def serve(counter: Counter, who: UUID) -> UUID:
    encounter_id: UUID = counter.core.execute(c.IdentifyMember(who, Proof.CARD)).encounter_id
    return encounter_id


def leg(counter: Counter) -> Leg:
    day = local_day(counter.clock.now_ms(), "Asia/Shanghai") - timedelta(days=1)
    return Leg("ABC123", "PEK", "SHA", "CA", "1501", day, "Y", check_in_sequence="7")


def scan(counter: Counter, *legs: Leg) -> tuple[EarnProposal, ...]:
    return counter.core.queries.interpret_scan(encode(BoardingPass("LI/NA", legs))).earn


def claim(counter: Counter, who: UUID, flown: Leg) -> EarnProposal:
    day = flown.flight_date.isoformat()
    typed = TypedFlight(flown.flight, day, f"{flown.origin}{flown.destination}", "Y")
    return counter.core.queries.propose_claim(who, typed)


@pytest.mark.parametrize("typed_first", [True, False])
def test_a_flight_credited_here_is_not_proposed_again(
    counter: Counter, *, typed_first: bool
) -> None:
    encounter_id = serve(counter, ANNA)
    flown = leg(counter)
    (by_pass,), by_typing = scan(counter, flown), claim(counter, ANNA, flown)
    assert by_pass.points == by_typing.points > 0
    first, second = (by_typing, by_pass) if typed_first else (by_pass, by_typing)
    counter.core.execute(c.RecordAccrual(encounter_id, first))
    assert first.coupon_key != second.coupon_key
    (by_pass,), by_typing = scan(counter, flown), claim(counter, ANNA, flown)
    same, other = (by_typing, by_pass) if typed_first else (by_pass, by_typing)
    assert (same.refused, other.refused) == ("already_earned", "duplicate_flight")
    assert (same.points, other.points) == (0, 0)
    # proposed before the first was recorded, confirmed after it
    with pytest.raises(Rejected) as refusal:
        counter.core.execute(c.RecordAccrual(encounter_id, second))
    assert refusal.value.code == "duplicate_flight"
    encounter = counter.core.queries.encounter()
    assert encounter is not None
    assert len(encounter.lines) == 1
    counter.core.execute(c.UndoLast(encounter_id))
    counter.core.execute(c.RecordAccrual(encounter_id, second))


def test_another_members_flight_and_a_pass_of_several_legs_earn(counter: Counter) -> None:
    encounter_id = serve(counter, ANNA)
    flown = leg(counter)
    onward = Leg("ABC123", "SHA", "CAN", "CA", "1501", flown.flight_date, "Y")
    proposals = scan(counter, flown, onward)
    assert [proposal.refused for proposal in proposals] == ["", ""]
    for proposal in proposals:
        counter.core.execute(c.RecordAccrual(encounter_id, proposal))
    assert claim(counter, ANNA, onward).refused == "duplicate_flight"
    counter.core.execute(c.FinishEncounter(encounter_id))
    assert claim(counter, LI, flown).refused == ""
    counter.core.execute(c.RecordAccrual(serve(counter, LI), claim(counter, LI, flown)))
