import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from encoders.calibration import expected_calibration_error, fit_calibration, fit_temperature, fit_weights, softmax
from encoders.gate import Decision, HeldOut, choose_gate, lowest_threshold, rows_needed
from encoders.novelty import choose_novelty_threshold
from encoders.prediction_sets import fit_set_rule

ROWS = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=120)


def held_out(confidence: np.ndarray, correct: np.ndarray, novelty: float = 0.0) -> HeldOut:
    return HeldOut(confidence, correct, np.full(len(confidence), novelty))


@given(ROWS, st.sampled_from([0.02, 0.05, 0.2, 0.5]))
def test_the_threshold_is_the_lowest_that_keeps_the_bound(rows: list[tuple[int, bool]], target: float) -> None:
    confidence = np.array([value / 20 for value, _ in rows])
    correct = np.array([right for _, right in rows])

    def bound(t: float) -> float:
        chosen = confidence >= t
        return (1 + int((~correct[chosen]).sum())) / (1 + int(chosen.sum()))

    allowed = [t for t in sorted(set(confidence)) if bound(t) <= target]
    assert lowest_threshold(confidence, correct, target) == (allowed[0] if allowed else None)


def test_the_error_among_automatic_decisions_holds_on_rows_the_threshold_never_saw() -> None:
    generator = np.random.default_rng(3)
    errors = []
    for _ in range(200):
        confidence = generator.uniform(0.3, 1.0, 1_500)
        correct = generator.uniform(size=1_500) < confidence
        gate = choose_gate(held_out(confidence[:500], correct[:500]), 0.1, 0.5)
        assert gate.threshold is not None
        chosen = confidence[500:] >= gate.threshold
        errors.append(float((~correct[500:][chosen]).mean()))
    assert np.mean(errors) <= 0.1 + 3 * np.std(errors) / np.sqrt(len(errors))


@pytest.mark.parametrize(("target", "needed"), [(0.05, 19), (0.02, 49), (0.5, 1), (0.01, 99)])
def test_a_target_needs_a_number_of_rows(target: float, needed: int) -> None:
    assert rows_needed(target) == needed
    enough, too_few = np.full(needed, 0.9), np.full(needed - 1, 0.9)
    assert choose_gate(held_out(enough, np.full(needed, True)), target, 0.5).threshold == 0.9
    gate = choose_gate(held_out(too_few, np.full(needed - 1, True)), target, 0.5)
    assert gate.threshold is None
    assert str(needed) in gate.note
    assert gate.decide(1.0, 0.0) is Decision.REVIEW


def test_a_model_that_is_never_right_decides_nothing() -> None:
    gate = choose_gate(held_out(np.linspace(0, 1, 100), np.full(100, False)), 0.05, 0.5)
    assert (gate.threshold, gate.share_auto) == (None, 0.0)
    assert "no threshold" in gate.note


def test_a_novel_message_goes_to_review_however_sure_the_model_is() -> None:
    gate = choose_gate(held_out(np.full(100, 0.9), np.full(100, True)), 0.05, 0.5)
    assert gate.decide(0.9, 0.5) is Decision.AUTO
    assert gate.decide(0.99, 0.51) is Decision.REVIEW
    assert gate.decide(0.89, 0.1) is Decision.REVIEW


@pytest.mark.parametrize("target", [0.0, 1.0, -1.0, 2.0])
def test_a_target_outside_its_range_is_refused(target: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        choose_gate(held_out(np.ones(5), np.ones(5, dtype=bool)), target, 0.5)


@given(hnp.arrays(np.float64, 6, elements=st.floats(0.0, 1.0)), st.floats(0.0, 1.0))
def test_a_prediction_set_is_never_empty_and_starts_with_the_likeliest(weights: np.ndarray, truth: float) -> None:
    probabilities = (weights + 1e-3) / (weights + 1e-3).sum()
    members = fit_set_rule(np.full(40, truth)).members(probabilities)
    assert members[0] == probabilities.argmax()
    assert list(probabilities[members]) == sorted(probabilities[members], reverse=True)


def test_prediction_sets_cover_the_promised_share_of_new_rows() -> None:
    generator = np.random.default_rng(5)
    covered = []
    for _ in range(100):
        scores = generator.normal(size=(600, 8)) * 2
        probabilities = softmax(scores)
        labels = np.array([generator.choice(8, p=row) for row in probabilities])
        rule = fit_set_rule(probabilities[np.arange(300), labels[:300]])
        covered += [label in rule.members(row) for row, label in zip(probabilities[300:], labels[300:], strict=True)]
    assert 0.94 < np.mean(covered) < 0.97


def test_too_few_rows_rule_no_type_out() -> None:
    assert len(fit_set_rule(np.full(18, 0.9)).members(np.array([0.9, 0.1, 0.0]))) == 3


def test_temperature_undoes_a_known_overconfidence() -> None:
    generator = np.random.default_rng(7)
    scores = generator.normal(size=(4_000, 5))
    labels = np.array([generator.choice(5, p=row) for row in softmax(scores)])
    assert fit_temperature(scores * 4, labels) == pytest.approx(4.0, rel=0.15)


def test_calibrated_probabilities_sum_to_one_and_survive_a_type_no_head_saw() -> None:
    scores = np.array([[5.0, 0.0, -10.0], [0.0, 5.0, -10.0], [4.0, 1.0, -10.0]])
    labels = np.array([0, 1, 2])
    probabilities = fit_calibration([scores, scores], labels).probabilities([scores, scores])
    assert np.allclose(probabilities.sum(axis=1), 1.0)
    assert np.isfinite(probabilities).all()


def test_the_mixture_leans_on_the_head_that_knows() -> None:
    knows, guesses = np.full(50, 0.9), np.full(50, 0.25)
    weights = fit_weights([guesses, knows])
    assert weights[1] > 0.99
    assert sum(weights) == pytest.approx(1.0)
    assert fit_weights([np.zeros(0), np.zeros(0)]) == (0.5, 0.5)


def test_calibration_error_is_the_gap_between_saying_and_being_right() -> None:
    correct = np.array([True] * 60 + [False] * 40)
    assert expected_calibration_error(np.full(100, 0.9), correct) == pytest.approx(0.3)
    assert expected_calibration_error(np.full(100, 0.6), correct) == pytest.approx(0.0)
    assert expected_calibration_error(np.zeros(0), np.zeros(0, dtype=bool)) == 0.0


def test_outside_messages_place_the_novelty_threshold_within_its_allowed_cost() -> None:
    inside = np.linspace(0, 1, 1_001)
    assert choose_novelty_threshold(inside, np.zeros(0)) == pytest.approx(0.95)
    assert choose_novelty_threshold(inside, np.full(50, 0.97)) == pytest.approx(0.97)
    assert choose_novelty_threshold(inside, np.full(50, 0.2)) == pytest.approx(0.95)
    assert choose_novelty_threshold(inside, np.full(50, 1.0)) == pytest.approx(0.99)
