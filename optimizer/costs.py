"""One named function per cost term, in whole units of 10 ms of weighted customer wait."""

import math
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import CostRangeExceeded
from optimizer.parameters import MatchingParameters
from optimizer.steering import Steering

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
    PRICE = "price"
    RESERVE = "reserve"
    CHANCE = "chance"
    PROFICIENCY = "proficiency"
    TRANSFER = "transfer"
    ATTEMPT = "attempt"
    LANGUAGE = "language"
    SHIFT = "shift"
    AFFINITY = "affinity"
    PRACTICE = "practice"
    LOAD = "load"
    RELEASE = "release"


def to_units(seconds: Floats) -> Indices:
    """Seconds of weighted wait in whole units; raises `CostRangeExceeded` beyond exact range."""
    units = np.rint(np.asarray(seconds) * UNITS_PER_SECOND)
    if units.size and not np.abs(units).max() < LARGEST_UNITS:
        raise CostRangeExceeded(
            f"a cost term of {np.abs(units).max() / UNITS_PER_SECOND:.3g} s of weighted wait is too large; "
            f"allowed is less than {LARGEST_UNITS / UNITS_PER_SECOND:.3g} s: lower the weights"
        )
    return np.asarray(units.astype(np.int64))


def weight(priority: Indices, vulnerable: Flags, fraud: Flags, p: MatchingParameters) -> Floats:
    """How much a second of each customer's wait counts: that of priority 5 counts once."""
    by_priority = np.asarray(p.priority_weights)[priority - 1]
    weight = np.where(vulnerable, by_priority * p.vulnerable_factor, by_priority)
    return np.where(fraud, weight * p.fraud_factor, weight)


def urgency(
    weight: Floats, age_over_target: Floats, p: MatchingParameters, steering: Steering | None = None
) -> Indices:
    """What answering now is worth: it grows with the cube of age / target, and linearly past the knee.

    The growth never flattens, so whatever its priority a conversation that waits long enough outbids any
    new one; it ends only at `LARGEST_URGENCY_SECONDS`, where 64-bit arithmetic would.
    """
    seconds = weight * _urgency_seconds(age_over_target, p, steering)
    return to_units(np.minimum(seconds, LARGEST_URGENCY_SECONDS))


def _urgency_seconds(age_over_target: Floats, p: MatchingParameters, steering: Steering | None) -> Floats:
    grown = ageing(age_over_target, p.urgency_knee)
    plain = p.answer_value_seconds + p.urgency_growth_seconds * grown
    if steering is None:
        return plain
    # Past its target the gain stays: were it lost again, a longer wait could be worth less than a shorter one.
    due_soon = np.where(age_over_target > p.due_soon_age, p.due_soon_seconds, 0.0)
    priced = answer_value(steering.occupancy, p) + p.priced_urgency_growth_seconds * grown + due_soon
    return np.asarray(steering.trust * priced + (1 - steering.trust) * plain)


def answer_value(occupancy: float, p: MatchingParameters) -> float:
    """What answering at all is worth, in seconds: much on a calm floor, so that it holds nobody back.

    `priced_answer_value_seconds` x exp(steepness x (calm occupancy - occupancy)), the exponent between 0 and its limit.
    """
    calm = min(max(p.calm_steepness * (p.calm_occupancy - occupancy), 0.0), p.calm_limit)
    return p.priced_answer_value_seconds * math.exp(calm)


def ageing(age_over_target: Floats, knee: float) -> Floats:
    """The cube of age / target, continued along its tangent past `knee`: convex, never flat, unbounded."""
    below = np.minimum(age_over_target, knee)
    return np.asarray(below * below * below + 3 * knee * knee * (age_over_target - below))


def handle_time(
    expected_seconds: Floats, typical_seconds: Floats, p: MatchingParameters, steering: Steering | None = None
) -> Indices:
    """Seconds this COp is expected to take beyond what is typical, a gain when they are faster.

    Only the difference counts: charging whole handle times would starve the slow issue types. Prices say the same and
    more, so the term fades as far as they are trusted.
    """
    weight = p.handle_time_weight * (1 - (steering.trust if steering else 0.0))
    return to_units(weight * (typical_seconds - expected_seconds))


def brevity(
    typical_seconds: Floats, usual_seconds: float, p: MatchingParameters, steering: Steering | None = None
) -> Indices:
    """What a conversation shorter than usual leaves for the others, a cost where it is longer; the same for every COp.

    At most half of what answering is worth either way, so that it says who is first and keeps nobody from a free COp.
    It fades as `handle_time` does; with prices, length counts in overload (`optimizer.overload`).
    """
    weight = p.handle_time_weight * (1 - (steering.trust if steering else 0.0))
    most = p.answer_value_seconds / 2
    return to_units(weight * np.clip(usual_seconds - typical_seconds, -most, most))


