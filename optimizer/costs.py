"""One named function per cost term, in whole units of 10 ms of weighted customer wait."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import CostRangeExceeded
from optimizer.parameters import MatchingParameters

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

UNITS_PER_SECOND = 100
"""One unit of the objective is 10 ms of one priority-5 customer's wait: finer buys nothing, costs solver time."""

UNIT = "10 ms of weighted customer wait"

LARGEST_URGENCY_SECONDS = 1e11
"""Urgency grows no further than some 3,000 weighted years, so that no single row can overflow a tick."""

LARGEST_UNITS = 2.0**52
"""Above this a float64 no longer holds every whole unit."""


class Term(StrEnum):
    """The terms of a pair's value; a positive amount speaks for the pair, a negative one against it."""

    URGENCY = "urgency"
    HANDLE_TIME = "handle_time"
    PROFICIENCY = "proficiency"
    LANGUAGE = "language"
    SHIFT = "shift"
    AFFINITY = "affinity"
    LOAD = "load"


def to_units(seconds: Floats) -> Indices:
    """Seconds of weighted wait in whole units; raises `CostRangeExceeded` beyond exact range."""
    units = np.rint(np.asarray(seconds) * UNITS_PER_SECOND)
    if units.size and not np.abs(units).max() < LARGEST_UNITS:
        raise CostRangeExceeded(
            f"a cost term of {np.abs(units).max() / UNITS_PER_SECOND:.3g} s of weighted wait is too large; "
            f"allowed is less than {LARGEST_UNITS / UNITS_PER_SECOND:.3g} s: lower the weights"
        )
    return np.asarray(units.astype(np.int64))


def urgency(
    priority: Indices,
    age_over_target: Floats,
    vulnerable: Flags,
    fraud: Flags,
    p: MatchingParameters,
) -> Indices:
    """What answering now is worth: it grows with the cube of age / target, and linearly past the knee.

    The growth never flattens, so whatever its priority a conversation that waits long enough outbids any
    new one; it ends only at `LARGEST_URGENCY_SECONDS`, where 64-bit arithmetic would.
    """
    weight = np.asarray(p.priority_weights)[priority - 1]
    weight = np.where(vulnerable, weight * p.vulnerable_factor, weight)
    weight = np.where(fraud, weight * p.fraud_factor, weight)
    growth = p.urgency_growth_seconds * ageing(age_over_target, p.urgency_knee)
    return to_units(np.minimum(weight * (p.answer_value_seconds + growth), LARGEST_URGENCY_SECONDS))


def ageing(age_over_target: Floats, knee: float) -> Floats:
    """The cube of age / target, continued along its tangent past `knee`: convex, never flat, unbounded."""
    below = np.minimum(age_over_target, knee)
    return np.asarray(below * below * below + 3 * knee * knee * (age_over_target - below))


def handle_time(expected_seconds: Floats, typical_seconds: Floats, p: MatchingParameters) -> Indices:
    """Seconds this COp is expected to take beyond what is typical, a gain when they are faster.

    Only the difference counts: charging whole handle times would starve the slow issue types.
    """
    return to_units(p.handle_time_weight * (typical_seconds - expected_seconds))


def proficiency(repeated_seconds: Floats, p: MatchingParameters) -> Indices:
    """Handle time at risk of being done again: the lower the proficiency, the likelier a transfer."""
    return to_units(-p.proficiency_weight * repeated_seconds)


def language(language_proficiency: Floats, p: MatchingParameters) -> Indices:
    """What is lost where the COp is less than fluent in the customer's language."""
    return to_units(-p.language_weight_seconds * (1 - language_proficiency))


def shift(expected_seconds: Floats, seconds_to_shift_end: Floats, p: MatchingParameters) -> Indices:
    """Seconds the handling is expected to run past the end of the COp's shift."""
    return to_units(-p.shift_overrun_weight * np.maximum(expected_seconds - seconds_to_shift_end, 0.0))


def affinity(is_last_cop: Flags, p: MatchingParameters) -> Indices:
    """The worth of a COp who already knows this conversation."""
    return to_units(np.where(is_last_cop, p.affinity_bonus_seconds, 0.0))


def load(units_held: Indices, p: MatchingParameters) -> Indices:
    """The cost of one more unit on a COp who holds `units_held`: each costs more than the one before."""
    return to_units(-p.load_weight_seconds * units_held.astype(np.float64))
