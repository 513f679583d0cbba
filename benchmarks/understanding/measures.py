"""Scores of answers, and their mean and spread over folds."""

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

import numpy as np

from benchmarks.understanding.peers import Answers
from encoders.calibration import expected_calibration_error
from encoders.classifier import Decision, IntentClassifier
from encoders.training import Example
from encoders.training.evaluation import macro_f1

Measures = Mapping[str, float]


def score(answers: Answers, truth: Sequence[str]) -> dict[str, float]:
    """Accuracy, its mean over the issue types, macro-F1 and expected calibration error (15 bins)."""
    correct = np.array([given == wanted for given, wanted in zip(answers.labels, truth, strict=True)])
    return {
        "accuracy": float(correct.mean()),
        "balanced_accuracy": fmean(float(correct[np.array(truth) == name].mean()) for name in sorted(set(truth))),
        "macro_f1": macro_f1(truth, answers.labels),
        "calibration_error": expected_calibration_error(answers.confidence, correct),
    }


def score_classifier(classifier: IntentClassifier, examples: Sequence[Example]) -> dict[str, float]:
    """The same of our classifier, with what its prediction sets and its gate at 5 % and 2 % did."""
    predictions = classifier.classify([example.text for example in examples])
    truth = [example.issue_type for example in examples]
    answers = Answers([p.issue_type for p in predictions], np.array([p.confidence for p in predictions]))
    sets = [p.prediction_set for p in predictions]
    return {
        **score(answers, truth),
        "set_coverage": fmean(label in found for label, found in zip(truth, sets, strict=True)),
        "set_size": fmean(map(len, sets)),
        **_gate(classifier, examples, 0.05),
        **_gate(classifier, examples, 0.02),
        **{f"share_at_realised_error_{error:.0%}": _share_at(answers, truth, error) for error in (0.02, 0.05)},
    }


def _share_at(answers: Answers, truth: Sequence[str], error: float) -> float:
    """The largest share, the surest first, in which no more than `error` are wrong: what a perfect threshold gives."""
    order = np.argsort(-answers.confidence, kind="stable")
    wrong = np.array([answers.labels[at] != truth[at] for at in order])
    within = np.flatnonzero(np.cumsum(wrong) <= error * np.arange(1, len(wrong) + 1))
    return float((within[-1] + 1) / len(wrong)) if len(within) else 0.0


def _gate(classifier: IntentClassifier, examples: Sequence[Example], target_error: float) -> dict[str, float]:
    predictions = classifier.with_target_error(target_error).classify([example.text for example in examples])
    pairs = zip(predictions, examples, strict=True)
    wrong = [p.issue_type != example.issue_type for p, example in pairs if p.decision is Decision.AUTO]
    name = f"{target_error:.0%}"
    return {f"share_auto_at_{name}": len(wrong) / len(examples), f"error_auto_at_{name}": fmean(wrong or [0])}


def summary(folds: Sequence[Measures]) -> dict[str, Any]:
    """Mean, spread and the value of each fold, for every measure."""
    return {name: _spread([fold[name] for fold in folds]) for name in folds[0]}


def _spread(values: Sequence[float]) -> dict[str, Any]:
    spread = stdev(values) if len(values) > 1 else 0.0
    return {"mean": round(fmean(values), 5), "sd": round(spread, 5), "folds": [round(value, 5) for value in values]}
