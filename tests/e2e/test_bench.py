"""The benchmark runs, writes what it promises, and judges honestly; nothing is timed here."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from build_scripts.bench import __main__ as bench
from build_scripts.bench import jobs
from build_scripts.bench.figures import figure, quantile

ROOT: Final = Path(__file__).resolve().parents[2]
KEYS: Final = {"name", "value", "unit", "target", "met", "baseline", "ratio", "samples"}


def _bench(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "build_scripts.bench", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=1_200,
        check=check,
    )


def _day(**changed: dict[str, float]) -> dict[str, Any]:
    done = {
        job: {"keys": keys, "scans": scans, "mouse": 0, "seconds_p95": 1.0}
        for job, (keys, scans) in jobs.TARGETS.items()
    }
    for job, change in changed.items():
        done[job].update(change)
    return {"jobs": done}


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """(what a quick run printed, what it wrote); the day's report is given to it."""
    folder = tmp_path_factory.mktemp("bench")
    day, result = folder / "day.json", folder / "bench.json"
    day.write_text(json.dumps(_day()))
    done = _bench("--quick", "--json", str(result), "--demo-report", str(day), check=False)
    assert not done.returncode, done.stderr
    return done.stdout, json.loads(result.read_text())


@pytest.mark.slow
def test_a_quick_run_measures_everything_the_product_promises(
    quick: tuple[str, dict[str, Any]],
) -> None:
    _, document = quick
    assert document["failed"] == []
    names = [each["name"] for each in document["figures"]]
    assert len(names) == len(set(names))
    for promise in (
        "tap to durable commit, 500 members, sync pages being applied, p99",
        "tap to durable commit, 500 members arriving, p99",
        "30 days offline, 400 entries: in order at the server",
        "30 days offline, 400 entries: tap to durable commit meanwhile, p99",
        "offline redemption: decision and durable commit, p99",
        "offline redemption: commit to the slip printed, p99",
        "search p99",
        "right member in the first three",
        "push of ratings recorded offline",
        "low rating to ringing",
        "online redemption, 500 members, 2 counters at once",
        "online redemption, 500 members, 2 counters at once: p99",
        "offline redemption, decided and committed, 500 members, p99",
        "push of redemptions and accruals recorded offline",
        "audit of 5,000 postings and 2,500 journal entries",
        "expiry run, 500 members",
        "bootstrap of 500 members, encrypted and searchable",
        "bootstrap of 500 members: on the wire",
        "start to sign-in usable",
        "client memory",
        "a year of an office",
        "panel, touch to the face",
        "panel, finger lifted to the answer",
        "earn_by_scan: keys",
        "mouse in any job",
    ):
        assert any(name.startswith(promise) for name in names), promise


@pytest.mark.slow
def test_each_figure_holds_what_it_was_to_reach_and_its_baseline(
    quick: tuple[str, dict[str, Any]],
) -> None:
    _, document = quick
    for each in document["figures"]:
        assert set(each) == KEYS
        assert math.isfinite(each["value"])
        assert each["samples"] >= 1
        assert (each["met"] is None) == (each["target"] is None), each
        if each["baseline"] and each["value"]:
            # both are rounded, so only to their last digit
            assert each["ratio"] == pytest.approx(each["value"] / each["baseline"], rel=0.02)


@pytest.mark.slow
def test_the_table_says_the_same_as_the_file(quick: tuple[str, dict[str, Any]]) -> None:
    printed, document = quick
    lines = printed.splitlines()
    assert len(lines) == 1 + len(document["figures"])
    for line, each in zip(lines[1:], document["figures"], strict=True):
        assert line.startswith(each["name"])
        assert ("NO" in line.split()) == (each["met"] is False)


