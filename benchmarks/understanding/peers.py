"""What the product's recipe is compared with: two baselines that people reach for first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from encoders.calibration import softmax
from encoders.encoder import Encoder


@dataclass(frozen=True, slots=True)
class Answers:
    """The label given to each message, and how sure the peer says it is, (n,)."""

    labels: Sequence[str]
    confidence: NDArray[np.float64]


class Peer(Protocol):
    """Something that learns from texts with labels."""

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        """Learn."""
        ...

    def answer(self, texts: Sequence[str]) -> Answers:
        """Label new texts."""
        ...


class TfidfLinearSvc:
    """scikit-learn: TF-IDF of words 1-2 and characters 2-5, LinearSVC; softmax of its margins as confidence."""

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline, make_union
        from sklearn.svm import LinearSVC

        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
        self._model = make_pipeline(make_union(words, characters), LinearSVC(random_state=0)).fit(texts, labels)

    def answer(self, texts: Sequence[str]) -> Answers:
        return _answers(self._model, softmax(self._model.decision_function(texts)))


class FrozenEncoderLogistic:
    """The same frozen sentence encoder, and scikit-learn's LogisticRegression(C=30) on it."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        from sklearn.linear_model import LogisticRegression

        self._model = LogisticRegression(C=30.0, max_iter=500).fit(self._encoder.encode(texts), labels)

    def answer(self, texts: Sequence[str]) -> Answers:
        return _answers(self._model, self._model.predict_proba(self._encoder.encode(texts)))


def _answers(model: Any, probabilities: NDArray[np.float64]) -> Answers:
    labels = [str(model.classes_[at]) for at in probabilities.argmax(axis=1)]
    return Answers(labels, probabilities.max(axis=1))
