"""How many rows go into a job's next transaction."""

from __future__ import annotations

import pytest

from sync.server import pace
from sync.server.pace import CHUNK_ROWS, LONGEST_S, MOST_MEMBERS, Pace


def test_a_long_transaction_is_followed_by_smaller_ones_and_none_grows_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = 0.0
    monkeypatch.setattr(pace, "perf_counter", lambda: now_s)
    rows = Pace(MOST_MEMBERS)

    def after(seconds: float) -> int:
        nonlocal now_s
        with rows.timed():
            now_s += seconds
        return rows.rows

    assert rows.rows == CHUNK_ROWS
    assert after(LONGEST_S / 3) == CHUNK_ROWS
    assert [after(0.01) for _ in range(3)] == [2 * CHUNK_ROWS, MOST_MEMBERS, MOST_MEMBERS]
    assert [after(2.0) for _ in range(3)] == [MOST_MEMBERS // 2**n for n in (1, 2, 3)]
    assert [after(2.0) for _ in range(9)][-1] == 10
