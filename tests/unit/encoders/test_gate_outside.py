"""Messages outside the taxonomy are errors when decided automatically: the gate's promise counts them."""

import numpy as np
import pytest

from encoders.gate import Decision, Gate, choose_gate
from encoders.held_out import HeldOut, Outside

TARGET, SHARE = 0.05, 0.05


def inside(generator: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated, and mostly sure: the error above t is the mean of 1 - confidence there."""
    confidence = 1.0 - 0.6 * generator.uniform(size=rows) ** 4
    return confidence, generator.uniform(size=rows) < confidence


def strangers(generator: np.random.Generator, rows: int) -> np.ndarray:
    return generator.uniform(0.2, 1.0, rows)


def gate_of(generator: np.random.Generator, share: float, rows: int = 4_000, outside: int = 200) -> Gate:
    confidence, correct = inside(generator, rows)
    known = Outside(strangers(generator, outside), np.zeros(outside))
    held_out = HeldOut(confidence, correct, np.zeros(rows), outside=known)
    return choose_gate(held_out, TARGET, 0.5, outside_share=share)


def true_error(threshold: float) -> float:
    """Of traffic with the share outside, by the formulas that `inside` and `strangers` draw from."""
    reach = ((1.0 - threshold) / 0.6) ** 0.25
    wrong = 0.6 * reach**5 / 5
    let_in = (1.0 - threshold) / 0.8
    decided = (1.0 - SHARE) * reach + SHARE * let_in
    return ((1.0 - SHARE) * wrong + SHARE * let_in) / decided


def test_with_the_share_named_the_promise_holds_and_without_it_it_does_not() -> None:
    broken = {0.0: 0, SHARE: 0}
    for seed in range(100):
        for share in broken:
            gate = gate_of(np.random.default_rng(seed), share)
            broken[share] += gate.threshold is not None and true_error(gate.threshold) > TARGET
    assert broken[SHARE] <= 10, "5 % of 100 draws are 5; 11 or more would happen once in eighty times"
    assert broken[0.0] > 50


def test_a_larger_share_outside_leaves_less_to_decide() -> None:
    shares = [gate_of(np.random.default_rng(1), share).share_auto for share in (0.0, 0.02, 0.05, 0.1)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > shares[-1] > 0.0


def test_more_known_messages_from_outside_let_more_be_decided() -> None:
    few, many = (gate_of(np.random.default_rng(2), SHARE, outside=rows) for rows in (60, 2_000))
    assert few.share_auto < many.share_auto
    assert (few.outside_rows, many.outside_rows) == (60, 2_000)
    assert 0 < many.outside_auto < 2_000


def test_the_note_names_the_share_that_is_assumed() -> None:
    assert "5.0% outside the taxonomy like the 200 known ones" in gate_of(np.random.default_rng(3), SHARE).note
    assert "outside the taxonomy are not counted" in gate_of(np.random.default_rng(3), 0.0).note


def test_a_share_without_any_message_from_outside_cannot_be_promised() -> None:
    gate = gate_of(np.random.default_rng(4), SHARE, outside=0)
    assert gate.threshold is None
    assert gate.decide(1.0, 0.0) is Decision.REVIEW
    assert "no message from outside is known" in gate.note


@pytest.mark.parametrize("outside", [0, 200])
def test_novel_messages_from_outside_cost_nothing(outside: int) -> None:
    confidence, correct = inside(np.random.default_rng(5), 2_000)
    caught = Outside(np.ones(outside), np.ones(outside))
    plain = choose_gate(HeldOut(confidence, correct, np.zeros(2_000)), TARGET, 0.5)
    gate = choose_gate(HeldOut(confidence, correct, np.zeros(2_000), outside=caught), TARGET, 0.5)
    assert (gate.threshold, gate.outside_auto) == (plain.threshold, 0)
