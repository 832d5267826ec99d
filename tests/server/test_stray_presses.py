"""Presses outside a question: counted by day and counter, rating nobody; a stuck key is told of."""

from __future__ import annotations

import msgspec
import pytest

from app.domain import events as e
from app.domain.records import Figures
from sync.server.store import tables as t
from tests.server.books import codes, findings, rows
from tests.server.conftest import Programme


def presses(
    programme: Programme, n: int = 3, source: str = "touch", *, is_stuck: bool = False
) -> e.StrayPressesRecorded:
    return e.StrayPressesRecorded(source, n, programme.clock.ms - 5_000, 4_000, is_stuck)


def figures(programme: Programme) -> list[Figures]:
    list(programme.upkeep.publishing_office_days())
    found = rows(programme, t.record, kind="figures")
    return [msgspec.json.decode(row.body, type=Figures) for row in found]


def test_they_are_counted_by_counter_and_rate_nobody(programme: Programme) -> None:
    seat, other = programme.seat(), programme.seat(counter=1)
    assert codes(seat, presses(programme), presses(programme, 9, "serial_keypad")) == []
    other.staff_id = None  # nobody was signed in
    assert codes(other, presses(programme, 1, "keypad")) == []
    (day,) = figures(programme)
    labels = sorted(each.counter for each in day.pressed)
    assert sorted((each.times, each.presses) for each in day.pressed) == [(1, 1), (2, 12)]
    assert len(labels) == 2
    assert (day.encounters, day.by_state, day.by_score, day.cells) == (0, {}, {}, ())
    assert rows(programme, t.rating) == rows(programme, t.service_case) == []
    assert findings(programme) == []
    assert codes(seat, presses(programme, 1, "keypad")) == []
    (again,) = figures(programme)
    assert sorted((each.times, each.presses) for each in again.pressed) == [(1, 1), (3, 13)]


def test_a_stuck_key_is_told_once_a_day_and_a_held_one_is_no_press(programme: Programme) -> None:
    seat = programme.seat()
    stuck = presses(programme, 0, "keypad", is_stuck=True)
    assert codes(seat, stuck, presses(programme, 40, "keypad", is_stuck=True)) == []
    assert codes(seat, presses(programme, 40, "touch", is_stuck=True)) == []
    items = rows(programme, t.exception_item)
    assert sorted((row.entry_type, row.code) for row in items) == [
        ("StrayPressesRecorded", "stuck_glass"),
        ("StrayPressesRecorded", "stuck_key"),
    ]
    (day,) = figures(programme)
    assert [(each.times, each.presses) for each in day.pressed] == [(2, 80)]
    programme.clock.ms += 86_400_000
    assert codes(seat, presses(programme, 40, "keypad", is_stuck=True)) == []
    assert len(rows(programme, t.exception_item)) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        ("mouse", 1, 0, 0, False),
        ("touch", 0, 0, 0, False),
        ("touch", -1, 0, 0, True),
        ("touch", 1_000_001, 0, 0, False),
        ("touch", 1, -1, 0, False),
        ("touch", 1, 2**60, 0, False),
        ("touch", 1, 0, -1, False),
        ("touch", 1, 0, 86_400_001, False),
    ],
)
def test_what_a_counter_may_not_say(programme: Programme, wrong: tuple[object, ...]) -> None:
    assert codes(programme.seat(), e.StrayPressesRecorded(*wrong)) == ["malformed"]  # type: ignore[arg-type]
    assert rows(programme, t.stray_press) == []
