"""Runs checks side by side, each on a thread of its own, and waits for none longer than it may."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import field
from typing import Any, Literal

from app.domain.lean import dataclass
from sync.client.doctor.findings import Finding, Severity
from sync.client.doctor.pc import NotLookedAt, Pc

State = Literal["done", "hung", "not looked at", "failed"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at.

    Attributes:
        name: as in reports.
        look: gives what it finds, nothing where all is well.
        gives: which of `Pc`'s futures it sets, if it can.
    """

    name: str
    look: Callable[[Pc], Iterable[Finding]]
    gives: tuple[str, ...] = ()


@dataclass(slots=True)
class Looked:
    """What came of a check; `took_ms` up to the limit."""

    check: str
    state: State = "hung"
    took_ms: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Report:
    """What came of all.

    Attributes:
        ran_ms: when, ms since 1970 by the PC's clock.
        took_ms: how long.
        looked: in the order of the checks.
    """

    ran_ms: int
    took_ms: int
    looked: Sequence[Looked]

    @property
    def findings(self) -> list[Finding]:
        """The worst first."""
        found = [finding for each in self.looked for finding in each.findings]
        return sorted(found, key=lambda finding: -finding.severity)

    @property
    def worst(self) -> Severity:
        return max((finding.severity for finding in self.findings), default=Severity.NOTE)

    @property
    def failed(self) -> bool:
        """The doctor made a mistake itself."""
        return any(each.state == "failed" for each in self.looked)


def run(checks: Sequence[Check], pc: Pc) -> Report:
    """Look at everything.

    Args:
        checks: which take their turn side by side.
        pc: what is looked at; a check that takes longer than its limit is left alone, and that is
            a finding.
    """
    began, began_ms = time.monotonic(), pc.now_ms()
    running = [_Running(check, pc, began) for check in checks]
    for each in running:
        each.thread.start()
    for each in running:
        each.thread.join(max(0.0, began + pc.limit_s - time.monotonic()))
    looked = [each.result() for each in running]
    return Report(began_ms, round((time.monotonic() - began) * 1000), looked)


class _Running:
    """A check on its thread, which is a daemon: the program ends while it hangs."""

    def __init__(self, check: Check, pc: Pc, began: float) -> None:
        self._check, self._pc, self._began = check, pc, began
        self._looked = Looked(check.name)
        self.thread = threading.Thread(target=self._look, name=f"doctor-{check.name}", daemon=True)

    def result(self) -> Looked:
        """What came of it so far; what it finds later changes nothing."""
        looked = Looked(
            self._check.name,
            self._looked.state,
            self._looked.took_ms or self._ms(),
            list(self._looked.findings),
        )
        if self.thread.is_alive():
            looked.state = "hung"
            looked.findings = [Finding("hung", {"check": self._check.name})]
        return looked

    def _look(self) -> None:
        self._looked.state = "failed"  # what nobody catches is told by the thread's end
        try:
            self._looked.findings = list(self._check.look(self._pc))
            self._looked.state = "done"
        except NotLookedAt:
            self._looked.state = "not looked at"
        finally:
            for name in self._check.gives:
                given: Future[Any] = getattr(self._pc, name)
                given.cancel()  # nobody waits for what doesn't come; a result that came stays
            self._looked.took_ms = self._ms()

    def _ms(self) -> int:
        return round((time.monotonic() - self._began) * 1000)
