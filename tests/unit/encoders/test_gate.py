import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.calibration import expected_calibration_error, fit_temperature, softmax
from encoders.confidence import fit_confidence
from encoders.gate import Decision, HeldOut, choose_gate, rows_needed
from encoders.novelty import choose_novelty_threshold

ROWS = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=120)


def held_out(confidence: np.ndarray, correct: np.ndarray, novelty: float = 0.0) -> HeldOut:
    return HeldOut(confidence, correct, np.full(len(confidence), novelty))


def draw(generator: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """A calibrated model: it is right as often as it says; above 0.9 the error is 5 %."""
    confidence = generator.uniform(0.3, 1.0, rows)
    return confidence, generator.uniform(size=rows) < confidence


def test_the_promise_is_broken_no_more_often_than_its_confidence_allows() -> None:
    generator, broken, shares = np.random.default_rng(3), 0, []
    for _ in range(200):
        gate = choose_gate(held_out(*draw(generator, 2_000)), 0.1, 0.5)
        shares.append(gate.share_auto)
        broken += gate.threshold is not None and (1.0 - gate.threshold) / 2.0 > 0.1
    assert broken <= 16, "5 % of 200 draws are 10; 17 or more would happen once in forty times"
    assert np.mean(shares) > 0.17, "0.286 could be decided by who knows the truth"


@pytest.mark.parametrize(("target", "confidence", "needed"), [(0.05, 0.95, 59), (0.02, 0.95, 149), (0.02, 0.9, 114)])
def test_a_promise_needs_a_number_of_rows(target: float, confidence: float, needed: int) -> None:
    assert rows_needed(target, confidence) == needed
    enough, too_few = np.full(needed, 0.9), np.full(needed - 1, 0.9)
    assert choose_gate(held_out(enough, enough > 0), target, 0.5, confidence=confidence).threshold == 0.9
    gate = choose_gate(held_out(too_few, too_few > 0), target, 0.5, confidence=confidence)
    assert gate.threshold is None
    assert str(needed) in gate.note
    assert gate.decide(1.0, 0.0) is Decision.REVIEW


@given(ROWS, st.sampled_from([0.02, 0.1, 0.3]))
def test_a_threshold_has_an_error_bound_below_the_target_and_tied_rows_go_together(
    rows: list[tuple[int, bool]], target: float
) -> None:
    confidence = np.repeat([value / 20 for value, _ in rows], 5)
    correct = np.repeat([right for _, right in rows], 5)
    gate = choose_gate(held_out(confidence, correct), target, 0.5)
    if gate.threshold is None:
        assert (gate.share_auto, gate.error_bound) == (0.0, 1.0)
        return
    chosen = confidence >= gate.threshold
    assert gate.share_auto == pytest.approx(chosen.mean())
    assert gate.error_auto == pytest.approx((~correct[chosen]).mean())
    assert gate.error_auto <= gate.error_bound <= target + 1e-9


@settings(max_examples=15)
@given(st.permutations(range(60)))
def test_the_order_of_the_rows_changes_nothing(order: list[int]) -> None:
    confidence = np.tile(np.linspace(0.5, 1.0, 60), 5)
    correct = np.arange(300) % 37 > 0
    shuffled = np.concatenate([np.array(order) + 60 * part for part in range(5)])
    assert choose_gate(held_out(confidence, correct), 0.1, 0.5) == choose_gate(
        held_out(confidence[shuffled], correct[shuffled]), 0.1, 0.5
    )


def test_a_model_that_is_never_right_decides_nothing() -> None:
    gate = choose_gate(held_out(np.linspace(0, 1, 100), np.full(100, False)), 0.05, 0.5)
    assert (gate.threshold, gate.share_auto) == (None, 0.0)
    assert "do not show" in gate.note


def test_a_novel_message_goes_to_review_however_sure_the_model_is() -> None:
    gate = choose_gate(held_out(np.full(100, 0.9), np.full(100, True)), 0.05, 0.5)
    assert gate.decide(0.9, 0.5) is Decision.AUTO
    assert gate.decide(0.99, 0.51) is Decision.REVIEW
    assert gate.decide(0.89, 0.1) is Decision.REVIEW


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, 2.0, float("nan")])
def test_a_target_or_confidence_outside_its_range_is_refused(value: float) -> None:
    rows = held_out(np.ones(5), np.ones(5, dtype=bool))
    with pytest.raises(ValueError, match=r"target_error.*between 0 and 1"):
        choose_gate(rows, value, 0.5)
    with pytest.raises(ValueError, match=r"confidence.*between 0 and 1"):
        choose_gate(rows, 0.05, 0.5, confidence=value)


@pytest.mark.parametrize("value", [1.0, -0.1, float("nan")])
def test_a_share_outside_its_range_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"outside_share.*between 0 and 1"):
        choose_gate(held_out(np.ones(5), np.ones(5, dtype=bool)), 0.05, 0.5, outside_share=value)


def test_temperature_undoes_a_known_overconfidence() -> None:
    generator = np.random.default_rng(7)
    scores = generator.normal(size=(4_000, 5))
    labels = np.array([generator.choice(5, p=row) for row in softmax(scores)])
    assert fit_temperature(scores * 4, labels) == pytest.approx(4.0, rel=0.15)


def test_calibrated_probabilities_sum_to_one_and_survive_a_type_no_head_saw() -> None:
    scores = np.array([[5.0, 0.0, -10.0], [0.0, 5.0, -10.0], [4.0, 1.0, -10.0]])
    labels = np.array([0, 1, 2])
    probabilities = fit_confidence(scores, labels).probabilities(scores)
    assert np.allclose(probabilities.sum(axis=1), 1.0)
    assert np.isfinite(probabilities).all()


def test_calibration_error_is_the_gap_between_saying_and_being_right() -> None:
    correct = np.array([True] * 60 + [False] * 40)
    assert expected_calibration_error(np.full(100, 0.9), correct) == pytest.approx(0.3)
    assert expected_calibration_error(np.full(100, 0.6), correct) == pytest.approx(0.0)
    assert expected_calibration_error(np.zeros(0), np.zeros(0, dtype=bool)) == 0.0


def test_outside_messages_place_the_novelty_threshold_within_its_allowed_cost() -> None:
    inside = np.linspace(0, 1, 1_001)
    assert choose_novelty_threshold(inside, np.zeros(0)) == pytest.approx(0.99)
    assert choose_novelty_threshold(inside, np.full(50, 0.97)) == pytest.approx(0.97)
    assert choose_novelty_threshold(inside, np.full(50, 0.2)) == pytest.approx(0.95)
    assert choose_novelty_threshold(inside, np.full(50, 1.0)) == pytest.approx(0.99)
