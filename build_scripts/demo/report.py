"""The report of a run, and the verdict on it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Performed:
    """One uninterrupted performance of a job, as counted from the events that were sent.

    Attributes:
        keys: keys pressed; the words of free text are not among them.
        scans: codes read by the scanner.
        mouse: clicks at the clerk's screen.
    """

    job: str
    keys: int
    scans: int
    mouse: int
    seconds: float


@dataclass(frozen=True, slots=True)
class JobFigures:
    """A job over all its performances: the most it took of each, and the time of 95 in 100."""

    keys: int
    scans: int
    mouse: int
    seconds_p95: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """From a low face, or from when the server was back, to its ringing on the manager's desk."""

    count: int
    p50_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """What `--report` writes; the names are the product's promise to its readers."""

    encounters: int
    rating_states: dict[str, int]
    ratings: int
    accruals: int
    redemptions: dict[str, int]  # online, lease, at_risk, written_off, refused
    leases_handed_back: int
    vouchers_taken: int
    points_exposed: int  # of leases that were written off, and whose counter was not lost
    pending_after: int
    lost: int
    duplicated: int
    ledger_balanced: bool
    replica_equal: bool
    kills: int
    blocking_dialogs: int
    jobs: dict[str, JobFigures] = field(default_factory=dict)
    alarm: Alarm = Alarm(0, None, None)  # by the server
    office_alarm: Alarm = Alarm(0, None, None)  # over the office's own network
    late_alarm: Alarm = Alarm(0, None, None)  # of taps without any network, since it was back

    def failures(self) -> list[str]:
        """Return why the run failed, in words; nothing if it passed."""
        states = sum(n for state, n in self.rating_states.items() if state != "none")
        checks = (
            (self.encounters == 0, "no encounter reached the server"),
            (self.pending_after, f"{self.pending_after} still pending after reconnecting"),
            (
                self.points_exposed,
                f"{self.points_exposed} points exposed by a counter that has handed all back",
            ),
            (self.lost, f"{self.lost} lost: a screen confirmed them and they are nowhere"),
            (self.duplicated, f"{self.duplicated} posted more than once"),
            (not self.ledger_balanced, "the books don't balance"),
            (not self.replica_equal, "a seat's members file differs from the server"),
            (
                self.rating_states.get("none", 0) or states != self.encounters,
                f"{self.encounters} encounters, but {states} with a rating state",
            ),
            (
                self.blocking_dialogs,
                f"{self.blocking_dialogs} boxes stood in a clerk's way while the network was gone",
            ),
        )
        return [words for failed, words in checks if failed]

    def write(self, path: Path) -> None:
        """Write the report as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n")


def job_figures(performed: Iterable[Performed]) -> dict[str, JobFigures]:
    """Sum performances up by job."""
    by_job: dict[str, list[Performed]] = {}
    for each in performed:
        by_job.setdefault(each.job, []).append(each)
    return {
        job: JobFigures(
            keys=max(each.keys for each in these),
            scans=max(each.scans for each in these),
            mouse=max(each.mouse for each in these),
            seconds_p95=round(quantile([each.seconds for each in these], 0.95), 2),
        )
        for job, these in sorted(by_job.items())
    }


def alarm_figures(delays_ms: Sequence[float]) -> Alarm:
    """Sum the alarms' delays up."""
    if not delays_ms:
        return Alarm(0, None, None)
    return Alarm(
        len(delays_ms),
        round(quantile(delays_ms, 0.5), 1),
        round(quantile(delays_ms, 0.99), 1),
    )


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` of them don't exceed.

    >>> quantile([4.0, 1.0, 3.0, 2.0], 0.5)
    2.0
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
