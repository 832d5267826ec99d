"""A member is credited once for a flight, whoever says so and however; nobody loses another's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from app.domain import events as e
from app.domain.accrual import STANDARD_RULES, as_written, points_for_flight
from app.domain.boarding_pass import Leg, coupon_key
from app.domain.entry import Event
from app.domain.flown import Flown
from app.domain.typed_flight import claim_key
from sync.server.merging import merge
from sync.server.migrations.versions import v0003_once_a_flight as migration
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.books import findings
from tests.server.conftest import KEYS, Programme
from tests.server.seats import Seat, new_id, visit

LEG = Leg("ABC123", "PEK", "SHA", "CA", "1501", date(2026, 9, 18), "Y", check_in_sequence="7")
ROUNDS = 6


def told(
    encounter_id: UUID, member_id: UUID, leg: Leg, coupon: str, *, old: bool = False
) -> e.AccrualRecorded:
    decision = points_for_flight(STANDARD_RULES, leg, "gold")
    return e.AccrualRecorded(
        new_id(), encounter_id, member_id, decision.points, e.AccrualSource.FLIGHT, coupon,
        None, None, 1, as_written(decision.explanation), None if old else str(Flown.of(leg)),
    )  # fmt: skip


def scanned(
    encounter_id: UUID, member_id: UUID, leg: Leg = LEG, *, old: bool = False
) -> e.AccrualRecorded:
    """As a counter records a pass; an `old` one's programme didn't name the flight."""
    return told(encounter_id, member_id, leg, coupon_key(leg, "ZHANG/WEI"), old=old)


def typed(
    encounter_id: UUID, member_id: UUID, leg: Leg = LEG, *, old: bool = False
) -> e.AccrualRecorded:
    return told(encounter_id, member_id, leg, claim_key(leg, member_id), old=old)


WAYS = {"scanned": scanned, "typed": typed}


def codes(seat: Seat, *events: Event) -> list[str]:
    return [d.code for d in seat.push(*events).decisions]


def credited(programme: Programme, member_id: UUID) -> list[str]:
    """The coupons of the member's accruals that stand."""
    with reading(programme.server.engine) as connection:
        found = connection.execute(
            sa.select(t.accrual.c.coupon_key).where(
                t.accrual.c.member_id == member_id, t.accrual.c.state == "posted"
            )
        )
        return [str(coupon) for (coupon,) in found]


@pytest.mark.parametrize(("first", "second"), [("typed", "scanned"), ("scanned", "typed")])
@pytest.mark.parametrize("at", ["one upload", "one counter", "two counters"])
def test_a_flight_is_credited_once(programme: Programme, first: str, second: str, at: str) -> None:
    member_id = programme.member()
    seat, other = programme.seat(), programme.seat(counter=1)
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    elsewhere, _ = visit(other, score=None, member_id=member_id)
    other.push()
    one, two = WAYS[first], WAYS[second]
    if at == "one upload":
        assert codes(seat, one(encounter_id, member_id), two(encounter_id, member_id)) == [
            "duplicate_flight"
        ]
    else:
        assert codes(seat, one(encounter_id, member_id)) == []
        later = (seat, encounter_id) if at == "one counter" else (other, elsewhere)
        assert codes(later[0], two(later[1], member_id)) == ["duplicate_flight"]
    assert len(credited(programme, member_id)) == 1
    assert findings(programme) == []


