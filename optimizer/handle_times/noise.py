"""How much handle times of one issue type scatter when all effects are taken out, pooled over the types."""

from dataclasses import dataclass

import numpy as np

from optimizer.handle_times.log import Floats

_LEAST_VARIANCE = 1e-4
_MOST_FREEDOM = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """variance: (T + 1,) float64, squared log seconds, by issue type, the unknown type last; freedom: how many
    conversations the common value counts as for each type."""

    variance: Floats
    freedom: float

    @property
    def sd(self) -> Floats:
        """(T + 1,) float64, log seconds."""
        return np.sqrt(self.variance)


def pooled(squares: Floats, freedom: Floats) -> Noise:
    """Each type's own variance drawn towards the common one, by how much true variances differ between types.

    squares: (T,) sums of squared residuals; freedom: (T,) conversations less the effects fitted to them. The common
    value and its weight are those of a scaled F distribution, matched by the moments of log variances (Smyth 2004).
    """
    told = freedom > 1
    if not told.any():
        common = float(squares.sum() / max(float(freedom.sum()), 1.0)) or _LEAST_VARIANCE
        return Noise(np.full(len(squares) + 1, max(common, _LEAST_VARIANCE)), _MOST_FREEDOM)
    own = np.maximum(squares[told] / freedom[told], _LEAST_VARIANCE)
    common, weight = _prior(own, freedom[told])
    variance = np.full(len(squares) + 1, common)
    variance[:-1][told] = (weight * common + freedom[told] * own) / (weight + freedom[told])
    return Noise(np.maximum(variance, _LEAST_VARIANCE), weight)


def _prior(own: Floats, freedom: Floats) -> tuple[float, float]:
    from scipy.special import digamma, polygamma

    shifted = np.log(own) - digamma(freedom / 2) + np.log(freedom / 2)
    chance = polygamma(1, freedom / 2)
    # Types with many conversations tell the spread between types; those with few mostly tell their own chance.
    weight = 1 / (chance + 0.02)
    centre = float(weight @ shifted / weight.sum())
    spread = float(weight @ ((shifted - centre) ** 2 - chance) / weight.sum()) * len(own) / max(len(own) - 1, 1)
    if len(own) < 2 or spread <= polygamma(1, _MOST_FREEDOM / 2):
        return float(np.exp(centre)), _MOST_FREEDOM
    half = _inverse_trigamma(spread)
    return float(np.exp(centre + digamma(half) - np.log(half))), 2 * half


def _inverse_trigamma(value: float) -> float:
    from scipy.special import polygamma

    guess = 0.5 + 1 / value
    for _ in range(50):
        trigamma = float(polygamma(1, guess))
        step = trigamma * (1 - trigamma / value) / float(polygamma(2, guess))
        guess += step
        if abs(step) < 1e-9 * guess:
            break
    return guess
