"""What `train` is told about the promise reaches the gate, and stays with the model."""

from pathlib import Path

import pytest
from small_bank import WORDS, WordEncoder, make_examples

from encoders.classifier import IntentClassifier
from encoders.errors import TrainingDataError
from encoders.training import train

FAMILIES = {name: "cards" if "card" in name else "money" for name in WORDS}
STRANGE = ["zebra crossing", "purple elephants", "the weather in march", "sing me a song"] * 20


@pytest.fixture(scope="module")
def model(word_encoder: WordEncoder) -> IntentClassifier:
    examples = make_examples(40)
    return train(
        examples,
        outside=STRANGE,
        target_error=0.1,
        confidence=0.9,
        outside_share=0.02,
        families=FAMILIES,
        slices={"market": ["uk" if row % 2 else "" for row in range(len(examples))]},
        encoder=word_encoder,
        threads=1,
    )


def test_the_promise_is_the_one_asked_for(model: IntentClassifier) -> None:
    gate = model.gate
    assert (gate.target_error, gate.confidence, gate.outside_share) == (0.1, 0.9, 0.02)
    assert gate.outside_rows == len(STRANGE)
    assert gate.threshold is not None


def test_it_is_judged_in_each_family_and_market(model: IntentClassifier) -> None:
    found = {(rule.dimension, rule.name) for rule in model.gate.slices}
    assert found == {("market", "uk"), *(("family", name) for name in set(FAMILIES.values()))}


def test_a_saved_model_keeps_its_promise_and_the_rows_to_make_another(model: IntentClassifier, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    loaded = IntentClassifier.load(tmp_path / "model", encoder=model.encoder)
    assert loaded.gate == model.gate
    assert loaded.with_target_error(0.2).gate == model.with_target_error(0.2).gate
    assert loaded.with_target_error(0.2).gate.confidence == 0.9
    assert loaded.with_target_error(0.2, confidence=0.8).gate.confidence == 0.8


def test_a_share_outside_without_such_messages_is_measured_by_issue_types_left_out(word_encoder: WordEncoder) -> None:
    gate = train(make_examples(40), encoder=word_encoder, outside_share=0.02, target_error=0.1, threads=1).gate
    assert gate.outside_share == 0.02
    assert gate.outside_rows > 0


@pytest.mark.parametrize("confidence", [0.0, 1.0])
def test_a_confidence_outside_its_range_cannot_be_trained(confidence: float) -> None:
    with pytest.raises(TrainingDataError, match="between 0 and 1"):
        train(make_examples(2), encoder=WordEncoder(), confidence=confidence)
