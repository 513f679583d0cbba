"""Scores to honest probabilities: softmax, temperature, expected calibration error."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
_FLOOR = 1e-9
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


def expected_calibration_error(confidence: Scores, correct: NDArray[np.bool_], bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over equally wide bins, weighted by rows; `confidence`: (n,)."""
    if not len(confidence):
        return 0.0
    bin_of = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(bin_of, weights=confidence - correct, minlength=bins)
    return float(np.abs(gaps).sum() / len(confidence))
