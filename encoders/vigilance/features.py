"""What the model reads of a message: its words, and what several depths of the encoder make of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from encoders.tfidf import TermWeights
from encoders.vigilance.kinds import Kind

ORDINARY = "ordinary"
COLUMNS = (*Kind, ORDINARY)
"""What the model tells apart, in the order of its columns."""
DIRECTIONS = 256
"""Of the 1,152 columns of the small encoder's depths: with 384 of them recall was the same, with 64 two points less."""
TERM_SHARE = 0.47
"""Weight beside a view of length 1; like the other numbers, judged on lessons of writers that were left out in turn."""
_LEAST_SPREAD = 1e-6


@dataclass(frozen=True, slots=True)
class View:
    """Every column of an encoder's depths evened out, then all turned to their main directions and made of length 1.

    `centre` (depths,) float32: what the lessons are like on average; `across` (depths, directions) float32.
    """

    centre: NDArray[np.float32]
    across: NDArray[np.float32]

    def of(self, depths: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, depths) to (n, directions) float32, rows of length 1."""
        seen = (depths - self.centre) @ self.across
        lengths = np.sqrt(np.square(seen).sum(axis=1, keepdims=True))
        return np.asarray(seen / np.maximum(lengths, np.float32(_LEAST_SPREAD)), dtype=np.float32)


def fit_view(depths: NDArray[np.float32]) -> View:
    """The view in which these messages (n, depths) differ most."""
    centre, spread = depths.mean(axis=0), np.maximum(depths.std(axis=0), _LEAST_SPREAD)
    evened = ((depths - centre) / spread).astype(np.float32)
    _, directions = np.linalg.eigh((evened.T @ evened).astype(np.float64))
    main = directions[:, ::-1][:, :DIRECTIONS] / spread[:, None]
    return View(centre.astype(np.float32), np.ascontiguousarray(main, dtype=np.float32))


def words_of(texts: Sequence[str], terms: Sequence[TermWeights]) -> sparse.csr_matrix:
    """(n, terms) float32 of prepared texts."""
    return sparse.hstack([TERM_SHARE * weights.transform(texts) for weights in terms], format="csr", dtype=np.float32)