def test_what_is_not_the_same_flight_earns(programme: Programme) -> None:
    member_id, other_id = programme.member(), programme.member()
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)

    assert codes(
        seat,
        scanned(encounter_id, member_id),
        scanned(encounter_id, other_id, replace(LEG, check_in_sequence="8")),
        typed(encounter_id, member_id, replace(LEG, origin="SHA", destination="PEK",
                                               flight_number="1502")),
        typed(encounter_id, member_id, replace(LEG, flight_date=date(2026, 9, 19))),
        typed(encounter_id, member_id, replace(LEG, carrier="MU")),
        typed(encounter_id, member_id, replace(LEG, origin="SHA", destination="CAN")),
        scanned(encounter_id, member_id, replace(LEG, origin="CAN", destination="SZX")),
    ) == []  # fmt: skip
    assert len(credited(programme, member_id)) == 6
    assert len(credited(programme, other_id)) == 1
    # the whole way holds the part that was credited, and so does a part of the whole way
    whole, part = replace(LEG, destination="SZX"), replace(LEG, origin="CTU", destination="CAN")
    assert codes(seat, typed(encounter_id, member_id, whole)) == ["duplicate_flight"]
    assert codes(seat, typed(encounter_id, member_id, part)) == ["duplicate_flight"]
    # an airport mistaken for the city's other one
    near = replace(LEG, origin="PKX", destination="PVG")
    assert codes(seat, typed(encounter_id, member_id, near)) == ["duplicate_flight"]
    assert findings(programme) == []


def test_a_reversal_sets_the_flight_free(programme: Programme) -> None:
    member_id = programme.member()
    seat, other = programme.seat(), programme.seat(counter=1)
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    elsewhere, _ = visit(other, score=None, member_id=member_id)
    first, second = scanned(encounter_id, member_id), typed(encounter_id, member_id)
    back = e.AccrualReversed(first.accrual_id, encounter_id, "undone")
    # undone, claimed and undone again within one upload
    again = e.AccrualReversed(second.accrual_id, encounter_id, "undone")
    assert codes(seat, first, back, second, again, scanned(encounter_id, member_id)) == []
    assert codes(other, typed(elsewhere, member_id)) == ["duplicate_flight"]
    (standing,) = seat.bodies[-1:]
    accrual_id = UUID(msgspec.json.decode(standing)["payload"]["accrual_id"])
    # and across uploads, freed and taken in one of them
    third = typed(encounter_id, member_id)
    undo = e.AccrualReversed(accrual_id, encounter_id, "undone")
    assert codes(seat, undo, third) == []
    assert codes(other, scanned(elsewhere, member_id)) == ["duplicate_flight"]
    assert credited(programme, member_id) == [claim_key(LEG, member_id)]
    assert findings(programme) == []


def test_a_merged_members_flight_is_its_survivors(programme: Programme) -> None:
    member_id, survivor_id = programme.member(), programme.member()
    with programme.work() as work:
        merge(work, KEYS, member_id, survivor_id, reason="", recorded_by="op")
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None, member_id=survivor_id)
    assert codes(seat, typed(encounter_id, member_id)) == []
    assert codes(seat, scanned(encounter_id, survivor_id)) == ["duplicate_flight"]
    assert findings(programme) == []


def test_a_flight_that_cannot_be_read_is_kept_for_a_manager(programme: Programme) -> None:
    member_id = programme.member()
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    event = scanned(encounter_id, member_id)
    for text in ("", "CA1501", "CA1501 2026-02-30 PEK-SHA", "x" * 9_000):
        bad = replace(event, accrual_id=new_id(), flight=text)
        assert codes(seat, bad) == ["bad_flight"]
    assert codes(seat, event) == []
    assert findings(programme) == []


def test_counters_that_do_not_name_the_flight_yet_are_served_as_before(
    programme: Programme,
) -> None:
    member_id = programme.member()
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    event = scanned(encounter_id, member_id, old=True)
    raw = msgspec.json.decode(seat.body(event))
    del raw["payload"]["flight"]
    seat.append(msgspec.json.encode(raw, order="sorted"))
    assert codes(seat) == []
    assert codes(seat, scanned(encounter_id, member_id)) == ["already_earned"]
    assert findings(programme) == []


