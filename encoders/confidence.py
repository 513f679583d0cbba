"""From a head's scores to a probability for every issue type that means what it says."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.calibration import Scores, fit_temperature, softmax

_FLOOR = 1e-9
_FEWEST_ERRORS = 5
_MOST_CONFIDENT = 0.9999
_TEMPERATURE_UNMEASURED = 0.1
"""About what scores between 0 and 1 needed wherever it was measured."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """A temperature for the whole distribution, then a logistic curve for the likeliest type.

    The curve reads the likeliest type's log probability and its lead over the second and the third. `offset` None: too
    few held-out errors to fit it, the temperature alone decides.
    """

    temperature: float
    slopes: tuple[float, float, float]
    offset: float | None

    def probabilities(self, scores: Scores) -> Scores:
        """(n, k) scores to (n, k) probabilities; rows sum to 1, and the best score keeps the highest probability."""
        spread = softmax(scores / self.temperature)
        if self.offset is None or not len(scores):
            return spread
        sure = _logistic(_leaders(spread) @ self._of_leaders(spread.shape[1]) + self.offset)
        return _with_first(spread, spread.argmax(axis=1), np.maximum(sure, 1.0 / spread.shape[1]))

    def _of_leaders(self, types: int) -> Scores:
        """The slopes, put on what `_leaders` gives of so many types: the same as `slopes` on `_signs`, in one step."""
        alone, over_second, over_third = self.slopes
        result = [0.0] * min(types, 3)
        result[-1] += alone + over_second + over_third
        result[-min(2, types)] -= over_second
        result[0] -= over_third
        return np.array(result)


def fit_confidence(scores: Scores, labels: NDArray[np.int64]) -> Confidence:
    """From held-out scores (n, k) and labels (n,), by least surprise."""
    temperature = fit_temperature(scores, labels) if len(labels) else _TEMPERATURE_UNMEASURED
    flat = Confidence(temperature, (0.0, 0.0, 0.0), None)
    spread = softmax(scores / temperature)
    correct = np.asarray(spread.argmax(axis=1) == labels)
    if min(correct.sum(), (~correct).sum()) < _FEWEST_ERRORS:
        return flat
    return _fit_curve(temperature, _signs(spread), correct)


def _fit_curve(temperature: float, signs: Scores, correct: NDArray[np.bool_]) -> Confidence:
    from sklearn.linear_model import LogisticRegression

    centre, spread = signs.mean(axis=0), np.maximum(signs.std(axis=0), 1e-6)
    fitted = LogisticRegression(C=1.0, max_iter=500).fit((signs - centre) / spread, correct)
    slopes = fitted.coef_[0] / spread
    offset = float(fitted.intercept_[0] - slopes @ centre)
    return Confidence(temperature, (float(slopes[0]), float(slopes[1]), float(slopes[2])), offset)


def _signs(spread: Scores) -> Scores:
    """(n, 3): log probability of the likeliest, and its lead over the second and the third (or last)."""
    logs = _leaders(spread)
    first, second, third = logs[:, -1], logs[:, -min(2, logs.shape[1])], logs[:, 0]
    return np.stack([first, first - second, first - third], axis=1)


def _leaders(spread: Scores) -> Scores:
    """(n, 3 or fewer): log probabilities of the third, the second and the likeliest."""
    result: Scores = np.log(np.maximum(np.sort(spread, axis=1)[:, -3:], _FLOOR))
    return result


def _logistic(values: Scores) -> Scores:
    result: Scores = 1.0 / (1.0 + np.exp(np.minimum(np.maximum(-values, -30.0), 30.0)))
    return np.minimum(result, _MOST_CONFIDENT)


def _with_first(spread: Scores, first: NDArray[np.int64], sure: Scores) -> Scores:
    """The likeliest type gets `sure`, the others share the rest as before, none of them more than the likeliest."""
    rows = np.arange(len(spread))
    others = spread.copy()
    others[rows, first] = 0.0
    total = others.sum(axis=1, keepdims=True)
    if (total > _FLOOR).all():
        shares: Scores = others * ((1.0 - sure)[:, None] / total)
    else:
        shares = _evenly(others, first, total) * (1.0 - sure)[:, None]
    if (shares <= sure[:, None]).all():
        shares[rows, first] = sure
        return shares
    capped = np.minimum(shares, sure[:, None])
    room = sure[:, None] - capped
    room[rows, first] = 0.0
    left = (shares - capped).sum(axis=1, keepdims=True)
    result: Scores = capped + room * (left / np.maximum(room.sum(axis=1, keepdims=True), _FLOOR))
    result[rows, first] = sure
    return result


def _evenly(others: Scores, first: NDArray[np.int64], total: Scores) -> Scores:
    """What the others have of what they have together; where that is nothing, the same for each."""
    even = np.full_like(others, 1.0 / max(1, others.shape[1] - 1))
    even[np.arange(len(others)), first] = 0.0
    result: Scores = np.where(total > _FLOOR, others / np.maximum(total, _FLOOR), even)
    return result
