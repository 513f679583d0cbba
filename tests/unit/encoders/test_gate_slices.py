"""The promise is judged in each slice; where it is shown to fail there, another rule counts."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.gate import Decision, Gate, Standing, automatic, choose_gate
from encoders.held_out import HeldOut, Slicing

ROWS, TARGET = 6_000, 0.05


def bank(seed: int, harder: float = 0.0, slice_rows: int = 600) -> HeldOut:
    """Calibrated but for the slice German, where `harder` of the sure answers are wrong too."""
    generator = np.random.default_rng(seed)
    confidence = 1.0 - 0.5 * generator.uniform(size=ROWS) ** 3
    correct = generator.uniform(size=ROWS) < confidence
    german = np.arange(ROWS) < slice_rows
    correct &= ~(german & (generator.uniform(size=ROWS) < harder))
    languages = ["de" if one else "en" for one in german]
    return HeldOut(confidence, correct, np.zeros(ROWS), slicings=(Slicing.of("language", languages),))


def standing(gate: Gate, name: str) -> Standing:
    return next(rule.standing for rule in gate.slices if rule.name == name)


def test_a_slice_like_the_rest_keeps_the_general_threshold() -> None:
    gate = choose_gate(bank(1), TARGET, 0.5)
    assert [rule.name for rule in gate.slices] == ["de", "en"]
    assert all(rule.threshold == gate.threshold for rule in gate.slices)
    assert gate.threshold_in({"language": "de"}) == gate.threshold


def test_a_slice_where_no_threshold_is_good_enough_goes_to_people() -> None:
    gate = choose_gate(bank(2, harder=0.3), TARGET, 0.5)
    assert standing(gate, "de") is Standing.REVIEWED
    assert gate.decide(1.0, 0.0, {"language": "de"}) is Decision.REVIEW
    assert gate.decide(1.0, 0.0, {"language": "en"}) is Decision.AUTO
    assert gate.decide(1.0, 0.0) is Decision.AUTO
    assert "language de" in gate.note


def test_a_slice_that_is_good_only_when_very_sure_gets_a_higher_threshold() -> None:
    held_out = bank(3, slice_rows=2_000)
    poor = (np.arange(ROWS) < 2_000) & (held_out.confidence < 0.98)
    worse = replace(held_out, correct=held_out.correct & ~(poor & (np.arange(ROWS) % 4 == 0)))
    gate = choose_gate(worse, TARGET, 0.5)
    assert gate.threshold is not None
    assert standing(gate, "de") is Standing.TIGHTENED
    own = gate.threshold_in({"language": "de"})
    assert own is not None
    assert own > gate.threshold
    assert gate.decide((own + gate.threshold) / 2, 0.0, {"language": "de"}) is Decision.REVIEW
    assert gate.decide((own + gate.threshold) / 2, 0.0, {"language": "en"}) is Decision.AUTO


def test_a_slice_with_few_rows_backs_off_and_the_note_says_so() -> None:
    gate = choose_gate(bank(4, harder=0.9, slice_rows=40), TARGET, 0.5)
    assert standing(gate, "de") is Standing.TOO_FEW
    assert gate.threshold_in({"language": "de"}) == gate.threshold
    assert "too few rows to judge, so the general threshold: language de" in gate.note


def test_good_slices_are_hardly_ever_called_failing() -> None:
    def false_alarm(seed: int) -> bool:
        held_out = bank(seed)
        families = Slicing.of("family", [f"family {row % 12}" for row in range(ROWS)])
        gate = choose_gate(replace(held_out, slicings=(*held_out.slicings, families)), TARGET, 0.5)
        assert len(gate.slices) == 14
        return any(rule.is_stricter for rule in gate.slices)

    assert sum(false_alarm(seed) for seed in range(60)) <= 6


def test_the_strictest_of_the_slices_a_message_belongs_to_counts() -> None:
    held_out = bank(5, harder=0.3)
    families = Slicing.of("family", ["cards" if row % 2 else "transfers" for row in range(ROWS)])
    gate = choose_gate(replace(held_out, slicings=(*held_out.slicings, families)), TARGET, 0.5)
    known = {"family": "cards", "language": "de"}
    assert gate.decide(1.0, 0.0, known) is Decision.REVIEW
    assert gate.decide(1.0, 0.0, {**known, "language": "en"}) is Decision.AUTO
    assert gate.decide(1.0, 0.0, {"family": "never seen", "language": "fr"}) is Decision.AUTO


@settings(max_examples=15)
@given(st.integers(0, 2_000), st.sampled_from([0.0, 0.3]))
def test_row_by_row_and_all_at_once_the_gate_decides_the_same(seed: int, harder: float) -> None:
    held_out = bank(seed, harder)
    gate = choose_gate(held_out, TARGET, 0.5)
    names, codes = held_out.slicings[0].names, held_out.slicings[0].codes
    auto = automatic(gate, held_out)
    for row in range(0, ROWS, 400):
        decided = gate.decide(held_out.confidence[row], held_out.novelty[row], {"language": names[codes[row]]})
        assert (decided is Decision.AUTO) == auto[row]
    assert gate.share_auto == pytest.approx(auto.mean())


def test_a_gate_survives_json() -> None:
    gate = choose_gate(bank(6, harder=0.3), TARGET, 0.5)
    assert Gate.from_dict(json.loads(json.dumps(gate.as_dict()))) == gate


def test_held_out_rows_survive_being_kept_as_arrays() -> None:
    held_out = bank(7)
    again = HeldOut.from_arrays(held_out.arrays(), held_out.slice_names())
    assert choose_gate(again, TARGET, 0.5) == choose_gate(held_out, TARGET, 0.5)


@pytest.mark.parametrize("codes", [np.zeros(3, dtype=np.int64), np.full(ROWS, 2), np.full(ROWS, -2)])
def test_slices_that_do_not_fit_the_rows_are_refused(codes: np.ndarray) -> None:
    held_out = bank(8)
    broken = {**held_out.arrays(), "slice.language": codes}
    with pytest.raises(ValueError, match="language"):
        HeldOut.from_arrays(broken, held_out.slice_names())


def test_an_empty_name_is_an_unknown_slice() -> None:
    slicing = Slicing.of("market", ["uk", "", "ie"])
    assert (slicing.names, list(slicing.codes)) == (("ie", "uk"), [1, -1, 0])