def test_a_report_over_all_offices_is_what_their_visits_count(tmp_path: Path) -> None:
    result = tmp_path / "bench.json"
    _bench("--quick", "--only", "month_report", "--json", str(result))
    document = json.loads(result.read_text())
    assert document["failed"] == [], "a report that says anything else is no measurement"
    names = [each["name"] for each in document["figures"]]
    assert any(name.endswith("report, p99") for name in names)
    assert any(name.endswith("late and excluded ratings counted") for name in names)


def test_one_measurement_alone_leaves_the_others_out(tmp_path: Path) -> None:
    day, result = tmp_path / "day.json", tmp_path / "bench.json"
    day.write_text(json.dumps(_day(complaint={"keys": 4})))
    done = _bench("--only", "jobs", "--demo-report", str(day), "--json", str(result))
    figures = json.loads(result.read_text())["figures"]
    assert {each["name"].partition(":")[0] for each in figures} == {
        *jobs.TARGETS,
        "mouse in any job",
    }
    short = [each["name"] for each in figures if each["met"] is False]
    assert short == ["complaint: keys"], "a figure that falls short is told"
    assert done.returncode == 0, "and is no failure of the measurement"


def test_a_measurement_that_fails_fails_the_run(tmp_path: Path) -> None:
    done = _bench("--only", "jobs", "--demo-report", str(tmp_path / "nowhere.json"), check=False)
    assert done.returncode == 1
    assert "could not be measured: jobs" in done.stderr


def test_a_failed_measurement_leaves_the_others_their_figures(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken() -> list[dict[str, Any]]:
        raise RuntimeError("no disk")

    whole = figure("whole", 1, "ms", target=2, samples=1)
    figures, failed = bench.run({"broken": broken, "whole": lambda: [whole]})
    assert (figures, failed) == ([whole], ["broken"])
    assert "no disk" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "target", "at_most", "met"),
    [
        (25.0, 25.0, True, True),
        (25.0004, 25.0, True, False),  # shown as 25.0, and beyond it all the same
        (9_999.6, 10_000, False, False),
        (10_000, 10_000, False, True),
        (0, 0, True, True),
        (1, 0, True, False),
    ],
)
def test_a_target_is_met_by_the_value_itself_not_by_its_rounding(
    value: float, target: float, at_most: bool, met: bool
) -> None:
    judged = figure("any", value, "ms", target=target, at_most=at_most, samples=1)
    assert judged["met"] is met


def test_a_job_that_takes_a_scan_or_a_click_more_is_told(tmp_path: Path) -> None:
    day = tmp_path / "day.json"
    day.write_text(json.dumps(_day(earn_by_scan={"keys": 1, "scans": 2}, complaint={"mouse": 1})))
    judged = {each["name"]: each["met"] for each in jobs.run(report=day)}
    assert judged["earn_by_scan: keys"] is True
    assert judged["earn_by_scan: scans"] is False
    assert judged["complaint: mouse"] is False
    assert judged["mouse in any job"] is False
    assert judged["close_shift: keys"] is True


def test_a_day_without_one_of_the_jobs_is_no_measurement(tmp_path: Path) -> None:
    day = tmp_path / "day.json"
    document = _day()
    del document["jobs"]["retro_claim"]
    day.write_text(json.dumps(document))
    with pytest.raises(jobs.DayFailed, match="retro_claim"):
        jobs.run(report=day)


def test_nothing_measured_is_no_figure() -> None:
    with pytest.raises(ValueError, match="no measurement"):
        figure("empty", 0.0, "ms", target=1, samples=0)
    with pytest.raises(ValueError, match="no measurement"):
        figure("endless", math.inf, "ms", target=1, samples=3)


def test_a_quantile_is_a_value_that_was_measured() -> None:
    assert quantile([5.0], 0.99) == 5.0
    assert quantile([float(n) for n in range(1, 101)], 0.99) == 99.0
    assert quantile([float(n) for n in range(100, 0, -1)], 0.5) == 50.0
    assert quantile([3.0, 1.0, 2.0], 1.0) == 3.0
