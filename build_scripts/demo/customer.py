"""Plays the customer at the panel: a finger on the glass, no faster than a finger is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from build_scripts.demo.day import Ending, Moment
from build_scripts.demo.seat import Scene, Seat

_BETWEEN_TAPS_S: Final = 0.4  # the panel takes faster ones for a trembling finger
_TIMEOUT_S: Final = 60.0
_VOUCHER_S: Final = 3.0
_REASONS: Final = {
    1: ("attitude", "competence"),
    2: ("attitude", "efficiency"),
    3: ("efficiency", "rules"),
    4: ("efficiency", "competence"),
    5: ("efficiency", "attitude"),
}
_CALLS: Final = {"now": "call_now", "wait": "wait", "no": "not_now"}


class Customer:
    """Answers what the panel asks.

    Attributes:
        tapped_at: when the last face was seen to have been taken, on the monotonic clock.
    """

    def __init__(self, seat: Seat, moment: Callable[[Moment], None]) -> None:
        """Stand before `seat`; `moment` is told of what the plug may be pulled at."""
        self._seat, self._moment = seat, moment
        self._last_tap = 0.0
        self.tapped_at = 0.0

    def say_yes(self) -> None:
        """Agree to spend points."""
        self._tap("yes", Moment.AFTER_YES)

    def photograph(self) -> str:
        """Take a picture of the voucher on the panel, if one comes; returns its text, else ''."""
        if not self._seat.shows(lambda scene: bool(scene["panel"]["voucher"]), _VOUCHER_S):
            return ""
        text: str = self._seat.scene["panel"]["voucher"]
        self._tap("voucher")
        self._wait(lambda panel: not panel["voucher"], "the end of the voucher")
        return text

    def answer(self, ending: Ending) -> None:
        """Do with the question what the script says."""
        if ending.state == "declined":
            self._tap("no_thanks")
            self._wait(lambda panel: panel["page"] == "thanks", "a goodbye")
        elif ending.state == "timed_out":
            self._wait(
                lambda panel: panel["page"] in ("idle", "serving"), "the end of the question"
            )
        elif ending.state == "rated":
            self._rate(ending)
        # superseded: walks off

    def _rate(self, ending: Ending) -> None:
        self._tap(f"face_{ending.score}", Moment.AFTER_FACE)
        self._wait(lambda panel: panel["page"] == "details", "the thanks for the face")
        self.tapped_at = time.monotonic()
        score = ending.score
        if ending.then:
            score = ending.then
            self._tap(f"change_{score}")
            self._wait(lambda panel: panel["face"] == score, "the other face")
        for reason in _REASONS[score][: ending.reasons]:
            self._tap(f"reason_{reason}")
        if ending.call:
            self._tap(_CALLS[self._possible(ending.call)])
        if ending.comment:
            self._write(ending.comment)
        self._moment(Moment.DETAILS)
        self._tap("done")
        self._wait(lambda panel: panel["page"] == "thanks", "thanks")

    def _possible(self, call: str) -> str:
        """Return what can be wished for: without a network nobody is promised to come now."""
        return "wait" if call == "now" and not self._seat.scene["panel"]["can_call"] else call

    def _write(self, text: str) -> None:
        self._tap("comment")
        self._wait(lambda panel: panel["page"] == "comment", "the keyboard")
        time.sleep(_BETWEEN_TAPS_S)
        for character in text:
            name = "key_space" if character == " " else f"key_{character}"
            self._seat.ask("tap", name=name)
        self._tap("written_done")
        self._wait(lambda panel: panel["page"] == "details", "the reasons")

    def _tap(self, name: str, moment: Moment | None = None) -> None:
        time.sleep(max(0.0, self._last_tap + _BETWEEN_TAPS_S - time.monotonic()))
        self._last_tap = time.monotonic()
        number = self._seat.tell("tap", name=name)
        if moment is not None:
            self._moment(moment)
        self._seat.reply(number, f"tap {name}")

    def _wait(self, holds: Callable[[Scene], bool], what: str) -> None:
        self._seat.wait(
            lambda scene: "panel" in scene and holds(scene["panel"]), what, timeout_s=_TIMEOUT_S
        )
