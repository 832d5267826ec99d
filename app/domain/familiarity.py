"""Whom a counter knows: how likely each member is to be the one who stands there now.

Three things are known of a member, each with its own weight below: how often the programme sees
them (their place in display order), whether this office is theirs, and when this counter served
them before. None is looked up; a counter without a network knows as much as one with.
"""

from collections.abc import Iterable
from itertools import islice
from math import exp
from typing import Final

DAY_MS: Final = 86_400_000

HOME_ODDS: Final = 8.0
"""Four visits of five go to one office of three: 0.8 against 0.1 each for the others."""

EXPECTED_ODDS: Final = 3.0
"""For whom the server set points aside here: visitors of the office's last days, mostly."""

# Visits are spread log-normally, with a deviation of about 1: at display order's quantile q
# they go with ((1 − q) / q) ** 0.6, which is 2 on average.
_VISIT_EXPONENT: Final = 0.6

_OFTEN_DAYS: Final = 60.0
"""After so long a visit counts for a third: habits change with the season."""
_LATELY_DAYS: Final = 4.0
"""Whoever comes back about the same matter does so within days."""
# One visit in five brings such a return: 0.2 / 4 a day. An average member of other offices,
# four visits a year and a tenth of them here, comes with 0.0011 a day and weighs 2.
_RETURN_WEIGHT: Final = 100.0

_LIKELIEST: Final = 200
# No clock, however wrong, makes e^x too large or nothing at all.
_MAX_EXPONENT: Final = 600.0


def usual_visits(rank: int, members: int, *, at_home: bool) -> float:
    """Weigh how often a member comes here by place in display order and home office.

    Args:
        rank: >= 1; 1 is shown first.
        members: the highest rank there is.
        at_home: this office is the member's own.

    Returns:
        A weight > 0, for members of other offices 2 on average.
    """
    behind = max(members - rank, 0)
    often = float(((behind + 0.5) / (rank - 0.5)) ** _VISIT_EXPONENT)
    return often * (HOME_ODDS if at_home else 1.0)


class Familiarity:
    """The visits one counter saw, fading with time, and whom it is to expect.

    Members go by their ids' 16 bytes, as the members file holds them: a keystroke weighs a hundred.
    """

    def __init__(self) -> None:
        # Sums of e^((visit - start) / days): as all fade alike, nothing is ever counted anew.
        self._often: dict[bytes, float] = {}
        self._lately: dict[bytes, float] = {}
        self._expected: frozenset[bytes] = frozenset()
        self._start_ms = 0
        self._last_ms = 0
        self._likeliest: tuple[bytes, ...] | None = None

    def saw(self, member_id: bytes, at_ms: int) -> None:
        """Count a visit; the one told last is taken for the last one."""
        if not self._often:
            self._start_ms = self._last_ms = at_ms
        self._last_ms = max(self._last_ms, at_ms)
        often, lately = self._often.get(member_id, 0.0), self._lately.pop(member_id, 0.0)
        self._often[member_id] = often + self._growth(at_ms, _OFTEN_DAYS)
        self._lately[member_id] = lately + self._growth(at_ms, _LATELY_DAYS)
        self._likeliest = None

    def expect(self, member_ids: Iterable[bytes]) -> None:
        """Expect these members, and those of the last call no more."""
        expected = frozenset(member_ids)
        if expected != self._expected:
            self._expected = expected
            self._likeliest = None

    def weigh(self, member_id: bytes, usual: float, now_ms: int) -> float:
        """Weigh how likely a member is to be here now.

        Args:
            member_id: of whom.
            usual: from `usual_visits`.
            now_ms: the time; visits after it (a clock was set back) count as of now.
        """
        if member_id in self._expected:
            usual *= EXPECTED_ODDS
        often = self._often.get(member_id)
        if often is None:
            return usual
        now_ms = max(now_ms, self._last_ms)
        lately = self._lately[member_id] / self._growth(now_ms, _LATELY_DAYS)
        # A visit seen here says as much again as a place in the order of a whole year
        often /= self._growth(now_ms, _OFTEN_DAYS)
        return usual * (1.0 + often) + _RETURN_WEIGHT * lately

    def likeliest(self) -> tuple[bytes, ...]:
        """Give at most 200 members that the counter knows: those seen last, then those expected.

        The same tuple as long as nothing was added.
        """
        if self._likeliest is None:
            known = dict.fromkeys(islice(reversed(self._lately), _LIKELIEST))
            known |= dict.fromkeys(sorted(self._expected))
            self._likeliest = tuple(known)[:_LIKELIEST]
        return self._likeliest

    def _growth(self, at_ms: int, days: float) -> float:
        exponent = (at_ms - self._start_ms) / (DAY_MS * days)
        return exp(max(-_MAX_EXPONENT, min(exponent, _MAX_EXPONENT)))
