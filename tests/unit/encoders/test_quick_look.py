"""A second, precise look wherever the quick one could be wrong; no quick look where it often would be."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from small_bank import WordEncoder, make_examples

from encoders.classifier import IntentClassifier
from encoders.encoder import Encoder
from encoders.gate import Decision
from encoders.progress import Progress
from encoders.quick_look import EDITION, Bounds, coarse
from encoders.text import prepare
from encoders.training import train
from encoders.training.quick_look import quick_look_record
from encoders.vigilance.pieces import LONG, pieces_of

EXAMPLES = make_examples(260)
TIGHT = Bounds(confidence=0.05, novelty=0.05, alert=0.05, lead=0.05)


class Blurred(WordEncoder):
    """The word encoder's vectors with noise that depends on the text alone; counts what it is asked."""

    def __init__(self, noise: float) -> None:
        super().__init__()
        self._noise = noise
        self.asked: list[str] = []
        self.times = 0

    def encode(
        self, texts: Sequence[str], batch_size: int = 64, progress: Progress | None = None
    ) -> NDArray[np.float32]:
        self.asked += texts
        self.times += 1
        exact = super().encode(texts, batch_size, progress)
        noise = [np.random.default_rng(list(text.encode())).normal(size=exact.shape[1]) for text in texts]
        blurred = exact + self._noise * np.array(noise, dtype=np.float32)
        return np.asarray(blurred / np.linalg.norm(blurred, axis=1, keepdims=True), dtype=np.float32)


class TwoWays(Blurred):
    """Exact vectors, and a quick path that is off by so much."""

    def __init__(self, off_by: float) -> None:
        super().__init__(0.0)
        self._off_by = off_by

    @cached_property
    def quick(self) -> Encoder | None:
        return Blurred(self._off_by)


def quickened(classifier: IntentClassifier, encoder: TwoWays, bounds: Bounds = TIGHT) -> IntentClassifier:
    record = {"quick_look": {"used": True, "edition": EDITION, "bounds": bounds.as_dict()}}
    return IntentClassifier(encoder, classifier.knowledge, record)


def messages() -> list[str]:
    return [example.text for example in make_examples(10)]


def test_a_clear_message_is_not_looked_at_twice(classifier: IntentClassifier) -> None:
    encoder = TwoWays(off_by=0.0)
    clear = [text for text in messages() if classifier.classify([text])[0].alert is None]
    found = quickened(classifier, encoder, replace(TIGHT, alert=0.0)).classify(clear)
    assert {prediction.decision for prediction in found} == {Decision.AUTO}
    assert not encoder.asked


def test_what_is_near_no_threshold_is_not_looked_at_twice(classifier: IntentClassifier) -> None:
    encoder = TwoWays(off_by=0.0)
    surely_reviewed = ["qwerty zxcvb", ""]
    found = quickened(classifier, encoder, replace(TIGHT, lead=-1.0)).classify(surely_reviewed)
    assert {prediction.decision for prediction in found} == {Decision.REVIEW}
    assert not encoder.asked


def test_where_no_type_leads_the_precise_look_names_it(classifier: IntentClassifier) -> None:
    strange = ["qwerty zxcvb", ""]
    found = quickened(classifier, TwoWays(off_by=0.5), replace(TIGHT, lead=100.0)).classify(strange)
    assert found == IntentClassifier(TwoWays(0.0), classifier.knowledge).classify(strange)


def test_bounds_as_wide_as_can_be_leave_everything_to_the_precise_look(classifier: IntentClassifier) -> None:
    encoder, wide = TwoWays(off_by=0.5), replace(TIGHT, alert=1e3, lead=1e9)
    found = quickened(classifier, encoder, wide).classify(messages())
    assert found == IntentClassifier(TwoWays(0.0), classifier.knowledge).classify(messages())
    assert set(encoder.asked)


