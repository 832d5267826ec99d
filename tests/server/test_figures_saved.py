"""What managers take along as a file is written down among the look-ups."""

from __future__ import annotations

from app.domain import events as e
from sync.server.look_up_command import look_up_lines
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.books import codes, rows
from tests.server.conftest import Programme

SAVED = e.FiguresSaved("pdf", "PEK", "2026-11-01", "2026-11-30")


def test_the_operator_sees_who_took_figures_along(programme: Programme) -> None:
    desk = programme.seat(counter=2, kind="desk")
    assert codes(desk, SAVED, e.FiguresSaved("csv", "", "2026-11-01", "2026-11-30")) == []
    with reading(programme.server.engine) as connection:
        lines = list(look_up_lines(connection, since_ms=0))
    assert {line.split("\t", 3)[3] for line in lines} == {
        "figures pdf PEK 2026-11-01 2026-11-30\tsaved\t",
        "figures csv all 2026-11-01 2026-11-30\tsaved\t",
    }


def test_it_is_a_managers_and_says_what_it_may(programme: Programme) -> None:
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    assert codes(seat, SAVED) == ["not_manager"]
    for hostile in (
        e.FiguresSaved("exe", "PEK", "2026-11-01", "2026-11-30"),
        e.FiguresSaved("pdf", "PEK\tx", "2026-11-01", "2026-11-30"),
        e.FiguresSaved("pdf", "P" * 33, "2026-11-01", "2026-11-30"),
        e.FiguresSaved("pdf", "PEK", "yesterday", "2026-11-30"),
        e.FiguresSaved("pdf", "PEK", "2026-11-01", ""),
    ):
        assert codes(desk, hostile) == ["malformed"]
    assert rows(programme, t.look_up) == []
