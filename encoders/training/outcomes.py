"""What a model said of labelled messages, beside the truth: the one table every figure is counted from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from encoders.classifier import Decision, IntentClassifier, Prediction
from encoders.held_out import FAMILY, UNKNOWN, Slicing
from encoders.text import prepare
from encoders.training.examples import Example


@dataclass(frozen=True, slots=True)
class Outcomes:
    """One row a message, in the same order everywhere; n rows.

    `texts`: masked, or empty where they are not known. `confidence`, `novelty`: (n,) between 0 and 1. `auto`, `novel`:
    (n,) what the gate said. `covered`: (n,) whether the prediction set holds the truth, `set_size`: (n,) its types;
    none where the sets are not known. `slices`: dimension to one value a row, empty where it is not known.
    """

    texts: tuple[str, ...]
    truth: tuple[str, ...]
    predicted: tuple[str, ...]
    confidence: NDArray[np.float64]
    novelty: NDArray[np.float64]
    novel: NDArray[np.bool_]
    auto: NDArray[np.bool_]
    covered: NDArray[np.bool_] | None
    set_size: NDArray[np.int64] | None
    slices: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def correct(self) -> NDArray[np.bool_]:
        """(n,) whether the likeliest type is the true one."""
        return np.array([a == b for a, b in zip(self.truth, self.predicted, strict=True)], dtype=np.bool_)


def outcomes_of(
    classifier: IntentClassifier, examples: Sequence[Example], slices: Mapping[str, Sequence[str]] | None = None
) -> Outcomes:
    """Classify every example. A label that the classifier does not know is simply never right.

    `slices`: dimension to one value an example, empty where not known. Families are the model's own, by its answer.
    """
    known = slices or {}
    texts = [example.text for example in examples]
    predictions = classifier.classify(texts, known=_rows_of(known, len(texts)))
    truth = tuple(example.issue_type for example in examples)
    families = [classifier.knowledge.families.get(found.issue_type, "") for found in predictions]
    named = {FAMILY: families, **known} if any(families) else known
    return _joined(classifier, tuple(map(prepare, texts)), truth, predictions, named)


def _joined(
    classifier: IntentClassifier,
    texts: tuple[str, ...],
    truth: tuple[str, ...],
    predictions: Sequence[Prediction],
    slices: Mapping[str, Sequence[str]],
) -> Outcomes:
    sets = [prediction.prediction_set for prediction in predictions]
    novelty = np.array([prediction.novelty for prediction in predictions], dtype=np.float64)
    return Outcomes(
        texts=texts,
        truth=truth,
        predicted=tuple(prediction.issue_type for prediction in predictions),
        confidence=np.array([prediction.confidence for prediction in predictions], dtype=np.float64),
        novelty=novelty,
        novel=novelty > classifier.gate.novelty_threshold,
        auto=np.array([prediction.decision is Decision.AUTO for prediction in predictions], dtype=np.bool_),
        covered=np.array([label in found for label, found in zip(truth, sets, strict=True)], dtype=np.bool_),
        set_size=np.array([len(found) for found in sets], dtype=np.int64),
        slices=slices,
    )


def held_out_outcomes(classifier: IntentClassifier, examples: Sequence[Example]) -> Outcomes | None:
    """What heads that had not seen them said of the model's own training messages, as training kept it.

    None where nothing could be held out, or the model is from before predictions were kept. Texts are empty if
    `examples` are not what it was trained on. Prediction sets are not known: their rule was chosen on these rows.
    """
    held_out, names = classifier.knowledge.held_out, classifier.issue_types
    if not len(held_out) or not len(held_out.predicted):
        return None
    truth = tuple(names[at] for at in held_out.label)
    predicted = tuple(names[at] for at in held_out.predicted)
    slices = {found.dimension: [_name(found, code) for code in found.codes] for found in held_out.slicings}
    return Outcomes(
        texts=_texts(examples, truth, classifier.knowledge.lessons.held_out),
        truth=truth,
        predicted=predicted,
        confidence=held_out.confidence,
        novelty=held_out.novelty,
        novel=held_out.novelty > classifier.gate.novelty_threshold,
        auto=_decisions(classifier, slices),
        covered=None,
        set_size=None,
        slices=slices,
    )


def _name(found: Slicing, code: int) -> str:
    return "" if code == UNKNOWN else found.names[code]


def _decisions(classifier: IntentClassifier, slices: Mapping[str, Sequence[str]]) -> NDArray[np.bool_]:
    """(n,) what the gate says of the held-out rows."""
    held_out, gate = classifier.knowledge.held_out, classifier.gate
    known = _rows_of(slices, len(held_out))
    rows = zip(held_out.confidence, held_out.novelty, known, strict=True)
    found = [gate.decide(float(confidence), float(novelty), row) for confidence, novelty, row in rows]
    return np.array([decision is Decision.AUTO for decision in found], dtype=np.bool_)


def _rows_of(slices: Mapping[str, Sequence[str]], rows: int) -> list[dict[str, str]]:
    """What is known of each row."""
    return [{name: values[row] for name, values in slices.items() if values[row]} for row in range(rows)]


def _texts(examples: Sequence[Example], truth: Sequence[str], order: NDArray[np.int64]) -> tuple[str, ...]:
    """The masked texts of the held-out rows, given which of the examples they are."""
    fits = len(order) == len(truth) and all(
        row < len(examples) and examples[row].issue_type == label for row, label in zip(order, truth, strict=True)
    )
    return tuple(prepare(examples[row].text) for row in order) if fits else ("",) * len(truth)
