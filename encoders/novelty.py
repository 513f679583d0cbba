"""How likely a message is outside the taxonomy: far from every training message, and claimed by no issue type.

The two signs were chosen among seven on Banking77's training split, with 27 of its types left out, over two draws.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.head import HeadScores

Values = NDArray[np.float64]
_KNOWN_BELOW = 0.99
_STRICTEST, _LOOSEST = 0.95, 0.99
_OUTSIDE_CAUGHT = 0.95


@dataclass(frozen=True, slots=True)
class NoveltyScale:
    """Both signs in units of their spread on held-out rows, added, and put on 0 to 1.

    0.5 is what one held-out message in a hundred exceeds.
    """

    doubt: tuple[float, float]
    distance: tuple[float, float]
    centre: float
    spread: float

    def novelty(self, scores: HeadScores) -> Values:
        """(n,) 0 to 1, higher the more likely outside."""
        raw = _raw(scores, self.doubt, self.distance)
        result: Values = 1.0 / (1.0 + np.exp(-np.clip((raw - self.centre) / self.spread, -50.0, 50.0)))
        return result


def fit_novelty(held_out: HeadScores) -> NoveltyScale:
    """The scale from the held-out scores of messages inside the taxonomy."""
    if not len(held_out.distance):
        return NoveltyScale((0.0, 1.0), (0.0, 1.0), 0.0, 1.0)
    doubt, distance = _moments(held_out.doubt), _moments(held_out.distance)
    raw = _raw(held_out, doubt, distance)
    return NoveltyScale(doubt, distance, float(np.quantile(raw, _KNOWN_BELOW)), _moments(raw)[1])


def choose_novelty_threshold(inside: Values, outside: Values) -> float:
    """The novelty above which a person looks, from held-out messages inside and, if there are any, outside.

    It catches 95 % of the outside ones where that costs between 1 % and 5 % of the inside ones, and otherwise the
    nearer of those two costs. Without outside messages it costs 1 %: what is near the taxonomy is mostly told by the
    doubt that lowers the confidence too, and what is far exceeds any of these thresholds.
    """
    if not len(inside):
        return 0.5
    strictest, loosest = (float(np.quantile(inside, share)) for share in (_STRICTEST, _LOOSEST))
    wanted = float(np.quantile(outside, 1 - _OUTSIDE_CAUGHT)) if len(outside) else loosest
    return min(max(wanted, strictest), loosest)


def _raw(scores: HeadScores, doubt: tuple[float, float], distance: tuple[float, float]) -> Values:
    return (scores.doubt - doubt[0]) / doubt[1] + (scores.distance - distance[0]) / distance[1]


def _moments(values: Values) -> tuple[float, float]:
    spread = float(values.std())
    return float(values.mean()), spread if spread > 1e-6 else 1.0