def test_pass_and_claim_at_two_counters_at_once_earn_once(programme: Programme) -> None:
    seats = [programme.seat(counter=n) for n in (0, 1)]
    members = [programme.member() for _ in range(ROUNDS)]
    encounters = [visit(seat, score=None)[0] for seat in seats]
    for seat in seats:
        seat.push()
    with ThreadPoolExecutor(2) as threads:
        for member_id in members:
            together = Barrier(2)

            def earn(number: int) -> list[str]:
                way = (scanned, typed)[number]
                leg = replace(LEG, check_in_sequence=member_id.hex)  # noqa: B023
                event = way(encounters[number], member_id, leg)  # noqa: B023
                together.wait(20)  # noqa: B023
                return codes(seats[number], event)

            assert sorted(threads.map(earn, range(2))) == [[], ["duplicate_flight"]]
            assert len(credited(programme, member_id)) == 1
    assert findings(programme) == []


def test_audit_names_both_of_a_flight_credited_twice(programme: Programme) -> None:
    member_id = programme.member()
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    first = scanned(encounter_id, member_id)
    second = typed(encounter_id, member_id, replace(LEG, flight_date=date(2026, 9, 19)))
    assert codes(seat, first, second) == []
    assert findings(programme) == []
    flown = Flown.of(LEG)
    with programme.server.engine.begin() as connection:
        for column in ("departure_key", "arrival_key"):
            connection.execute(sa.text(f"DROP INDEX ix_accrual_programme_id_{column}"))
        connection.execute(
            t.accrual.update()
            .where(t.accrual.c.accrual_id == second.accrual_id)
            .values(departure_key=flown.keys(member_id)[0])
        )
    found = findings(programme)
    assert found[0] == f"accrual {second.accrual_id}: it stands under another flight than " + str(
        Flown.of(replace(LEG, flight_date=date(2026, 9, 19)))
    )
    assert sorted(found[1:]) == sorted(
        f"accrual {event.accrual_id}: member {member_id} is credited twice for CA1501 2026-09-18"
        " BJS-"
        for event in (first, second)
    )


def test_claims_from_before_are_found_again_by_the_migration(programme: Programme) -> None:
    member_id = programme.member()
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    claim = typed(encounter_id, member_id, old=True)
    stop = typed(encounter_id, member_id, replace(LEG, origin="CTU"), old=True)
    undone = typed(encounter_id, member_id, replace(LEG, flight_number="9"), old=True)
    amount = replace(claim, accrual_id=new_id(), coupon_key=None, explanation="")
    odd = replace(claim, accrual_id=new_id(), coupon_key="t1-x", explanation="[]")
    other = scanned(encounter_id, member_id, replace(LEG, flight_number="7"), old=True)
    back = e.AccrualReversed(undone.accrual_id, encounter_id, "undone")
    assert codes(seat, claim, stop, undone, amount, odd, other, back) == []
    migrate_again(programme)
    departure, arrival = Flown.of(LEG).keys(member_id)
    with reading(programme.server.engine) as connection:
        found = {
            row.accrual_id: (row.departure_key, row.arrival_key)
            for row in connection.execute(sa.select(t.accrual))
        }
    assert found.pop(claim.accrual_id) == (departure, arrival)
    # two that had been credited both: the later one keeps what is its own
    assert found.pop(stop.accrual_id) == (
        Flown.of(replace(LEG, origin="CTU")).keys(member_id)[0],
        None,
    )
    assert set(found.values()) == {(None, None)}
    assert codes(seat, scanned(encounter_id, member_id)) == ["duplicate_flight"]
    assert findings(programme) == []


def migrate_again(programme: Programme) -> None:
    """Take the keys away as if they had never been, and run the migration on what is there."""
    with programme.server.engine.begin() as connection:
        for column in ("departure_key", "arrival_key"):
            connection.execute(sa.text(f"DROP INDEX ix_accrual_programme_id_{column}"))
            connection.execute(sa.text(f"ALTER TABLE accrual DROP COLUMN {column}"))
        with Operations.context(MigrationContext.configure(connection)):
            migration.upgrade()
