"""Scores to honest probabilities: softmax, temperature, expected calibration error."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
_FLOOR = 1e-9
_ROUNDS = 200
_LOG_TEMPERATURE_RANGE = (-5.0, 3.0)


def softmax(scores: Scores) -> Scores:
    """(n, k) scores to (n, k) probabilities, rows summing to 1."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Scores = shifted / shifted.sum(axis=1, keepdims=True)
    return result


def fit_temperature(scores: Scores, labels: NDArray[np.int64]) -> float:
    """The T that makes softmax(scores / T) least surprised by the labels; 1 without any rows."""
    from scipy.optimize import minimize_scalar

    if not len(labels):
        return 1.0
    best = minimize_scalar(
        lambda log_t: _surprise(softmax(scores / np.exp(log_t)), labels),
        bounds=_LOG_TEMPERATURE_RANGE,
        method="bounded",
    )
    return float(np.exp(best.x))


def _surprise(probabilities: Scores, labels: NDArray[np.int64]) -> float:
    """Mean negative log likelihood; floored, so that one row of an unseen type cannot flatten all the others."""
    of_label = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(of_label, _FLOOR)).mean())


@dataclass(frozen=True, slots=True)
class Calibration:
    """For each head a temperature and the weight of its probabilities in the mixture, and a temperature for that."""

    heads: tuple[float, ...]
    weights: tuple[float, ...]
    mixture: float

    def probabilities(self, scores: Sequence[Scores]) -> Scores:
        """One (n, k) array of scores a head, in order, to (n, k) probabilities."""
        mixed = _mixture(_each_calibrated(scores, self.heads), self.weights)
        return softmax(_log(mixed) / self.mixture)


def fit_calibration(scores: Sequence[Scores], labels: NDArray[np.int64]) -> Calibration:
    """From held-out scores: temperatures, then weights, then the mixture's temperature, for it alone is too modest."""
    heads = tuple(fit_temperature(head, labels) for head in scores)
    calibrated = _each_calibrated(scores, heads)
    weights = fit_weights([head[np.arange(len(labels)), labels] for head in calibrated])
    return Calibration(heads, weights, fit_temperature(_log(_mixture(calibrated, weights)), labels))


def fit_weights(probability_of_truth: Sequence[Scores]) -> tuple[float, ...]:
    """The mixture least surprised by the truth, by expectation maximisation; one (n,) array a head.

    Weights start equal and stay so without rows; they are never negative and sum to 1.
    """
    given = np.maximum(np.stack(probability_of_truth), _FLOOR)
    weights = np.full((len(given), 1), 1.0 / len(given))
    for _ in range(_ROUNDS if given.shape[1] else 0):
        shares = weights * given
        weights = (shares / shares.sum(axis=0)).mean(axis=1, keepdims=True)
    return tuple(float(weight) for weight in weights[:, 0])


def _each_calibrated(scores: Sequence[Scores], temperatures: Sequence[float]) -> list[Scores]:
    return [softmax(head / temperature) for head, temperature in zip(scores, temperatures, strict=True)]


def _mixture(probabilities: Sequence[Scores], weights: Sequence[float]) -> Scores:
    result: Scores = np.average(np.stack(probabilities), axis=0, weights=np.array(weights))
    return result


def _log(probabilities: Scores) -> Scores:
    result: Scores = np.log(np.maximum(probabilities, _FLOOR))
    return result


def expected_calibration_error(confidence: Scores, correct: NDArray[np.bool_], bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over equally wide bins, weighted by rows; `confidence`: (n,)."""
    if not len(confidence):
        return 0.0
    bin_of = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(bin_of, weights=confidence - correct, minlength=bins)
    return float(np.abs(gaps).sum() / len(confidence))
