"""Lessons to a detector; its threshold is chosen on lessons that the model had not seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from encoders.calibration import fit_temperature, softmax
from encoders.encoder import Encoder
from encoders.head import Kernel
from encoders.text import prepare
from encoders.tfidf import TermWeights, Unit, count_terms, fit_term_weights
from encoders.vigilance.detector import Detector
from encoders.vigilance.encoding import depths_of_lessons
from encoders.vigilance.features import COLUMNS, View, fit_view, words_of
from encoders.vigilance.lessons import Lesson, read_lessons
from encoders.vigilance.model import Model

FOLDS = 5
MOST_FALSE_ALARMS = 0.02
"""Share of ordinary messages that may raise an alert, where `NEAR_MISSES` of these are near misses."""
NEAR_MISSES = 0.3
"""Three in four of the ordinary lessons were written to be mistaken for a circumstance, and no real traffic is like
that; three messages in ten still are far more than a bank receives, so the promise is kept with room to spare."""
# The better of a few values, judged on lessons of writers that were left out in turn.
_RIDGE, _SHARPNESS = 0.074, 1.8


@dataclass(frozen=True)
class _Material:
    """What of the lessons is the same for every encoder. `labels` (n,) int64: columns of the model."""

    texts: list[str]
    labels: NDArray[np.int64]
    near_miss: NDArray[np.bool_]
    terms: tuple[TermWeights, ...]
    words: sparse.csr_matrix

    @property
    def ordinary(self) -> NDArray[np.bool_]:
        """(n,): which lessons show no circumstance."""
        return np.asarray(self.labels == len(COLUMNS) - 1)


@dataclass(frozen=True)
class _Fitted:
    """`scores` (n, columns) float64: of models that had not seen the lesson; `pull`: of the one that saw all."""

    scores: NDArray[np.float64]
    pull: NDArray[np.float32]


def fit_detector(encoder: Encoder, seed: int = 0, lessons: Sequence[Lesson] | None = None) -> Detector:
    """A detector for this encoder, from the lessons that ship. Equal encoder and seed, equal detector.

    The threshold is the lowest at which held-out models raise an alert on at most `MOST_FALSE_ALARMS` of ordinary
    messages: recall first, within what false alarms may cost.
    """
    material = _shipped() if lessons is None else _read(lessons)
    depths = depths_of_lessons(material.texts, encoder)
    if lessons is None:
        return _of_shipped(depths.tobytes(), depths.shape[1], seed)
    return _detector(material, depths, seed)


@lru_cache(maxsize=1)
def _shipped() -> _Material:
    return _read(read_lessons())


@lru_cache(maxsize=2)
def _of_shipped(depths: bytes, columns: int, seed: int) -> Detector:
    """Fitted once a process for equal depths: several trainings in a row share it."""
    return _detector(_shipped(), np.frombuffer(depths, dtype=np.float32).reshape(-1, columns), seed)


def _read(lessons: Sequence[Lesson]) -> _Material:
    texts = [prepare(lesson.text) for lesson in lessons]
    terms = tuple(fit_term_weights(count_terms(unit, texts))[0] for unit in Unit)
    labels = np.array([COLUMNS.index(lesson.label) for lesson in lessons], dtype=np.int64)
    near_miss = np.array([lesson.near_miss for lesson in lessons], dtype=np.bool_)
    return _Material(texts, labels, near_miss, terms, words_of(texts, terms))


def _detector(material: _Material, depths: NDArray[np.float32], seed: int) -> Detector:
    view = fit_view(depths)
    anchors = view.of(depths)
    fitted = _fit(material, anchors, _folds(material.labels, seed))
    temperature = fit_temperature(fitted.scores, material.labels)
    held_out = 1.0 - softmax(fitted.scores / temperature)[:, -1]
    threshold = _threshold(material, held_out)
    model = _model(material, view, anchors, fitted.pull, temperature)
    return Detector(model, threshold, _measured(material, held_out, threshold))


def _model(
    material: _Material, view: View, anchors: NDArray[np.float32], pull: NDArray[np.float32], temperature: float
) -> Model:
    weights = np.asarray(material.words.T @ pull, dtype=np.float32)
    return Model(material.terms, _SHARPNESS, temperature, view, weights, anchors, pull)


def _folds(labels: NDArray[np.int64], seed: int) -> list[NDArray[np.int64]]:
    from sklearn.model_selection import StratifiedKFold

    splits = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(labels, labels)
    return [asked for _, asked in splits]


def _fit(material: _Material, anchors: NDArray[np.float32], folds: Sequence[NDArray[np.int64]]) -> _Fitted:
    """Kernel ridge regression on one column a kind, with each fold left out in turn.

    One inverse serves all: what a model without some rows says of them follows from the block of the inverse that is
    theirs, as for leaving out one row (Rifkin and Lippert, 2007).
    """
    targets = np.eye(len(COLUMNS), dtype=np.float32)[material.labels]
    inverse = _inverse(_alike(material, anchors))
    pull = inverse @ targets
    scores = np.zeros(targets.shape)
    for asked in folds:
        scores[asked] = targets[asked] - np.linalg.solve(inverse[np.ix_(asked, asked)], pull[asked])
    return _Fitted(scores, pull)


def _alike(material: _Material, anchors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, n) float32: the kernel between the lessons, the ridge on its diagonal."""
    alike = Kernel(_SHARPNESS, 0.0).of_cosines(anchors @ anchors.T)
    alike += (material.words @ material.words.T).toarray()
    alike[np.diag_indices(len(alike))] += np.float32(_RIDGE)
    return alike


def _inverse(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of a symmetric positive matrix, which is used up; by its Cholesky factor, at half the cost of any other."""
    from scipy.linalg.lapack import spotrf, spotri

    factor, failed = spotrf(matrix.T, lower=1, overwrite_a=1)
    half, singular = spotri(factor, lower=1, overwrite_c=1)
    if failed or singular:
        raise np.linalg.LinAlgError("the lessons' kernel is not positive")
    lower = np.tril(half)
    return np.asarray(lower + np.tril(half, -1).T, dtype=np.float32)


def _threshold(material: _Material, held_out: NDArray[np.float64]) -> float:
    """Just above the first ordinary lesson, from the most alarming down, whose alert would be one too many."""
    near, rows = material.near_miss[material.ordinary], held_out[material.ordinary]
    shares = np.where(near, NEAR_MISSES / max(1, near.sum()), (1 - NEAR_MISSES) / max(1, (~near).sum()))
    order = np.argsort(-rows, kind="stable")
    beyond = np.cumsum(shares[order]) > MOST_FALSE_ALARMS
    first = rows[order][int(beyond.argmax())]
    return float(min(1.0, np.nextafter(first, 1.0)))


def _measured(material: _Material, held_out: NDArray[np.float64], threshold: float) -> dict[str, Any]:
    raised, near = held_out >= threshold, material.near_miss[material.ordinary]
    false = raised[material.ordinary]
    return {
        "lessons": len(material.labels),
        "recall": float(raised[~material.ordinary].mean()),
        "false_alarms": float(false.mean()),
        "false_alarms_near_misses": float(false[near].mean()),
        "false_alarms_plain": float(false[~near].mean()),
    }
