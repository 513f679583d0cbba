"""The training messages nearest to a new one: a vote for an issue type, and a distance that tells novelty."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Chosen on out-of-fold scores of Banking77's training split among k in (10, 20, 40) and widths in (.03, .05, .1).
VOTERS = 10
_WIDTH = 0.05
_UNIFORM_SHARE = 0.05
_DISTANCE_OVER = 3


@dataclass(frozen=True, slots=True)
class Neighbours:
    """An exact faiss index over the training embeddings, (n, d) float32 of length 1, and their labels (n,) int64."""

    embeddings: NDArray[np.float32]
    labels: NDArray[np.int64]
    classes: int
    _index: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        import faiss

        faiss.omp_set_num_threads(1)  # waiting for a second core costs more than it gives at this size
        index = faiss.IndexFlatIP(self.embeddings.shape[1])
        index.add(np.ascontiguousarray(self.embeddings))
        object.__setattr__(self, "_index", index)

    def scores(self, embeddings: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Log of the smoothed vote (n, classes), and the mean cosine distance to the nearest few (n,)."""
        voters = min(VOTERS, len(self.labels))
        similarity, rows = self._index.search(np.ascontiguousarray(embeddings, dtype=np.float32), voters)
        votes = np.zeros((len(embeddings), self.classes))
        weights = np.exp((similarity.astype(np.float64) - similarity[:, :1]) / _WIDTH)
        np.add.at(votes, (np.arange(len(embeddings))[:, None], self.labels[rows]), weights)
        votes /= votes.sum(axis=1, keepdims=True)
        smoothed = (1 - _UNIFORM_SHARE) * votes + _UNIFORM_SHARE / self.classes
        return np.log(smoothed), 1.0 - similarity[:, :_DISTANCE_OVER].mean(axis=1, dtype=np.float64)
