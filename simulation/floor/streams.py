"""Random numbers by key: the same customer draws the same whatever the policy, and however often others draw."""

import math
from enum import IntEnum
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_MASK = 2**64 - 1
_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_NORMAL = NormalDist()


class Draw(IntEnum):
    """What a number is drawn for; each has a stream of its own."""

    PATIENCE = 1
    WORK = 2
    OFFER = 3
    OFFER_DELAY = 4
    SUCCESS = 5
    PREDICTION = 6
    REVIEW = 7
    REVIEW_TIME = 8
    BREAK = 9
    KNOWLEDGE = 10


def uniform(seed: int, draw: Draw, key: int, attempt: int = 0) -> float:
    """A number strictly between 0 and 1 for one key and attempt; SplitMix64 (Steele, Lea & Flood 2014)."""
    state = _mix(seed * 64 + int(draw))
    state = _mix(state ^ key)
    return ((_mix(state ^ attempt) >> 11) + 0.5) * 2.0**-53


def uniforms(seed: int, draw: Draw, count: int) -> Floats:
    """(count,) what `uniform` gives for keys 0, 1, ... at attempt 0."""
    state = np.full(count, _mix(seed * 64 + int(draw)), np.uint64) ^ np.arange(count, dtype=np.uint64)
    state = _mixed(_mixed(state))
    return np.asarray(((state >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53)


def normal(share: float) -> float:
    """The standard normal quantile of a uniform number."""
    return _NORMAL.inv_cdf(share)


def exponential(share: float) -> float:
    """The exponential quantile of a uniform number, with mean 1."""
    return -math.log1p(-share)


def _mix(value: int) -> int:
    value = (value + _GOLDEN) & _MASK
    value = ((value ^ (value >> 30)) * _FIRST) & _MASK
    value = ((value ^ (value >> 27)) * _SECOND) & _MASK
    return value ^ (value >> 31)


def _mixed(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    value = value + np.uint64(_GOLDEN)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(_FIRST)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(_SECOND)
    return np.asarray(value ^ (value >> np.uint64(31)))
