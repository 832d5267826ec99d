"""Whether anything goes wrong just now, and what of it is left out."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping


class Weather:
    """What all lines of a run have in common.

    Attributes:
        storm: off means honest networks.
        fired: how often each kind of fault did something.
        without: kinds that do not happen.
    """

    def __init__(self, fired: Counter[str], without: frozenset[str]) -> None:
        self.storm = False
        self.fired = fired
        self.without = without

    def pick(
        self, source: random.Random, faults: Mapping[str, float], *, trouble: float = 1.0
    ) -> str:
        """One of the faults by their shares, '' for none; `trouble` times as often."""
        if not self.storm:
            return ""
        throw = source.random() / trouble
        for name, share in faults.items():
            throw -= share
            if throw < 0:
                return "" if name in self.without else name
        return ""
