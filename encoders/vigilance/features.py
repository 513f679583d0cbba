"""What the linear model reads of a message: its embedding beside the weak cues of every kind."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from encoders.vigilance.cues import Signs
from encoders.vigilance.kinds import Kind

ORDINARY = "ordinary"
_CUE_SHARE, _MOST_COUNTED = 0.15, 3
"""The weight of a weak cue beside an embedding of length 1, and how often one is counted. Chosen on lesson folds."""


def width_of(dimension: int) -> int:
    """How many features a message has with embeddings of this dimension."""
    return dimension + len(Kind) + 1


def features_of(signs: Sequence[Signs], embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, dimension + kinds + 1) float32: embedding, weak cues by kind, and whether a strong cue was excused.

    Strong cues are left out: they raise an alert by themselves, and the model is for what they miss.
    """
    weak = [[min(found.weak.get(kind, 0), _MOST_COUNTED) * _CUE_SHARE for kind in Kind] for found in signs]
    excused = [[1.0 if found.excused else 0.0] for found in signs]
    return np.hstack([embeddings, np.array(weak, np.float32), np.array(excused, np.float32)]).astype(np.float32)
