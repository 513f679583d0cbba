"""Fitting the three heads to prepared texts and their embeddings."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.heads import Heads, LinearHead, fuse
from encoders.neighbours import Neighbours
from encoders.tfidf import TermCounts, fit_term_weights

_MARGIN_STRENGTH = 1.0
_LOGISTIC_STRENGTH, _LOGISTIC_STRENGTH_WITH_FEW = 30.0, 3.0
_FEW_A_TYPE = 50
"""Below this many messages a type, more regularisation did better on out-of-fold scores of the starter pack."""
_ONE_AT_A_TIME = Lock()
"""liblinear draws from one random stream a process: two fits side by side would make each other unrepeatable."""
_UNSEEN_MARGIN, _UNSEEN_LOGIT = -2.0, -10.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """Prepared texts, their terms, embeddings (n, d) float32 and labels (n,) int64 below `classes`."""

    texts: Sequence[str]
    terms: Sequence[TermCounts]
    embeddings: NDArray[np.float32]
    labels: NDArray[np.int64]
    classes: int

    def rows(self, chosen: NDArray[np.int64]) -> "Prepared":
        """Only these rows."""
        texts, terms = [self.texts[row] for row in chosen], [counted.rows(chosen) for counted in self.terms]
        return Prepared(texts, terms, self.embeddings[chosen], self.labels[chosen], self.classes)


def fit_heads(data: Prepared, seed: int) -> Heads:
    """All heads on the same rows; at least two labels must occur."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    fitted = [fit_term_weights(counted) for counted in data.terms]
    features = fuse(data.embeddings, [weighted for _, weighted in fitted]).astype(np.float64)
    with _ONE_AT_A_TIME:
        margin = LinearSVC(C=_MARGIN_STRENGTH, tol=1e-2, random_state=seed).fit(features, data.labels)
    logistic = LogisticRegression(C=_logistic_strength(data), max_iter=500).fit(data.embeddings, data.labels)
    return Heads(
        terms=tuple(weights for weights, _ in fitted),
        fused=_linear_head(margin, data.classes, _UNSEEN_MARGIN),
        logistic=_linear_head(logistic, data.classes, _UNSEEN_LOGIT),
        neighbours=Neighbours(data.embeddings, data.labels, data.classes),
    )


def _logistic_strength(data: Prepared) -> float:
    few = len(data.labels) < _FEW_A_TYPE * data.classes
    return _LOGISTIC_STRENGTH_WITH_FEW if few else _LOGISTIC_STRENGTH


def _linear_head(model: Any, classes: int, unseen: float) -> LinearHead:
    """One column a class; a fitted pair gets a column each side, a class without rows a low constant."""
    coefficients, intercepts = np.asarray(model.coef_), np.asarray(model.intercept_)
    if len(model.classes_) == 2:
        coefficients, intercepts = np.vstack([-coefficients, coefficients]), np.append(-intercepts, intercepts)
    weights = np.zeros((coefficients.shape[1], classes), dtype=np.float32)
    bias = np.full(classes, unseen, dtype=np.float32)
    weights[:, model.classes_] = coefficients.T
    bias[model.classes_] = intercepts
    return LinearHead(weights, bias)
