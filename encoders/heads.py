"""The three classifier heads over one message's embedding and words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from encoders.neighbours import Neighbours
from encoders.tfidf import TermWeights

TERM_SHARE = 0.6 / np.sqrt(2.0)
"""The weight of each of the two TF-IDF blocks beside the embedding: 0.6 together, when both are present."""


@dataclass(frozen=True, slots=True)
class LinearHead:
    """One linear score for each issue type: `weights` (features, classes) float32, `bias` (classes,) float32."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def scores(self, features: "NDArray[np.float32] | sparse.csr_matrix") -> NDArray[np.float64]:
        """(n, features) to (n, classes)."""
        return np.asarray(features @ self.weights + self.bias, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class HeadScores:
    """What the heads say of n messages: scores (n, classes) each, and two signs of novelty (n,)."""

    fused: NDArray[np.float64]
    logistic: NDArray[np.float64]
    votes: NDArray[np.float64]
    distance: NDArray[np.float64]

    @property
    def all(self) -> tuple[NDArray[np.float64], ...]:
        """The three arrays of scores, in the order of the calibration's temperatures."""
        return self.fused, self.logistic, self.votes

    @property
    def doubt(self) -> NDArray[np.float64]:
        """(n,): the best margin of the fused head, negated; high where no issue type claims the message."""
        result: NDArray[np.float64] = -self.fused.max(axis=1)
        return result


@dataclass(frozen=True, slots=True)
class Heads:
    """A support vector machine over embedding and terms, a logistic regression and neighbours over the embedding."""

    terms: tuple[TermWeights, ...]
    fused: LinearHead
    logistic: LinearHead
    neighbours: Neighbours

    def scores(self, texts: Sequence[str], embeddings: NDArray[np.float32]) -> HeadScores:
        """Prepared texts and their embeddings (n, d) to scores."""
        votes, distance = self.neighbours.scores(embeddings)
        features = fuse(embeddings, [weights.transform(texts) for weights in self.terms])
        return HeadScores(self.fused.scores(features), self.logistic.scores(embeddings), votes, distance)


def fuse(embeddings: NDArray[np.float32], terms: Sequence[sparse.csr_matrix]) -> sparse.csr_matrix:
    """Embeddings (n, d) and weighted terms side by side, (n, d + terms) float32."""
    blocks = [sparse.csr_matrix(embeddings), *(TERM_SHARE * weighted for weighted in terms)]
    return sparse.hstack(blocks, format="csr", dtype=np.float32)
