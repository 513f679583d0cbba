"""Means over seeds with 95 % intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and its 95 % interval; a single value has no interval."""

    mean: float
    low: float | None
    high: float | None

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def estimate(values: Sequence[float]) -> Estimate:
    """Student's interval of the mean of at least one value; seeds are independent of one another."""
    centre = fmean(values)
    if len(values) < 2:
        return Estimate(centre, None, None)
    reach = quantile(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Estimate(centre, centre - reach, centre + reach)


def paired(values: Sequence[float], others: Sequence[float]) -> Estimate:
    """The mean of `values` less `others`, seed by seed: what both share falls out."""
    return estimate([value - other for value, other in zip(values, others, strict=True)])


def quantile(degrees: int) -> float:
    """How many standard errors a 95 % interval reaches to each side, by Student's distribution."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + CONFIDENCE) / 2))
