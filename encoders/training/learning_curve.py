"""What more examples would bring: accuracy against how many there are of a type, from vectors already computed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.training.curves import wilson

SHARES = (0.10, 0.25, 0.50, 1.00)
_HELD_OUT_ONE_IN = 5
_LEAST_HELD_OUT = 20
_LEAST_OF_A_TYPE = 2


@dataclass(frozen=True, slots=True)
class LearningPoint:
    """Learned from `share` of the examples, `per_type` of a type on average; `low` and `high` as in `wilson`."""

    share: float
    per_type: float
    accuracy: float
    low: float
    high: float


def learning_curve(embeddings: NDArray[np.float32], labels: NDArray[np.int64], seed: int) -> tuple[LearningPoint, ...]:
    """A logistic regression on growing parts of four fifths of the examples, judged on the fixed fifth.

    `embeddings` (n, d), rows of length 1; `labels` (n,). One head only, so it shows the slope and not the model's own
    accuracy. Rows with equal vectors stay together. Parts with fewer than two examples of a type on average
    are left out; empty where too few examples are left to judge on.
    """
    if len(labels) < _LEAST_HELD_OUT:
        return ()
    fold_of = _folds(embeddings, labels, seed)
    taught, judged = np.flatnonzero(fold_of != 0), np.flatnonzero(fold_of == 0)
    if len(judged) < _LEAST_HELD_OUT or len(np.unique(labels[taught])) < 2:
        return ()
    order = _types_in_turn(taught, labels, seed)
    return tuple(_points(embeddings, labels, order, judged))


def _points(
    embeddings: NDArray[np.float32], labels: NDArray[np.int64], order: NDArray[np.int64], judged: NDArray[np.int64]
) -> Iterator[LearningPoint]:
    types = len(np.unique(labels))
    for share in SHARES:
        rows = order[: max(1, round(share * len(order)))]
        if len(rows) < _LEAST_OF_A_TYPE * types:
            continue
        right = _right(embeddings[rows], labels[rows], embeddings[judged], labels[judged])
        low, high = wilson(right, len(judged))
        yield LearningPoint(share, len(rows) / types, right / len(judged), low, high)


def _right(
    taught: NDArray[np.float32], labels: NDArray[np.int64], judged: NDArray[np.float32], truth: NDArray[np.int64]
) -> int:
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

    with threadpool_limits(1):
        head = LogisticRegression(C=10.0, max_iter=200, tol=1e-3).fit(taught, labels)
        return int((head.predict(judged) == truth).sum())


def _folds(embeddings: NDArray[np.float32], labels: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """(n,) the distinct messages of one type after the other dealt out in turn; equal vectors in one fold."""
    _, first, owner = np.unique(embeddings, axis=0, return_index=True, return_inverse=True)
    shuffled = np.random.default_rng(seed).permutation(len(first))
    dealt = shuffled[np.argsort(labels[first[shuffled]], kind="stable")]
    fold_of_owner = np.empty(len(first), dtype=np.int64)
    fold_of_owner[dealt] = np.arange(len(first)) % _HELD_OUT_ONE_IN
    return fold_of_owner[owner.reshape(-1)]


def _types_in_turn(rows: NDArray[np.int64], labels: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """The rows shuffled so that every part from the front holds the types in the shares of the whole."""
    shuffled = np.random.default_rng(seed).permutation(rows)
    of_row = labels[shuffled]
    place = np.empty(len(shuffled))
    for label in np.unique(of_row):
        at = np.flatnonzero(of_row == label)
        place[at] = (np.arange(len(at)) + 0.5) / len(at)
    return shuffled[np.argsort(place, kind="stable")]
