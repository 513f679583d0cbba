"""Means over seeds with 95 % intervals."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from routing.domain.what_if_answer import Estimate

__all__ = ["CONFIDENCE", "Estimate", "estimate", "paired", "quantile"]

CONFIDENCE = 0.95


def estimate(values: Sequence[float], bounds: tuple[float, float] = (-math.inf, math.inf)) -> Estimate:
    """Student's interval of the mean of at least one value, cut at what it can be; seeds are independent."""
    centre = fmean(values)
    if len(values) < 2:
        return Estimate(centre, None, None)
    reach = quantile(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Estimate(centre, max(centre - reach, bounds[0]), min(centre + reach, bounds[1]))


def paired(values: Sequence[float], others: Sequence[float]) -> Estimate:
    """The mean of `values` less `others`, seed by seed: what both share falls out."""
    return estimate([value - other for value, other in zip(values, others, strict=True)])


def quantile(degrees: int) -> float:
    """How many standard errors a 95 % interval reaches to each side, by Student's distribution."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + CONFIDENCE) / 2))
