"""What each row counts for: work still going on is known to last longer, and one wild value must not decide.

A finished row counts as its log seconds. Of an open one only a bound is known; the likelihood of lasting longer is
replaced by the normal one with the same slope and curve at the present expectation (Tobit, by Newton's method).
"""

from dataclasses import dataclass

import numpy as np

from optimizer.handle_times.log import Flags, Floats

_WILD = 3.0
_LEAST_WEIGHT = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Working:
    """(N,) float64 each. response: log seconds; weight: relative to a finished row; noise: how many squares of noise a
    row stands for, 1 for a finished one; curved: the same beside the squares of the responses of open rows."""

    response: Floats
    weight: Floats
    noise: Floats
    curved: Floats


def working(log_seconds: Floats, finished: Flags, expected: Floats, sd: Floats) -> Working:
    """What (N,) rows count for where `expected` log seconds and noise `sd` are the present best guess."""
    from scipy.special import log_ndtr

    distance = (log_seconds - expected) / sd
    # Work that somebody forgot to close says no more than work that lasts unusually long.
    distance = np.where(finished, distance, np.minimum(distance, _WILD))
    tame = np.minimum(1.0, _WILD / np.maximum(np.abs(distance), 1e-12))
    hazard = np.exp(-(distance**2) / 2 - np.log(2 * np.pi) / 2 - log_ndtr(-distance))
    curve = np.maximum(hazard * (hazard - distance), _LEAST_WEIGHT)
    noise = -distance * hazard
    return Working(
        response=np.where(finished, log_seconds, expected + sd * hazard / curve),
        weight=np.where(finished, tame, curve),
        noise=np.where(finished, 1.0, noise),
        curved=np.where(finished, 1.0, noise + hazard**2 / curve),
    )
