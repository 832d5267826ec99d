"""Patterns of spending are put before the office's manager, once, whatever order things come in."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from app.domain import events as e
from app.domain.errors import Rejected
from sync.server.programme import put_setting
from sync.server.store import tables as t
from tests.server.books import codes, findings, paid, rows
from tests.server.conftest import Programme
from tests.server.families import family_of
from tests.server.seats import Seat, new_id, visit

DAY_MS = 86_400_000


def give(
    programme: Programme, seat: Seat, member_id: UUID, points: int = 1_000,
    proof: e.Proof = e.Proof.CARD,
) -> UUID:  # fmt: skip
    """What a counter gave at its own risk; the visit."""
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    redemption_id = new_id()
    asked = e.RedemptionRequested(
        redemption_id, encounter_id, member_id, programme.reward_id, points, proof,
        e.CustomerYes.PANEL,
    )  # fmt: skip
    granted = e.RedemptionGranted(
        redemption_id, encounter_id, member_id, programme.reward_id, points, e.Cover.AT_RISK, None,
        seat.pool_id,
    )  # fmt: skip
    assert codes(seat, asked, granted) == []
    return encounter_id


def watched(programme: Programme) -> dict[str, dict[str, int]]:
    """By code, the figures of what the job has raised so far."""
    for _ in programme.upkeep.watching():
        pass
    items = rows(programme, t.exception_item, entry_type="Watched")
    assert len({row.code for row in items}) == len(items), "each once"
    return {row.code: json.loads(row.seen) for row in items}


@pytest.fixture
def seat(programme: Programme) -> Seat:
    with programme.work() as work:
        put_setting(
            work,
            "redemption",
            {
                "leases_per_device": 0, "pool_points": 10**6, "pool_per_redemption": 10**5,
                "pool_per_member": 10**6,
            },
        )  # fmt: skip
    seat = programme.seat()
    seat.pull()
    return seat


def test_an_account_that_is_emptied(programme: Programme, seat: Seat) -> None:
    member_id = programme.member(10_000)
    programme.clock.ms += 200 * DAY_MS
    give(programme, seat, member_id, 6_000)
    assert watched(programme) == {}
    give(programme, seat, member_id, 3_500)
    assert watched(programme) == {
        "watch_emptied": {"taken": 9_500, "had": 10_000, "times": 2, "hours": 24, "days": 199}
    }
    give(programme, seat, member_id, 400)
    assert watched(programme)["watch_emptied"]["taken"] == 9_500, "raised once"
    (item,) = rows(programme, t.exception_item)
    assert (item.member_id, item.points, item.state) == (member_id, 9_500, "open")
    assert "6000" not in item.message
    assert "9500 of 10000 points" in item.message
    assert findings(programme) == []


def test_what_a_family_gives_makes_nobody_less_quiet(programme: Programme, seat: Seat) -> None:
    head_id, member_id = family_of(programme, 50, head_points=10_000)
    programme.clock.ms += 199 * DAY_MS
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    assert codes(seat, paid(encounter_id, member_id, 10)) == []
    programme.clock.ms += DAY_MS
    give(programme, seat, head_id, 6_000)
    give(programme, seat, head_id, 3_500)
    assert watched(programme)["watch_emptied"]["had"] == 10_005


def test_a_manager_takes_note_and_nothing_else(programme: Programme, seat: Seat) -> None:
    member_id = programme.member(10_000)
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    (member,) = rows(programme, t.member, member_id=member_id)
    new_card = e.CardReplaced(encounter_id, member_id, member.card_no, "CA99999999")
    assert codes(seat, new_card) == []
    give(programme, seat, member_id, 2_000)
    assert watched(programme).keys() == {"watch_after_change"}
    (item,) = rows(programme, t.exception_item)
    desk = programme.seat(counter=2, kind="desk")
    for answer, refused in (("honour", "cannot_honour"), ("claim_back", "cannot_claim")):
        settled = e.ExceptionSettled(item.exception_id, answer, None)
        assert codes(desk, settled) == [refused]
    assert codes(desk, e.ExceptionSettled(item.exception_id, "noted", None)) == []
    give(programme, seat, member_id, 2_000)
    watched(programme)
    left = [row for row in rows(programme, t.exception_item) if row.code == "watch_after_change"]
    assert [row.state for row in left] == ["settled"]
    shown = [
        r for r in desk.pull().records if r.kind == "exception" and b"Watched" in bytes(r.body)
    ]
    assert json.loads(bytes(shown[-1].body))["seen"]["taken"] == 2_000
    assert findings(programme) == []


def test_what_was_changed_long_ago_is_forgotten(programme: Programme, seat: Seat) -> None:
    member_id = programme.member(10_000)
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    (member,) = rows(programme, t.member, member_id=member_id)
    assert codes(seat, e.CardReplaced(encounter_id, member_id, member.card_no, "CA99999999")) == []
    for days, left in ((30, 1), (2, 0)):
        programme.clock.ms += days * DAY_MS
        for _ in programme.upkeep.tidying():
            pass
        assert len(rows(programme, t.member_change)) == left


def test_a_clerk_who_knows_everybody_by_name(programme: Programme, seat: Seat) -> None:
    for _ in range(5):
        give(programme, seat, programme.member(5_000), proof=e.Proof.NAME)
        give(programme, seat, programme.member(5_000))
    assert watched(programme) == {
        "watch_by_name": {"times": 5, "hours": 8, "taken": 5_000},
    }
    assert findings(programme) == []


def test_a_clerk_and_a_member(programme: Programme, seat: Seat) -> None:
    member_id = programme.member(90_000)
    visits = [give(programme, seat, member_id) for _ in range(4)]
    assert watched(programme) == {}
    undone = rows(programme, t.redemption, encounter_id=visits[0])[0].redemption_id
    assert codes(seat, e.RedemptionVoided(undone, visits[0], "undone")) == []
    give(programme, seat, member_id)
    assert watched(programme) == {}, "what was undone doesn't count"
    give(programme, seat, member_id)
    assert watched(programme) == {"watch_same_clerk": {"times": 5, "days": 7, "taken": 5_000}}
    assert findings(programme) == []


def test_the_rules_are_the_operators(programme: Programme, seat: Seat) -> None:
    with programme.work() as work, pytest.raises(Rejected) as error:
        put_setting(work, "watch", {"offices": "many"})
    assert (error.value.code, "offices" in error.value.message) == ("bad_setting", True)
    with programme.work() as work:
        put_setting(work, "watch", {"same_clerk": 2})
    assert all(record.id != "watch" for record in seat.pull().records), "counters aren't told"
    member_id = programme.member(9_000)
    for _ in range(2):
        give(programme, seat, member_id)
    assert watched(programme).keys() == {"watch_same_clerk"}
