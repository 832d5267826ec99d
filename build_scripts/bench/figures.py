"""What a measurement hands over: a figure beside what it was to reach; the quantile behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Figure = dict[str, Any]


def figure(
    name: str,
    value: float,
    unit: str,
    *,
    target: float | None,
    samples: int,
    at_most: bool = True,
    baseline: float | None = None,
) -> Figure:
    """Judge a value by its target, before any rounding.

    Args:
        name: what was measured.
        value: the result.
        unit: of value, target and baseline.
        target: what it was to reach; None where it is only told.
        samples: how many measurements `value` was taken from.
        at_most: whether the target is an upper bound.
        baseline: the plain way, measured in the same run.

    Returns:
        name, value, unit, target, met (None without a target), baseline, ratio (value to baseline,
        None without one) and samples, as the JSON file holds them.

    Raises:
        ValueError: the value is no number, or comes from nothing.
    """
    if not math.isfinite(value) or samples < 1:
        raise ValueError(f"{name}: {value} from {samples} samples is no measurement")
    met = None if target is None else value <= target if at_most else value >= target
    return {
        "name": name,
        "value": _shown(value),
        "unit": unit,
        "target": target,
        "met": met,
        "baseline": None if baseline is None else _shown(baseline),
        "ratio": _shown(value / baseline) if baseline else None,
        "samples": samples,
    }


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all values don't exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _shown(value: float) -> float:
    """Round to what can be told apart: a baseline may be a few hundredths of a unit."""
    return round(value) if abs(value) >= 1000 else float(f"{value:.4g}")
