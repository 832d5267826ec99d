"""How often a chance comes about in n tries, summed without loss.

No factorials and no logarithms of them: each probability is had from its neighbour, beginning at
the likeliest count, and all are divided by their sum. So nothing overflows, and nothing is lost
where n is large or the chance is near 0 or 1.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Final

# Against the likeliest count's probability; what lies beyond adds up to nothing that a limit sees.
_NEGLIGIBLE: Final = 1e-18


def cumulative(n: int, share: float) -> tuple[int, list[float]]:
    """Give the binomial distribution function where it is neither 0 nor 1.

    Args:
        n: tries, >= 0. It takes about 20 √n steps.
        share: the chance of each, in [0, 1].

    Returns:
        (first, p) with p[i] = P(count <= first + i); below first it is 0, and the last is 1.
    """
    likeliest = min(n, int((n + 1) * share))
    fewer: list[float] = []
    weight, count = 1.0, likeliest
    while count and weight > _NEGLIGIBLE:
        weight *= count * (1.0 - share) / ((n - count + 1) * share)
        count -= 1
        fewer.append(weight)
    more: list[float] = []
    weight, count = 1.0, likeliest
    while count < n and weight > _NEGLIGIBLE:
        weight *= (n - count) * share / ((count + 1) * (1.0 - share))
        count += 1
        more.append(weight)
    sums = list(accumulate([*reversed(fewer), 1.0, *more]))
    return likeliest - len(fewer), [part / sums[-1] for part in sums]
