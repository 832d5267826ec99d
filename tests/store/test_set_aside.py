"""A redemption that fails for points that other counters hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.redemption import SetAside
from app.ports.online import OnlineVerdict
from app.services.views import Promise
from tests.fakes.counter import Counter
from tests.store.test_use_cases import redeem, serve, sign_in


@pytest.fixture
def seat(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "seat")
    yield made
    made.core.close()


def test_what_other_counters_hold_is_said_and_the_id_is_voided(seat: Counter) -> None:
    held = SetAside(2_000, "PEK-DT", "A2", 1_790_000_000_000)
    seat.go_online()
    seat.online.verdict = OnlineVerdict("refused", "insufficient", "few", 7, (held,))
    sign_in(seat)
    result = redeem(seat, serve(seat))
    assert (result.promise, result.reason) == (Promise.NOT_POSSIBLE, "set_aside")
    assert result.set_aside == (held,)
    assert seat.last("RedemptionVoided")["redemption_id"] == str(result.redemption_id)
