"""Scores become probabilities that mean what they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.calibration import expected_calibration_error
from encoders.confidence import Confidence, fit_confidence


def make_scores(rows: int, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores of which the best is usually, but not always, the label's."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, rows)
    scores = generator.normal(0.0, 0.25, (rows, classes))
    scores[np.arange(rows), labels] += generator.uniform(0.0, 1.2, rows)
    return scores, labels


def test_of_the_messages_given_a_confidence_that_share_is_right() -> None:
    confidence = fit_confidence(*make_scores(4_000, 12, 1))
    scores, labels = make_scores(4_000, 12, 2)
    probabilities = confidence.probabilities(scores)
    correct = probabilities.argmax(axis=1) == labels
    assert expected_calibration_error(probabilities.max(axis=1), correct) < 0.03


@given(st.integers(2, 6), st.integers(0, 10_000), st.floats(-3, 3), st.floats(-3, 3))
def test_probabilities_sum_to_one_and_the_best_score_stays_the_likeliest(
    classes: int, seed: int, slope: float, offset: float
) -> None:
    scores = np.random.default_rng(seed).normal(0.0, 1.0, (20, classes))
    probabilities = Confidence(0.3, (slope, slope, -slope), offset).probabilities(scores)
    assert np.allclose(probabilities.sum(axis=1), 1.0)
    assert (probabilities >= -1e-12).all()
    first = scores.argmax(axis=1)
    assert (probabilities[np.arange(20), first] >= probabilities.max(axis=1) - 1e-9).all()


def test_without_held_out_errors_the_temperature_alone_decides() -> None:
    scores = np.array([[1.0, 0.0], [0.0, 1.0], [0.9, 0.1]])
    assert fit_confidence(scores, np.array([0, 1, 0])).offset is None


def test_without_held_out_rows_a_clear_score_is_still_told_from_a_vague_one() -> None:
    confidence = fit_confidence(np.zeros((0, 3)), np.zeros(0, dtype=np.int64))
    clear, vague = confidence.probabilities(np.array([[0.9, 0.0, 0.1], [0.35, 0.33, 0.32]]))
    assert clear.max() > 0.9 > vague.max()
    assert confidence.probabilities(np.zeros((0, 3))).shape == (0, 3)
    assert vague.sum() == pytest.approx(1.0)