def price(
    priced_seconds: Floats, cheapest_seconds: Floats, p: MatchingParameters, steering: Steering | None
) -> Indices:
    """What this COp's time is worth elsewhere, beyond that of the cheapest COp who could do it.

    priced_seconds: price x expected handle time; cheapest_seconds: the least of these over the group. The two are
    rounded apart (`priced_time`, `cheapest_time`), so that the one depends on issue type and COp alone.
    """
    return priced_time(priced_seconds, p, steering) + cheapest_time(cheapest_seconds, p, steering)


def priced_time(priced_seconds: Floats, p: MatchingParameters, steering: Steering | None) -> Indices:
    """The price of the COp's time as a cost: the part of `price` that depends on the COp."""
    return to_units(-(p.price_weight * steering.trust if steering else 0.0) * priced_seconds)


def cheapest_time(cheapest_seconds: Floats, p: MatchingParameters, steering: Steering | None) -> Indices:
    """What the cheapest COp would cost, as a gain: the part of `price` that depends on the conversation alone."""
    return to_units((p.price_weight * steering.trust if steering else 0.0) * cheapest_seconds)


def reserve(reserve_seconds: Floats, p: MatchingParameters, steering: Steering | None) -> Indices:
    """What the fast lane may lose by this COp's next slot being taken: more, the fewer others are free for it."""
    return to_units(-(p.reserve_weight * steering.trust if steering else 0.0) * reserve_seconds)


def chance(lost_share: Floats, p: MatchingParameters, steering: Steering | None) -> Indices:
    """What is lost by waiting for the next able COp to come free, where few are able: a reason to answer now."""
    return to_units((p.chance_weight_seconds * steering.trust if steering else 0.0) * lost_share)


def lost_by_waiting(seconds_between: Floats, p: MatchingParameters) -> Floats:
    """Share of customers who would leave before the next chance, which comes after so many seconds; NaN counts as 0."""
    share = 1 - np.exp(-np.nan_to_num(seconds_between) / p.chance_patience_seconds)
    # Vector and scalar exp may differ in the last bit; to the billionth they agree, so the checker does too.
    return np.asarray(np.rint(share * 1e9) / 1e9)


def proficiency(repeated_seconds: Floats, p: MatchingParameters) -> Indices:
    """Handle time at risk of being done again: the lower the proficiency, the likelier a transfer."""
    return to_units(-p.proficiency_weight * repeated_seconds)


def transfer(covered_probability: Floats, p: MatchingParameters) -> Indices:
    """The chance that it turns out to be something this COp cannot do, times what handing it on costs."""
    # Sums of probabilities may differ in the last bit; to the billionth they agree, so the checker does too.
    uncovered = np.rint((1 - covered_probability) * 1e9) / 1e9
    return to_units(-p.transfer_cost_seconds * np.maximum(uncovered, 0.0))


def attempt(seconds: Floats) -> Indices:
    """What software's attempt is expected to cost the customer beyond a COp's usual work: its time, and failing."""
    return to_units(-seconds)


def release(waived: Indices) -> Indices:
    """What is waived for somebody held back past the longest hold: the pair then counts for nothing, 0."""
    return -waived


def language(language_proficiency: Floats, p: MatchingParameters) -> Indices:
    """What is lost where the COp is less than fluent in the customer's language."""
    return to_units(-p.language_weight_seconds * (1 - language_proficiency))


def shift(expected_seconds: Floats, seconds_to_shift_end: Floats, p: MatchingParameters) -> Indices:
    """Seconds the handling is expected to run past the end of the COp's shift."""
    return to_units(-p.shift_overrun_weight * np.maximum(expected_seconds - seconds_to_shift_end, 0.0))


def affinity(is_last_cop: Flags, p: MatchingParameters) -> Indices:
    """The worth of a COp who already knows this conversation."""
    return to_units(np.where(is_last_cop, p.affinity_bonus_seconds, 0.0))


def practice(counts: Indices, p: MatchingParameters) -> Indices:
    """The worth of giving a COp what they are to learn: once for each practice that it counts towards."""
    return np.asarray(counts * to_units(np.array(p.practice_weight_seconds)))


def load(units_held: Indices, p: MatchingParameters) -> Indices:
    """The cost of one more unit on a COp who holds `units_held`: each costs more than the one before."""
    return to_units(-p.load_weight_seconds * units_held.astype(np.float64))
