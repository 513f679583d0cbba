"""How good a classifier is on messages it was not trained on."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.calibration import expected_calibration_error
from encoders.classifier import Decision, IntentClassifier, Prediction
from encoders.errors import TrainingDataError
from encoders.training.examples import Example

_CONFUSIONS = 15
_TEXTS_OF_EACH = 3


@dataclass(frozen=True, slots=True)
class Confusion:
    """Messages of one issue type that were taken for another, most frequent first."""

    issue_type: str
    taken_for: str
    count: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoveltyReport:
    """How well novelty tells messages outside the taxonomy from those inside."""

    rows: int
    auroc: float
    share_to_review: float


@dataclass(frozen=True, slots=True)
class Report:
    """Measured on `rows` messages; shares and errors lie between 0 and 1; `error_auto` is none if nothing was auto."""

    rows: int
    accuracy: float
    macro_f1: float
    calibration_error: float
    target_error: float
    share_auto: float
    error_auto: float | None
    set_coverage: float
    set_size: float
    novelty: NoveltyReport | None
    confusions: tuple[Confusion, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def evaluate(classifier: IntentClassifier, examples: Sequence[Example], outside: Sequence[str] = ()) -> Report:
    """Classify and compare. A label the classifier does not know counts as an error. Raises on no examples."""
    if not examples:
        raise TrainingDataError("evaluation needs at least one labelled message")
    predictions = classifier.classify([example.text for example in examples])
    truth = [example.issue_type for example in examples]
    correct = np.array([p.issue_type == label for p, label in zip(predictions, truth, strict=True)])
    auto = np.array([prediction.decision is Decision.AUTO for prediction in predictions])
    return Report(
        rows=len(examples),
        accuracy=float(correct.mean()),
        macro_f1=macro_f1(truth, [prediction.issue_type for prediction in predictions]),
        calibration_error=expected_calibration_error(_confidences(predictions), correct),
        target_error=classifier.target_error,
        share_auto=float(auto.mean()),
        error_auto=float(1.0 - correct[auto].mean()) if auto.any() else None,
        set_coverage=_set_coverage(predictions, truth),
        set_size=float(np.mean([len(prediction.prediction_set) for prediction in predictions])),
        novelty=_novelty(classifier, predictions, outside) if outside else None,
        confusions=_confusions(examples, predictions),
    )


def macro_f1(truth: Sequence[str], predicted: Sequence[str]) -> float:
    """Mean F1 over every label that occurs on either side, each counting the same."""
    hits = Counter(label for label, guess in zip(truth, predicted, strict=True) if label == guess)
    support, guesses = Counter(truth), Counter(predicted)
    labels = support.keys() | guesses.keys()
    return float(np.mean([2 * hits[label] / (support[label] + guesses[label]) for label in sorted(labels)]))


def auroc(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> float:
    """Chance that an outside message scores above an inside one, ties counting half."""
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([outside, inside]))[: len(outside)]
    wins = ranks.sum() - len(outside) * (len(outside) + 1) / 2
    return float(wins / (len(outside) * len(inside)))


def _confidences(predictions: Sequence[Prediction]) -> NDArray[np.float64]:
    return np.array([prediction.confidence for prediction in predictions])


def _set_coverage(predictions: Sequence[Prediction], truth: Sequence[str]) -> float:
    return float(np.mean([label in p.prediction_set for p, label in zip(predictions, truth, strict=True)]))


def _novelty(classifier: IntentClassifier, inside: Sequence[Prediction], outside: Sequence[str]) -> NoveltyReport:
    predictions = classifier.classify(outside)
    reviewed = [prediction.decision is Decision.REVIEW for prediction in predictions]
    new = np.array([prediction.novelty for prediction in predictions])
    known = np.array([prediction.novelty for prediction in inside])
    return NoveltyReport(len(outside), auroc(known, new), float(np.mean(reviewed)))


def _confusions(examples: Sequence[Example], predictions: Sequence[Prediction]) -> tuple[Confusion, ...]:
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for example, prediction in zip(examples, predictions, strict=True):
        if example.issue_type != prediction.issue_type:
            texts[example.issue_type, prediction.issue_type].append(example.text)
    ranked = sorted(texts.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(Confusion(*pair, len(found), tuple(found[:_TEXTS_OF_EACH])) for pair, found in ranked[:_CONFUSIONS])
