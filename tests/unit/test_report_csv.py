"""Figures as a file: what is shown, in rows, and nobody's own."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from uuid import UUID

import pytest

from app.domain.csv_cells import harmless
from app.domain.figure_rules import FigureRules
from app.domain.records import Recovery, RecoveryGroup
from app.domain.report_csv import report_csv
from app.domain.reports import Choice, report
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


def test_members_after_low_ratings_stand_by_their_groups() -> None:
    recovery = Recovery(
        UUID(int=1), "2026-02-28", "2025-06-04", "2025-11-30", 90,
        (
            RecoveryGroup("recovered", 84, 52, 20, 31, 24),
            RecoveryGroup("unrecovered", 61, 31, 12, 4, 2),
            RecoveryGroup("others", 2_000, 1_180, 455, 612, 560),
        ),
    )  # fmt: skip
    text = report_csv(report(DAYS, MARCH, RULES), RULES, ["PEK"], recovery)
    again = found(text, "recovery_again", "recovered")
    assert float(again["value"]) == pytest.approx(52 / 84, abs=1e-6)
    assert again["n"] == "84"
    assert again["definition"] == "wilson_share"
    few = found(text, "recovery_next_good", "unrecovered")
    assert (few["value"], few["n"]) == ("", "4"), "of four customers nothing is said"
    assert found(text, "recovery_redeemed", "others")["n"] == "2000"
    assert found(text, "recovery_first_day", "2025-06-04")
    assert found(text, "recovery_days")["value"] == "90"
    names = {row["figure"] for row in rows(report_csv(report(DAYS, MARCH, RULES), RULES, ["PEK"]))}
    assert not any(name.startswith("recovery") for name in names), "where nobody was followed"


def test_closed_cases_say_how_long_each_tier_had_them() -> None:
    closed = replace(case(10), closed_s=90, with_s={"front": 30, "coordination": 60})
    days = [day("2026-03-01", cell(good=6), cases=(closed,) * 5)]
    text = report_csv(report(days, MARCH, RULES), RULES, ["PEK"])
    assert found(text, "handling_median_s", "coordination")["value"] == "60.0"
    assert found(text, "handling_reached", "coordination")["value"] == "1.0"
    assert found(text, "handling_reached", "system")["value"] == "0.0"
    assert found(text, "handling_p90_s", "system")["value"] == ""