def test_what_surely_raises_no_alert_has_its_pieces_encoded_once_only(classifier: IntentClassifier) -> None:
    calm = next(text for text in messages() if classifier.classify([text])[0].alert is None)
    long = " ".join([f"{calm}."] * (LONG // len(calm.split()) + 1))
    assert pieces_of(long)
    unsure = replace(TIGHT, lead=1e9)
    for bounds, texts in ((unsure, {prepare(long)}), (replace(unsure, alert=1e3), {prepare(long), *pieces_of(long)})):
        encoder = TwoWays(off_by=0.0)
        quickened(classifier, encoder, bounds).classify([long])
        assert set(encoder.asked) == texts


def test_a_long_text_and_its_pieces_are_asked_for_at_once(classifier: IntentClassifier) -> None:
    long = " ".join([f"{messages()[0]}."] * LONG)
    encoder = TwoWays(off_by=0.0)
    IntentClassifier(encoder, classifier.knowledge).classify([long, messages()[1]])
    assert encoder.times == 1
    assert set(encoder.asked) > set(pieces_of(prepare(long)))


@pytest.mark.parametrize("bound", ["novelty", "alert", "lead"])
def test_each_bound_alone_can_call_for_the_second_look(classifier: IntentClassifier, bound: str) -> None:
    encoder = TwoWays(off_by=0.0)
    quickened(classifier, encoder, replace(TIGHT, **{bound: 1e3})).classify(messages())
    assert encoder.asked


def test_what_hardly_misses_an_alert_is_left_to_the_precise_look_and_what_hardly_raises_one_stands(
    classifier: IntentClassifier,
) -> None:
    detector = replace(classifier.knowledge.detector, threshold=0.8)
    knowledge = replace(classifier.knowledge, detector=detector)
    wary, daring = (each.detector for each in (TIGHT.wary(knowledge), TIGHT.daring(knowledge)))
    assert (wary.raises(0.795), daring.raises(0.795)) == (True, False)
    assert (wary.raises(0.805), daring.raises(0.805)) == (True, True)


def test_what_is_hardly_above_the_threshold_is_left_to_the_precise_look(classifier: IntentClassifier) -> None:
    gate = replace(classifier.gate, threshold=0.9)
    wary = TIGHT.wary(replace(classifier.knowledge, gate=gate)).gate
    assert (gate.decide(0.901, 0.0), wary.decide(0.901, 0.0)) == (Decision.AUTO, Decision.REVIEW)


def test_the_quick_look_compares_in_eight_bits_and_hardly_differs(classifier: IntentClassifier) -> None:
    rough, encoder = coarse(classifier.knowledge), WordEncoder()
    pairs = zip(IntentClassifier(encoder, rough).classify(messages()), classifier.classify(messages()), strict=True)
    apart = [abs(one.novelty - other.novelty) for one, other in pairs]
    assert 0.0 < max(apart) < 0.1


def test_without_a_threshold_there_is_no_quick_look(classifier: IntentClassifier) -> None:
    knowledge = replace(classifier.knowledge, gate=replace(classifier.gate, threshold=None))
    encoder = TwoWays(off_by=0.5)
    quickened(IntentClassifier(encoder, knowledge), encoder).classify(messages())
    assert encoder.asked


@pytest.fixture(scope="module")
def taught() -> IntentClassifier:
    return train(EXAMPLES, encoder=WordEncoder(), seed=1, threads=1)


def measured(taught: IntentClassifier, encoder: Encoder) -> dict[str, Any]:
    return quick_look_record([prepare(example.text) for example in EXAMPLES], taught.knowledge, encoder, seed=1)


def test_a_quick_path_that_agrees_is_used(taught: IntentClassifier) -> None:
    record = measured(taught, TwoWays(off_by=1e-4))
    assert record["used"]
    assert record["labels_equal"] >= 0.995
    assert record["rows"] >= 200


def test_bounds_follow_how_far_the_paths_differ(taught: IntentClassifier) -> None:
    near, far = (measured(taught, TwoWays(off_by=noise)) for noise in (1e-4, 1e-2))
    assert near["bounds"]["alert"] < far["bounds"]["alert"]
    assert near["second_looks"] <= far["second_looks"]


def test_only_an_alert_in_doubt_is_looked_at_again_unless_decisions_or_labels_would_change(
    taught: IntentClassifier,
) -> None:
    near, far = (measured(taught, TwoWays(off_by=noise))["bounds"] for noise in (1e-4, 0.3))
    assert near["alert"] > near["novelty"] == near["confidence"] == near["lead"] == 0.0
    assert min(far.values()) > 0.0


def test_an_encoder_with_one_path_or_a_model_of_few_messages_has_nothing_measured(
    taught: IntentClassifier, classifier: IntentClassifier
) -> None:
    assert measured(taught, WordEncoder()) == {}
    assert quick_look_record([], classifier.knowledge, TwoWays(off_by=0.0), seed=1) == {}
    assert taught.record["quick_look"] == {}


def test_a_record_without_a_measurement_or_with_a_bad_one_means_no_quick_look() -> None:
    assert Bounds.from_record({}) is None
    assert Bounds.from_record({"quick_look": {}}) is None
    kept = {"used": True, "edition": EDITION, "bounds": TIGHT.as_dict()}
    assert Bounds.from_record({"quick_look": {**kept, "used": False}}) is None
    assert Bounds.from_record({"quick_look": kept}) == TIGHT


def test_bounds_of_an_older_model_were_measured_with_other_knowledge_and_do_not_hold():
    older = {"used": True, "bounds": TIGHT.as_dict()}
    assert Bounds.from_record({"quick_look": older}) is None
