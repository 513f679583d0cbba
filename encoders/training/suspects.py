"""Labels that look wrong: confident learning (Northcutt, Jiang and Chuang, 2021) over out-of-fold probabilities.

The list is for people. Nothing is dropped or changed by itself: on real data, pruning what a model contradicts made
the model worse, for it also drops the hard messages it needs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.calibration import expected_calibration_error
from encoders.training.out_of_fold import OutOfFold

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Suspect:
    """The message `row`, its label, the one proposed, and how much more probable that is, 0 to 1."""

    row: int
    given: str
    proposed: str
    margin: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How heads fare on messages they did not see, over the rows that are not suspect."""

    accuracy: float
    calibration_error: float


@dataclass(frozen=True, slots=True)
class Effect:
    """What changing every suspect to its proposal would do to the other rows: `flips` of their answers would change."""

    rows: int
    before: Standing
    after: Standing
    flips: int


def find_suspects(found: OutOfFold) -> list[Suspect]:
    """Suspect labels, the widest margin first.

    A row counts as type j when its probability of j is at least the mean that rows labelled j get (where several are,
    the likeliest): off the diagonal of this confident joint its label is suspect.
    """
    probabilities, labels = found.probabilities, found.labels
    own = probabilities[np.arange(len(labels)), labels]
    counted = _confident_type(probabilities, _thresholds(own, labels, probabilities.shape[1]))
    rows = np.flatnonzero((counted >= 0) & (counted != labels))
    margins = probabilities[rows, counted[rows]] - own[rows]
    # A type may pass its own low threshold and still be less probable than the label: no reason to doubt the label.
    ranked = [place for place in np.argsort(-margins, kind="stable") if margins[place] > 0]
    return [_suspect(found, int(rows[place]), int(counted[rows[place]]), float(margins[place])) for place in ranked]


def effect_of_fixing(found: OutOfFold, suspects: list[Suspect]) -> Effect:
    """Fit the heads again with every proposal taken over, and compare them on the rows that are not suspect."""
    number_of = {name: number for number, name in enumerate(found.issue_types)}
    labels, kept = found.labels.copy(), np.ones(len(found.labels), dtype=bool)
    for suspect in suspects:
        labels[suspect.row], kept[suspect.row] = number_of[suspect.proposed], False
    fixed = found.relabelled(labels)
    flips = found.probabilities.argmax(axis=1) != fixed.probabilities.argmax(axis=1)
    return Effect(int(kept.sum()), _standing(found, kept), _standing(fixed, kept), int(flips[kept].sum()))


def _thresholds(own: Floats, labels: NDArray[np.int64], classes: int) -> Floats:
    """(k,) the mean probability that rows of a label get for it; a label without rows cannot be proposed."""
    counts = np.bincount(labels, minlength=classes)
    sums = np.bincount(labels, weights=own, minlength=classes)
    means: Floats = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    return means


def _confident_type(probabilities: Floats, thresholds: Floats) -> NDArray[np.int64]:
    """(n,) the likeliest type that reaches its threshold, -1 where none does."""
    reached = np.where(probabilities >= thresholds, probabilities, -1.0)
    best = reached.argmax(axis=1)
    return np.where(reached[np.arange(len(best)), best] >= 0.0, best, -1)


def _suspect(found: OutOfFold, row: int, proposed: int, margin: float) -> Suspect:
    return Suspect(row, found.issue_types[found.labels[row]], found.issue_types[proposed], margin)


def _standing(found: OutOfFold, kept: NDArray[np.bool_]) -> Standing:
    if not kept.any():
        return Standing(0.0, 0.0)
    right = np.asarray(found.probabilities.argmax(axis=1) == found.labels)[kept]
    confidence = found.probabilities.max(axis=1)[kept]
    return Standing(float(right.mean()), expected_calibration_error(confidence, right))
