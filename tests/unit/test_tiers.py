"""Tiers: reached at once, confirmed, lost a step at a time, and back where nothing was flown."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.tiers import TierHeld, TierRules

LEVELS = [["silver", 25], ["gold", 50], ["platinum", 100]]


def rules(**more: Any) -> TierRules:
    return TierRules.from_setting({"levels": LEVELS, **more}, 1)


def test_only_what_the_rules_name_counts_and_by_their_share() -> None:
    counted = rules(percent=50, sources=["flight"])
    assert counted.units("flight", 101) == 50
    assert counted.units("amount", 101) == 0
    assert counted.units("retro", 101) == 0


def test_a_calendar_years_units_count_together() -> None:
    earned = [("2026-01-01", 1), ("2026-12-31", 2), ("2025-12-31", 4), ("2027-01-01", 8)]
    assert rules().counting(earned, "2026-06-30") == 3
    assert rules().last_day("2026-06-30") == "2027-12-31"


@pytest.mark.parametrize(
    ("day", "months", "first", "last"),
    [
        ("2026-06-30", 12, "2025-07-01", "2027-06-29"),
        ("2026-02-28", 1, "2026-01-29", "2026-03-27"),
        ("2028-02-29", 12, "2027-03-01", "2029-02-27"),
    ],
)
def test_a_rolling_window(day: str, months: int, first: str, last: str) -> None:
    rolling = rules(window="rolling", months=months)
    before = f"{first[:-2]}{int(first[-2:]) - 1:02}" if first[-2:] != "01" else "2000-01-01"
    assert rolling.counting([(first, 1), (day, 2), (before, 4)], day) == 3
    assert rolling.last_day(day) == last


def test_a_higher_tier_is_reached_at_once_and_a_lower_one_changes_nothing() -> None:
    earned = [("2026-03-01", 60)]
    reached = rules().after_earning(TierHeld("silver"), earned, "2026-03-01")
    assert reached == TierHeld("gold", "2026-03-01", "2027-12-31", "silver", None)
    assert rules().after_earning(TierHeld("platinum"), earned, "2026-03-01") == TierHeld("platinum")


def test_a_tier_reached_again_lasts_longer() -> None:
    held = TierHeld("gold", "2026-03-01", "2027-12-31", "silver", None)
    again = rules().after_earning(held, [("2026-03-01", 60), ("2027-05-01", 50)], "2027-05-01")
    assert again == TierHeld("gold", "2027-05-01", "2028-12-31", "gold", "2027-12-31")
    same_year = rules().after_earning(held, [("2026-03-01", 61)], "2026-04-01")
    assert same_year == held


def test_who_came_with_a_tier_keeps_it_without_end() -> None:
    """Nobody here has counted what it was given for."""
    held = rules().after_earning(TierHeld("gold"), [("2026-03-01", 60)], "2026-03-01")
    assert held == TierHeld("gold")


def test_a_tier_that_the_rules_do_not_name_is_left_alone() -> None:
    assert rules().after_earning(TierHeld("founder"), [("2026-03-01", 60)], "2026-03-01") == (
        TierHeld("founder")
    )
    based = rules(base="basic")
    for tier in ("basic", ""):
        reached = based.after_earning(TierHeld(tier), [("2026-03-01", 60)], "2026-03-01")
        assert reached.tier == "gold"


def test_what_was_not_flown_after_all_led_nowhere() -> None:
    held = TierHeld("gold", "2026-03-01", "2027-12-31", "silver", "2026-12-31")
    assert rules().after_losing(held, [("2026-03-01", 50)]) == held
    assert rules().after_losing(held, [("2026-03-01", 10)]) == TierHeld(
        "silver", None, "2026-12-31"
    )
    higher = TierHeld("platinum", "2026-03-01", "2027-12-31", "", None)
    assert rules().after_losing(higher, [("2026-03-01", 60)]).tier == "gold"
    assert rules().after_losing(TierHeld("gold"), []) == TierHeld("gold")


@pytest.mark.parametrize(
    ("soft_landing", "flown", "tier", "until"),
    [
        (True, 0, "gold", "2028-12-31"),
        (True, 100, "platinum", "2028-12-31"),
        (True, 30, "gold", "2028-12-31"),
        (False, 30, "silver", "2028-12-31"),
        (False, 0, "", None),
    ],
)
def test_a_review_takes_one_step_where_landings_are_soft(
    soft_landing: bool, flown: int, tier: str, until: str | None
) -> None:
    held = TierHeld("platinum", "2026-03-01", "2027-12-31", "gold", None)
    decided = rules(soft_landing=soft_landing).review(held, [("2027-08-01", flown)])
    assert decided == TierHeld(tier, "2028-01-01", until)


def test_a_rolling_review_gives_as_long_again() -> None:
    held = TierHeld("gold", "2026-03-01", "2027-02-28")
    decided = rules(window="rolling").review(held, [])
    assert decided == TierHeld("silver", "2027-03-01", "2028-02-29")


@given(
    st.lists(st.tuples(st.integers(0, 1200), st.integers(1, 60)), max_size=20),
    st.sampled_from(["calendar_year", "rolling"]),
)
def test_a_review_never_takes_more_than_a_step_and_comes_to_an_end(
    flights: list[tuple[int, int]], window: str
) -> None:
    ruling, held = rules(window=window), TierHeld("")
    earned: list[tuple[str, int]] = []
    for number, units in sorted(flights):
        day = (date(2026, 1, 1) + timedelta(days=number)).isoformat()
        while held.until is not None and held.until < day:
            held = stepped(ruling, held, earned)
        earned.append((day, units))
        better = ruling.after_earning(held, earned, day)
        assert ruling.rank(better.tier) >= ruling.rank(held.tier)
        held = better
    for _ in range(6):
        if held.until is not None:
            held = stepped(ruling, held, earned)
    assert held.tier == ""


def stepped(ruling: TierRules, held: TierHeld, earned: list[tuple[str, int]]) -> TierHeld:
    after = ruling.review(held, earned)
    assert ruling.rank(after.tier) >= ruling.rank(held.tier) - 1
    assert after.until is None or after.until > (held.until or "")
    return after
