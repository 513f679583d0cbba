"""The shape of what is left when all effects are taken out: the log's own quantiles, not a bell curve's."""

from dataclasses import dataclass

import numpy as np

from optimizer.handle_times.log import Flags, Floats, Indices
from optimizer.handle_times.survival import quantiles

LEVELS = np.arange(1, 100) / 100
_NORMAL_COUNT = 200.0
"""As many residuals are taken to be normal before any is seen, so that a short log has tails at all."""
_FEWEST = 30
_CENTRAL = slice(4, 95)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """quantile: (T + 1, 99) float64, standardised residuals at 1 to 99 % by issue type, the unknown type last.

    pooling: how many conversations the common shape counts as for each type.
    """

    quantile: Floats
    pooling: float

    def at(self, issue_type: Indices, levels: Floats) -> Floats:
        """(N, L) float64, the standardised residual of each row's issue type at `levels` (0-1)."""
        from scipy.special import ndtri

        known, wanted = ndtri(LEVELS), ndtri(levels)
        beyond = np.minimum(wanted - known[0], 0.0) + np.maximum(wanted - known[-1], 0.0)
        table = np.array([np.interp(wanted, known, row) + beyond for row in self.quantile])
        return np.asarray(table[issue_type])


def shape_of(residual: Floats, seen: Flags, issue_type: Indices, n_types: int) -> Shape:
    """The shape of (N,) standardised residuals; where not `seen` they are lower bounds, as open work leaves them.

    A type's own quantiles are drawn towards those of all types by how much true shapes differ between types, which
    is what the differences seen leave over when chance is taken off.
    """
    common = _common(residual, seen)
    told = [t for t in range(n_types) if (seen & (issue_type == t)).sum() >= _FEWEST]
    rows = [issue_type == t for t in told]
    count = np.array([float(seen[row].sum()) for row in rows])
    own = np.array([quantiles(residual[row], seen[row], LEVELS) for row in rows]).reshape(len(told), len(LEVELS))
    pooling = _pooling(own - common, count, common)
    quantile = np.tile(common, (n_types + 1, 1))
    share = (count / (count + pooling))[:, None] if told else np.zeros((0, 1))
    quantile[told] = common + share * (own - common)
    return Shape(np.maximum.accumulate(quantile, axis=1), pooling)


def _common(residual: Floats, seen: Flags) -> Floats:
    from scipy.special import ndtri

    share = seen.sum() / (seen.sum() + _NORMAL_COUNT)
    return np.asarray(share * quantiles(residual, seen, LEVELS) + (1 - share) * ndtri(LEVELS))


def _pooling(difference: Floats, count: Floats, common: Floats) -> float:
    if len(count) < 2:
        return float("inf")
    density = np.gradient(LEVELS, common)
    chance = LEVELS * (1 - LEVELS) / density**2
    seen = (count[:, None] * (difference**2 - chance / count[:, None]))[:, _CENTRAL].sum() / count.sum()
    return float(chance[_CENTRAL].sum() / seen) if seen > 0 else float("inf")
