"""From held-out scores to honest confidence: calibration, novelty, prediction sets and the gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.calibration import expected_calibration_error
from encoders.classifier import Knowledge
from encoders.confidence import fit_confidence
from encoders.descent import Goal
from encoders.gate import choose_gate
from encoders.head import HeadScores, KernelHead
from encoders.held_out import FAMILY, HeldOut, Outside, Slicing
from encoders.lessons import Lessons
from encoders.novelty import choose_novelty_threshold, fit_novelty
from encoders.prediction_sets import fit_set_rule
from encoders.vigilance import Detector


@dataclass(frozen=True, slots=True)
class Unseen:
    """Scores of rows by heads that did not see them: those inside with labels (n,) and slices, and those outside."""

    inside: HeadScores
    labels: NDArray[np.int64]
    outside: HeadScores
    slices: Mapping[str, Sequence[str]]


def judged(  # noqa: PLR0913, PLR0917 - each is a part of the knowledge
    issue_types: tuple[str, ...],
    lessons: Lessons,
    head: KernelHead,
    unseen: Unseen,
    goal: Goal,
    families: Mapping[str, str],
    detector: Detector,
) -> Knowledge:
    """The head with everything that says how far to trust it. `families`: issue type to family."""
    labels = unseen.labels
    confidence = fit_confidence(unseen.inside.scores, labels)
    probabilities = confidence.probabilities(unseen.inside.scores)
    novelty = fit_novelty(unseen.inside)
    inside, strange = novelty.novelty(unseen.inside), novelty.novelty(unseen.outside)
    predicted = probabilities.argmax(axis=1).astype(np.int64)
    held_out = HeldOut(
        confidence=probabilities.max(axis=1),
        correct=predicted == labels,
        novelty=inside,
        predicted=predicted,
        label=labels,
        slicings=_slicings(unseen.slices, [families.get(issue_types[one], "") for one in predicted]),
        outside=Outside(confidence.probabilities(unseen.outside.scores).max(axis=1, initial=0.0), strange),
    )
    threshold = choose_novelty_threshold(inside, strange)
    return Knowledge(
        issue_types=issue_types,
        lessons=lessons,
        head=head,
        confidence=confidence,
        novelty=novelty,
        set_rule=fit_set_rule(probabilities, labels),
        gate=choose_gate(
            held_out, goal.target_error, threshold, confidence=goal.confidence, outside_share=goal.outside_share
        ),
        held_out=held_out,
        detector=detector,
        families={key: family for key, family in sorted(families.items()) if key in issue_types},
    )


def measured(knowledge: Knowledge) -> dict[str, Any]:
    """What held-out rows say of the model, for its record."""
    held_out, gate = knowledge.held_out, knowledge.gate
    return {
        "rows": len(held_out),
        "accuracy": float(held_out.correct.mean()) if len(held_out) else None,
        "calibration_error": expected_calibration_error(held_out.confidence, held_out.correct),
        "share_auto": gate.share_auto,
        "error_auto": gate.error_auto,
    }


def _slicings(slices: Mapping[str, Sequence[str]], families: Sequence[str]) -> tuple[Slicing, ...]:
    """In the order of dimensions; the family is that of the predicted type, since that is what a gate will know."""
    found = [Slicing.of(dimension, values) for dimension, values in sorted({**slices, FAMILY: families}.items())]
    return tuple(slicing for slicing in found if slicing.names)
