"""Lessons to a detector; its threshold is chosen on lessons that the model had not seen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from encoders.vigilance.cues import Signs, cue_book
from encoders.vigilance.detector import Detector
from encoders.vigilance.encoding import embeddings_of
from encoders.vigilance.features import COLUMNS, signs_of, without_strong
from encoders.vigilance.lessons import CUES_CAME_FROM, Lesson, read_lessons
from encoders.vigilance.model import Model

FOLDS = 5
MOST_FALSE_ALARMS = 0.02
"""Share of the ordinary lessons that the model may raise an alert on; most of these are near misses by design."""
# The better of a few values, mostly judged on lessons of writers whose lessons the model had not seen.
_RIDGE, _SHARPNESS_BY_SPREAD = 0.5, 1.4


@dataclass(frozen=True)
class _Lessons:
    """`alike` (n, n) float32: the kernel between the lessons; `labels` (n,) int64: columns of the model."""

    material: "_Material"
    embeddings: NDArray[np.float32]
    sharpness: float
    alike: NDArray[np.float32]

    @property
    def labels(self) -> NDArray[np.int64]:
        """(n,) int64."""
        return self.material.labels

    @property
    def ordinary(self) -> NDArray[np.bool_]:
        """(n,): which lessons show no circumstance."""
        return np.asarray(self.labels == len(COLUMNS) - 1)


def fit_detector(encoder: Encoder, seed: int = 0, lessons: Sequence[Lesson] | None = None) -> Detector:
    """A detector for this encoder, from the lessons that ship. Equal encoder and seed, equal detector.

    The threshold is the lowest at which held-out models raise an alert on at most `MOST_FALSE_ALARMS` of the ordinary
    lessons: recall first, within what false alarms may cost.
    """
    material = _shipped() if lessons is None else _read(lessons)
    embeddings = embeddings_of(material.texts, encoder)
    if lessons is None:
        return _of_shipped(embeddings.tobytes(), embeddings.shape[1], seed)
    return _fitted(_prepare(material, embeddings), seed)


@dataclass(frozen=True)
class _Material:
    """What of the lessons is the same for every encoder."""

    texts: list[str]
    labels: NDArray[np.int64]
    terms: tuple[TermWeights, ...]
    signs: sparse.csr_matrix
    signs_alike: NDArray[np.float32]


@lru_cache(maxsize=1)
def _shipped() -> _Material:
    return _read(read_lessons())


@lru_cache(maxsize=2)
def _of_shipped(embeddings: bytes, dimension: int, seed: int) -> Detector:
    """Fitted once a process for equal embeddings: several trainings in a row share it."""
    rows = np.frombuffer(embeddings, dtype=np.float32).reshape(-1, dimension)
    return _fitted(_prepare(_shipped(), rows), seed)


def _fitted(data: _Lessons, seed: int) -> Detector:
    scores = _held_out(data, seed)
    model = replace(_fit(data), temperature=fit_temperature(scores, data.labels))
    held_out = 1.0 - softmax(scores / model.temperature)[:, -1]
    threshold = _threshold(held_out[data.ordinary])
    return Detector(model, threshold, _measured(data, held_out, threshold))


def _read(lessons: Sequence[Lesson]) -> _Material:
    texts = [prepare(lesson.text) for lesson in lessons]
    terms = tuple(fit_term_weights(count_terms(unit, texts))[0] for unit in Unit)
    signs = [_signs(text, lesson) for text, lesson in zip(texts, lessons, strict=True)]
    labels = np.array([COLUMNS.index(lesson.label) for lesson in lessons], dtype=np.int64)
    read = signs_of(texts, signs, terms)
    return _Material(texts, labels, terms, read, (read @ read.T).toarray())


def _prepare(material: _Material, embeddings: NDArray[np.float32]) -> _Lessons:
    sharpness = _sharpness(embeddings)
    alike = Kernel(sharpness, 0.0).of_cosines(embeddings @ embeddings.T) + material.signs_alike
    return _Lessons(material, embeddings, sharpness, alike)


def _signs(text: str, lesson: Lesson) -> Signs:
    found = cue_book().read(text)
    return without_strong(found) if lesson.source == CUES_CAME_FROM else found


def _sharpness(embeddings: NDArray[np.float32]) -> float:
    """Encoders differ in how far apart they put messages: the kernel takes that spread as its unit."""
    mean_cosine = float(np.square(embeddings.mean(axis=0, dtype=np.float64)).sum())
    return _SHARPNESS_BY_SPREAD / max(1.0 - mean_cosine, 0.05)


def _held_out(data: _Lessons, seed: int) -> NDArray[np.float64]:
    """(n, columns): the scores of a model that had not seen the lesson."""
    from sklearn.model_selection import StratifiedKFold

    result = np.zeros((len(data.labels), len(COLUMNS)))
    splits = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(data.labels, data.labels)
    for taught, asked in splits:
        result[asked] = data.alike[np.ix_(asked, taught)] @ _pull(data, taught)
    return result


def _fit(data: _Lessons) -> Model:
    """On all lessons; its temperature is found on others' scores."""
    pull, material = _pull(data, np.arange(len(data.labels))), data.material
    weights = np.asarray(material.signs.T @ pull, dtype=np.float32)
    return Model(material.terms, data.sharpness, 1.0, weights, data.embeddings, pull)


def _pull(data: _Lessons, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """(rows, columns): kernel ridge regression on one column a kind."""
    from scipy.linalg import solve

    alike = data.alike[np.ix_(rows, rows)]
    alike[np.diag_indices(len(rows))] += np.float32(_RIDGE)
    targets = np.eye(len(COLUMNS), dtype=np.float32)[data.labels[rows]]
    return np.asarray(solve(alike, targets, assume_a="pos"), dtype=np.float32)


def _threshold(ordinary: NDArray[np.float64]) -> float:
    """Just above the score of the first ordinary lesson that may raise no alert."""
    allowed = int(MOST_FALSE_ALARMS * len(ordinary))
    return float(min(1.0, np.nextafter(np.sort(ordinary)[::-1][allowed], 1.0)))


def _measured(data: _Lessons, held_out: NDArray[np.float64], threshold: float) -> dict[str, Any]:
    raised = held_out >= threshold
    return {
        "lessons": len(data.labels),
        "recall": float(raised[~data.ordinary].mean()),
        "false_alarms": float(raised[data.ordinary].mean()),
    }
