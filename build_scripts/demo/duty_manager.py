"""Plays the duty manager: takes what rings, notes, closes; settles the rest."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from build_scripts.demo.clerk import Clerk, Diary
from build_scripts.demo.seat import OutOfReach, Scene, Seat, SeatGone, Stuck
from build_scripts.demo.stage import Clerk as Staff

_GLANCE_S: Final = 0.1
_LAST_CASES_S: Final = 90.0
_NOTE: Final = "ok now"


class DutyManager:
    """Works the desk through a day.

    Attributes:
        diary: the desk's power cuts.
    """

    def __init__(self, seat: Seat, staff: Staff) -> None:
        """Sit down at `seat` as `staff`."""
        self.seat = seat
        self._arriving = Clerk(seat, staff, [])
        self._kills: list[int] = []  # before which acts the plug is pulled
        self._acts = 0

    @property
    def diary(self) -> Diary:
        """What the desk's day came to."""
        return self._arriving.diary

    def enrol(self, code: str) -> None:
        """Make the PC a desk of the programme."""
        self._arriving.enrol(code)

    def sign_in(self) -> None:
        """Sign in by number and PIN."""
        self._arriving.sign_in()

    def expect_power_cuts(self, count: int, rng: random.Random) -> None:
        """Have the plug pulled this often, early in the day."""
        self._kills = sorted(rng.sample(range(2, 2 + 4 * count), count))

    def work(self, day_over: threading.Event) -> None:
        """Take cases and exceptions as they come; after the day, what is left of them.

        Raises:
            Stuck: the desk did not do what it should, or work is left over.
        """
        deadline = float("inf")
        while True:
            try:
                is_idle = not self._take_next()
            except SeatGone:
                self.seat.start()
                self.sign_in()
                continue
            except OutOfReach:
                is_idle = False  # what was there a moment ago has been dealt with: look again
            if day_over.is_set():
                deadline = min(deadline, time.monotonic() + _LAST_CASES_S)
                if is_idle and self._is_online():
                    return
            if time.monotonic() > deadline:
                raise Stuck(f"{self.seat.name}: the day's cases are not done: {self._desk()}")
            if is_idle:
                time.sleep(_GLANCE_S)

    def drain(self, timeout_s: float) -> bool:
        """Sign out; return whether the desk comes to show that nothing waits."""
        self._click("sign_out")
        return self.seat.shows(
            lambda scene: scene["screen"] == "sign_in" and not scene["chip"], timeout_s
        )

    def _take_next(self) -> bool:
        """Do one thing that is to be done; return whether there was one."""
        self.seat.wait(lambda scene: "desk" in scene, "the desk")
        desk = self._desk()
        still_open = [case["id"] for case in desk["cases"] if case["state"] != "closed"]
        if still_open:
            self._take_case(desk, still_open)
        elif desk["exceptions"]:
            self._settle(desk["exceptions"])
        return bool(still_open or desk["exceptions"])

    def _take_case(self, desk: dict[str, Any], still_open: Sequence[str]) -> None:
        if desk["selected"] not in still_open:
            self._click("row of cases")
            self.seat.ask("press", key="Home")
            if not self._shows(lambda desk: desk["selected"] in still_open):
                return  # the list has changed under the hand
            desk = self._desk()
        chosen = desk["selected"]
        states = {case["id"]: case["state"] for case in desk["cases"]}
        if states.get(chosen) == "new":
            self._click("acknowledge")
            self._wait_state(chosen, "acknowledged")
            return  # whoever else rings comes first
        if "close_resolved" not in desk["buttons"]:
            self._click("note_text")
            self.seat.ask("type", text=_NOTE)
            self._click("note")
            if not self._shows(lambda desk: "close_resolved" in desk["buttons"]):
                return
        if self._desk()["selected"] == chosen:
            self._click("close_resolved")
            self._wait_state(chosen, "closed")

    def _settle(self, exceptions: Sequence[str]) -> None:
        self._click("row of exceptions")
        if not self._shows(lambda desk: bool(desk["exception"])):
            return
        chosen = self._desk()["exception"]
        honours = "settle_honour" in self._desk()["buttons"]
        self._click("settle_honour" if honours else "settle_noted")
        if not self._shows(lambda desk: chosen not in desk["exceptions"]):
            raise Stuck(f"{self.seat.name}: {chosen} is not settled: {self._desk()}")

    def _click(self, name: str) -> None:
        self._acts += 1
        if self._kills and self._acts >= self._kills[0]:
            self._kills.pop(0)
            self.seat.tell("click", name=name)
            self.diary.kills += 1
            self.seat.kill()
            raise SeatGone(self.seat.name)
        self.seat.ask("click", name=name)

    def _wait_state(self, case_id: str, state: str) -> None:
        def holds(scene: Scene) -> bool:
            cases = scene.get("desk", {}).get("cases", ())
            return any(case["id"] == case_id and case["state"] == state for case in cases)

        self.seat.wait(holds, f"case {case_id} {state}")

    def _shows(self, holds: Callable[[dict[str, Any]], bool]) -> bool:
        return self.seat.shows(lambda scene: "desk" in scene and holds(scene["desk"]), 5.0)

    def _desk(self) -> dict[str, Any]:
        desk: dict[str, Any] = self.seat.scene["desk"]
        return desk

    def _is_online(self) -> bool:
        return bool(self._desk()["light"] == "ready")
