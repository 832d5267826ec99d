"""The server's clock as a device knows it between two contacts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.server_time import MOST_DRIFT_MS, Contact

DAY_MS = 86_400_000
times = st.integers(0, 2**42)
spans = st.integers(0, 60 * DAY_MS)
steps = st.integers(-4_000 * DAY_MS, 4_000 * DAY_MS)


@given(times, st.integers(-DAY_MS, DAY_MS), times, spans, steps)
def test_within_one_boot_no_setting_of_the_clock_moves_the_servers(
    wall_ms: int, offset_ms: int, boot_ms: int, passed_ms: int, set_by_ms: int
) -> None:
    contact = Contact(wall_ms, offset_ms, "one", boot_ms)
    now_ms = wall_ms + passed_ms + set_by_ms
    said_ms = now_ms + contact.offset_at(now_ms, ("one", boot_ms + passed_ms))
    assert abs(said_ms - (wall_ms + offset_ms + passed_ms)) <= MOST_DRIFT_MS


@given(times, st.integers(-DAY_MS, DAY_MS), times, spans)
def test_an_untouched_clock_keeps_its_offset(
    wall_ms: int, offset_ms: int, boot_ms: int, passed_ms: int
) -> None:
    contact = Contact(wall_ms, offset_ms, "one", boot_ms)
    assert contact.offset_at(wall_ms + passed_ms, ("one", boot_ms + passed_ms)) == offset_ms


@pytest.mark.parametrize(
    ("contact", "boot"),
    [
        (Contact(5_000_000, 40, "one", 9), ("two", 9)),
        (Contact(5_000_000, 40, None, None), ("one", 9)),
    ],
    ids=["another boot", "from before it was noted"],
)
def test_without_a_boot_clock_the_wall_clock_is_believed(
    contact: Contact, boot: tuple[str, int]
) -> None:
    assert contact.offset_at(5_000_000 + 4_000 * DAY_MS, boot) == 40
