"""What tuning an encoder leaves beside its layers: one direction an issue type, which its messages were drawn to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

SHARE = 0.03
"""Of its log probabilities, added to the head's scores: 0.4 points more, on average over two draws each of five and of
ten examples a type of Banking77's training split; between 0.02 and 0.05 it made no difference."""


@dataclass(frozen=True, slots=True)
class Directions:
    """A linear head over the last d columns of a joined vector, which are the tuned encoder's.

    `across` (d, classes) float32: scaled directions; `bias` (classes,) float32.
    """

    across: Matrix
    bias: Matrix

    def scores(self, embeddings: Matrix) -> Matrix:
        """(n, dimension) joined vectors to (n, classes): near 0 for the type that is sure, below for the others."""
        logits = embeddings[:, -len(self.across) :] @ self.across + self.bias
        logits -= logits.max(axis=1, keepdims=True, initial=-np.inf)
        return np.asarray(SHARE * (logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))), dtype=np.float32)

    def scaled(self, factor: float) -> "Directions":
        """The same answers to vectors that are `factor` times as long."""
        return Directions((self.across / np.float32(factor)).astype(np.float32), self.bias)

    def carried(self, kept: Sequence[int | None], embeddings: Matrix, labels: NDArray[np.int64]) -> "Directions":
        """For other issue types: those of `kept` (an old number each), and where that is None the mean of its rows.

        `embeddings` (n, dimension), `labels` (n,): the rows of the new types.
        """
        length = float(np.median(np.linalg.norm(self.across, axis=0)))
        tuned = embeddings[:, -len(self.across) :]
        across = np.zeros((len(self.across), len(kept)), dtype=np.float32)
        bias = np.full(len(kept), np.median(self.bias), dtype=np.float32)
        for number, old in enumerate(kept):
            if old is not None:
                across[:, number], bias[number] = self.across[:, old], self.bias[old]
                continue
            mean = tuned[labels == number].sum(axis=0)
            across[:, number] = mean * (length / max(float(np.linalg.norm(mean)), 1e-12))
        return Directions(across, bias)
