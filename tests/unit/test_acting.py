"""What is done about what was heard: its state is the fold of what was said, in any order."""

from __future__ import annotations

from functools import reduce
from itertools import permutations
from uuid import UUID

import pytest

from app.domain.acting import (
    ActionStanding,
    check_action_field,
    due_ms,
    rings_ms,
    standing_of,
    with_said,
)
from app.domain.errors import Rejected
from app.domain.listening_records import CorrectiveAction, Said

OWNER = UUID(int=5)
NEW = CorrectiveAction(UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4), 0, "More chairs")


def said(which: int, name: str, value: str, *saw: int, at_ms: int = 0) -> Said:
    seen = tuple(UUID(int=each) for each in saw)
    return Said(UUID(int=which), name, value, at_ms or which, UUID(int=4), seen)


BEGUN = (said(1, "owner", str(OWNER)), said(2, "check_on", "2026-12-07"))


def test_it_begins_open_with_whom_and_when_it_names() -> None:
    assert standing_of(BEGUN) == ActionStanding("open", OWNER, "2026-12-07", 0)
    assert standing_of(()) == ActionStanding("open", None, "", 0)


@pytest.mark.parametrize("result", ["effective", "no_effect"])
def test_done_it_is_over(result: str) -> None:
    assert standing_of((*BEGUN, said(3, "result", result))).state == result


def test_not_done_it_has_another_date_and_all_of_it_is_kept() -> None:
    later = (
        said(3, "result", "not_done"),
        said(4, "check_on", "2026-12-14", 2),
        said(5, "result", "not_done", 3),
        said(6, "check_on", "2026-12-21", 4),
    )
    action = reduce(with_said, (*BEGUN, *later), NEW)
    assert standing_of(action.said) == ActionStanding("open", OWNER, "2026-12-21", 2)
    assert len(action.said) == 6
    over = with_said(action, said(7, "result", "effective", 5))
    assert standing_of(over.said) == ActionStanding("effective", OWNER, "2026-12-21", 2)


def test_two_desks_apart_come_to_the_same_in_any_order() -> None:
    apart = (*BEGUN, said(3, "result", "effective"), said(4, "result", "not_done", at_ms=9))
    found = {standing_of(reduce(with_said, order, NEW).said) for order in permutations(apart)}
    assert found == {ActionStanding("open", OWNER, "2026-12-07", 1)}, "the later counts"
    settled = said(5, "result", "effective", 3, 4, at_ms=5)
    assert standing_of((*apart, settled)).state == "effective", "whoever saw both has settled it"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("owner", "somebody"),
        ("owner", str(OWNER).upper().replace("0", "O")),
        ("check_on", "tomorrow"),
        ("check_on", "20261207"),
        ("check_on", "0001-01-01"),
        ("check_on", "9999-12-31"),
        ("result", "done"),
        ("what", "x"),
    ],
)
def test_what_no_action_says(name: str, value: str) -> None:
    with pytest.raises(Rejected, match="no such field"):
        check_action_field(name, value, ())


def test_it_is_due_at_the_end_of_the_offices_day_and_rings_from_its_beginning() -> None:
    rings, due = rings_ms("2026-12-07", "Asia/Shanghai"), due_ms("2026-12-07", "Asia/Shanghai")
    assert rings == 1_796_572_800_000  # 2026-12-06T16:00Z
    assert due == rings + 86_400_000
    # A day of 23 hours: clocks go forward within it
    spring = [f("2027-03-28", "Europe/Berlin") for f in (rings_ms, due_ms)]
    assert None not in spring
    assert spring[1] - spring[0] == 23 * 3_600_000  # type: ignore[operator]
    assert due_ms("", "Asia/Shanghai") is None
