"""What confidence is worth: error against the share decided, shares at an error, and reliability."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
MOST_POINTS = 200
BINS = 15
_Z = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Deciding every message of at least `threshold`: which share that is, and how much of it is wrong."""

    share: float
    error: float
    threshold: float


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Messages with a confidence between `lower` and `upper`: how many, what they were given, how many were right.

    `low` and `high` bound the accuracy with 95 % confidence (Wilson).
    """

    lower: float
    upper: float
    rows: int
    confidence: float
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts over equally wide bins from 0 to 1."""

    inside: tuple[int, ...]
    outside: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Messages from the surest down; those taken for new come last, whatever their confidence.

    `confidence` (n,) descending within each part, `wrong` (n,) int64 counts of errors up to and with each row, `known`
    how many rows are not novel.
    """

    confidence: Values
    wrong: NDArray[np.int64]
    known: int

    @classmethod
    def of(cls, confidence: Values, correct: Flags, novel: Flags) -> "Ranking":
        """Three arrays (n,) in one order; rows of equal confidence keep it."""
        order = np.lexsort((-confidence, novel))
        return cls(confidence[order], np.cumsum(~correct[order]).astype(np.int64), int((~novel).sum()))

    @property
    def errors(self) -> Values:
        """(n,) the error among the first 1, 2, ... n rows."""
        result: Values = self.wrong / np.arange(1, len(self.wrong) + 1)
        return result

    @property
    def cuts(self) -> NDArray[np.int64]:
        """Rows after which a threshold can lie: the last of each run of equal confidence."""
        ends = np.append(self.confidence[1:] != self.confidence[:-1], True)[: len(self.confidence)]
        if 0 < self.known < len(ends):
            ends[self.known - 1] = True
        return np.flatnonzero(ends)


def risk_curve(ranking: Ranking, most: int = MOST_POINTS) -> tuple[CurvePoint, ...]:
    """At most `most` points, evenly spread over the share, with the last one (everything decided) among them."""
    cuts, errors, rows = ranking.cuts, ranking.errors, len(ranking.wrong)
    if len(cuts) > most:
        cuts = cuts[np.unique(np.linspace(0, len(cuts) - 1, most).round().astype(np.int64))]
    return tuple(CurvePoint((at + 1) / rows, float(errors[at]), float(ranking.confidence[at])) for at in map(int, cuts))


def area_under(ranking: Ranking) -> float:
    """AURC: the error, averaged over every share that could be decided (Geifman and El-Yaniv, 2017); 0 without rows."""
    return float(ranking.errors.mean()) if len(ranking.wrong) else 0.0


def share_at_error(ranking: Ranking, error: float) -> float:
    """The largest share of all rows, taken from the surest not novel ones down, whose realised error is at most this.

    It looks at the answers, so it bounds what any threshold can reach; a gate that is chosen beforehand gets less.
    """
    cuts = ranking.cuts[ranking.cuts < ranking.known]
    allowed = cuts[ranking.errors[cuts] <= error]
    return float((allowed[-1] + 1) / len(ranking.wrong)) if len(allowed) else 0.0


def reliability(confidence: Values, correct: Flags, bins: int = BINS) -> tuple[ReliabilityBin, ...]:
    """The bins that hold anything, from low confidence to high."""
    bin_of = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    return tuple(_bin(at, bins, confidence[bin_of == at], correct[bin_of == at]) for at in np.unique(bin_of))


def _bin(at: int, bins: int, confidence: Values, correct: Flags) -> ReliabilityBin:
    low, high = wilson(int(correct.sum()), len(correct))
    mean = float(confidence.mean())
    return ReliabilityBin(at / bins, (at + 1) / bins, len(correct), mean, float(correct.mean()), low, high)


def wilson(hits: int, rows: int) -> tuple[float, float]:
    """A 95 % interval for a share (Wilson, 1927); (0, 1) without rows."""
    if rows == 0:
        return 0.0, 1.0
    share, square = hits / rows, _Z**2 / rows
    centre = share + square / 2
    reach = _Z * float(np.sqrt(share * (1 - share) / rows + (_Z / (2 * rows)) ** 2))
    return max(0.0, (centre - reach) / (1 + square)), min(1.0, (centre + reach) / (1 + square))


def histogram(inside: Sequence[float] | Values, outside: Sequence[float] | Values, bins: int = 20) -> Histogram:
    """Two sets of values between 0 and 1, counted over the same bins."""
    return Histogram(*(tuple(np.histogram(values, bins, (0.0, 1.0))[0].tolist()) for values in (inside, outside)))
