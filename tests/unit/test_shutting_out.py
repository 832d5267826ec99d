"""How long a seat was without its server, whatever is done to its clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.shutting_out import (
    DEFAULT_CONTACT,
    HOUR_MS,
    Absence,
    longest_absence_ms,
)

START_MS = 1_795_000_000_000
_DEFAULT_MS = int(str(DEFAULT_CONTACT["blind_after_hours"])) * HOUR_MS


def absence(**changes: object) -> Absence:
    values: dict[str, object] = {
        "absent_ms": 0,
        "limit_ms": 72 * HOUR_MS,
        "wall_ms": START_MS,
        "boot_id": "one",
        "boot_ms": 1_000,
        **changes,
    }
    return Absence(**values)  # type: ignore[arg-type]


def test_within_one_boot_its_own_clock_counts_alone() -> None:
    for wall_ms in (START_MS - 10**12, START_MS, START_MS + 10**12):
        later = absence().later(wall_ms=wall_ms, journal_ms=0, boot=("one", 1_000 + HOUR_MS))
        assert later.absent_ms == HOUR_MS


def test_from_one_boot_to_the_next_the_wall_clock_counts() -> None:
    later = absence().later(wall_ms=START_MS + 5 * HOUR_MS, journal_ms=0, boot=("two", 10))
    assert later.absent_ms == 5 * HOUR_MS
    assert not later.is_over
    assert later.later(wall_ms=START_MS + 72 * HOUR_MS, journal_ms=0, boot=("three", 1)).is_over


def test_a_clock_set_back_gains_nothing_that_the_journal_knows_better() -> None:
    later = absence().later(
        wall_ms=START_MS - 1_000 * HOUR_MS, journal_ms=START_MS + 80 * HOUR_MS, boot=("two", 10)
    )
    assert later.is_over


def test_a_boot_clock_that_goes_back_is_another_boot() -> None:
    later = absence(boot_ms=10**9).later(
        wall_ms=START_MS + 3 * HOUR_MS, journal_ms=0, boot=("one", 5)
    )
    assert later.absent_ms == 3 * HOUR_MS


_RUNS = st.lists(
    st.tuples(
        st.integers(0, 30 * HOUR_MS),  # off
        st.integers(0, 30 * HOUR_MS),  # running
        st.integers(-(10**12), 10**12),  # how far the clock is off meanwhile
    ),
    min_size=1,
    max_size=12,
)


@given(_RUNS)
def test_all_time_that_the_pc_runs_counts_whatever_its_clock_says(
    runs: list[tuple[int, int, int]],
) -> None:
    state, running_ms = absence(), 0
    for number, (_, on_ms, wrong_ms) in enumerate(runs):
        boot = f"boot {number}"
        before = state.absent_ms
        state = state.later(wall_ms=START_MS + wrong_ms, journal_ms=0, boot=(boot, 0))
        state = state.later(wall_ms=START_MS + wrong_ms // 2, journal_ms=0, boot=(boot, on_ms))
        running_ms += on_ms
        assert state.absent_ms >= before, "nothing is ever taken back"
    assert state.absent_ms >= running_ms


@given(_RUNS)
def test_with_an_honest_clock_it_is_the_time_that_has_passed(
    runs: list[tuple[int, int, int]],
) -> None:
    state, at_ms = absence(), START_MS
    for number, (off_ms, on_ms, _) in enumerate(runs):
        at_ms += off_ms
        state = state.later(wall_ms=at_ms, journal_ms=at_ms, boot=(f"boot {number}", 7))
        at_ms += on_ms
        state = state.later(wall_ms=at_ms, journal_ms=0, boot=(f"boot {number}", 7 + on_ms))
    assert state.absent_ms == at_ms - START_MS


@given(st.one_of(st.none(), st.text(), st.dictionaries(st.text(), st.integers()), st.integers()))
def test_a_setting_that_makes_no_sense_is_the_default(value: object) -> None:
    assert longest_absence_ms(value) == _DEFAULT_MS


def test_the_setting_counts_in_hours_within_bounds() -> None:
    assert longest_absence_ms({"blind_after_hours": 72}) == 72 * HOUR_MS
    for wrong in (0, -1, 10**6, True, "72", 1.5, None):
        assert longest_absence_ms({"blind_after_hours": wrong}) == _DEFAULT_MS
