"""Which messages to ask people about first: those in doubt, near many others in doubt, and not all of one kind."""

import numpy as np
from numpy.typing import NDArray

NEAREST = 10
LEAST_OF_ALONE = 0.5
_BLOCK = 1_024
_ROUNDS = 5

Floats = NDArray[np.float64]


def doubt(probabilities: Floats) -> Floats:
    """(n, k) probabilities to (n,): 1 less the lead of the first type over the second, from 0 (sure) to 1 (a tie)."""
    if probabilities.shape[1] < 2:
        return np.zeros(len(probabilities))
    best = np.partition(probabilities, -2, axis=1)[:, -2:]
    lead: Floats = best[:, 1] - best[:, 0]
    return np.clip(1.0 - lead, 0.0, 1.0)


def alikeness(embeddings: NDArray[np.float32], nearest: int = NEAREST) -> Floats:
    """(n, d) rows of length 1 to (n,): the mean cosine to the nearest few of the other rows, at least 0; alone: 0."""
    n = len(embeddings)
    count = min(nearest, n - 1)
    if count < 1:
        return np.zeros(n)
    blocks = [_nearness(embeddings, start, count) for start in range(0, n, _BLOCK)]
    return np.concatenate(blocks)


def _nearness(embeddings: NDArray[np.float32], start: int, count: int) -> Floats:
    cosines = embeddings[start : start + _BLOCK] @ embeddings.T
    rows = np.arange(len(cosines))
    cosines[rows, start + rows] = -1.0
    closest = np.partition(cosines, -count, axis=1)[:, -count:]
    nearness: Floats = np.clip(closest.mean(axis=1, dtype=np.float64), 0.0, 1.0)
    return nearness


def lesson(probabilities: Floats, alike: Floats) -> Floats:
    """(n,) what a verdict teaches, 0 to 1: doubt, of which a message unlike all others keeps half.

    `routing.domain.worth.lesson_of` is the same for one message.
    """
    worth: Floats = doubt(probabilities) * (LEAST_OF_ALONE + (1.0 - LEAST_OF_ALONE) * alike)
    return worth


def most_worth(value: Floats, most: int) -> NDArray[np.int64]:
    """The rows with the highest `value` (n,), at most `most`, highest first; equals in their order."""
    return np.argsort(-value, kind="stable")[:most].astype(np.int64)
