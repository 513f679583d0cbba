"""Lessons to a detector; its threshold is chosen on lessons that the model had not seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import Encoder
from encoders.text import prepare
from encoders.vigilance.cues import Signs, cue_book
from encoders.vigilance.detector import Detector
from encoders.vigilance.features import ORDINARY, features_of
from encoders.vigilance.kinds import Kind
from encoders.vigilance.lessons import Lesson, read_lessons

FOLDS = 5
MOST_FALSE_ALARMS = 0.015
"""Share of the ordinary lessons that the model may raise an alert on; most of these are near misses by design."""
_STRENGTH = 3.0
_COLUMNS = [*Kind, ORDINARY]


@dataclass(frozen=True)
class _Lessons:
    """`features`: (n, f) float32; `labels`: (n,) int64, columns of the model; `certain`: (n,), with a strong cue."""

    features: NDArray[np.float32]
    labels: NDArray[np.int64]
    certain: NDArray[np.bool_]

    @property
    def ordinary(self) -> NDArray[np.bool_]:
        """(n,): which lessons show no circumstance."""
        return np.asarray(self.labels == len(Kind))


def fit_detector(encoder: Encoder, seed: int = 0, lessons: Sequence[Lesson] | None = None) -> Detector:
    """A detector for this encoder, from the lessons that ship; some seconds. Equal encoder and seed, equal detector.

    The threshold is the lowest at which held-out models raise an alert on at most `MOST_FALSE_ALARMS` of the ordinary
    lessons: recall first, within what false alarms may cost.
    """
    data = _prepare(encoder, read_lessons() if lessons is None else lessons)
    held_out = _held_out(data, seed)
    threshold = _threshold(held_out[data.ordinary])
    weights, bias = _fit(data.features, data.labels)
    return Detector(weights, bias, threshold, _measured(data, held_out, threshold))


def _prepare(encoder: Encoder, lessons: Sequence[Lesson]) -> _Lessons:
    texts = [prepare(lesson.text) for lesson in lessons]
    signs: list[Signs] = [cue_book().read(text) for text in texts]
    labels = np.array([_COLUMNS.index(lesson.label) for lesson in lessons], dtype=np.int64)
    certain = np.array([bool(found.certain) for found in signs])
    return _Lessons(features_of(signs, encoder.encode(texts)), labels, certain)


def _held_out(data: _Lessons, seed: int) -> NDArray[np.float64]:
    """(n,): the probability of a circumstance, from a model that had not seen the lesson."""
    from sklearn.model_selection import StratifiedKFold

    result = np.zeros(len(data.labels))
    splits = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(data.features, data.labels)
    for taught, asked in splits:
        weights, bias = _fit(data.features[taught], data.labels[taught])
        scores = (data.features[asked] @ weights + bias).astype(np.float64)
        weighed = np.exp(scores - scores.max(axis=1, keepdims=True))
        result[asked] = 1.0 - weighed[:, -1] / weighed.sum(axis=1)
    return result


def _fit(features: NDArray[np.float32], labels: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_STRENGTH, max_iter=2_000).fit(features.astype(np.float64), labels)
    return np.asarray(model.coef_.T, dtype=np.float32), np.asarray(model.intercept_, dtype=np.float32)


def _threshold(ordinary: NDArray[np.float64]) -> float:
    """Just above the score of the first ordinary lesson that may raise no alert."""
    allowed = int(MOST_FALSE_ALARMS * len(ordinary))
    return float(min(1.0, np.nextafter(np.sort(ordinary)[::-1][allowed], 1.0)))


def _measured(data: _Lessons, held_out: NDArray[np.float64], threshold: float) -> dict[str, Any]:
    """Cues were written with the lessons in view, so only the model's own share is held out in the strict sense."""
    raised = data.certain | (held_out >= threshold)
    return {
        "lessons": len(data.labels),
        "recall": float(raised[~data.ordinary].mean()),
        "recall_of_model_alone": float((held_out >= threshold)[~data.ordinary].mean()),
        "false_alarms": float(raised[data.ordinary].mean()),
    }
