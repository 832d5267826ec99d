"""What a seat on the real store says of its readiness for an outage."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.counter import Counter


@pytest.mark.parametrize("kind", ["desk", "counter"])
def test_a_desk_needs_no_points_to_be_ready(tmp_path: Path, kind: str) -> None:
    seat = Counter(tmp_path / "seat", kind=kind)
    lacks_points = "no_guests_covered" in seat.core.queries.readiness().reasons
    assert lacks_points is (kind == "counter")
    seat.core.close()
