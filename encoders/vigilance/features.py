"""What the model reads of a message beside its embedding: its words, and the cues of every kind."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from encoders.tfidf import TermWeights
from encoders.vigilance.cues import Signs
from encoders.vigilance.kinds import Kind

ORDINARY = "ordinary"
COLUMNS = (*Kind, ORDINARY)
"""What the model tells apart, in the order of its columns."""
CUES = 2 * len(Kind) + 1
"""Features of the cues: weak and strong by kind, and whether a strong one was excused."""
_MOST_COUNTED = 3
# Weights beside an embedding of length 1: the better of a few, mostly judged on lessons of writers not seen.
_WEAK, _STRONG, _TERMS = 0.13, 0.3, 0.63


def signs_of(texts: Sequence[str], signs: Sequence[Signs], terms: Sequence[TermWeights]) -> sparse.csr_matrix:
    """(n, CUES + terms) float32 of prepared texts, with the signs that the cue book found in them."""
    words = [_TERMS * weights.transform(texts) for weights in terms]
    cues = sparse.csr_matrix(np.array([_cues(found) for found in signs], dtype=np.float32).reshape(-1, CUES))
    return sparse.hstack([cues, *words], format="csr", dtype=np.float32)


def sign_columns(
    text: str, signs: Signs, terms: Sequence[TermWeights]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The same of one text: the columns that are not zero, and what stands there."""
    cues = np.array(_cues(signs), dtype=np.float32)
    columns, weights = [np.flatnonzero(cues)], [cues[cues != 0.0]]
    first = CUES
    for unit in terms:
        found, weighted = unit.of_text(text)
        columns.append(found + first)
        weights.append((_TERMS * weighted).astype(np.float32))
        first += len(unit.vocabulary)
    return np.concatenate(columns), np.concatenate(weights)


def without_strong(signs: Signs) -> Signs:
    """The same signs, their strong cues left out.

    For lessons that the cues were written from: there a strong cue is always right, and no model would doubt one again.
    """
    return Signs({}, signs.weak, frozenset())


def _cues(signs: Signs) -> list[float]:
    weak = [_WEAK * min(signs.weak.get(kind, 0), _MOST_COUNTED) for kind in Kind]
    strong = [_STRONG * (kind in signs.certain) for kind in Kind]
    return [*weak, *strong, 1.0 if signs.excused else 0.0]
