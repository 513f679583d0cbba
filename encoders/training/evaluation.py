"""How good a classifier is on messages it was not trained on."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.calibration import expected_calibration_error
from encoders.classifier import Decision, IntentClassifier, Prediction
from encoders.errors import TrainingDataError
from encoders.training.curves import (
    CurvePoint,
    Histogram,
    Ranking,
    ReliabilityBin,
    area_under,
    histogram,
    reliability,
    risk_curve,
    share_at_error,
    wilson,
)
from encoders.training.examples import Example
from encoders.training.hygiene import message_hashes
from encoders.training.outcomes import Outcomes, outcomes_of
from encoders.training.slices import ClassRow, SliceRow, class_rows, slice_rows

ERRORS = (0.01, 0.02, 0.05)
_CONFUSIONS = 15
_TEXTS_OF_EACH = 3


@dataclass(frozen=True, slots=True)
class Confusion:
    """Messages (masked) of one issue type that were taken for another, most frequent first."""

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
class SeenInTraining:
    """How many of the evaluated messages the model had learned from, and its accuracy on the others, if any."""

    rows: int
    accuracy_without: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """Measured on `rows` messages; shares and errors lie between 0 and 1; `error_auto` is none if nothing was auto.

    `accuracy_interval`: 95 %, Wilson. `coverage_at_error`: the largest share that could be decided by confidence at a
    realised error of at most the key. `aurc`: error averaged over every share. `seen_in_training`: none where it is not
    known. `set_coverage`, `set_size`: none where prediction sets are not known.
    """

    rows: int
    accuracy: float
    macro_f1: float
    calibration_error: float
    target_error: float
    share_auto: float
    error_auto: float | None
    set_coverage: float | None
    set_size: float | None
    novelty: NoveltyReport | None
    confusions: tuple[Confusion, ...]
    accuracy_interval: tuple[float, float]
    aurc: float
    coverage_at_error: Mapping[str, float]
    curve: tuple[CurvePoint, ...]
    reliability: tuple[ReliabilityBin, ...]
    slices: tuple[SliceRow, ...]
    classes: tuple[ClassRow, ...]
    novelty_histogram: Histogram
    seen_in_training: SeenInTraining | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def evaluate(
    classifier: IntentClassifier,
    examples: Sequence[Example],
    outside: Sequence[str] = (),
    slices: Mapping[str, Sequence[str]] | None = None,
) -> Report:
    """Classify and compare. A label the classifier does not know counts as an error. Raises on no examples.

    `slices`: dimension (market, language, family, ...) to one value an example, empty where it is not known.
    """
    if not examples:
        raise TrainingDataError("evaluation needs at least one labelled message")
    strangers = classifier.classify(outside) if outside else []
    outcomes = outcomes_of(classifier, examples, slices)
    report = report_of(outcomes, classifier.target_error, strangers)
    return replace(report, seen_in_training=_seen(classifier, examples, outcomes.correct))


def _seen(
    classifier: IntentClassifier, examples: Sequence[Example], correct: NDArray[np.bool_]
) -> SeenInTraining | None:
    """Which messages it learned from, by their hashes; none for a model that keeps no hashes."""
    taught = classifier.knowledge.message_hashes
    if not len(taught):
        return None
    hashes = message_hashes([example.text for example in examples], str(classifier.record["examples_digest"]))
    fresh = correct[~np.isin(hashes, taught)]
    return SeenInTraining(len(correct) - len(fresh), float(fresh.mean()) if len(fresh) else None)


def report_of(outcomes: Outcomes, target_error: float, outside: Sequence[Prediction] = ()) -> Report:
    """Every figure from at least one row of outcomes, and from what was said of messages outside the taxonomy."""
    correct, auto, rows = outcomes.correct, outcomes.auto, len(outcomes.truth)
    ranking = Ranking.of(outcomes.confidence, correct, outcomes.novel)
    strangers = np.array([prediction.novelty for prediction in outside], dtype=np.float64)
    return Report(
        rows=rows,
        accuracy=float(correct.mean()),
        macro_f1=macro_f1(outcomes.truth, outcomes.predicted),
        calibration_error=expected_calibration_error(outcomes.confidence, correct),
        target_error=target_error,
        share_auto=float(auto.mean()),
        error_auto=float(1.0 - correct[auto].mean()) if auto.any() else None,
        set_coverage=None if outcomes.covered is None else float(outcomes.covered.mean()),
        set_size=None if outcomes.set_size is None else float(outcomes.set_size.mean()),
        novelty=_novelty(outcomes.novelty, strangers, outside) if outside else None,
        confusions=_confusions(outcomes),
        accuracy_interval=wilson(int(correct.sum()), rows),
        aurc=area_under(ranking),
        coverage_at_error={f"{error:g}": share_at_error(ranking, error) for error in ERRORS},
        curve=risk_curve(ranking),
        reliability=reliability(outcomes.confidence, correct),
        slices=slice_rows(outcomes, target_error),
        classes=class_rows(outcomes),
        novelty_histogram=histogram(outcomes.novelty, strangers),
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


def _novelty(known: NDArray[np.float64], new: NDArray[np.float64], outside: Sequence[Prediction]) -> NoveltyReport:
    reviewed = [prediction.decision is Decision.REVIEW for prediction in outside]
    return NoveltyReport(len(outside), auroc(known, new), float(np.mean(reviewed)))


def _confusions(outcomes: Outcomes) -> tuple[Confusion, ...]:
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for text, label, guess in zip(outcomes.texts, outcomes.truth, outcomes.predicted, strict=True):
        if label != guess:
            texts[label, guess].append(text)
    ranked = sorted(texts.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        Confusion(*pair, len(found), tuple(text for text in found if text)[:_TEXTS_OF_EACH])
        for pair, found in ranked[:_CONFUSIONS]
    )
