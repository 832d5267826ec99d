"""Figures as a file: what is shown, in rows, and nobody's own."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from app.domain.csv_cells import harmless
from app.domain.report_csv import report_csv
from app.domain.reports import Choice, FigureRules, report
from tests.unit.test_reports import case, cell, day

RULES = FigureRules()
MARCH = Choice("2026-03-01", "2026-03-03", services=frozenset({""}))
DAYS = [
    day("2026-03-01", cell(good=6, low=2, unrated=4, excluded=3), cases=(case(90), case(None))),
    day("2026-03-02", cell("=A2", "102", good=3, low=1)),
    day("2026-03-03", cell(good=60, low=2), cases=(case(30),)),
]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def found(text: str, figure: str, item: str = "") -> dict[str, str]:
    (row,) = (row for row in rows(text) if (row["figure"], row["item"]) == (figure, item))
    return row


def test_each_figure_comes_with_n_interval_and_definition() -> None:
    text = report_csv(report(DAYS, MARCH, RULES), RULES, ["PEK"])
    good = found(text, "good")
    assert float(good["value"]) == pytest.approx(69 / 74, abs=1e-6)
    assert good["n"] == "74"
    assert float(good["low"]) < 69 / 74 < float(good["high"])
    assert good["definition"] == "wilson_share"
    assert found(text, "taken_median_s")["value"] == "60.0"
    assert found(text, "office", "PEK")
    assert found(text, "service", "other")
    assert found(text, "first_day", "2026-03-01")
    assert found(text, "excluded", "repeat")["value"] == "3"


def test_days_stand_between_their_limits_and_too_few_say_nothing() -> None:
    text = report_csv(report(DAYS, MARCH, RULES), RULES, ["PEK"])
    first, second = (found(text, "low_by_day", f"2026-03-0{n}") for n in (1, 2))
    assert float(first["value"]) == 0.25
    assert float(first["lower_limit"]) <= float(first["centre"]) <= float(first["upper_limit"])
    assert (second["value"], second["n"], second["low"]) == ("", "4", "")


def test_no_clerk_is_in_it() -> None:
    whole = report(DAYS, replace(MARCH, services=frozenset()), RULES)
    text = report_csv(whole, RULES, ["PEK"])
    assert "102" not in {cell for row in rows(text) for cell in row.values()}
    chosen = report(DAYS, replace(MARCH, staff=frozenset({"102"})), RULES)
    with pytest.raises(ValueError, match="in no file"):
        report_csv(chosen, RULES, ["PEK"])


def test_nothing_is_a_file_too() -> None:
    text = report_csv(report([], MARCH, RULES), RULES, ["PEK"])
    assert found(text, "good")["value"] == ""
    assert found(text, "visits")["value"] == "0"


def test_no_name_of_a_counter_is_a_formula() -> None:
    counters = frozenset({"=A2"})
    text = report_csv(report(DAYS, replace(MARCH, counters=counters), RULES), RULES, ["PEK"])
    assert found(text, "counter", "'=A2")
    assert [harmless(cell) for cell in ("A2", "+1", "@x", "")] == ["A2", "'+1", "'@x", ""]
