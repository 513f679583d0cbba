"""What the speed benchmark tells of the parts of a classification."""

from small_bank import make_examples

from benchmarks.understanding.parts import parts
from encoders.classifier import IntentClassifier


def test_every_part_is_asked_for_every_message_and_takes_some_time(classifier: IntentClassifier) -> None:
    texts = [example.text for example in make_examples(4)]
    for together in (1, len(texts)):
        found = parts(classifier, texts, together)
        assert {"masking", "counting terms", "calibration", "encoder with its tokenising, precise"} <= found.keys()
        assert not [name for name in found if "quick" in name]
        assert min(found.values()) >= 0.0 < found["the whole"]
