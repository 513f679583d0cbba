"""The head: kernel ridge regression over a message's embedding and words, and how near its nearest neighbours are."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from encoders.directions import Directions
from encoders.int8 import Learned, comparison
from encoders.products import Exact, InEightBits
from encoders.tfidf import Counted, TermSums, TermWeights, counted

Matrix = NDArray[np.float32]
_NEAREST = 3
_AT_ONCE = 1_024
_BLOCK = 64


@dataclass(frozen=True, slots=True)
class Kernel:
    """How alike two messages are: `exp(sharpness * (cosine - 1)) + term_share * mean cosine of their terms`."""

    sharpness: float
    term_share: float

    def of_cosines(self, cosines: Matrix) -> Matrix:
        """The part of the embeddings, elementwise, in place; the array that is given is used up."""
        np.subtract(cosines, np.float32(1.0), out=cosines)
        np.multiply(cosines, np.float32(self.sharpness), out=cosines)
        return np.exp(cosines, out=cosines)

    def weighted(self, terms: Sequence[sparse.csr_matrix]) -> sparse.csr_matrix:
        """Rows whose dot products are the part of the terms: (n, all terms) float32."""
        share = self.share_of_each(len(terms))
        return sparse.hstack([share * block for block in terms], format="csr", dtype=np.float32)

    def share_of_each(self, units: int) -> float:
        """What weights of terms are multiplied by where so many units are counted."""
        return float(np.sqrt(self.term_share / max(1, units)))


@dataclass(frozen=True, slots=True)
class HeadScores:
    """What the head says of n messages: scores (n, classes), and the cosine distance to the nearest few (n,)."""

    scores: NDArray[np.float64]
    distance: NDArray[np.float64]

    @property
    def doubt(self) -> NDArray[np.float64]:
        """(n,): the best score, negated; high where no issue type claims the message."""
        result: NDArray[np.float64] = -self.scores.max(axis=1)
        return result


@dataclass(frozen=True, slots=True)
class KernelHead:
    """Scores near 1 for an issue type whose training messages are like this one, and near 0 for any other.

    `anchors` (m, d) float32 of length 1: the training messages' embeddings; `anchor_rows` (m,) int64: which rows of the
    lessons they are; `pull` (m, classes) float32: what each of them adds by its nearness; `term_pull` (terms, classes)
    float32: what each term adds. `directions`: where the encoder was tuned on few messages, what that taught beside it.
    `quick`: how messages are compared with the anchors; exactly unless given.
    """

    kernel: Kernel
    terms: tuple[TermWeights, ...]
    anchors: Matrix
    anchor_rows: NDArray[np.int64]
    pull: Matrix
    term_pull: Matrix
    directions: Directions | None = None
    quick: InEightBits | None = field(default=None, repr=False, compare=False)
    _exact: Exact = field(init=False, repr=False, compare=False)
    _sums: TermSums = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Lay out the anchors and the terms."""
        object.__setattr__(self, "_sums", TermSums(self.terms, self.term_pull))
        object.__setattr__(self, "_exact", Exact(self.anchors))

    def coarse(self) -> "KernelHead":
        """The same head, comparing in eight bits."""
        learned = Learned(self.anchors, self.pull, self.kernel.sharpness)
        return replace(self, quick=InEightBits(comparison(learned, min(_NEAREST, len(self.anchors)))))

    @property
    def classes(self) -> int:
        """How many issue types it tells apart."""
        return int(self.pull.shape[1])

    def scores(self, texts: Sequence[str], embeddings: Matrix) -> HeadScores:
        """Prepared texts and their embeddings (n, d) to scores."""
        return self.scores_beside(self.of_words([counted(text) for text in texts]), embeddings)

    def of_words(self, texts: Sequence[Counted]) -> Matrix:
        """(n, classes) float32: what the terms of prepared texts add to their scores, however they are encoded."""
        share = self.kernel.share_of_each(len(self.terms))
        found = np.zeros((len(texts), self.classes), dtype=np.float32)
        for row, text in enumerate(texts):
            found[row] = self._sums.of(text, share)
        return found

    def scores_of(self, words: Sequence[sparse.csr_matrix], embeddings: Matrix) -> HeadScores:
        """The same of texts whose terms are weighted already, one matrix (n, terms) for each of `terms`."""
        return self.scores_beside(np.asarray(self.kernel.weighted(words) @ self.term_pull), embeddings)

    def scores_beside(self, of_words: Matrix, embeddings: Matrix) -> HeadScores:
        """The same with the part of the words (n, classes) known already: `of_words`."""
        starts = range(0, len(embeddings), _AT_ONCE)
        parts = [self._scores(of_words[at : at + _AT_ONCE], embeddings[at : at + _AT_ONCE]) for at in starts]
        scores = [np.zeros((0, self.classes)), *(part.scores for part in parts)]
        return HeadScores(np.concatenate(scores), np.concatenate([np.zeros(0), *(part.distance for part in parts)]))

    def _scores(self, of_words: Matrix, embeddings: Matrix) -> HeadScores:
        added, distance = self._compared(embeddings)
        scores = added + of_words
        if self.directions:
            scores += self.directions.scores(embeddings)
        return HeadScores(scores.astype(np.float64), distance)

    def _compared(self, embeddings: Matrix) -> tuple[Matrix, NDArray[np.float64]]:
        """What the anchors add to the scores (n, classes), and how far the nearest of them are (n,)."""
        if self.quick is not None:
            added, nearest = self.quick(embeddings)
            return added, 1.0 - nearest.mean(axis=1, dtype=np.float64)
        cosines = self._exact(embeddings)
        distance = distance_to_nearest(cosines)
        return self.kernel.of_cosines(cosines) @ self.pull, distance


def distance_to_nearest(cosines: Matrix) -> NDArray[np.float64]:
    """(n, m) cosines to (n,): the mean cosine distance to the nearest few of the m."""
    result: NDArray[np.float64] = 1.0 - np.array([_nearest(row).mean(dtype=np.float64) for row in cosines])
    return result


def _nearest(cosines: Matrix) -> Matrix:
    """The largest few of (m,). Each of the few blocks with the largest maxima holds one that is no smaller than the
    least of these maxima, so only what reaches that is compared with the rest."""
    if len(cosines) < _NEAREST * _BLOCK:
        return np.sort(cosines)[-_NEAREST:]
    maxima = np.maximum.reduceat(cosines, np.arange(0, len(cosines), _BLOCK))
    return np.sort(cosines[cosines >= np.sort(maxima)[-_NEAREST]])[-_NEAREST:]
