"""What a desk's charts are worked out of: its own replica, and what the server tells of others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.errors import Unavailable
from app.domain.records import Cell, Figures
from app.ports.online import DaysVerdict
from app.services import commands as c
from tests.fakes.counter import Counter
from tests.store.test_statement_here import MemoryExports
from tests.store.test_use_cases import refusal, sign_in


def day(date: str, *, good: int) -> Figures:
    cell = Cell("A1", "1001", "accrual", good, {"rated": good}, {"5": good})
    return Figures(UUID(int=1), date, good, {"rated": good}, {"5": good}, (cell,))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "desk", kind="desk")
    sign_in(made, "2001")
    yield made
    made.core.close()


def test_the_own_office_is_shown_without_the_server(desk: Counter) -> None:
    today = desk.core.execute(c.CountFigures(1)).report.choice.last_day
    desk.members.counted = [day("2020-01-01", good=9), day(today, good=7)]
    view = desk.core.execute(c.CountFigures(30))
    assert (view.report.all.visits, view.report.good.n, view.report.days) == (7, 7, (today,))
    assert (view.choices.staff, view.office_codes) == (("1001",), ())
    assert desk.core.execute(c.CountFigures(30, staff=frozenset({"1002"}))).report.all.visits == 0
    assert desk.online.days_asked == []


def test_other_offices_are_the_servers_to_tell(desk: Counter) -> None:
    with pytest.raises(Unavailable):
        desk.core.execute(c.AskFigures("SHA", 7))
    today = desk.core.execute(c.CountFigures(1)).report.choice.last_day
    desk.online.counted = DaysVerdict("told", "", (day(today, good=8),), ("SHA",), 5)
    view = desk.core.execute(c.AskFigures("SHA", 7))
    assert (view.report.all.visits, view.office_codes) == (8, ("SHA",))
    (office, first, last) = desk.online.days_asked[-1]
    assert (office, last) == ("SHA", today)
    assert first < last


def test_figures_are_a_managers(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "counter")
    sign_in(counter, "1001")
    assert refusal(counter, c.AskFigures("", 7)).code == "not_manager"
    assert refusal(counter, c.CountFigures(7)).code == "not_manager"
    counter.core.close()


def test_what_is_shown_is_saved_as_it_is(tmp_path: Path) -> None:
    exports = MemoryExports()
    desk = Counter(tmp_path / "desk", kind="desk", exports=exports)
    sign_in(desk, "2001")
    today = desk.core.execute(c.CountFigures(1)).report.choice.last_day
    desk.members.counted = [day(today, good=7)]
    view = desk.core.execute(c.CountFigures(7, services=frozenset({"accrual"})))
    desk.members.counted = []
    path = desk.core.execute(c.SaveFigures(view))
    ((name, text),) = exports.saved.items()
    assert name in path
    assert name.startswith("figures ")
    assert name.endswith(".csv")
    assert "visits,,7" in str(text)
    assert "1001" not in str(text)
    assert desk.last("FiguresSaved") == {
        "form": "csv", "office_code": "PEK", "first_day": view.report.choice.first_day,
        "last_day": today,
    }  # fmt: skip
    assert desk.core.execute(c.SaveFigures(view, b"%PDF-1.4")).endswith(".pdf")
    assert list(exports.saved.values())[-1] == b"%PDF-1.4"
    assert desk.last("FiguresSaved")["form"] == "pdf"
    of_one = desk.core.execute(c.CountFigures(7, staff=frozenset({"1001"})))
    with pytest.raises(ValueError, match="in no file"):
        desk.core.execute(c.SaveFigures(of_one, b"%PDF-1.4"))
    assert desk.types().count("FiguresSaved") == 2
    desk.core.close()
