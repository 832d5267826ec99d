"""What a clerk may give out within an hour, counted over all counters."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import events as e
from app.domain.settling import answers_to
from sync.server.giving import Given
from sync.server.programme import put_setting
from sync.server.states import RedemptionState
from sync.server.store import tables as t
from tests.server.books import codes, findings, posted, rows
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit

HOUR_MS = 3_600_000


@pytest.fixture(autouse=True)
def _limit(programme: Programme) -> None:
    with programme.work() as work:
        put_setting(work, "redemption", {"leases_per_device": 0, "clerk_points_per_hour": 2_500})


def ask(programme: Programme, seat: Seat, member_id: UUID) -> tuple[str, UUID]:
    """1000 points online; returns why not, '' for yes, and the redemption."""
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    asked = e.RedemptionRequested(
        new_id(), encounter_id, member_id, programme.reward_id, 1000, e.Proof.CARD,
        e.CustomerYes.PANEL,
    )  # fmt: skip
    (body,) = seat.record(asked)
    code = seat.urgent(body).code
    seat.push()
    return code, asked.redemption_id


def granted(seat: Seat, member_id: UUID, points: int = 1000) -> e.RedemptionGranted:
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    return e.RedemptionGranted(
        new_id(), encounter_id, member_id, new_id(), points, e.Cover.AT_RISK, None, seat.pool_id
    )


def items(programme: Programme) -> list[str]:
    return [row.code for row in rows(programme, t.exception_item)]


def test_all_counters_count(programme: Programme) -> None:
    member_id = programme.member(9_000)
    here, there = programme.seat(counter=0), programme.seat(counter=1)
    assert ask(programme, here, member_id)[0] == ""
    code, second = ask(programme, there, member_id)
    assert code == ""
    assert ask(programme, here, member_id)[0] == "over_clerk_limit"
    assert posted(programme, member_id) == 7_000
    there.staff_id = programme.manager_id
    assert ask(programme, there, member_id)[0] == "", "a colleague goes on"
    there.staff_id = programme.clerk_id
    encounter_id, _ = visit(there, score=None)
    assert codes(there, e.RedemptionVoided(second, encounter_id, "undone")) == []
    assert ask(programme, here, member_id)[0] == "", "what was undone doesn't count"
    assert ask(programme, here, member_id)[0] == "over_clerk_limit"
    programme.clock.ms += HOUR_MS
    assert ask(programme, here, member_id)[0] == ""
    assert findings(programme) == []


def test_what_was_given_without_the_server_counts_and_is_shown(programme: Programme) -> None:
    member_id = programme.member(9_000)
    here, there = programme.seat(counter=0), programme.seat(counter=1)
    here.pull()
    there.pull()
    assert codes(here, granted(here, member_id), granted(here, member_id)) == []
    assert items(programme) == []
    assert codes(there, granted(there, member_id)) == []
    assert items(programme) == ["over_clerk_limit"]
    assert posted(programme, member_id) == 6_000, "the customer has the reward"
    assert answers_to("RedemptionGranted", "over_clerk_limit", has_member=True) == ("noted",)
    (item,) = rows(programme, t.exception_item)
    desk = programme.seat(counter=2, kind="desk")
    assert codes(desk, e.ExceptionSettled(item.exception_id, "noted", None)) == []
    assert findings(programme) == []


def test_one_upload_counts_its_own(programme: Programme) -> None:
    member_id, seat = programme.member(9_000), programme.seat()
    seat.pull()
    assert codes(seat, *(granted(seat, member_id) for _ in range(4))) == []
    assert items(programme) == ["over_clerk_limit"] * 2
    assert findings(programme) == []


def test_without_a_limit_there_is_none(programme: Programme) -> None:
    with programme.work() as work:
        put_setting(work, "redemption", {"leases_per_device": 0})
    member_id, seat = programme.member(9_000), programme.seat()
    for _ in range(4):
        assert ask(programme, seat, member_id)[0] == ""


_WITHIN = st.integers(0, 3 * HOUR_MS)
_STATES = st.sampled_from(["intent", "posted", "reversed"])
_NOTED = st.tuples(st.integers(0, 9), _WITHIN, st.integers(1, 900), _STATES)


def test_what_is_noted_in_any_order_counts_within_its_hour(programme: Programme) -> None:
    ids = [new_id() for _ in range(10)]

    @given(st.lists(st.one_of(_NOTED, _WITHIN), max_size=60))
    def check(steps: list[tuple[int, int, int, str] | int]) -> None:
        clerk_id, noted = new_id(), dict[int, tuple[int, int]]()
        giving = Given(work)
        giving.load([(clerk_id, work.now_ms)])
        for step in steps:
            if isinstance(step, int):
                within = sum(n for ms, n in noted.values() if step - HOUR_MS < ms <= step)
                assert not giving.is_beyond(clerk_id, 2_500 - within, at_ms=step)
                assert giving.is_beyond(clerk_id, 2_501 - within, at_ms=step)
                continue
            which, at_ms, points, state = step
            at_ms, _ = noted.get(which, (at_ms, 0))
            noted[which] = at_ms, points if state == "posted" else 0
            seat_id = reward_id = encounter_id = ids[which]
            giving.note(
                ids[which],
                RedemptionState(
                    None, points, state, "online", None, None, seat_id, None, reward_id,
                    encounter_id, at_ms, staff_id=clerk_id,
                ),
            )  # fmt: skip

    with programme.work() as work:
        check()
