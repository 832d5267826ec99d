"""Presses outside a question: few entries for however many, and a key that sticks is known."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.stray_presses import (
    FIRST_SPAN_MS,
    LONGEST_SPAN_MS,
    PAUSE_MS,
    STUCK_MS,
    PressFolder,
    PressSource,
    StrayPresses,
)

PAD, TOUCH = PressSource.KEYPAD, PressSource.TOUCH
CLERK = UUID(int=1)
HOUR_MS = 3_600_000


def press(folder: PressFolder, at_ms: float, key: int = 1, source: PressSource = PAD) -> None:
    folder.note(source, key, at_ms)
    folder.tell_stuck(source, at_ms, CLERK)
    folder.count(source, at_ms, CLERK)


def test_what_comes_together_is_one_time() -> None:
    folder = PressFolder()
    for n in range(7):
        press(folder, 1_000 + n * 5_000, n)
    press(folder, 9_000, source=TOUCH)
    assert folder.take(60_000) == []
    assert folder.due_ms() == 1_000 + FIRST_SPAN_MS
    assert folder.take(61_000) == [StrayPresses(PAD, 7, 1_000, 31_000, False, CLERK)]
    assert folder.take(61_000, all_of_it=True) == [
        StrayPresses(TOUCH, 1, 9_000, 9_000, False, CLERK)
    ]
    assert folder.due_ms() is None


@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=400), st.booleans())
def test_every_press_is_counted_once_and_entries_are_few(gaps: list[int], alike: bool) -> None:
    folder, now_ms, taken = PressFolder(), 0, []
    for n, gap in enumerate(gaps):
        now_ms += gap
        taken += folder.take(now_ms)
        press(folder, now_ms, 1 if alike else n % 5)
    taken += folder.take(now_ms, all_of_it=True)
    assert sum(each.presses for each in taken) == len(gaps)
    assert len(taken) <= 2 + now_ms // FIRST_SPAN_MS + sum(each.is_stuck for each in taken)
    for each in taken:
        assert 0 <= each.began_ms <= each.ended_ms <= now_ms


def test_a_child_at_the_glass_all_day_leaves_some_dozens() -> None:
    folder, taken = PressFolder(), []
    for at_ms in range(0, 8 * HOUR_MS, 1_000):
        taken += folder.take(at_ms)
        press(folder, at_ms, source=TOUCH)
    taken += folder.take(8 * HOUR_MS, all_of_it=True)
    assert len(taken) < 40
    assert sum(each.presses for each in taken) == 8 * 3_600
    assert not any(each.is_stuck for each in taken)
    # A quiet hour, and each minute counts for itself again
    press(folder, 10 * HOUR_MS)
    assert folder.due_ms() == 10 * HOUR_MS + FIRST_SPAN_MS
    assert LONGEST_SPAN_MS / FIRST_SPAN_MS == 16


def test_a_key_that_sticks_is_told_of_at_once_and_once() -> None:
    folder, told = PressFolder(), []
    for at_ms in range(0, HOUR_MS, 250):
        press(folder, at_ms)
        told += [at_ms for each in folder.take(at_ms) if each.is_stuck]
    assert told == [STUCK_MS]
    press(folder, HOUR_MS, 2)  # another key: it works again
    assert not folder.is_stuck(PAD)
    assert folder.pressed_since_ms(PAD) == HOUR_MS


def test_a_key_held_down_is_no_press_and_sticks() -> None:
    folder = PressFolder()
    folder.note(PAD, 3, 0)
    for at_ms in range(500, STUCK_MS + 500, 500):
        folder.note(PAD, 3, at_ms)
        folder.tell_stuck(PAD, at_ms, None)
    assert folder.take(STUCK_MS) == [StrayPresses(PAD, 0, STUCK_MS, STUCK_MS, True, None)]


def test_a_pause_or_another_key_begins_anew() -> None:
    folder = PressFolder()
    for at_ms in (0, PAUSE_MS, 2 * PAUSE_MS):
        folder.note(PAD, 1, at_ms)
        assert folder.pressed_since_ms(PAD) == 0
    folder.note(PAD, 1, 3 * PAUSE_MS + 1)
    assert folder.pressed_since_ms(PAD) == 3 * PAUSE_MS + 1
    folder.note(PAD, 2, 3 * PAUSE_MS + 2)
    assert folder.pressed_since_ms(PAD) == 3 * PAUSE_MS + 2
