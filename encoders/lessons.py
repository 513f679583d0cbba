"""What a model learned from, without a word of text, so that its head can be refitted in seconds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from encoders.tfidf import TermWeights

NEVER_HELD_OUT = -1


@dataclass(frozen=True, slots=True)
class Lessons:
    """Rows that a head is fitted to; they can be dropped, relabelled or added.

    `embeddings` (n, d) float32 of length 1; `words` one (n, terms) float32 matrix for each of `terms`; `labels` (n,)
    int64; `weight` (n,) float32, 1 for a message; `fold` (n,) int64, the part each row is held out with, -1 for never.
    """

    embeddings: NDArray[np.float32]
    terms: tuple[TermWeights, ...]
    words: tuple[sparse.csr_matrix, ...]
    labels: NDArray[np.int64]
    weight: NDArray[np.float32]
    fold: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def rows(self, chosen: NDArray[np.int64]) -> "Lessons":
        """Only these rows."""
        if len(chosen) == len(self) and (chosen == np.arange(len(self))).all():
            return self
        words = tuple(block[chosen] for block in self.words)
        return Lessons(
            self.embeddings[chosen], self.terms, words, self.labels[chosen], self.weight[chosen], self.fold[chosen]
        )

    @property
    def held_out(self) -> NDArray[np.int64]:
        """The rows that are held out in some part."""
        return np.flatnonzero(self.fold != NEVER_HELD_OUT)
